// The entry `lanewise/torchless` in Node.
import './index.js';

export * from '../torchless/index.js';
