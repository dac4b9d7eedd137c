import { describe, expect, it } from 'vitest';
import { Array, array, complex64, Dtype, ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [x, m, half, flags, vec3, square] = ['x', 'm', 'half', 'flags', 'vec3', 'square'].map(input) as [
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
];
const { Int32, Float16, Int8, Complex64, Uint8, Uint16, Float32 } = Dtype;
/** The creation functions, which are associated functions of Array too. */
const shared = (
  name: 'ops' | 'Array',
  of: Pick<typeof ops, 'zeros' | 'ones' | 'eye' | 'full' | 'identity' | 'tri'>,
) => ({
  [`${name}::zeros`]: () => [of.zeros([2, 3]), of.zeros([2], Int32)],
  [`${name}::ones`]: () => [of.ones([2, 3]), of.ones([2], Float16)],
  [`${name}::eye`]: () => [of.eye(3), of.eye(2, 4, 1, Int32)],
  [`${name}::full`]: () => [of.full([2, 2], 2.5), of.full([2, 3], vec3), of.full([2], 7, Int32)],
  [`${name}::identity`]: () => of.identity(3),
  [`${name}::tri`]: () => [of.tri(3), of.tri(2, 4, 1, Int32)],
});

describe('functions', () => {
  table({
    ...shared('ops', ops),
    ...shared('Array', Array),
    'ops::arange': () => [ops.arange(null, 5), ops.arange(1, 4, 0.5), ops.arange(10, 0, -3, Int32)],
    'Array::arange': () => [Array.arange(null, 5), Array.arange(1, 4, 0.5), Array.arange(10, 0, -3, Int32)],
    'ops::linspace': () => [ops.linspace(0, 1, 5), ops.linspace(-3, 7)],
    'Array::linspace': () => [Array.linspace(0, 1, 5), Array.linspace(-3, 7)],
    'ops::zeros_dtype': () => ops.zeros_dtype([2, 3], Int8),
    'ops::ones_dtype': () => ops.ones_dtype([3], Complex64),
    'ops::zeros_like': () => ops.zeros_like(m),
    'ops::ones_like': () => ops.ones_like(half),
    'ops::tril': () => [ops.tril(square), ops.tril(square, -1)],
    'ops::triu': () => [ops.triu(square), ops.triu(square, 1)],
  });
});

describe('Array', () => {
  table({
    'Array::from_bool': () => Array.from_bool(true),
    'Array::from_int': () => Array.from_int(-3),
    'Array::from_f32': () => Array.from_f32(2),
    'Array::from_f64': () => Array.from_f64(1.1),
    'Array::from_complex': () => Array.from_complex(complex64(1, -2)),
    'Array::from_slice': () => [
      Array.from_slice([1, 2, 3, 4, 5, 6], [2, 3]),
      Array.from_slice(new Int32Array([1, 2]), [2]),
      Array.from_slice([7, 8], [2, 1], Uint8),
    ],
    'Array::from_slice_f64': () => Array.from_slice_f64([0.1, 0.2], [1, 2]),
    'Array::from_raw_data': () => [
      Array.from_raw_data(new Float32Array([1.5, -2]), [1, 2], Float32),
      Array.from_raw_data(new Uint8Array([9, 2, 1]).subarray(1), [1], Uint16),
    ],
    'Array::from_iter': () => [Array.from_iter(squares(4), [2, 2]), Array.from_iter(new Set([3, 4]), [2], Int32)],
    'Array::from_iter_f64': () => Array.from_iter_f64([0.1, 0.2].values(), [2]),
    '<Array as From<T>>::from': () => [Array.from(3), Array.from(0.5), Array.from(true), Array.from(complex64(1, 1))],
    'array!': () => [array(), array(5), array([[1, 2], [3, 4]], Int32), array([true, false]), array([1, 2])], // prettier-ignore
  });
  it('Array::from_raw_data › takes no bytes for an array of no elements', () => {
    expect(Array.from_raw_data(new ArrayBuffer(0), [0, 3], Float32).shape()).toEqual([0, 3]);
  });
  it('Array::from_raw_data › wants as many bytes as the shape', () => {
    expect(() => Array.from_raw_data(new ArrayBuffer(6), [2], Float32)).toThrow(
      '[from_raw_data] the data must have 8 bytes for (2), got 6',
    );
  });
  it('Array::from_slice › wants as many elements as the shape', () => {
    expect(() => Array.from_slice([1, 2, 3], [2, 2])).toThrow(
      '[from_slice] the data must fill the shape, got 3 elements for (2,2)',
    );
  });
});

describe('conversion', () => {
  table({
    'Array::as_type': () => [x.as_type(Int32), m.as_type(Float16), flags.as_type(Float32)],
    'Array::as_dtype': () => [x.as_dtype(Int32), m.as_dtype(Float16), flags.as_dtype(Float32)],
    'Array::view': () => [x.view(Int32), x.view(Uint8)],
    'Array::view_dtype': () => [x.view_dtype(Int32), x.view_dtype(Uint8)],
  });
});

function* squares(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i * i;
}
