// The entry `lanewise/nn`, with the inlined kernels. What is loaded beside `lanewise/slim` takes `nn` from there.
import './index.js';

export * from './nn/index.js';
