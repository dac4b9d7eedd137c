// Tensors, batches and the cache on the device: shapes, shared memory, and what is written in place.
import { describe, expect, test } from 'vitest';
import { array, DisposedError, memory, OutOfMemoryError, setDefaultDevice, ShapeError, tidy } from '../../src/index.js';
import { BackendPreference, initBackend, MetalKVCache, MetalTensor, MetalTensorBatch } from '../../src/torchless.js';
import { CLOSE, distance, numbers, preferences } from './support.js';

setDefaultDevice('wasm');
const f32 = (...x: number[]): Float32Array => Float32Array.from(x);
const cpu = initBackend(BackendPreference.Cpu);
const count = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i);

describe('torchless › MetalTensor', () => {
  const buffer = cpu.createBuffer(count(24));
  test('shapes over a buffer', () => {
    const one = MetalTensor.new1d(buffer, 5);
    expect([one.shape(), one.ndim(), one.len(), one.nrows(), one.ncols(), one.shape2d()]).toEqual([
      [5],
      1,
      5,
      5,
      5,
      null,
    ]);
    const two = MetalTensor.new2d(buffer, 4, 6);
    expect([two.shape(), two.len(), two.nrows(), two.ncols(), two.shape2d()]).toEqual([[4, 6], 24, 4, 6, [4, 6]]);
    const three = MetalTensor.new3d(buffer, 2, 3, 4);
    expect([three.len(), three.memoryBytes(), three.ncols()]).toEqual([24, 96, 3]);
    const none = MetalTensor.newWithShape(buffer, []);
    expect([none.len(), none.nrows(), none.ncols(), none.isEmpty()]).toEqual([1, 0, 0, false]);
    const empty = MetalTensor.newWithShape(buffer, [3, 0]);
    expect([empty.len(), empty.isEmpty(), empty.toVec().length]).toEqual([0, true, 0]);
    expect(three.buffer()).toBe(buffer);
    expect(three.tensor().shape).toEqual([2, 3, 4]);
    expect(String(two)).toBe('MetalTensor { shape: [4, 6], len: 24, memory_bytes: 96 }');
  });
  test('the elements are those of the buffer, row by row', async () => {
    const t = MetalTensor.new2d(buffer, 2, 3);
    expect(t.toVec()).toEqual(count(6));
    expect(t.asSlice()).toEqual(count(6));
    expect(await t.data()).toEqual(count(6));
    expect(t.row(1).toVec()).toEqual(f32(3, 4, 5));
  });
  test('a buffer that is too small is refused, as torchless did not', () => {
    expect(() => MetalTensor.new2d(buffer, 5, 5)).toThrow(ShapeError);
    expect(() => MetalTensor.new2d(buffer, 5, 5)).toThrow(
      '[MetalTensor.new2d] the buffer must hold at least 25 elements, got 24 (96 bytes)',
    );
    expect(() => MetalTensor.new1d(buffer, -1)).toThrow(
      '[MetalTensor.new1d] sizes must be integers of at least 0, got (-1)',
    );
    expect(() => MetalTensor.new1d(count(3) as never, 1)).toThrow(
      '[MetalTensor.new1d] the first argument must be a MetalBuffer, got another value',
    );
  });
  test('reshape changes one tensor, writes are seen by all over the buffer', () => {
    const own = cpu.createBuffer(count(6));
    const a = MetalTensor.new1d(own, 6);
    const b = a.clone();
    b.reshape([2, 3]);
    expect([a.shape(), b.shape()]).toEqual([[6], [2, 3]]);
    expect(() => b.reshape([7])).toThrow(
      '[MetalTensor.reshape] the new shape must have the same number of elements, got (7) for (2,3)',
    );
    b.row(1).copyFrom(f32(7, 8, 9));
    expect(a.toVec()).toEqual(f32(0, 1, 2, 7, 8, 9));
    a.asSliceMut((x) => x.reverse());
    expect(b.row(0).toVec()).toEqual(f32(9, 8, 7));
    expect(() => a.copyFrom(f32(1))).toThrow(
      '[MetalTensor.copyFrom] there must be as many elements as the tensor has, 6, got 1',
    );
    expect(() => a.row(0)).toThrow('[MetalTensor.row] the tensor must have two axes, got (6)');
    expect(() => b.row(2)).toThrow('[MetalTensor.row] the row must be below 2, got 2');
  });
  test('a tensor taken before a write keeps the values that it had', () => {
    const t = cpu.toDevice1d(f32(1, 1));
    const before = t.tensor();
    cpu.softmax(t);
    expect(before.tolist()).toEqual([1, 1]);
    expect(t.toVec()).toEqual(f32(0.5, 0.5));
  });
  test('an op on part of a buffer writes that part alone', () => {
    const own = cpu.createBuffer(f32(0, 0, 5, 6));
    cpu.softmax(MetalTensor.new1d(own, 2));
    expect(own.tensor().tolist()).toEqual([0.5, 0.5, 5, 6]);
  });
  test('dispose gives the memory of the buffer back', () => {
    const held = memory.active();
    const t = cpu.toDevice1d(new Float32Array(1 << 18));
    expect(memory.active() - held).toBeGreaterThanOrEqual(1 << 20);
    t.dispose();
    expect(memory.active()).toBe(held);
    expect(() => t.toVec()).toThrow(DisposedError);
    expect(() => cpu.softmax(t)).toThrow(DisposedError);
  });
});

