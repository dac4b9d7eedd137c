// The entry `lanewise` in Node: `src/index.ts`, with the kernels from files in place of text.
import './kernels.js';
import './metal.js';

export * from '../slim.js';
