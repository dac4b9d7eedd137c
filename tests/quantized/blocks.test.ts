// GGUF's block formats against ggml: its reference encoder, its decoder and the products of its kernels (tools/goldens/blocks.py).
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import * as io from '../../src/io/index.js';
import { blockFormats, type BlockMode } from '../../src/backends/block-formats.js';
import { packBlocks, unpackBlocks } from '../../src/ops/quantized-blocks.js';
import { devices } from '../tensor/support.js';

const file = fileURLToPath(new URL('../goldens/blocks/blocks.safetensors', import.meta.url));
const golden = await io.loadSafetensors(file);
const modes = Object.keys(blockFormats) as BlockMode[];
const on = devices.flatMap((device) => modes.map((mode) => [mode, device] as const));

const tensor = (name: string): lw.Tensor => {
  const t = golden[name]!;
  return lw.array(t.tolist() as number[][], t.dtype);
};
const numbers = (t: lw.Tensor): number[] => Array.from(t.astype('float64').toTypedArray(), Number);
/** Bits, so that zeros keep their signs; every NaN alike. */
const bits = (t: lw.Tensor): Uint32Array => {
  const f = Float32Array.from(t.toTypedArray() as Float32Array, (x) => (x !== x ? NaN : x));
  return new Uint32Array(f.buffer);
};
const normal = (shape: number[]): lw.Tensor => lw.random.normal(shape);
/** The norm of a difference beside that of `b`. */
const distance = (a: lw.Tensor, b: lw.Tensor): number => {
  const [x, y] = [numbers(a), numbers(b)];
  return Math.sqrt(x.reduce((s, v, i) => s + (v - y[i]!) ** 2, 0) / y.reduce((s, v) => s + v * v, 0));
};

describe('quantize', () => {
  it.each(on)("quantize › %s gives the bytes of ggml's reference, on %s", (mode, device) => {
    lw.withDevice(device, () => {
      const [q] = lw.quantize(tensor('x'), { mode });
      expect(q.toTypedArray()).toEqual(tensor(`${mode}.quantized`).toTypedArray());
    });
  });
  it.each(modes)('quantize › %s takes half types as the float32 numbers that they are', (mode) => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const w = normal([2, 3, 256]).astype(dtype);
      const [q] = lw.quantize(w, { mode });
      expect(q.shape).toEqual([2, 3, (256 / blockFormats[mode].elements) * blockFormats[mode].bytes]);
      expect(q.toTypedArray()).toEqual(lw.quantize(w.astype('float32'), { mode })[0].toTypedArray());
    }
  });
});

describe('dequantize', () => {
  it.each(on)('dequantize › %s gives the bits of ggml for any bytes, on %s', (mode, device) => {
    lw.withDevice(device, () => {
      const x = lw.dequantize(tensor(`${mode}.noise`), null, null, { mode });
      expect(bits(x)).toEqual(bits(tensor(`${mode}.decoded`)));
    });
  });
  it('dequantize › rounds blocks once to the dtype asked for', () => {
    const [q] = lw.quantize(normal([4, 256]), { mode: 'q5_k' });
    const whole = lw.dequantize(q, null, null, { mode: 'q5_k' });
    for (const dtype of ['float16', 'bfloat16', 'float64'] as const) {
      const x = lw.dequantize(q, null, null, { mode: 'q5_k', dtype });
      expect(numbers(x)).toEqual(numbers(whole.astype(dtype)));
    }
  });
});