describe('torchless › MetalTensorBatch', () => {
  test('counts, and lies one behind the other', () => {
    const batch = new MetalTensorBatch(cpu.createBuffer(count(24)), 3, [2, 4]);
    expect([batch.batchSize(), batch.tensorShape(), batch.elementsPerTensor(), batch.totalElements()]).toEqual([
      3,
      [2, 4],
      8,
      24,
    ]);
    expect([batch.memoryBytes(), batch.shape()]).toEqual([96, [3, 2, 4]]);
    expect(batch.get(2).shape()).toEqual([2, 4]);
    expect(batch.get(2).toVec()).toEqual(count(24).slice(16));
    expect(batch.tensor().at(1).flatten().tolist()).toEqual([...count(24).slice(8, 16)]);
    expect(String(batch)).toBe('MetalTensorBatch { batch_size: 3, tensor_shape: [2, 4], total_elements: 24 }');
    batch.get(0).copyFrom(new Float32Array(8));
    expect(batch.buffer().tensor().sum().item()).toBe(276 - 28);
  });
  test('what does not fit is refused', () => {
    const buffer = cpu.createBufferZeros(7);
    expect(() => new MetalTensorBatch(buffer, 2, [4])).toThrow(
      '[MetalTensorBatch] the buffer must hold at least 8 elements, got 7',
    );
    expect(() => new MetalTensorBatch(buffer, 1.5, [4])).toThrow(
      '[MetalTensorBatch] the batch size must be an integer of at least 0, got 1.5',
    );
    expect(() => new MetalTensorBatch(buffer, 2, [3]).get(2)).toThrow(
      '[MetalTensorBatch.get] the index must be below the batch size, 2, got 2',
    );
  });
});

