import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clear, generation } from '../../src/backends/wasm/fusion/cache.js';
import { Body, encode, I32, V128 } from '../../src/backends/wasm/fusion/encoder.js';
import { F, S } from '../../src/backends/wasm/fusion/instructions.js';
import * as lw from '../../src/index.js';

const before = { ...generation };
const fusion = (): lw.FusionInfo => lw.backends().find((b) => b.name === 'wasm')!.fusion!;
const chain = (x: lw.Tensor, k: number): lw.Tensor => x.mul(k).add(1).square().sub(x);
beforeEach(() => {
  lw.setDefaultDevice('wasm');
  clear();
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(generation, before);
  clear();
});

test('fusion › code is generated when a structure comes for the third time, whatever its sizes and numbers', () => {
  const seen = [1, 2, 3, 4].map((k) => {
    const x = lw
      .arange(10 * k)
      .astype('float32')
      .eval();
    const got = chain(x, k).tolist();
    expect(got).toEqual(Array.from({ length: 10 * k }, (_, i) => (k * i + 1) ** 2 - i));
    const { tiles, generated, compiled, kept } = fusion();
    return [tiles, generated, compiled, kept];
  });
  expect(seen).toEqual([
    [1, 0, 0, 0],
    [2, 0, 0, 0],
    [2, 1, 1, 1],
    [2, 2, 1, 1],
  ]);
});

test('fusion › a compiled function goes over to generated code, and keeps it', () => {
  const f = lw.compile((x: lw.Tensor) => chain(x, 2).sum());
  const x = lw.arange(5000).astype('float32').eval();
  const want = Array.from({ length: 5000 }, (_, i) => (2 * i + 1) ** 2 - i).reduce((p, v) => p + v, 0);
  for (let i = 0; i < 6; i++) expect(f(x).item()).toBeCloseTo(want, -5);
  expect(fusion()).toMatchObject({ tiles: 2, generated: 4, closed: 6, compiled: 1 });
});

test('fusion › where compiling is forbidden tiles go on, and backends() tells why', () => {
  vi.spyOn(WebAssembly, 'Module').mockImplementation(() => {
    throw new WebAssembly.CompileError("Refused to compile: 'unsafe-eval' is not allowed");
  });
  const x = lw.arange(100).astype('float32').eval();
  for (let i = 0; i < 5; i++) expect(chain(x, 1).at(3).item()).toBe(13);
  expect(WebAssembly.Module).toHaveBeenCalledTimes(1);
  expect(fusion()).toMatchObject({ tiles: 5, generated: 0, compiled: 0, kept: 0 });
  expect(fusion().refused).toContain('unsafe-eval');
});

test('fusion › the structures used least recently are forgotten', () => {
  Object.assign(generation, { from: 1, most: 8 });
  const x = lw.arange(9).astype('float32').eval();
  const unary = [lw.abs, lw.negative, lw.square, lw.floor, lw.ceil, lw.round, lw.sqrt, lw.sign, lw.rsqrt, lw.log1p];
  const all = unary.flatMap((f) => unary.map((g) => () => f(g(x).add(1)).mul(2)));
  for (const f of all) {
    f().eval();
    chain(x, 3).eval();
    expect(fusion().kept).toBeLessThanOrEqual(8);
  }
  // the one that came again and again was made once
  expect(fusion().compiled).toBeLessThanOrEqual(all.length + 1);
  expect(fusion().generated).toBeGreaterThan(all.length);
});

test('fusion › a NaN on either side of maximum and minimum wins in every way to run them', () => {
  Object.assign(generation, { from: 1 });
  for (const on of [true, false]) {
    generation.on = on;
    const x = lw.array([NaN, 1, NaN, -2, 5]);
    const y = lw.array([1, NaN, NaN, 7, -3]);
    expect(lw.maximum(x, y).mul(2).add(0).tolist()).toEqual([NaN, NaN, NaN, 14, 10]);
    expect(lw.minimum(x, y).mul(2).add(0).max().item()).toBeNaN();
    expect(lw.maximum(3, x).add(1).mul(1).tolist()).toEqual([NaN, 4, NaN, 4, 6]);
  }
});

test('fusion › generated code stores nothing behind a row that it writes over', () => {
  Object.assign(generation, { from: 1 });
  for (const n of [1, 2, 3, 5, 6, 7, 2049]) {
    const whole = lw
      .arange(n + 8)
      .astype('float32')
      .eval();
    const made = lw.concatenate([whole.at(`:${n}`), lw.zeros([0])]);
    const next = lw.zeros([8]).eval();
    expect(made.add(1).mul(2).sub(1).tolist()).toEqual(Array.from({ length: n }, (_, i) => 2 * i + 1));
    expect(next.tolist()).toEqual(new Array(8).fill(0));
  }
});

test('fusion › the module fits a memory that is shared, and one that is not', () => {
  const body = new Body(3);
  const [p, v] = [body.local(I32), body.local(V128)];
  body.get(2).load(0).set(p);
  body.get(p).simd(S.load, 0, 0).set(v);
  body.get(p).get(v).get(v).simd(F.add).simd(S.store, 0, 0);
  for (const shared of [false, true]) {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared });
    const module = new WebAssembly.Module(encode(3, [body], shared));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    new Int32Array(memory.buffer)[0] = 64;
    new Float32Array(memory.buffer).set([1, 2, 3, 4], 16);
    (exports['0'] as (n: number, start: number, addresses: number) => void)(4, 0, 0);
    expect(Array.from(new Float32Array(memory.buffer, 64, 4))).toEqual([2, 4, 6, 8]);
  }
});
