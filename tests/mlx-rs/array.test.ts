import { describe, expect, it } from 'vitest';
import {
  Array,
  array,
  complex64,
  Dtype,
  f32,
  i32,
  ops,
  stop_gradient,
  stop_gradient_device,
  Stream,
  transforms,
} from 'lanewise/mlx-rs';
import { input } from './support.js';

const x = input('x');
const grid = (): Array => ops.arange(null, 6).reshape([2, 3]);

describe('what an array is', () => {
  it('Array::shape › a list of its own', () => {
    const shape = x.shape();
    shape[0] = 9;
    expect(x.shape()).toEqual([2, 3]);
    expect(f32(1).shape()).toEqual([]);
  });
  it('Array::ndim › counts axes', () => expect([x.ndim(), f32(1).ndim()]).toEqual([2, 0]));
  it('Array::size › counts elements', () => expect([x.size(), f32(1).size(), array().size()]).toEqual([6, 1, 0]));
  it('Array::item_size › in bytes', () => {
    const of = (d: Dtype): number => ops.zeros([1], d).item_size();
    expect([Dtype.Bool, Dtype.Float16, Dtype.Int32, Dtype.Float64, Dtype.Complex64].map(of)).toEqual([1, 2, 4, 8, 8]);
  });
  it('Array::nbytes › of all elements', () => expect(x.nbytes()).toBe(24));
  it('Array::strides › of the row-major elements', () => {
    expect(ops.zeros([2, 3, 4]).strides()).toEqual([12, 4, 1]);
    expect(f32(1).strides()).toEqual([]);
  });
  it('Array::dim › also from the end', () => {
    expect([x.dim(0), x.dim(1), x.dim(-1), x.dim(-2)]).toEqual([2, 3, 3, 2]);
    expect(() => x.dim(2)).toThrow('[dim] the axis must be in [-2, 2), got 2');
    expect(() => x.dim(-3)).toThrow('[dim] the axis must be in [-2, 2), got -3');
  });
  it('Array::dtype › is a constant of Dtype', () => {
    expect([x.dtype(), x.gt(0).dtype(), i32(1).dtype()]).toEqual([Dtype.Float32, Dtype.Bool, Dtype.Int32]);
  });
  it('Array › prints as MLX does', () => {
    expect(String(grid())).toBe('array([[0, 1, 2],\n       [3, 4, 5]], dtype=float32)');
  });
  it('<Array as std::fmt::Display>::fmt › is toString', () => {
    expect(`${String(f32(2.5))} ${String(array([true, false]))}`).toBe(
      'array(2.5, dtype=float32) array([True, False], dtype=bool)',
    );
  });
  it('Array › is iterable along the first axis', () => {
    expect([...grid()].map((row) => [...row.as_slice()])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});

describe('reading', () => {
  it('Array::item › of the only element, whatever the rank', () => {
    expect([f32(1.5).item(), ops.full([1, 1], 4).item()]).toEqual([1.5, 4]);
    expect(() => x.item()).toThrow();
  });
  it('Array::item › converts to the type asked for', () => {
    expect(f32(2.75).item(Dtype.Int32)).toBe(2);
    expect(f32(2).item<boolean>(Dtype.Bool)).toBe(true);
    expect(i32(7).item(Dtype.Float32)).toBe(7);
    expect(i32(7).item<bigint>(Dtype.Int64)).toBe(7n);
    expect(f32(1.5).item(Dtype.Complex64)).toEqual(complex64(1.5, 0));
  });
  it('Array::try_item › is item', () => {
    expect(f32(2.75).try_item(Dtype.Int32)).toBe(2);
    expect(() => x.try_item()).toThrow();
  });
  it('Array::as_slice › row-major, also of a transposed, a reversed and a broadcast array', () => {
    const reverse = ops.indexing.range_full().stride_by(-1);
    expect([...grid().t().as_slice()]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...grid().index([0, reverse]).as_slice()]).toEqual([2, 1, 0]);
    expect([...ops.broadcast_to(f32(3), [2, 2]).as_slice()]).toEqual([3, 3, 3, 3]);
    expect([...array().as_slice()]).toEqual([]);
  });
  it('Array::as_slice › a copy', () => {
    const a = grid();
    a.as_slice()[0] = 99;
    expect(a.index([0, 0]).item()).toBe(0);
  });
  it('Array::as_slice › is a typed array of the dtype', () => {
    expect(grid().as_slice()).toBeInstanceOf(Float32Array);
    expect(array([1, 2], Dtype.Uint8).as_slice<Uint8Array<ArrayBuffer>>(Dtype.Uint8)).toEqual(new Uint8Array([1, 2]));
    expect(array([1, 2], Dtype.Int64).as_slice<BigInt64Array<ArrayBuffer>>()).toEqual(new BigInt64Array([1n, 2n]));
  });
  it('Array::as_slice › wants the exact dtype', () => {
    expect(() => grid().as_slice(Dtype.Int32)).toThrow("[as_slice] the dtype must be the array's, Float32, got Int32");
  });
  it('Array::try_as_slice › is as_slice', () => {
    expect([...grid().try_as_slice(Dtype.Float32)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(() => grid().try_as_slice(Dtype.Bool)).toThrow('[as_slice]');
  });
  it('Array::as_slice_unchecked › is as_slice', () => {
    expect([...grid().as_slice_unchecked()]).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it('Array::eval › computes now', () => {
    const a = x.add(1);
    a.eval();
    expect(a.index([0, 0]).item()).toBe(1.5);
  });
});

describe('copies and comparison', () => {
  it('<Array as Clone>::clone › shares the data; assignment leaves the other', () => {
    const a = grid();
    const b = a.clone();
    b.add_assign(1);
    b.index_mut([0, 0], 50);
    a.index_mut([1, 2], -1);
    expect([...a.as_slice()]).toEqual([0, 1, 2, 3, 4, -1]);
    expect([...b.as_slice()]).toEqual([50, 2, 3, 4, 5, 6]);
  });
  it('Array::deep_clone › is clone', () => {
    const a = grid();
    const b = a.deep_clone();
    a.index_mut([0, 0], 5);
    expect(b.index([0, 0]).item()).toBe(0);
  });
  it('<Array as PartialEq>::eq › compares the whole arrays', () => {
    expect(grid().equals(grid())).toBe(true);
    expect(grid().equals(grid().add(1))).toBe(false);
    expect(grid().equals(ops.arange(null, 6))).toBe(false);
    expect(f32(2).equals(2)).toBe(true);
  });
  it('Array::eq › compares elements', () => {
    expect([...grid().eq(2).as_slice()].map(Number)).toEqual([0, 0, 1, 0, 0, 0]);
  });
  it('complex64 › is a pair of numbers', () => {
    expect(complex64(1, -2)).toEqual({ re: 1, im: -2 });
    expect(array([complex64(1, -2)]).dtype()).toBe(Dtype.Complex64);
  });
  it('array! › whole numbers are Float32 unless a dtype is given', () => {
    expect([array([1, 2]), array([1, 2], Dtype.Int32), array([1.5]), array()].map((a) => a.dtype())).toEqual([
      Dtype.Float32,
      Dtype.Int32,
      Dtype.Float32,
      Dtype.Float32,
    ]);
  });
  it('<Array as std::iter::Sum>::sum › of none is zero, <Array as std::iter::Product>::product › of none is one', () => {
    expect([Array.sum([]).item(), Array.product([]).item()]).toEqual([0, 1]);
  });
});

describe('scalars are strong', () => {
  const kinds = ['half', 'bytes', 'm'].map(input);
  it('<Array as std::ops::Add>::add › promotes with Int32 and Float32', () => {
    const types = (s: Array | number): string[] => kinds.map((a) => String(a.add(s).dtype()));
    expect(types(1.5)).toEqual(['Float32', 'Float32', 'Float32']);
    expect(types(1)).toEqual(['Float16', 'Int32', 'Int32']);
    expect(types(f32(1))).toEqual(['Float32', 'Float32', 'Float32']);
    expect(kinds.map((a) => String(a.add(true).dtype()))).toEqual(['Float16', 'Uint8', 'Int32']);
    expect(String(kinds[1]!.add(complex64(0, 1)).dtype())).toBe('Complex64');
  });
  it('ops::zeros › and the other creation functions default to Float32', () => {
    const made = [ops.zeros([1]), ops.ones([1]), ops.full([1], 3), ops.eye(1), ops.arange(null, 3), ops.identity(2)];
    expect(made.map((a) => a.dtype())).toEqual(made.map(() => Dtype.Float32));
  });
});

describe('transforms', () => {
  const sums = (a: readonly Array[]): number[] => a.map((v) => v.sum().item());
  const two = (): [Array, Array] => [x.add(1), x.mul(2)];
  it('transforms::eval › takes lists, maps, records and single arrays', () => {
    const [a, b] = two();
    transforms.eval([a, b]);
    transforms.eval({ a, more: [b] } as never);
    transforms.eval(new Map([['a', a]]) as never);
    transforms.eval(a);
    expect(sums([a, b])).toEqual([11.5, 11]);
  });
  it('transforms::eval_params › is eval', () => {
    const [a, b] = two();
    transforms.eval_params({ a, b });
    expect(sums([a, b])).toEqual([11.5, 11]);
  });
  it('transforms::async_eval › resolves', async () => {
    const [a, b] = two();
    await transforms.async_eval([a, b]);
    expect(sums([a, b])).toEqual([11.5, 11]);
  });
  it('transforms::async_eval_params › resolves', async () => {
    const [a] = two();
    await transforms.async_eval_params({ a });
    expect(sums([a])).toEqual([11.5]);
  });
  it('stop_gradient_device › is stop_gradient', () => {
    expect(stop_gradient_device(x, Stream.new()).equals(stop_gradient(x))).toBe(true);
    expect(() => (stop_gradient_device as (a: Array, s: unknown) => Array)(x, 3)).toThrow(
      '[stop_gradient_device] the last argument must be a stream or a device, got number',
    );
  });
});
