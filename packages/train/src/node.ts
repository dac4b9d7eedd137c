// What needs Node: files and the terminal.
export * from './index.js';
