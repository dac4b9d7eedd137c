// The entry `lanewise/io`, without kernels: what it reads are tensors with all of their methods.
import './slim.js';

export * from './io/index.js';
