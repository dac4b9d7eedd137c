// The ops that are functions and methods: every first argument is a tensor.
export * from './arithmetic.js';
export * from './math.js';
export * from './logic.js';
export { where, fullLike, zerosLike, onesLike } from './select.js';
export {
  reshape,
  flatten,
  unflatten,
  squeeze,
  expandDims,
  atleast1d,
  atleast2d,
  atleast3d,
  transpose,
  swapaxes,
  matrixTranspose,
  moveaxis,
  broadcastTo,
  asStrided,
  flip,
  diagonal,
  contiguous,
} from './shape.js';
export { sum, prod, max, min, all, any, logsumexp, mean, variance, std, argmax, argmin, softmax } from './reduce.js';
export {
  at,
  set,
  addAt,
  subtractAt,
  multiplyAt,
  divideAt,
  maximumAt,
  minimumAt,
  take,
  takeAlongAxis,
  putAlongAxis,
  sliceUpdate,
} from './indexing.js';
export { sort, argsort, partition, argpartition, topk, median } from './sort.js';
export { split, unstack, tile, repeat, roll, pad, tril, triu, diag, trace, kron } from './rearrange.js';
export { matmul, addmm, inner, outer, tensordot, vecdot } from './linear.js';
export * from './convolution.js';
export * from './quantized.js';
export * from './numeric.js';
export { cumsum, cumprod, cummax, cummin, logcumsumexp } from './scan.js';
