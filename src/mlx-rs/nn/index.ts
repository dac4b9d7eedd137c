// mlx_rs::nn
export * from './activations.js';
export * from './convolution.js';
export * from './dropout.js';
export * from './functions.js';
export * from './linear.js';
export * from './normalization.js';
export * from './pooling.js';
export * from './positions.js';
export * from './quantized.js';
export * from './recurrent.js';
export * from './sequential.js';
export * from './transformer.js';
export * from './value-and-grad.js';
