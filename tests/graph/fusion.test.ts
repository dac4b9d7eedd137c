import { beforeEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { generator } from '../tensor/support.js';

const dtypes: lw.DType[] = [
  'float32',
  'float32',
  'float32',
  'float16',
  'bfloat16',
  'int32',
  'uint8',
  'bool',
  'int64',
  'float64',
  'int8',
  'uint16',
];
const floats = new Set<string>(['float16', 'bfloat16', 'float32', 'float64']);
const sizes = [0, 1, 3, 5, 31, 257, 2048, 2049, 5000];

type Pick = <T>(list: readonly T[]) => T;
/** Every bit of a tensor, NaN payloads left out. */
const bits = (t: lw.Tensor): string =>
  `${t.dtype}(${t.shape.join()})${Array.from(t.toTypedArray() as Float64Array, String).join()}`;

function leaf(rand: () => number, pick: Pick, n: number): lw.Tensor {
  const dtype = pick(dtypes);
  const shape = pick([[n], [1], [], [2, n], [2, 1]]);
  const size = shape.reduce((p, d) => p * d, 1);
  const values = Array.from({ length: size }, () =>
    floats.has(dtype) ? (rand() - 0.5) * 8 : Math.floor(rand() * 100),
  );
  return lw.array(values, dtype).reshape(shape);
}
const unary: ((x: lw.Tensor) => lw.Tensor)[] = [
  (x) => x.square(),
  (x) => x.abs(),
  (x) => x.astype('float32').exp(),
  (x) => x.astype('float16'),
  (x) => x.astype('bfloat16'),
  (x) => x.astype('int32'),
  (x) => x.astype('bool'),
  (x) => x.logicalNot(),
  (x) => x.astype('float32').tanh(),
  (x) => x.astype('float32').floor(),
];
const binary: ((x: lw.Tensor, y: lw.Tensor) => lw.Tensor)[] = [
  lw.add,
  lw.multiply,
  lw.subtract,
  lw.maximum,
  lw.minimum,
  lw.less,
  lw.equal,
  lw.divide,
];
const views: ((x: lw.Tensor) => lw.Tensor)[] = [
  (x) => x.flip(),
  (x) => x.T,
  (x) => (x.ndim === 2 ? x.at(':', '::-1') : x.reshape([-1])),
  (x) => x.expandDims(0).squeeze(0),
  (x) => (x.ndim > 0 && x.shape[0]! > 0 ? x.at(0) : x),
];

/** A random graph; `step` is given every tensor it makes. */
function build(seed: number, step: (x: lw.Tensor) => lw.Tensor): lw.Tensor {
  const rand = generator(seed);
  const pick: Pick = (list) => list[Math.floor(rand() * list.length)]!;
  const n = pick(sizes);
  const pool = Array.from({ length: 4 }, () => leaf(rand, pick, n));
  const fits = (...list: lw.Tensor[]): boolean => {
    try {
      return lw.broadcastShapes(...list.map((x) => x.shape)).reduce((p, d) => p * d, 1) <= 2 * 5000;
    } catch {
      return false;
    }
  };
  const count = 3 + Math.floor(rand() * 40);
  for (let i = 0; i < count; i++) {
    // mostly the latest ones, so that chains grow
    const any = (): lw.Tensor =>
      rand() < 0.6 ? pool[pool.length - 1 - Math.floor(rand() * Math.min(3, pool.length))]! : pick(pool);
    const kind = rand();
    const [x, y, z] = [any(), any(), any()];
    let out: lw.Tensor | null = null;
    if (kind < 0.25) out = pick(unary)(x);
    else if (kind < 0.75) {
      const f = pick(binary);
      if (rand() < 0.25) out = f(x, x.dtype === 'bool' ? (true as never) : (pick([0, 1, 3]) as never));
      else if (fits(x, y)) out = f(x, y);
    } else if (kind < 0.88) {
      if (fits(x, y, z)) out = lw.where(x, y, z);
    } else out = pick(views)(x);
    if (out !== null) pool.push(step(out));
  }
  // everything is used, so that every member has a consumer
  const all = pool.map((x) => x.astype('float32')).filter((x) => x.size > 0);
  const sums = all.map((x) => step(x.mul(0.25).flatten().at(':3')));
  return lw.concatenate([...sums, pool[pool.length - 1]!.astype('float32').flatten()]);
}

describe.each(['wasm', 'reference'])('%s', (device) => {
  beforeEach(() => lw.setDefaultDevice(device));

  test('fusion › a random graph gives the same bits fused and op by op', () => {
    for (let seed = 0; seed < (device === 'wasm' ? 400 : 40); seed++) {
      const fused = bits(build(seed, (x) => x));
      const single = bits(build(seed, (x) => x.eval()));
      expect(fused === single, `seed ${seed}`).toBe(true);
    }
  });
});

test('fusion › a random graph gives what the reference gives', () => {
  for (let seed = 1000; seed < 1060; seed++) {
    const ours = lw.withDevice('wasm', () => build(seed, (x) => x)).toTypedArray() as Float32Array;
    const theirs = lw.withDevice('reference', () => build(seed, (x) => x)).toTypedArray() as Float32Array;
    expect(ours.length).toBe(theirs.length);
    let far = 0;
    for (let i = 0; i < ours.length; i++) {
      const [a, b] = [ours[i]!, theirs[i]!];
      const same = Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b));
      if (!same) far++;
    }
    // a last-bit difference before a comparison or a floor may turn a few elements
    expect(far, `seed ${seed}`).toBeLessThanOrEqual(Math.max(2, ours.length * 0.01));
  }
});