describe('quantizedMatmul', () => {
  it.each(on)("quantizedMatmul › %s agrees with the products of ggml's kernels, on %s", (mode, device) => {
    lw.withDevice(device, () => {
      const [w] = lw.quantize(tensor('w'), { mode });
      const y = lw.quantizedMatmul(tensor('a'), w, null, null, { mode });
      // integer sums are equal but where x is half between two codes; ggml rounds sums of x to float16 for those with minima, to 5e-4
      expect(distance(y, tensor(`${mode}.product`))).toBeLessThan(mode.endsWith('_1') ? 1e-3 : 2e-5);
    });
  });
  it.each(modes)('quantizedMatmul › %s with float32 activations is the product of the decoded matrix', (mode) => {
    const [w] = lw.quantize(normal([37, 512]), { mode });
    const dense = lw.dequantize(w, null, null, { mode, dtype: 'float64' });
    for (const M of [1, 3, 8, 9, 33]) {
      const x = normal([M, 512]);
      const y = lw.quantizedMatmul(x, w, null, null, { mode, activations: 'float32' });
      expect(distance(y, lw.matmul(x.astype('float64'), dense.T))).toBeLessThan(1e-6);
      const z = normal([M, 37]);
      const back = lw.quantizedMatmul(z, w, null, null, { mode, transpose: false });
      expect(distance(back, lw.matmul(z.astype('float64'), dense))).toBeLessThan(1e-6);
    }
  });
  it.each(modes)('quantizedMatmul › %s gives a row the same bits in any number of rows, packed or not', (mode) => {
    for (const [N, K] of [
      [1, 256],
      [21, 768],
      [70, 512],
    ] as const) {
      const [w] = lw.quantize(normal([N, K]), { mode });
      const stripes = packBlocks(mode, w).eval();
      const x = normal([7, K]);
      const y = lw.quantizedMatmul(x, w, null, null, { mode });
      const packed = lw.quantizedMatmul(x, unpackBlocks(mode, stripes, N), null, null, { mode });
      expect(bits(packed)).toEqual(bits(y));
      for (let i = 0; i < 7; i++)
        expect(bits(lw.quantizedMatmul(x.at(i), w, null, null, { mode }))).toEqual(bits(y.at(i)));
      const float = { mode, activations: 'float32' } as const;
      const wide = lw.quantizedMatmul(x, unpackBlocks(mode, stripes, N), null, null, float);
      expect(bits(wide)).toEqual(bits(lw.quantizedMatmul(x, w, null, null, float)));
    }
  });
  it.each(modes)('quantizedMatmul › int8 activations of %s cost less than a hundredth of the result', (mode) => {
    const [w] = lw.quantize(normal([64, 2048]), { mode });
    const x = normal([4, 2048]);
    const exact = lw.quantizedMatmul(x, w, null, null, { mode, activations: 'float32' });
    const y = lw.quantizedMatmul(x, w, null, null, { mode });
    // 127 steps to the largest of 32 normal numbers, about 2.1, are an error of 0.0048 each; of 256, about 2.9, one of 0.0066
    expect(distance(y, exact)).toBeLessThan(0.01);
    expect(distance(y, exact)).toBeGreaterThan(0.001);
  });
  it.each(on)('quantizedMatmul › %s takes batches, one x for many matrices and half types, on %s', (mode, device) => {
    lw.withDevice(device, () => {
      const [w] = lw.quantize(normal([3, 5, 256]), { mode });
      const x = normal([2, 256]);
      const y = lw.quantizedMatmul(x, w, null, null, { mode });
      expect(y.shape).toEqual([3, 2, 5]);
      for (let i = 0; i < 3; i++)
        expect(bits(y.at(i))).toEqual(bits(lw.quantizedMatmul(x, w.at(i), null, null, { mode })));
      const h = x.astype('float16');
      const z = lw.quantizedMatmul(h, w.at(0), null, null, { mode });
      expect(z.dtype).toBe('float16');
      const whole = lw.quantizedMatmul(h.astype('float32'), w.at(0), null, null, { mode });
      expect(numbers(z)).toEqual(numbers(whole.astype('float16')));
    });
  });
  it.each(devices)('quantizedMatmul › takes empty operands of blocks on %s', (device) => {
    lw.withDevice(device, () => {
      const mode = 'q4_0';
      const [w] = lw.quantize(lw.ones([3, 32]), { mode });
      expect(lw.quantizedMatmul(lw.zeros([0, 32]), w, null, null, { mode }).shape).toEqual([0, 3]);
      const [none] = lw.quantize(lw.zeros([3, 0]), { mode });
      expect(numbers(lw.quantizedMatmul(lw.zeros([2, 0]), none, null, null, { mode }))).toEqual([0, 0, 0, 0, 0, 0]);
      expect(lw.dequantize(none, null, null, { mode }).shape).toEqual([3, 0]);
    });
  });
  it('quantizedMatmul › a number that is none, or infinite, in x or in a scale reaches its results and no others', () => {
    for (const mode of modes) {
      const [w] = lw.quantize(normal([9, 512]), { mode });
      const x = numbers(normal([5, 512]));
      x[512 + 3] = NaN;
      x[2 * 512 + 400] = Infinity;
      const y = lw.quantizedMatmul(lw.array(x).reshape([5, 512]), w, null, null, { mode }).tolist() as number[][];
      expect(y.map((row) => row.every(Number.isFinite))).toEqual([true, false, false, true, true]);
      expect(y[1]!.every(Number.isNaN)).toBe(true);
      // an infinite scale in row 6
      const bytes = Uint8Array.from(w.toTypedArray() as Uint8Array);
      const at = 6 * w.shape[1]! + (mode === 'q6_k' ? 208 : 0);
      bytes.set([0, 0x7c], at);
      const bad = lw.array(bytes).reshape(w.shape);
      const z = lw.quantizedMatmul(normal([5, 512]), bad, null, null, { mode }).tolist() as number[][];
      for (const row of z) expect(row.map(Number.isFinite)).toEqual(row.map((_, i) => i !== 6));
    }
  });
  it.each(modes)('quantizedMatmul › the gradient of x is the product with %s unrounded', (mode) => {
    const [w] = lw.quantize(normal([12, 256]), { mode });
    const c = normal([3, 12]);
    const g = lw.grad((x: lw.Tensor) => lw.quantizedMatmul(x, w, null, null, { mode }).mul(c).sum())(normal([3, 256]));
    const dense = lw.dequantize(w, null, null, { mode });
    expect(distance(g, lw.matmul(c, dense))).toBeLessThan(1e-6);
  });
});