describe.each(preferences)('torchless › MetalKVCache on %s', (preference) => {
  const backend = initBackend(preference);
  test('offsets count layers, then positions, then heads', () => {
    const cache = new MetalKVCache(backend, 3, 16, 8, 4);
    expect(cache.offset(0, 0)).toBe(0);
    expect(cache.offset(1, 0)).toBe(16 * 8 * 4);
    expect(cache.offset(0, 10)).toBe(10 * 8 * 4);
    expect(cache.offset(2, 15)).toBe(2 * 16 * 32 + 15 * 32);
    expect([cache.cacheElements(), cache.memoryBytes()]).toEqual([1536, 12288]);
    expect(cache.keys.length() + cache.values.length()).toBe(12288);
    expect(String(cache)).toBe(
      'MetalKVCache { n_layers: 3, max_seq_len: 16, n_kv_heads: 8, head_dim: 4, current_pos: 0, memory_mb: 0.01 }',
    );
    cache.dispose();
  });
  test('attention over what was appended, one position at a time and several at once, agrees with float64', () => {
    const [layers, heads, d] = [2, 3, 5];
    const cache = new MetalKVCache(backend, layers, 7, heads, d);
    const parts = [1, 3, 1];
    const rows: { k: number[]; v: number[] }[][] = Array.from({ length: layers }, () => []);
    parts.forEach((n, step) => {
      for (let layer = 0; layer < layers; layer++) {
        const [k, v] = [numbers(n * heads * d, 10 * step + layer), numbers(n * heads * d, 100 + 10 * step + layer)];
        if (step === 1) cache.append(layer, array(k).reshape([n, heads, d]), backend.toDevice1d(v));
        else cache.append(layer, k, v);
        for (let p = 0; p < n; p++)
          rows[layer]!.push({
            k: [...k.subarray(p * heads * d, (p + 1) * heads * d)],
            v: [...v.subarray(p * heads * d, (p + 1) * heads * d)],
          });
        expect(cache.currentPos).toBe(rows[1]!.length);
      }
    });
    expect([cache.currentPos, cache.len(0), cache.len(1)]).toEqual([5, 5, 5]);
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        const q = numbers(d, head + 50);
        const scores = new Float32Array(5);
        backend.computeAttentionScores(q, cache.keysOf(layer, head), scores, 0.5);
        const of = (x: number[]): number[] => x.slice(head * d, (head + 1) * d);
        const s = rows[layer]!.map(({ k }) => 0.5 * of(k).reduce((t, y, i) => t + y * q[i]!, 0));
        expect(distance(scores, s)).toBeLessThan(CLOSE);
        backend.softmax(scores);
        const out = backend.toDevice1d(new Float32Array(d));
        backend.weightedSumRows(scores, cache.valuesOf(layer, head), out);
        const e = s.map((y) => Math.exp(y));
        const sum = e.reduce((t, y) => t + y, 0);
        const want = Array.from({ length: d }, (_, i) =>
          rows[layer]!.reduce((t, { v }, p) => t + (e[p]! / sum) * of(v)[i]!, 0),
        );
        expect(distance(out.toVec(), want)).toBeLessThan(CLOSE);
      }
    }
    cache.dispose();
  });
  test('currentPos is what every layer has', () => {
    const cache = new MetalKVCache(backend, 2, 4, 1, 2);
    cache.append(0, f32(1, 2), f32(3, 4));
    expect([cache.currentPos, cache.len(0), cache.len(1)]).toEqual([0, 1, 0]);
    cache.append(1, f32(5, 6), f32(7, 8));
    expect(cache.currentPos).toBe(1);
    expect(
      cache.keys
        .tensor()
        .at(`${cache.offset(1, 0)}:${cache.offset(1, 0) + 2}`)
        .tolist(),
    ).toEqual([5, 6]);
    expect(cache.values.tensor().at('0:2').tolist()).toEqual([3, 4]);
  });
  test('reset begins anew in the same memory', () => {
    const cache = new MetalKVCache(backend, 1, 2, 1, 1);
    cache.append(0, f32(1, 2), f32(3, 4));
    const window = cache.keysOf(0, 0);
    expect(window.tensor().tolist()).toEqual([[1], [2]]);
    cache.reset();
    expect([cache.currentPos, window.shape()]).toEqual([0, [0, 1]]);
    cache.append(0, f32(9), f32(9));
    expect(window.tensor().tolist()).toEqual([[9]]);
    expect(cache.keys.tensor().tolist()).toEqual([9, 2]);
  });
  test('what does not fit is refused, and nothing is written', () => {
    const cache = new MetalKVCache(backend, 2, 2, 2, 2);
    cache.append(0, new Float32Array(8), new Float32Array(8));
    const before = cache.keys.tensor().tolist();
    const refused: [() => unknown, string][] = [
      [
        () => cache.append(0, f32(1, 2, 3, 4), f32(1, 2, 3, 4)),
        '[MetalKVCache.append] a layer holds at most maxSeqLen (2) positions, got 1 beside 2',
      ],
      [
        () => cache.append(1, f32(1, 2, 3), f32(1, 2, 3)),
        '[MetalKVCache.append] keys and values must have nKvHeads * headDim (4) elements for each position, got 3 and 3',
      ],
      [
        () => cache.append(1, new Float32Array(8), f32(1, 2, 3, 4)),
        '[MetalKVCache.append] keys and values must have nKvHeads * headDim (4) elements for each position, got 8 and 4',
      ],
      [() => cache.append(2, f32(), f32()), '[MetalKVCache.append] the layer must be below 2, got 2'],
      [() => cache.keysOf(0, 2), '[MetalKVCache.keysOf] the head must be below 2, got 2'],
      [() => cache.valuesOf(-1, 0), '[MetalKVCache.valuesOf] the layer must be below 2, got -1'],
      [() => cache.offset(0, 2), '[MetalKVCache.offset] the position must be below 2, got 2'],
      [() => cache.len(0.5), '[MetalKVCache.len] the layer must be below 2, got 0.5'],
      [
        () => backend.softmax(cache.keysOf(0, 0) as never),
        '[softmax] x must be an array that can be written, got one that is only read',
      ],
      [() => new MetalKVCache(backend, 0, 1, 1, 1), '[MetalKVCache] nLayers must be an integer of at least 1, got 0'],
    ];
    for (const [run, text] of refused) {
      expect(run).toThrow(text);
    }
    expect(cache.len(0)).toBe(2);
    expect(cache.len(1)).toBe(0);
    expect(cache.keys.tensor().tolist()).toEqual(before);
    cache.append(1, f32(), f32());
    expect(cache.len(1)).toBe(0);
  });
});

