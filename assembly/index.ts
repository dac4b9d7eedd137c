// All kernels. One line per family.
export * from './binary-arithmetic';
export * from './binary-compare';
export * from './select';
export * from './unary-simple';
export * from './cast';
export * from './unary-f32';

export * from './strided';
export * from './gather';
