// mlx_rs::ops
export * from './arithmetic.js';
export * from './logical.js';
export * from './reduction.js';
export * from './shapes.js';
export * from './factory.js';
export * from './sort.js';
export * from './convolution.js';
export * from './quantization.js';
