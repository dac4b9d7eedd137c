import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { counting, devices, fixture, indexOf, seen, type Expected, type Part } from './support.js';

type Step = [string, ...never[]];
const apply = (x: lw.Tensor, [op, a, b, c]: Step): lw.Tensor => {
  switch (op) {
    case 'reshape':
      return x.reshape(a!);
    case 'transpose':
      return x.transpose(a!);
    case 'slice':
      return x.at(...(a! as Part[]).map((p) => indexOf(p, true)));
    case 'broadcast':
      return x.broadcastTo(a!);
    case 'flip':
      return x.flip(a!);
    case 'expand':
      return x.expandDims(a!);
    case 'squeeze':
      return x.squeeze();
    case 'moveaxis':
      return x.moveaxis(a!, b!);
    case 'swapaxes':
      return x.swapaxes(a!, b!);
    case 'diagonal':
      return x.diagonal(a!, b!, c!);
    default:
      throw new Error(op);
  }
};
const cases = fixture<{ shape: number[]; chain: Step[]; result: Expected }>('views.json');
/** Whether two tensors lie in the same block. */
const shares = (x: lw.Tensor, y: lw.Tensor): boolean => x.eval().node.store === y.eval().node.store;

describe.each(devices)('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test.each(['int8', 'float16', 'float32', 'float64'] as const)(
    'views › random chains give what NumPy gives, %s',
    (dtype) => {
      for (const c of cases) {
        const x = counting(c.shape, dtype);
        const want = {
          ...c.result,
          values: dtype === 'int8' ? c.result.values.map((v) => (v << 24) >> 24) : c.result.values,
        };
        const lazy = c.chain.reduce(apply, x);
        expect(seen(lazy), JSON.stringify(c)).toEqual(want);
        const computed = c.chain.reduce((y, s) => apply(y, s).eval(), x);
        expect(seen(computed), JSON.stringify(c)).toEqual(want);
        // the same inside a fused group, both ways round
        const inGroup = c.chain.reduce(apply, x.add(1)).sub(1);
        expect(seen(inGroup), JSON.stringify(c)).toEqual(want);
        const beside = lw.zeros(c.result.shape, dtype).add(c.chain.reduce(apply, x));
        expect(seen(beside), JSON.stringify(c)).toEqual(want);
      }
    },
  );

  test('reshape › is a view where the strides allow it', () => {
    const x = counting([4, 6]).eval();
    for (const y of [
      x.reshape([24]),
      x.reshape([2, 2, 3, 2]),
      x.T.reshape([3, 2, 4]),
      x.T.reshape([6, 2, 2]),
      x.at(':', '::2').reshape([2, 2, 3]),
      x.at('::-1').reshape([4, 2, 3]),
      x.at('1:3').reshape([12]),
      x.reshape([4, 1, 6, 1]).T,
      x.at(0).broadcastTo([5, 6]).reshape([5, 3, 2]),
      x.at(0, 0).broadcastTo([5, 6]).reshape([2, 15]),
      x.flatten(),
      x.unflatten(1, [3, -1]),
      x.squeeze(),
      x.expandDims([0, -1]),
      x.diagonal(),
      x.flip(),
      x.asStrided([2, 2], [7, 1], 3),
    ]) {
      expect(shares(x, y)).toBe(true);
    }
  });

  test('reshape › copies where it must', () => {
    const x = counting([4, 6]).eval();
    for (const y of [
      x.T.reshape([24]),
      x.at(':', ':4').reshape([16]),
      x.at(0).broadcastTo([5, 6]).reshape([30]),
      x.at(':', '::-1').reshape([24]),
    ]) {
      expect(shares(x, y)).toBe(false);
    }
    expect(x.T.reshape([24]).at(':5').tolist()).toEqual([0, 6, 12, 18, 1]);
  });

  test('reshape › -1 is inferred, sizes of 0 keep', () => {
    expect(counting([2, 3]).reshape([-1]).shape).toEqual([6]);
    expect(counting([2, 3]).reshape([3, -1, 1]).shape).toEqual([3, 2, 1]);
    expect(lw.zeros([0, 3]).reshape([-1, 3]).shape).toEqual([0, 3]);
    expect(lw.zeros([0, 3]).reshape([5, 0, 2]).shape).toEqual([5, 0, 2]);
    expect(lw.array(3).reshape([1, 1]).tolist()).toEqual([[3]]);
    expect(lw.array([[3]]).reshape([]).shape).toEqual([]);
  });

  test('views › of tensors without elements', () => {
    const x = lw.zeros([0, 3]);
    expect(x.T.shape).toEqual([3, 0]);
    expect(x.T.tolist()).toEqual([[], [], []]);
    expect(x.flip().shape).toEqual([0, 3]);
    expect(x.at(':', 1).tolist()).toEqual([]);
    expect(x.at('::-1, ::2').shape).toEqual([0, 2]);
    expect(x.broadcastTo([2, 0, 3]).tolist()).toEqual([[], []]);
    expect(lw.zeros([1, 3]).broadcastTo([0, 3]).shape).toEqual([0, 3]);
    expect(lw.zeros([2, 3]).diagonal(5).shape).toEqual([0]);
    expect(lw.zeros([2, 3]).diagonal(-2).tolist()).toEqual([]);
    expect(x.asStrided([0], [1], 99).shape).toEqual([0]);
    expect(x.asStrided().shape).toEqual([0, 3]);
    expect(x.add(1).sum().item()).toBe(0);
    expect(x.flatten().shape).toEqual([0]);
    expect(x.unflatten(0, [0, 4]).shape).toEqual([0, 4, 3]);
  });

  test('views › of a tensor without axes', () => {
    const x = lw.array(5, 'int32');
    expect(x.T.tolist()).toBe(5);
    expect(x.flatten().tolist()).toEqual([5]);
    expect(x.squeeze().tolist()).toBe(5);
    expect(x.expandDims(0).tolist()).toEqual([5]);
    expect(x.expandDims([0, 1]).tolist()).toEqual([[5]]);
    expect(x.flip().tolist()).toBe(5);
    expect(x.broadcastTo([2, 2]).tolist()).toEqual([
      [5, 5],
      [5, 5],
    ]);
    expect(x.at('...').tolist()).toBe(5);
    expect(x.at(null).tolist()).toEqual([5]);
    expect(x.at('..., None').shape).toEqual([1]);
    expect(x.reshape([1, 1, 1]).shape).toEqual([1, 1, 1]);
  });

  test('asStrided › walks the row-major elements of any view', () => {
    const x = counting([3, 4]);
    expect(x.asStrided([2, 3], [1, 2]).tolist()).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    expect(x.T.asStrided([4], [3]).tolist()).toEqual([0, 1, 2, 3]);
    expect(x.asStrided([3], [-1], 5).tolist()).toEqual([5, 4, 3]);
    expect(x.asStrided([2, 2], [0, 1], 10).tolist()).toEqual([
      [10, 11],
      [10, 11],
    ]);
    expect(x.at('1:').asStrided([2], [4]).tolist()).toEqual([4, 8]);
  });

  test('views › up to 32 axes', () => {
    const dims = Array.from({ length: 32 }, (_, i) => (i % 8 === 3 ? 2 : 1));
    const x = counting([16]).reshape(dims);
    expect(x.T.reshape([16]).tolist()).toEqual([0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]);
    const y = lw.add(x, x.T);
    expect(y.shape).toHaveLength(32);
    expect(y.sum().item()).toBe((((16 * 16 * 15) / 2) * 16 * 2) / 16);
    expect(() => x.expandDims(0)).toThrow(lw.ShapeError);
    expect(() => lw.zeros(Array<number>(33).fill(1))).toThrow(lw.ShapeError);
  });
});