test('fusion › 20 members of three strided operands each, all alive', () => {
  lw.setDefaultDevice('wasm');
  const n = 67;
  const make = (i: number): lw.Tensor =>
    lw
      .arange(2 * n)
      .astype('float32')
      .mul(i + 1)
      .eval()
      .reshape([n, 2])
      .T.at(0);
  const conditions = Array.from({ length: 20 }, (_, i) =>
    lw
      .arange(2 * n)
      .remainder(i + 2)
      .equal(0)
      .eval()
      .reshape([n, 2])
      .T.at(0),
  );
  const leaves = Array.from({ length: 40 }, (_, i) => make(i));
  let level = conditions.map((c, i) => lw.where(c, leaves[2 * i]!, leaves[2 * i + 1]!));
  const parts = level.map((x) => Array.from(lw.array(x).toTypedArray() as Float32Array));
  while (level.length > 1) level = [...level.slice(2), level[0]!.add(level[1]!)];
  const want = Array.from({ length: n }, (_, k) => parts.reduce((s, p) => s + p[k]!, 0));
  expect(Array.from(level[0]!.toTypedArray() as Float32Array)).toEqual(want);
});

test('fusion › an input that is still alive is never written over', () => {
  for (const device of ['wasm', 'reference']) {
    lw.setDefaultDevice(device);
    const x = lw.arange(300).astype('float32');
    const held = x.add(1);
    const y = held.mul(2).sub(held);
    const view = held.at('::2');
    const z = y.add(view.sum());
    expect(y.at(':3').tolist()).toEqual([1, 2, 3]);
    expect(z.at(0).item()).toBe(1 + 150 * 150);
    expect(held.at(':3').tolist()).toEqual([1, 2, 3]);
    expect(x.at(':3').tolist()).toEqual([0, 1, 2]);
    // two roots of one evaluation, one made of the other
    const p = x.add(1);
    const q = p.mul(3);
    lw.eval(q, p);
    expect([p.at(2).item(), q.at(2).item()]).toEqual([3, 9]);
  }
});

test('fusion › results of half types are rounded at every op', () => {
  for (const device of ['wasm', 'reference']) {
    lw.setDefaultDevice(device);
    // 2048 + 1 is not a float16; without rounding in between the result would be 2049 - 2048 = 1
    const x = lw.array([2048], 'float16');
    expect(x.add(1).sub(2048).tolist()).toEqual([0]);
    expect(lw.array([256], 'bfloat16').add(1).sub(256).tolist()).toEqual([0]);
    expect(lw.array([200], 'uint8').add(100).sub(44).tolist()).toEqual([0]);
    expect(
      lw
        .array([2 ** 24], 'float32')
        .add(1)
        .sub(2 ** 24)
        .tolist(),
    ).toEqual([0]);
  }
});
