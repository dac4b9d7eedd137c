// Reductions, products of few bits and steps of optimizers from the public API on the device `metal`, beside WebAssembly. Nothing of it
// may fall back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { packBlocks, unpackBlocks } from '../../src/ops/quantized-blocks.js';
import { metal, rig } from './library.js';

const { AdamW, Lion, SGD } = lw.optimizers;
const fallbacks = (): Readonly<Record<string, number>> => metal().fallbacks;

const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
/** What `fn` gives on both devices, and that Metal computed `keys` itself. */
function both(keys: readonly string[], fn: () => lw.Tensor): [metal: number[], wasm: number[]] {
  const before = fallbacks();
  const [metal, wasm] = ['metal', 'wasm'].map((device) => lw.withDevice(device, () => numbers(fn())));
  for (const key of keys) expect(fallbacks()[key] ?? 0, `${key} fell back`).toBe(before[key] ?? 0);
  return [metal!, wasm!];
}
function expectClose(got: readonly number[], want: readonly number[], limit: number): void {
  expect(got.length).toBe(want.length);
  const scale = Math.max(...want.map(Math.abs));
  got.forEach((v, i) => expect(Math.abs(v - want[i]!) / scale).toBeLessThanOrEqual(limit));
}

describe('metal, from the public API', () => {
  beforeEach(() => lw.random.seed(7));
  afterEach(() => expect(rig.reports()).toEqual([]));

  it.each(['float32', 'bfloat16', 'uint8', 'bool'] as const)('reductions › of any axes: %s', (dtype) => {
    const base = lw.random.normal([6, 5, 7, 4]).multiply(3).astype(dtype);
    const views = [base, base.transpose([0, 2, 1, 3]), base.transpose([3, 2, 1, 0]), base.at(lw.slice(1, 5, 2))];
    const axes = [0, 1, 2, 3, [0, 1], [1, 2], [2, 3], [0, 2], [1, 3], null];
    for (const view of views)
      for (const axis of axes) {
        const [max, min, all, any] = [lw.max, lw.min, lw.all, lw.any].map((f) =>
          both(['reduce_max', 'reduce_min', 'reduce_all', 'reduce_any'], () => f(view, axis)),
        );
        for (const [got, want] of [max!, min!, all!, any!]) expect(got).toEqual(want);
        const [sum, sums] = both(['reduce_sum'], () => lw.sum(view.astype('float32'), axis));
        expectClose(sum, sums, 2 ** -20);
        if (Array.isArray(axis)) continue;
        const [place, places] = both(['argreduce_max'], () => lw.argmax(view, axis as number | null));
        expect(place).toEqual(places);
      }
  });

  it('reductions › long rows and long columns go in two passes', () => {
    const row = lw.random.normal([20_011]);
    const columns = lw.random.normal([6_007, 3]);
    for (const f of [lw.sum, lw.logsumexp]) {
      const key = f === lw.sum ? 'reduce_sum' : 'logsumexp';
      for (const x of [row, columns, row.astype('float16')]) {
        const [got, want] = both([key], () => f(x, 0));
        expectClose(got, want, x.dtype === 'float16' ? 2 ** -10 : 2 ** -21);
      }
    }
    for (const f of [lw.argmax, lw.argmin])
      for (const x of [row, columns, columns.astype('int8')]) {
        const [got, want] = both(['argreduce_max', 'argreduce_min'], () => f(x, 0));
        expect(got).toEqual(want);
      }
    const flags = row.greater(-100);
    expect(both(['reduce_all'], () => lw.all(flags, 0))).toEqual([[1], [1]]);
    expect(both(['reduce_any'], () => lw.any(lw.logicalNot(flags), 0))).toEqual([[0], [0]]);
  });

  it.each(['q4_0', 'q8_0', 'q4_k', 'q6_k'] as const)(
    'quantizedMatmul › %s, in rows and in stripes, of any dtype',
    (mode) => {
      const [w] = lw.quantize(lw.random.normal([37, 512]), { mode });
      const packed = packBlocks(mode, w);
      const dense = lw.dequantize(w, null, null, { mode });
      for (const dtype of ['float32', 'float16', 'bfloat16'] as const)
        for (const m of [1, 7]) {
          const x = lw.random.normal([2, m, 512]).astype(dtype);
          const want = numbers(lw.matmul(x.astype('float32'), dense.T));
          for (const matrix of [() => w, () => unpackBlocks(mode, packed, 37)]) {
            const [got] = both(['blocks_product'], () =>
              lw.quantizedMatmul(x, matrix(), null, null, { mode, activations: 'float32' }),
            );
            expectClose(got, want, dtype === 'float32' ? 2 ** -20 : dtype === 'float16' ? 2 ** -10 : 2 ** -7);
          }
        }
    },
  );

  it('quantizedMatmul › affine, batches and scales of a narrower dtype', () => {
    for (const bits of [2, 4, 8] as const) {
      const w = lw.random.normal([3, 21, 128]).astype('float16');
      const [q, s, b] = lw.quantize(w, { bits, groupSize: 32 });
      for (const m of [1, 9]) {
        const x = lw.random.normal([3, m, 128]);
        const [got, want] = both(['quantized_matmul'], () => lw.quantizedMatmul(x, q, s, b, { bits, groupSize: 32 }));
        // WebAssembly may round few rows of x to 16 bits
        expectClose(got, want, 1e-4);
      }
    }
  });

  it('optimizers › AdamW, Lion and SGD take the same steps', () => {
    const start = lw.random.normal([33, 9]);
    const gradients = Array.from({ length: 3 }, () => lw.random.normal([33, 9]));
    for (const dtype of ['float32', 'bfloat16'] as const)
      for (const make of [
        () => new AdamW({ learningRate: 0.01 }),
        () => new Lion({ learningRate: 0.01 }),
        () => new SGD({ learningRate: 0.1, momentum: 0.9 }),
      ]) {
        const [got, want] = both(['adam_step', 'lion_step', 'sgd_step'], () => {
          const optimizer = make();
          let p = { w: start.astype(dtype) };
          for (const g of gradients) p = optimizer.applyGradients({ w: g.astype(dtype) }, p) as { w: lw.Tensor };
          return p.w;
        });
        expectClose(got, want, dtype === 'float32' ? 2 ** -20 : 2 ** -7);
      }
  });
});
