// The same bits on any number of threads.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { jobs, running, tuning } from '../../src/backends/wasm/threads/pool.js';

const COUNTS = [1, 2, 3, 4];

/** Works until all workers that `setThreads` allows run: they start beside this thread. */
async function warm(): Promise<void> {
  const x = lw.random.normal([256, 256]);
  const end = performance.now() + 60_000;
  while (running() < lw.threads() - 1 && performance.now() < end) {
    lw.matmul(x, x).eval();
    await new Promise((r) => setTimeout(r, 10));
  }
  expect(running()).toBe(lw.threads() - 1);
}

const key = lw.random.key(5);
const normal = (shape: number[], dtype: lw.DType = 'float32'): lw.Tensor =>
  lw.random.normal(shape, 'float32', 0, 1, key).astype(dtype);
const x = normal([1003, 1001]);
const y = normal([1003, 1001], 'bfloat16');
const h = normal([700, 900], 'float16');
const n = x.multiply(1000).astype('int32');
const w = normal([1001]);
const q = normal([2, 8, 130, 64]);
const k = normal([2, 4, 300, 64]);

const quantized = (rows: lw.Tensor, bits: number): lw.Tensor => {
  const [codes, scales, biases] = lw.quantize(normal([1003, 512], rows.dtype), 64, bits);
  return lw.quantizedMatmul(rows, codes!, scales!, biases!, true, 64, bits);
};
const blocks = (rows: lw.Tensor, mode: 'q4_0' | 'q8_0' | 'q6_k'): lw.Tensor => {
  const [w] = lw.quantize(normal([1003, 2048]), { mode });
  return lw.quantizedMatmul(rows, w!, null, null, { mode });
};

function stepOf(o: lw.optimizers.Optimizer, dtype: lw.DType = 'float32'): lw.Tensor {
  const gradients = { w: x.T.astype(dtype) };
  const once = o.applyGradients(gradients, { w: lw.contiguous(x.T).astype(dtype) });
  return (o.applyGradients(gradients, once) as { w: lw.Tensor }).w;
}

