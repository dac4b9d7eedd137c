// The methods of Array: those functions of mlx_rs::ops that mlx-rs has as methods too.
import { Array } from './array.js';
import * as conversion from './conversion.js';
import { onDevice, type Variants } from './device-variants.js';
import * as io from './io.js';
import * as factory from './ops/factory.js';
import * as indexing from './ops/indexing.js';
import * as ops from './ops/index.js';

const own = [
  ...['abs', 'add', 'subtract', 'multiply', 'divide', 'power', 'remainder', 'negative', 'sqrt', 'cos', 'sin', 'exp'],
  ...['floor', 'floor_divide', 'log', 'log2', 'log10', 'log1p', 'matmul', 'reciprocal', 'round', 'rsqrt', 'square'],
  ...['real', 'imag', 'is_nan', 'is_inf', 'is_neg_inf', 'is_pos_inf', 'logaddexp', 'log_add_exp'],
  ...[
    'eq',
    'ne',
    'le',
    'ge',
    'lt',
    'gt',
    'logical_and',
    'logical_or',
    'logical_not',
    'all_close',
    'is_close',
    'array_eq',
  ],
  ...['all', 'all_axis', 'all_axes', 'any', 'any_axis', 'any_axes', 'sum', 'sum_axis', 'sum_axes', 'prod', 'prod_axis'],
  ...['prod_axes', 'mean', 'mean_axis', 'mean_axes', 'max', 'max_axis', 'max_axes', 'min', 'min_axis', 'min_axes'],
  ...['var', 'var_axis', 'var_axes', 'variance', 'logsumexp', 'logsumexp_axis', 'logsumexp_axes', 'log_sum_exp'],
  ...['cumsum', 'cumprod', 'cummax', 'cummin', 'diag', 'diagonal', 'expand_dims', 'expand_dims_axes', 'flatten'],
  ...['reshape', 'squeeze', 'squeeze_axes', 'as_strided', 'at_least_1d', 'at_least_2d', 'at_least_3d', 'move_axis'],
  ...['swap_axes', 'transpose', 'transpose_axes', 'transpose_all', 'split', 'split_equal'],
] as const;
const places = ['take', 'take_axis', 'take_all', 'take_along_axis', 'put_along_axis'] as const;
const statics = [
  'zeros',
  'ones',
  'full',
  'eye',
  'identity',
  'arange',
  'linspace',
  'tri',
  'repeat',
  'repeat_axis',
  'repeat_all',
] as const;

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Method<F> = F extends (a: any, ...rest: infer R) => infer O ? (...rest: R) => O : never;
type Methods<M> = { [K in keyof M]: Method<M[K]> };
type Bound = Methods<Pick<typeof ops, (typeof own)[number]>> &
  Methods<Pick<typeof indexing, (typeof places)[number]>> &
  Methods<typeof conversion>;
/** Every op that is a method, and its `_device` variant. */
export type ArrayMethods = Bound & Variants<Bound> & Methods<Pick<typeof io, 'save_numpy'>>;
/** Creation functions that are associated functions of Array. */
export type ArrayStatics = Created & Variants<Created>;
type Created = Pick<typeof factory, (typeof statics)[number]>;

/** Reading and writing. */
export type Files = typeof io & Variants<typeof io>;

type Call = (...args: unknown[]) => unknown;
function define(to: object, name: string, value: unknown): void {
  Object.defineProperty(to, name, { value, configurable: true, writable: true });
}
for (const name of ['load_numpy', 'load_safetensors', 'load_safetensors_with_metadata', 'save_safetensors'] as const) {
  define(Array, name, io[name]);
  if (name.startsWith('load')) define(Array, `${name}_device`, onDevice(name, io[name] as Call));
}
function method(name: string, fn: Call): void {
  const call = function (this: Array, ...rest: unknown[]): unknown {
    return fn(this, ...rest);
  };
  define(Array.prototype, name, call);
  define(Array.prototype, `${name}_device`, onDevice(name, call));
}
for (const name of own) method(name, ops[name] as Call);
for (const name of places) method(name, indexing[name] as Call);
for (const [name, fn] of Object.entries(conversion)) method(name, fn as Call);
method('save_numpy', io.save_numpy as Call);
for (const name of statics) {
  define(Array, name, factory[name]);
  define(Array, `${name}_device`, onDevice(name, factory[name] as Call));
}
