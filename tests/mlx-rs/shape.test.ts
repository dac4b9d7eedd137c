import { describe, expect, it } from 'vitest';
import { Array, f32, ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [x, y, c, vec3, square, lone] = ['x', 'y', 'cube', 'vec3', 'square', 'lone'].map(input) as [
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
];
const scalar = f32(2.5);

describe('functions', () => {
  table({
    'ops::repeat': () => ops.repeat(x, 2),
    'ops::repeat_axis': () => [ops.repeat_axis(x, 3, 1), ops.repeat_axis(x, 2, 0)],
    'ops::diag': () => [ops.diag(vec3), ops.diag(vec3, 1), ops.diag(square, -1)],
    'ops::diagonal': () => [ops.diagonal(c), ops.diagonal(c, 1, 1, 2)],
    'ops::broadcast_arrays': () => ops.broadcast_arrays([vec3, x]),
    'ops::as_strided': () => [ops.as_strided(c, [3, 2], [1, 5], 2), ops.as_strided(c)],
    'ops::broadcast_to': () => ops.broadcast_to(vec3, [2, 2, 3]),
    'ops::concatenate_axis': () => [ops.concatenate_axis([x, y], 1), ops.concatenate_axis([x, y], -2)],
    'ops::concatenate': () => ops.concatenate([x, vec3, c]),
    'ops::expand_dims': () => [ops.expand_dims(x, 0), ops.expand_dims(x, -1)],
    'ops::expand_dims_axes': () => [ops.expand_dims_axes(x, [0, -1]), ops.expand_dims_axes(x, [1, 2])],
    'ops::flatten': () => [ops.flatten(c), ops.flatten(c, 1), ops.flatten(c, 0, 1)],
    'ops::unflatten': () => [ops.unflatten(c, 2, [2, -1]), ops.unflatten(c, -1, [2, 2])],
    'ops::reshape': () => [ops.reshape(c, [4, 6]), ops.reshape(c, [-1, 3])],
    'ops::squeeze': () => ops.squeeze(lone),
    'ops::squeeze_axes': () => [ops.squeeze_axes(lone, [0]), ops.squeeze_axes(lone, [0, -2])],
    'ops::at_least_1d': () => [ops.at_least_1d(scalar), ops.at_least_1d(vec3), ops.at_least_1d(c)],
    'ops::at_least_2d': () => [ops.at_least_2d(scalar), ops.at_least_2d(vec3), ops.at_least_2d(c)],
    'ops::at_least_3d': () => [ops.at_least_3d(scalar), ops.at_least_3d(vec3), ops.at_least_3d(c)],
    'ops::move_axis': () => [ops.move_axis(c, 0, 2), ops.move_axis(c, -1, 0)],
    'ops::swap_axes': () => ops.swap_axes(c, 0, 2),
    'ops::transpose': () => ops.transpose(c),
    'ops::transpose_axes': () => [ops.transpose_axes(c, [1, 2, 0]), ops.transpose_axes(c, [-1, 0, 1])],
    'ops::split': () => [...ops.split(c, 2), ...ops.split(c, 2, 2)],
    'ops::split_sections': () => [...ops.split_sections(c, [1]), ...ops.split_sections(c, [1, 3], 2)],
    'ops::pad': () => [
      ops.pad(x, 1),
      ops.pad(
        x,
        [
          [0, 1],
          [2, 0],
        ],
        f32(7.5),
      ),
      ops.pad(x, ops.PadWidth.Widths([[1, 1], [0, 2]]), null, ops.PadMode.Edge), // prettier-ignore
    ],
    'ops::stack': () => ops.stack([x, y]),
    'ops::stack_axis': () => [ops.stack_axis([x, y], 1), ops.stack_axis([x, y], -1)],
    'ops::tile': () => [ops.tile(x, [2, 2]), ops.tile(vec3, [2, 1, 2])],
  });
});

describe('methods', () => {
  table({
    'Array::repeat': () => Array.repeat(x, 2),
    'Array::repeat_axis': () => [Array.repeat_axis(x, 3, 1), Array.repeat_axis(x, 2, 0)],
    'Array::diag': () => [vec3.diag(), vec3.diag(1), square.diag(-1)],
    'Array::diagonal': () => [c.diagonal(), c.diagonal(1, 1, 2)],
    'Array::as_strided': () => [c.as_strided([3, 2], [1, 5], 2), c.as_strided()],
    'Array::expand_dims': () => [x.expand_dims(0), x.expand_dims(-1)],
    'Array::expand_dims_axes': () => [x.expand_dims_axes([0, -1]), x.expand_dims_axes([1, 2])],
    'Array::flatten': () => [c.flatten(), c.flatten(1), c.flatten(0, 1)],
    'Array::reshape': () => [c.reshape([4, 6]), c.reshape([-1, 3])],
    'Array::squeeze': () => lone.squeeze(),
    'Array::squeeze_axes': () => [lone.squeeze_axes([0]), lone.squeeze_axes([0, -2])],
    'Array::at_least_1d': () => [scalar.at_least_1d(), vec3.at_least_1d(), c.at_least_1d()],
    'Array::at_least_2d': () => [scalar.at_least_2d(), vec3.at_least_2d(), c.at_least_2d()],
    'Array::at_least_3d': () => [scalar.at_least_3d(), vec3.at_least_3d(), c.at_least_3d()],
    'Array::move_axis': () => [c.move_axis(0, 2), c.move_axis(-1, 0)],
    'Array::swap_axes': () => c.swap_axes(0, 2),
    'Array::transpose': () => c.transpose(),
    'Array::transpose_axes': () => [c.transpose_axes([1, 2, 0]), c.transpose_axes([-1, 0, 1])],
    'Array::t': () => c.t(),
    'Array::split': () => [...c.split(2), ...c.split(2, 2)],
    'Array::split_axis': () => [...c.split_axis([1]), ...c.split_axis([1, 3], 2)],
  });
});

describe('enums', () => {
  it('ops::PadWidth › Same and Widths are the plain values', () => {
    expect(ops.pad(x, ops.PadWidth.Same([1, 2])).shape()).toEqual([5, 6]);
    expect(ops.pad(x, [1, 2]).shape()).toEqual([5, 6]);
    expect(ops.pad(x, ops.PadWidth.Widths([[0, 1], [2, 0]])).shape()).toEqual([3, 5]); // prettier-ignore
  });
  it('ops::PadMode › Constant is the default, Edge copies', () => {
    const [a, b] = [ops.PadMode.Constant, ops.PadMode.Edge].map((mode) => ops.pad(vec3, 1, null, mode));
    expect([...a!.as_slice()]).toEqual([0, 1, -2, 0.5, 0]);
    expect([...b!.as_slice()]).toEqual([1, 1, -2, 0.5, 0.5]);
  });
});
