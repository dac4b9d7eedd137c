// What programs of tests/threads see of the library: bundled once, so that they run as a user's program does.
export * as lw from '../../src/index.js';
export { jobs, running, tuning, workers } from '../../src/backends/wasm/threads/pool.js';
