// All kernels. One line per family.
export * from './binary-arithmetic';
export * from './binary-compare';
export * from './select';
export * from './unary-simple';
export * from './cast';
export * from './unary-f32';
export * from './binary-float';
export * from './binary-integer';
export * from './unary-f64';
export * from './complex';

export * from './strided';
export * from './gather';

export * from './reduce';
export * from './softmax';
export * from './softmax-columns';
export * from './cross-entropy';
export * from './norm';
export * from './random';
export * from './arange';
export * from './argreduce';
export * from './scan';
export * from './sort';
export * from './matmul';
export * from './attention';
export * from './attention-grad';
export * from './rope';

export * from './conv';
export * from './fft';
export * from './linalg';
export * from './eigen';
export * from './quantized';
export * from './blocks';
export * from './numeric';
export * from './optimizers';
export * from './variant';
export { use_own } from './own';
export * from './reduce-parts';