describe('gatherQmm', () => {
  const pick = (list: number[]): lw.Tensor => lw.array(list, 'int32');
  it.each(on)('gatherQmm › %s picks the products that quantizedMatmul gives one by one, on %s', (mode, device) => {
    lw.withDevice(device, () => {
      const [w] = lw.quantize(normal([3, 5, 256]), { mode });
      const x = normal([4, 2, 256]);
      const [l, r] = [
        [0, 1, 2, 3, 1],
        [2, 2, 0, -1, 0],
      ];
      const y = lw.gatherQmm(x, w, null, null, { mode, lhsIndices: pick(l!), rhsIndices: pick(r!) });
      expect(y.shape).toEqual([5, 2, 5]);
      l!.forEach((k, i) => {
        const one = lw.quantizedMatmul(x.at(k), w!.at((r![i]! + 3) % 3), null, null, { mode });
        expect(bits(y.at(i))).toEqual(bits(one));
      });
    });
  });
  it('gatherQmm › its gradient is that of the decoded matrices', () => {
    const mode = 'q8_0';
    const [w] = lw.quantize(normal([3, 5, 256]), { mode });
    const [lhsIndices, rhsIndices] = [pick([0, 1, 1]), pick([2, 0, 1])];
    const c = normal([3, 2, 5]);
    const f = (x: lw.Tensor): lw.Tensor =>
      lw.gatherQmm(x, w, null, null, { mode, lhsIndices, rhsIndices }).mul(c).sum();
    const dense = lw.swapaxes(lw.dequantize(w, null, null, { mode }), -1, -2);
    const h = (x: lw.Tensor): lw.Tensor => lw.gatherMm(x, dense, lhsIndices, rhsIndices).mul(c).sum();
    const x = normal([2, 2, 256]);
    expect(distance(lw.grad(f)(x), lw.grad(h)(x))).toBeLessThan(1e-6);
  });
});

describe('packBlocks', () => {
  it.each(on)('packBlocks › %s keeps every byte, for any number of rows, on %s', (mode, device) => {
    lw.withDevice(device, () => {
      for (const rows of [1, 16, 22]) {
        const width = 3 * blockFormats[mode].bytes;
        const w = lw.random.randint(0, 256, [rows, width]).astype('uint8').eval();
        const stripes = packBlocks(mode, w).eval();
        expect(stripes.shape).toEqual([Math.ceil(rows / 16) * 16, width]);
        expect(unpackBlocks(mode, stripes, rows).tolist()).toEqual(w.tolist());
      }
    });
  });
  it.each(modes)('packBlocks › %s gives the same stripes on both backends', (mode) => {
    const q = tensor(`${mode}.noise`);
    const [a, b] = (['wasm', 'reference'] as const).map((device) =>
      lw.withDevice(device, () => packBlocks(mode, lw.array(q.tolist() as number[][], 'uint8')).toTypedArray()),
    );
    expect(a).toEqual(b);
  });
});
