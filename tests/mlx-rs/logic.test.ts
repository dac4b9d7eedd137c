import { describe } from 'vitest';
import { ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [x, y, z, m, near] = [input('x'), input('y'), input('z'), input('m'), input('near')];
const [flags, others, special, cube] = [input('flags'), input('others'), input('special'), input('cube')];

describe('functions', () => {
  table({
    'ops::eq': () => [ops.eq(x, z), ops.eq(m, 3)],
    'ops::ne': () => ops.ne(x, z),
    'ops::le': () => ops.le(x, z),
    'ops::ge': () => ops.ge(x, z),
    'ops::lt': () => ops.lt(x, z),
    'ops::gt': () => ops.gt(x, z),
    'ops::logical_and': () => ops.logical_and(flags, others),
    'ops::logical_or': () => ops.logical_or(flags, others),
    'ops::logical_not': () => [ops.logical_not(flags), ops.logical_not(m)],
    'ops::is_nan': () => ops.is_nan(special),
    'ops::is_inf': () => ops.is_inf(special),
    'ops::is_pos_inf': () => ops.is_pos_inf(special),
    'ops::is_neg_inf': () => ops.is_neg_inf(special),
    'ops::is_close': () => [
      ops.is_close(x, near),
      ops.is_close(x, near, 1e-3, 1e-3),
      ops.is_close(special, special, null, null, true),
    ],
    'ops::all_close': () => [ops.all_close(x, near), ops.all_close(x, near, 1, 1), ops.all_close(special, special)],
    'ops::array_eq': () => [ops.array_eq(x, x), ops.array_eq(x, y), ops.array_eq(special, special, true)],
    'ops::which': () => [ops.which(flags, x, y), ops.which(flags, x, 0)],
    'ops::r#where': () => ops.where(flags, x, y),
    'ops::all': () => [ops.all(flags), ops.all(ops.ones([2, 2]), true)],
    'ops::all_axis': () => [ops.all_axis(flags, 0), ops.all_axis(flags, -1, true)],
    'ops::all_axes': () => [ops.all_axes(flags, [0, 1]), ops.all_axes(cube.gt(-9), [0, 2], true)],
    'ops::any': () => [ops.any(flags), ops.any(flags, true)],
    'ops::any_axis': () => [ops.any_axis(flags, 0), ops.any_axis(flags, -1, true)],
    'ops::any_axes': () => [ops.any_axes(flags, [0, 1]), ops.any_axes(cube.gt(1), [0, 2], true)],
  });
});

describe('methods', () => {
  table({
    'Array::eq': () => [x.eq(z), m.eq(3)],
    'Array::ne': () => x.ne(z),
    'Array::le': () => x.le(z),
    'Array::ge': () => x.ge(z),
    'Array::lt': () => x.lt(z),
    'Array::gt': () => x.gt(z),
    'Array::logical_and': () => flags.logical_and(others),
    'Array::logical_or': () => flags.logical_or(others),
    'Array::logical_not': () => [flags.logical_not(), m.logical_not()],
    'Array::is_nan': () => special.is_nan(),
    'Array::is_inf': () => special.is_inf(),
    'Array::is_finite': () => special.is_finite(),
    'Array::is_pos_inf': () => special.is_pos_inf(),
    'Array::is_neg_inf': () => special.is_neg_inf(),
    'Array::is_close': () => [
      x.is_close(near),
      x.is_close(near, 1e-3, 1e-3),
      special.is_close(special, null, null, true),
    ],
    'Array::all_close': () => [x.all_close(near), x.all_close(near, 1, 1), special.all_close(special)],
    'Array::array_eq': () => [x.array_eq(x), x.array_eq(y), special.array_eq(special, true)],
    'Array::all': () => [flags.all(), ops.ones([2, 2]).all(true)],
    'Array::all_axis': () => [flags.all_axis(0), flags.all_axis(-1, true)],
    'Array::all_axes': () => [flags.all_axes([0, 1]), cube.gt(-9).all_axes([0, 2], true)],
    'Array::any': () => [flags.any(), flags.any(true)],
    'Array::any_axis': () => [flags.any_axis(0), flags.any_axis(-1, true)],
    'Array::any_axes': () => [flags.any_axes([0, 1]), cube.gt(1).any_axes([0, 2], true)],
  });
});
