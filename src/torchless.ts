// The entry `lanewise/torchless`, with the inlined kernels.
import './index.js';

export * from './torchless/index.js';