test('identity › an op that has nothing to do gives a tensor of its own', () => {
  const same: ((x: lw.Tensor) => lw.Tensor)[] = [
    (x) => lw.array(x),
    (x) => x.astype('float32'),
    (x) => x.reshape([2, 3]),
    (x) => x.transpose([0, 1]),
    (x) => x.squeeze(),
    (x) => x.flip([]),
    (x) => x.at(),
    (x) => x.at(':'),
    (x) => x.contiguous(),
    (x) => x.broadcastTo([2, 3]),
    (x) => x.atleast1d(),
    (x) => x.atleast2d(),
    (x) => x.flatten(0, 0),
    (x) => x.unflatten(0, [2]),
    (x) => x.swapaxes(0, 0),
    (x) => x.moveaxis(1, 1),
    (x) => x.roll(0, 0),
    (x) => x.roll(3, 1),
    (x) => x.pad(0),
    (x) => x.pad(0, 'edge'),
    (x) => x.tile(1),
    (x) => x.repeat(1, 0),
    (x) => lw.concatenate([x]),
    (x) => lw.broadcastArrays([x])[0]!,
    (x) => x.clip(null, null),
    (x) => x.asStrided(),
    (x) => x.sum([]),
    (x) => x.max([]),
    (x) => x.mean([]),
    (x) => x.split(1)[0]!,
    (x) => x.nanToNum(),
    (x) => x.real(),
    (x) => x.conjugate(),
    (x) => x.take([0, 1], 0),
    (x) => x.tril(5),
  ];
  for (const f of same) {
    const x = lw.array([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    const y = f(x);
    expect(y.tolist(), String(f)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    y.dispose();
    expect(x.tolist(), String(f)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    const z = f(x).eval();
    x.dispose();
    expect(z.tolist(), String(f)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  }
});

test('asStrided › a view without elements lies nowhere, whatever its offset', () => {
  for (const device of devices) {
    lw.setDefaultDevice(device);
    const empty = lw.arange(4).asStrided([2 ** 31, 0], [-3, 1], 2 ** 40);
    expect(empty.toTypedArray()).toHaveLength(0);
    expect(empty.add(1).toTypedArray()).toHaveLength(0);
  }
});