const cases: Readonly<Record<string, () => lw.Tensor>> = {
  'matmul, rows': () => lw.matmul(normal([1001, 300]), normal([300, 257])),
  'matmul, columns': () => lw.matmul(normal([123, 400]), normal([400, 1037])),
  'matmul, transposed views': () => lw.matmul(normal([300, 500]).T, normal([401, 300]).T),
  'matmul, batch': () => lw.matmul(normal([9, 128, 64]), normal([9, 64, 130])),
  'matmul, broadcast batch': () => lw.matmul(normal([3, 1, 90, 64]), normal([4, 64, 90])),
  'matmul, bfloat16': () => lw.matmul(normal([500, 600], 'bfloat16'), normal([600, 400], 'bfloat16')),
  'matmul, float16 in blocks': () => lw.matmul(normal([1100, 64], 'float16'), normal([64, 2103], 'float16')),
  'matmul, float64': () => lw.matmul(normal([300, 200], 'float64'), normal([200, 310], 'float64')),
  'matmul, complex64': () => lw.matmul(normal([200, 200], 'complex64'), normal([200, 200], 'complex64')),
  'vector by matrix': () => lw.matmul(w, x.T),
  'vector by columns': () => lw.matmul(normal([1003]), x),
  'few rows': () => lw.matmul(normal([5, 1001]), x.T),
  'few rows by columns': () => lw.matmul(normal([7, 1003]), x),
  'vector by matrix, bfloat16': () => lw.matmul(normal([1001], 'bfloat16'), y.T),
  'matrix by vector': () => lw.matmul(x, w),
  unary: () => x.exp(),
  binary: () => x.add(x.T.T),
  'binary with a scalar': () => x.multiply(1.5),
  select: () => lw.where(lw.greater(x, 0), x, 2),
  cast: () => x.astype('int8'),
  chain: () => x.square().add(1).log().multiply(x).subtract(w).tanh(),
  'chain over broadcast and strided operands': () =>
    x.T.add(normal([1001, 1]))
      .sigmoid()
      .multiply(normal([1003])),
  'chain in bfloat16': () => y.exp().add(y).multiply(2),
  'chain closed by a sum of all': () => x.square().add(1).sum(),
  'chain closed by the largest of all, bfloat16': () => y.multiply(3).add(y).max(),
  'chain closed by sums of rows': () => x.subtract(w).square().mean(-1),
  'chain closed by sums of rows, float16': () => h.multiply(h).exp().sum(-1),
  'chain closed by sums of two long rows': () => normal([2, 300_001]).multiply(2).add(1).sum(-1),
  'row added, closed by sums of rows': () =>
    normal([2003, 1000])
      .add(normal([1000]))
      .exp()
      .sum(-1),
  'rows of 100 and of 64 added': () =>
    normal([30, 7, 6400])
      .add(
        normal([100, 1])
          .add(normal([64]))
          .reshape([6400]),
      )
      .tanh(),
  'a row of 1000 added to halves': () =>
    normal([999, 1000], 'float16')
      .add(normal([1000], 'float16'))
      .multiply(2),
  'chain closed by a sum of integers': () => n.multiply(3).add(n).sum(),
  'broadcast chain closed by sums of rows': () =>
    x.T.add(normal([1003]))
      .abs()
      .sum(-1),
  integers: () => n.multiply(n).add(7).bitwiseAnd(1023),
  softmax: () => lw.softmax(x, -1),
  'softmax of columns': () => lw.softmax(x, 0),
  'softmax in float16': () => lw.softmax(h, -1),
  'softmax of one wide bfloat16 row': () => lw.softmax(normal([3, 300_000], 'bfloat16'), -1),
  logsumexp: () => lw.logsumexp(x, -1),
  'layer norm': () => lw.fast.layerNorm(x, w, w, 1e-5),
  'rms norm': () => lw.fast.rmsNorm(x, w, 1e-5),
  'sum of all': () => x.sum(),
  'sum of all, bfloat16': () => y.sum(),
  'sum of all, float64': () => x.astype('float64').sum(),
  'product of all': () => x.prod(),
  'largest of all': () => x.max(),
  'sum of integers': () => n.sum(),
  'all and any': () => lw.stack([lw.all(lw.greater(x, -9)), lw.any(lw.greater(x, 9))]),
  'sum of rows': () => x.sum(1),
  'sum of columns': () => x.sum(0),
  'sum over an inner axis': () => normal([30, 100, 300]).sum(1),
  'largest of columns': () => x.max(0),
  'mean of a view': () => x.T.mean(0),
  argmax: () => lw.argmax(x, -1),
  variance: () => x.variance(0),
  sort: () => lw.sort(x, -1),
  'argsort of columns': () => lw.argsort(x, 0),
  gather: () => lw.take(x, lw.arange(0, 2000).remainder(1003).astype('int32'), 0),
  'cumulative sum': () => lw.cumsum(x, 1),
  transpose: () => lw.contiguous(x.T),
  convolution: () => lw.conv2d(normal([2, 40, 40, 24]), normal([32, 3, 3, 24]), 1, 1),
  'grouped convolution': () => lw.conv2d(normal([2, 40, 40, 24]), normal([24, 3, 3, 1]), 1, 1, 1, 24),
  attention: () => lw.fast.scaledDotProductAttention(q, k, k, 0.125),
  'attention, causal': () => lw.fast.scaledDotProductAttention(q, k, k, 0.125, 'causal'),
  'gradient of attention, causal': () =>
    lw.concatenate(
      lw
        .grad(
          (a: lw.Tensor, b: lw.Tensor) => lw.sum(lw.sin(lw.fast.scaledDotProductAttention(a, b, b, 0.125, 'causal'))),
          [0, 1],
        )(q, k)
        .map((g) => g.reshape([-1])),
    ),
  'attention of one position': () => lw.fast.scaledDotProductAttention(normal([2, 8, 1, 64]), k, k, 0.125),
  'quantised product': () => quantized(normal([40, 512]), 4),
  'blocks by one row': () => blocks(normal([1, 2048]), 'q8_0'),
  'blocks by three rows': () => blocks(normal([3, 2048]), 'q4_0'),
  'blocks by many rows': () => blocks(normal([50, 2048]), 'q6_k'),
  'quantised product of one row': () => quantized(normal([1, 512]), 8),
  'quantised product of rows rounded to 16 bits': () => quantized(normal([3, 512], 'float16'), 3),
  'quantised product in mxfp4': () => {
    const [codes, scales] = lw.quantize(normal([1000, 512]), 32, 4, 'mxfp4');
    return lw.quantizedMatmul(normal([9, 512]), codes!, scales!, null, true, 32, 4, 'mxfp4');
  },
  fft: () => lw.abs(lw.fft.fft(x)),
  'fft of columns in a batch': () => lw.abs(lw.fft.fft(normal([40, 90, 60]), null, 1)),
  'fft of short real rows': () => lw.fft.irfft(lw.fft.rfft(normal([5000, 30])), 30),
  'cumulative maximum of rows, bfloat16': () => lw.cummax(y, -1, true),
  'cumulative product in float64': () => lw.cumprod(x.astype('float64'), -1, false, false),
  'random bits': () => lw.random.bits([300_001], 2, key),
  'random numbers': () => lw.random.normal([300_001], 'float32', 0, 1, key),
  'gather of columns': () => lw.take(x, lw.arange(0, 2000).remainder(1001).astype('int32'), 1),
  'gather of elements along an axis': () => lw.takeAlongAxis(x, lw.argsort(x, 0), 0),
  'gather of slices': () =>
    x.at(lw.arange(0, 1003, 2).astype('int32'), lw.arange(0, 1003, 2).remainder(1001).astype('int32')),
  embedding: () => lw.take(y, lw.arange(0, 3000).remainder(1003).astype('uint16'), 0),
  rope: () => lw.fast.rope(q, 64, false, 1e4, 1, 5),
  'convolution by Winograd': () => lw.conv2d(normal([2, 50, 50, 32]), normal([48, 3, 3, 32]), 1, 1),
  'step of AdamW': () => stepOf(new lw.optimizers.AdamW({ learningRate: 0.01 })),
  'step of Lion in bfloat16': () => stepOf(new lw.optimizers.Lion({ learningRate: 0.01 }), 'bfloat16'),
};

describe('threads', () => {
  let expected: Map<string, lw.TypedArray>;
  beforeAll(() => {
    // everything is shared, whatever pays here
    Object.assign(tuning, { share: 1000, asleep: 1000 });
    lw.setThreads(1);
    expected = new Map(Object.entries(cases).map(([name, f]) => [name, f().toTypedArray()]));
  });
  afterAll(() => lw.terminate());
  test.each(COUNTS)('threads › %i threads give the bits of one', async (count) => {
    lw.setThreads(count);
    await warm();
    const before = jobs();
    for (const [name, f] of Object.entries(cases)) {
      for (let turn = 0; turn < 2; turn++) {
        const got = f().toTypedArray();
        const wanted = expected.get(name)!;
        const same = Buffer.compare(Buffer.from(got.buffer), Buffer.from(wanted.buffer)) === 0;
        expect(same, name).toBe(true);
      }
    }
    if (count > 1) expect(jobs() - before).toBeGreaterThan(Object.keys(cases).length);
    else expect(jobs()).toBe(before);
  });
});
