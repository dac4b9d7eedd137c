export * from './solve.js';
export * from './eigen.js';
