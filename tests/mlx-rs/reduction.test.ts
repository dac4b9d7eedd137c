import { describe } from 'vitest';
import { ops } from 'lanewise/mlx-rs';
import { Dtype } from 'lanewise/mlx-rs';
import { input, table, type Table } from './support.js';

const [x, m, c] = [input('x'), input('m'), input('cube')];
const [half, bytes, flags] = [input('half'), input('bytes'), input('flags')];

describe('reductions', () => {
  for (const name of ['sum', 'prod', 'mean', 'max', 'min', 'logsumexp'] as const) {
    const whole = name === 'logsumexp' ? [] : [m];
    const rows: Table = {
      [`ops::${name}`]: () => [ops[name](c), ops[name](c, true), ...whole.map((a) => ops[name](a))],
      [`ops::${name}_axis`]: () => [ops[`${name}_axis`](c, 1), ops[`${name}_axis`](c, -1, true)],
      [`ops::${name}_axes`]: () => [ops[`${name}_axes`](c, [0, 2]), ops[`${name}_axes`](c, [-1, 1], true)],
      [`Array::${name}`]: () => [c[name](), c[name](true), ...whole.map((a) => a[name]())],
      [`Array::${name}_axis`]: () => [c[`${name}_axis`](1), c[`${name}_axis`](-1, true)],
      [`Array::${name}_axes`]: () => [c[`${name}_axes`]([0, 2]), c[`${name}_axes`]([-1, 1], true)],
    };
    table(rows);
  }
  for (const name of ['var', 'std'] as const) {
    table({
      [`ops::${name}`]: () => [ops[name](c), ops[name](c, true, 1)],
      [`ops::${name}_axis`]: () => [ops[`${name}_axis`](c, 1), ops[`${name}_axis`](c, -1, true, 1)],
      [`ops::${name}_axes`]: () => [ops[`${name}_axes`](c, [0, 2]), ops[`${name}_axes`](c, [-1, 1], true, 1)],
    });
  }
  table({
    'Array::var': () => [c.var(), c.var(true, 1)],
    'Array::var_axis': () => [c.var_axis(1), c.var_axis(-1, true, 1)],
    'Array::var_axes': () => [c.var_axes([0, 2]), c.var_axes([-1, 1], true, 1)],
    'ops::sum › small integers': () => [ops.sum(bytes), ops.sum(flags), ops.sum(m.as_type(Dtype.Int64))],
    'ops::softmax': () => [ops.softmax(x), ops.softmax(half, true)],
    'ops::softmax_axis': () => [ops.softmax_axis(c, -1), ops.softmax_axis(c, 0), ops.softmax_axis(half, -1, true)],
    'ops::softmax_axes': () => [ops.softmax_axes(c, [1, 2]), ops.softmax_axes(c, [0])],
    'ops::indexing::argmax': () => [ops.indexing.argmax(c), ops.indexing.argmax(c, true)],
    'ops::indexing::argmin': () => [ops.indexing.argmin(c), ops.indexing.argmin(c, true)],
    'ops::indexing::argmax_axis': () => [ops.indexing.argmax_axis(c, 1), ops.indexing.argmax_axis(c, -1, true)],
    'ops::indexing::argmin_axis': () => [ops.indexing.argmin_axis(c, 1), ops.indexing.argmin_axis(c, -1, true)],
  });
});

describe('scans', () => {
  for (const name of ['cumsum', 'cumprod', 'cummax', 'cummin'] as const) {
    table({
      [`ops::${name}`]: () => [ops[name](c), ops[name](c, 1), ops[name](c, -1, true, false), ops[name](m, 0)],
      [`Array::${name}`]: () => [c[name](), c[name](1), c[name](-1, true, false), m[name](0)],
    });
  }
});
