// The entry `lanewise/nn` in Node.
import './index.js';

export * from '../nn/index.js';
