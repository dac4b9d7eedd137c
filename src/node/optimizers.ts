// The entry `lanewise/optimizers` in Node.
import './index.js';

export * from '../optimizers/index.js';