describe('torchless › memory', () => {
  test('a cache is written in place, while its windows are read: nothing of its size is ever allocated again', () => {
    const before = memory.active();
    const cache = new MetalKVCache(cpu, 2, 4096, 2, 64);
    const held = memory.active() - before;
    expect(held).toBeGreaterThanOrEqual(cache.memoryBytes());
    expect(held).toBeLessThan(1.1 * cache.memoryBytes());
    const token = numbers(128);
    const step = (pos: number): void => {
      for (let layer = 0; layer < 2; layer++) {
        cache.append(layer, token, token);
        const scores = cpu.toDevice1d(new Float32Array(pos + 1));
        for (let head = 0; head < 2; head++) {
          cpu.computeAttentionScores(token.subarray(0, 64), cache.keysOf(layer, head), scores, 1);
          cpu.weightedSumRows(scores, cache.valuesOf(layer, head), new Float32Array(64));
        }
        scores.dispose();
      }
    };
    step(0);
    memory.resetPeak();
    const settled = memory.active();
    for (let pos = 1; pos < 200; pos++) step(pos);
    expect(memory.peak() - settled).toBeLessThan(cache.memoryBytes() / 8);
    cache.dispose();
  });
  test('a cache that the heap has no room for is refused when it is made, and leaves nothing behind', () => {
    memory.clear();
    const before = memory.active();
    const limit = memory.setLimit(before + (24 << 20));
    try {
      expect(() => new MetalKVCache(cpu, 1, 65536, 1, 64)).toThrow(OutOfMemoryError);
    } finally {
      memory.setLimit(limit);
    }
    expect(memory.active()).toBe(before);
  });
  test('thousands of calls hold no memory', () => {
    const x = cpu.toDevice1d(numbers(1024));
    const w = cpu.toDevice2d({ data: numbers(1024 * 8), shape: [8, 1024] });
    const weight = cpu.toDevice1d(new Float32Array(1024).fill(1));
    const step = (): void => {
      cpu.rmsnorm(x, weight, 1e-5);
      cpu.softmax(x);
      tidy(() => cpu.matmulVec(w, x.tensor())).dispose();
      cpu.matmulVec(w, x).dispose();
    };
    step();
    const held = memory.active();
    for (let i = 0; i < 2000; i++) step();
    expect(memory.active()).toBe(held);
  });
});
