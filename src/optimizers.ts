// The entry `lanewise/optimizers`, with the inlined kernels. What is loaded beside `lanewise/slim` takes `optimizers` from there.
import './index.js';

export * from './optimizers/index.js';
