// The entry `lanewise/mlx-rs`, with the inlined kernels.
import './index.js';

export * from './mlx-rs/index.js';
