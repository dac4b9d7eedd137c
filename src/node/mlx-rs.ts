// The entry `lanewise/mlx-rs` in Node.
import './index.js';

export * from '../mlx-rs/index.js';
