// The crate mlx_lm.
export * as cache from './cache.js';
