// The ops of torchless's backends: the values of its own tests, closed forms, and float64.
import { describe, expect, test } from 'vitest';
import {
  array,
  BackendError,
  defaultDevice,
  DTypeError,
  grad,
  LanewiseError,
  setDefaultDevice,
  ShapeError,
  tidy,
  zeros,
  type Tensor,
} from '../../src/index.js';
import {
  array2,
  BackendPreference,
  initBackend,
  initRopeFreqs,
  MetalTensor,
  ropeEmbeddings,
  type Array2,
} from '../../src/torchless.js';
import { CLOSE, distance, kinds, numbers, preferences } from './support.js';

setDefaultDevice('wasm');
const f32 = (...x: number[]): Float32Array => Float32Array.from(x);
const SIZES = [1, 2, 7, 33, 64];

describe('torchless › initBackend', () => {
  test('gives the backend that was asked for, and leaves the default device alone', () => {
    expect(initBackend(BackendPreference.Cpu).name()).toBe('cpu');
    expect(initBackend(BackendPreference.Cpu).device).toBe('wasm');
    const reference = initBackend(BackendPreference.Reference);
    expect([reference.name(), reference.device]).toEqual(['reference', 'reference']);
    expect(reference.toString()).toContain('Backend { name: reference');
    expect(defaultDevice()).toBe('wasm');
  });
  test('Auto, the default, takes the best that runs here', () => {
    const auto = initBackend();
    setDefaultDevice('auto');
    expect(auto.device).toBe(defaultDevice());
    setDefaultDevice('wasm');
    expect(auto.deviceName()).not.toBe('');
    expect(initBackend(BackendPreference.Auto).name()).toBe(auto.name());
  });
  test.each(['Cuda', 'Rocm', 'OpenCL', 'WebGPU'] as const)('%s throws with the reason', (name) => {
    const ask = (): unknown => initBackend(BackendPreference[name]);
    expect(ask).toThrow(BackendError);
    expect(ask).toThrow(`[initBackend] the backend ${BackendPreference[name]} must run here, got: Lanewise has no`);
  });
  test('what is no preference is refused', () => {
    expect(() => initBackend('metal' as never)).toThrow(
      "[initBackend] the preference must be one of BackendPreference's Auto, Cpu, Cuda, Rocm, Metal, OpenCL, WebGPU, Reference, got metal",
    );
  });
});

test('ops run on the device of their backend: the reference sums in float64, the kernels in float32', () => {
  const w = array2([1, 3], [1e8, 1, -1e8]);
  const sums = [BackendPreference.Reference, BackendPreference.Cpu].map((preference) => {
    const backend = initBackend(preference);
    const x = f32(1, 1, 1);
    const into = backend.toDevice1d(f32(0));
    backend.matmulVecInto(w, x, into);
    return [backend.matmulVec(w, x), backend.matmulVec(w, backend.toDevice1d(x)).toVec(), into.toVec()].map(
      (y) => y[0],
    );
  });
  expect(sums).toEqual([
    [1, 1, 1],
    [0, 0, 0],
  ]);
});

describe.each(preferences)('torchless › backend %s', (preference) => {
  const backend = initBackend(preference);

  describe.each(Object.entries(kinds))('operands: %s', (_, { vector, matrix, read }) => {
    test("matmulVec has the values of torchless's tests", () => {
      const w = matrix(backend, f32(1, 2, 3, 4, 5, 6), 2, 3);
      expect([...read(backend.matmulVec(w, vector(backend, f32(1, 2, 3))))]).toEqual([14, 32]);
      const square = matrix(backend, f32(1, 2, 3, 4), 2, 2);
      expect([...read(backend.matmulVec(square, vector(backend, f32(1, 2))))]).toEqual([5, 11]);
    });
    test.each(SIZES)('matmulVec, matmulVecInto and matmul of %i columns agree with float64', (k) => {
      const [n, m] = [5, 3];
      const [w, x, b] = [numbers(n * k, k), numbers(k, k + 1), numbers(k * m, k + 2)];
      const dot = (i: number, at: (j: number) => number): number =>
        Array.from({ length: k }, (_, j) => w[i * k + j]! * at(j)).reduce((s, v) => s + v, 0);
      const wantVector = Array.from({ length: n }, (_, i) => dot(i, (j) => x[j]!));
      const weights = matrix(backend, w, n, k);
      expect(distance(read(backend.matmulVec(weights, vector(backend, x))), wantVector)).toBeLessThan(CLOSE);
      const out = vector(backend, new Float32Array(n).fill(NaN));
      backend.matmulVecInto(weights, vector(backend, x), out);
      expect(distance(read(out), wantVector)).toBeLessThan(CLOSE);
      const want = Array.from({ length: n * m }, (_, i) => dot(Math.floor(i / m), (j) => b[j * m + (i % m)]!));
      const product = backend.matmul(weights, matrix(backend, b, k, m));
      expect(distance(read(product), want)).toBeLessThan(CLOSE);
      const shape = product instanceof MetalTensor ? product.shape() : (product as Array2).shape;
      expect(shape).toEqual([n, m]);
    });
    test('the sum over no columns is 0, and no rows give nothing', () => {
      expect([...read(backend.matmulVec(matrix(backend, f32(), 3, 0), vector(backend, f32())))]).toEqual([0, 0, 0]);
      expect(read(backend.matmulVec(matrix(backend, f32(), 0, 2), vector(backend, f32(1, 2)))).length).toBe(0);
    });

    test.each(SIZES)('rmsnorm of %i elements divides by the root of the mean square, in place', (n) => {
      const [v, weight] = [numbers(n, n), numbers(n, 9)];
      const x = vector(backend, v.slice());
      backend.rmsnorm(x, vector(backend, weight), 1e-5);
      const scale = 1 / Math.sqrt(v.reduce((s, y) => s + y * y, 0) / n + 1e-5);
      expect(
        distance(
          read(x),
          Array.from(v, (y, i) => y * scale * weight[i]!),
        ),
      ).toBeLessThan(CLOSE);
    });
    test('rmsnorm: 1 to 4 by the root of 7.5, as in torchless', () => {
      const x = vector(backend, f32(1, 2, 3, 4));
      backend.rmsnorm(x, vector(backend, f32(1, 1, 1, 1)), 1e-5);
      const rms = Math.sqrt(7.5 + 1e-5);
      expect(distance(read(x), [1 / rms, 2 / rms, 3 / rms, 4 / rms])).toBeLessThan(CLOSE);
    });

    test.each(SIZES)('softmax of %i elements, in place', (n) => {
      const v = numbers(n, n).map((y) => y * 20);
      const x = vector(backend, v.slice());
      backend.softmax(x);
      const e = Array.from(v, (y) => Math.exp(y - Math.max(...v)));
      const sum = e.reduce((s, y) => s + y, 0);
      expect(
        distance(
          read(x),
          e.map((y) => y / sum),
        ),
      ).toBeLessThan(CLOSE);
    });
    test('softmax of large values does not overflow, of one infinite value is 1 there, of nothing but -inf NaN', () => {
      const run = (...values: number[]): number[] => {
        const x = vector(backend, f32(...values));
        backend.softmax(x);
        return [...read(x)];
      };
      expect(run(1000, 1000)).toEqual([0.5, 0.5]);
      expect(run(0, -Infinity)).toEqual([1, 0]);
      expect(run(-Infinity, -Infinity)).toEqual([NaN, NaN]);
      expect(run()).toEqual([]);
    });

    test('silu is x / (1 + exp(-x)), and leaves x alone', () => {
      const v = f32(0, 1, -1, 5, -20, 88);
      const x = vector(backend, v);
      const y = backend.silu(x);
      expect(
        distance(
          read(y),
          Array.from(v, (a) => a / (1 + Math.exp(-a))),
        ),
      ).toBeLessThan(CLOSE);
      expect(read(y)[1]!).toBeCloseTo(0.731, 2);
      expect(read(y)[2]!).toBeCloseTo(-0.269, 2);
      expect([...read(x)]).toEqual([...v]);
    });

    test.each([1, 2, 5])('applyRope turns the halves of %i heads against each other', (heads) => {
      const d = 6;
      const v = numbers(heads * d, heads);
      const [cos, sin] = ropeEmbeddings(initRopeFreqs(d, 10000), 3);
      const x = matrix(backend, v.slice(), heads, d);
      backend.applyRope(x, vector(backend, cos), vector(backend, sin));
      const want = Array.from(v, (_, i) => {
        const [h, j] = [Math.floor(i / d) * d, i % d];
        const pair = j % 3;
        const angle = 3 * 10000 ** (-pair / 3);
        const [a, b] = [v[h + pair]!, v[h + pair + 3]!];
        return j < 3 ? a * Math.cos(angle) - b * Math.sin(angle) : a * Math.sin(angle) + b * Math.cos(angle);
      });
      expect(distance(read(x), want)).toBeLessThan(CLOSE);
    });
    test('applyRope at position 0 changes nothing', () => {
      const v = numbers(2 * 8);
      const [cos, sin] = ropeEmbeddings(initRopeFreqs(8, 10000), 0);
      const x = matrix(backend, v.slice(), 2, 8);
      backend.applyRope(x, vector(backend, cos), vector(backend, sin));
      expect([...read(x)]).toEqual([...v]);
    });

    test.each(SIZES)('computeAttentionScores and weightedSumRows over %i positions agree with float64', (n) => {
      const d = 9;
      const [q, k] = [numbers(d, n), numbers(n * d, n + 1)];
      const keys = matrix(backend, k, n, d);
      const scores = vector(backend, new Float32Array(n).fill(NaN));
      backend.computeAttentionScores(vector(backend, q), keys, scores, 0.25);
      const row = (i: number): number[] => [...k.subarray(i * d, (i + 1) * d)];
      const want = Array.from({ length: n }, (_, i) => 0.25 * row(i).reduce((s, y, j) => s + y * q[j]!, 0));
      expect(distance(read(scores), want)).toBeLessThan(CLOSE);

      const w = numbers(n, n + 2);
      const out = vector(backend, new Float32Array(d).fill(7));
      backend.weightedSumRows(vector(backend, w), keys, out);
      const sums = Array.from({ length: d }, (_, j) =>
        Array.from(w, (y, i) => y * row(i)[j]!).reduce((s, y) => s + y, 0),
      );
      expect(distance(read(out), sums)).toBeLessThan(CLOSE);
    });
    test('the weighted sum of no rows is 0', () => {
      const out = vector(backend, f32(1, 2));
      backend.weightedSumRows(vector(backend, f32()), matrix(backend, f32(), 0, 2), out);
      expect([...read(out)]).toEqual([0, 0]);
    });
    test('an operand may be written over by its own result', () => {
      const x = vector(backend, f32(1, 2));
      backend.matmulVecInto(matrix(backend, f32(1, 2, 3, 4), 2, 2), x, x);
      expect([...read(x)]).toEqual([5, 11]);
    });
  });

  test('kinds mix: weights stay on the device, the result is of the kind of the last array', () => {
    const w = backend.toDevice2d(array2([2, 3], [1, 2, 3, 4, 5, 6]));
    expect(backend.matmulVec(w, f32(1, 2, 3))).toEqual(f32(14, 32));
    expect(backend.matmulVec(w, array([1, 2, 3])).tolist()).toEqual([14, 32]);
    expect(backend.matmulVec(w, backend.toDevice1d(f32(1, 2, 3))).toVec()).toEqual(f32(14, 32));
    expect(backend.matmul(w, array2([3, 1], [1, 2, 3]))).toEqual({ data: f32(14, 32), shape: [2, 1] });
    expect(backend.matmul(array2([1, 2], [1, 2]), w).toVec()).toEqual(f32(9, 12, 15));
  });
  test('softmaxView works on part of an array and leaves the rest', () => {
    const x = f32(9, 0, 0, 9);
    backend.softmaxView(x.subarray(1, 3));
    expect(x).toEqual(f32(9, 0.5, 0.5, 9));
    const scores = backend.toDevice2d(array2([2, 2], [1, 2, 3, 3]));
    backend.softmaxView(scores.row(1));
    expect(scores.toVec()).toEqual(f32(1, 2, 0.5, 0.5));
  });
  test('to the device and back', () => {
    const m = array2([2, 2], [1, 2, 3, 4]);
    expect(backend.toHost2d(backend.toDevice2d(m))).toEqual(m);
    expect(backend.toHost1d(backend.toDevice2d(m))).toEqual(m.data);
    expect(() => backend.toHost2d(backend.toDevice1d(m.data))).toThrow(
      '[toHost2d] the tensor must have two axes, got (4)',
    );
    expect(backend.createBufferZeros(3).tensor().tolist()).toEqual([0, 0, 0]);
    expect(backend.createBuffer(f32(1, 2)).length()).toBe(8);
    backend.synchronize();
  });
  test('ops on tensors run on the device of the backend, and can be differentiated', () => {
    const w = array([
      [1, 2],
      [3, 4],
    ]);
    const loss = grad((x: Tensor) => backend.silu(backend.matmulVec(w, x)).sum());
    const x = [0.5, -0.25];
    const y = [0, 0.5];
    const d = y.map((v) => {
      const s = 1 / (1 + Math.exp(-v));
      return s * (1 + v * (1 - s));
    });
    const want = [0, 1].map((j) => d[0]! * [1, 2][j]! + d[1]! * [3, 4][j]!);
    expect(distance(loss(array(x)).toTypedArray() as Float32Array, want)).toBeLessThan(CLOSE);
  });
  test('a tensor on the device outlives the tidy that it is made in', () => {
    let y!: MetalTensor;
    const x = backend.toDevice1d(f32(1, 2));
    tidy(() => {
      y = backend.silu(x);
      backend.softmax(x);
      return null;
    });
    expect(y.toVec().length).toBe(2);
    expect(distance(x.toVec(), [1 / (1 + Math.E), Math.E / (1 + Math.E)])).toBeLessThan(CLOSE);
  });

  const w = array2([2, 3], [1, 2, 3, 4, 5, 6]);
  const cases: [string, () => unknown, new (...a: never[]) => Error, string][] = [
    [
      'matmulVec',
      () => backend.matmulVec(w, f32(1, 2)),
      ShapeError,
      '[matmulVec] x must have an element for each column of w, got (2,3) and (2)',
    ],
    [
      'matmulVec of a vector',
      () => backend.matmulVec(f32(1) as never, f32(1)),
      ShapeError,
      '[matmulVec] w must have two axes, got (1)',
    ],
    [
      'matmulVec of numbers',
      () => backend.matmulVec(w, [1, 2, 3] as never),
      DTypeError,
      '[matmulVec] x must be a Float32Array, a Tensor or a MetalTensor, got an object',
    ],
    [
      'matmulVec of half precision',
      () => backend.matmulVec(w, zeros([3], 'float16')),
      DTypeError,
      '[matmulVec] x must be float32, got float16',
    ],
    [
      'a matrix with too few elements',
      () => backend.matmulVec({ data: f32(1), shape: [2, 3] }, f32(1, 2, 3)),
      ShapeError,
      '[matmulVec] w must have rows * cols elements, got 1 for (2,3)',
    ],
    [
      'matmulVecInto',
      () => backend.matmulVecInto(w, f32(1, 2, 3), f32(1)),
      ShapeError,
      '[matmulVecInto] out must have an element for each row of w, got (1) and (2,3)',
    ],
    [
      'matmul',
      () => backend.matmul(w, w),
      ShapeError,
      '[matmul] the columns of a must be the rows of b, got (2,3) and (2,3)',
    ],
    [
      'rmsnorm',
      () => backend.rmsnorm(f32(1, 2), f32(1), 1e-5),
      ShapeError,
      '[rmsnorm] the weight must have the size of x, got (2) and (1)',
    ],
    [
      'rmsnorm without eps',
      () => backend.rmsnorm(f32(1), f32(1), undefined as never),
      LanewiseError,
      '[rmsnorm] eps must be a number, got undefined',
    ],
    [
      'softmax of a matrix',
      () => backend.softmax(zeros([2, 2])),
      ShapeError,
      '[softmax] x must have one axis, got (2,2)',
    ],
    ['silu of a matrix', () => backend.silu(zeros([2, 2])), ShapeError, '[silu] x must have one axis, got (2,2)'],
    [
      'applyRope',
      () => backend.applyRope(w, f32(1), f32(1)),
      ShapeError,
      '[applyRope] cos and sin must have half as many elements as a head, got (2,3), (1) and (1)',
    ],
    [
      'computeAttentionScores',
      () => backend.computeAttentionScores(f32(1, 2, 3), w, f32(1), 1),
      ShapeError,
      '[computeAttentionScores] keys must have the columns of the query and the rows of scores, got (3), (2,3) and (1)',
    ],
    [
      'weightedSumRows',
      () => backend.weightedSumRows(f32(1), w, f32(1)),
      ShapeError,
      '[weightedSumRows] the matrix must have the rows of weights and the columns of out, got (1), (2,3) and (1)',
    ],
    [
      'what is only read',
      () => backend.softmax({ shape: () => [1], tensor: () => zeros([1]) } as never),
      DTypeError,
      '[softmax] x must be an array that can be written, got one that is only read',
    ],
    [
      'createBufferZeros',
      () => backend.createBufferZeros(-1),
      ShapeError,
      '[createBufferZeros] sizes must be integers of at least 0, got (-1)',
    ],
  ];
  test.each(cases)('%s: what does not fit is refused', (_, run, type, text) => {
    expect(run).toThrow(type);
    expect(run).toThrow(text);
  });
  test('a call that is refused writes nothing', () => {
    const out = f32(1, 2, 3);
    expect(() => backend.matmulVecInto(w, f32(1, 2, 3), out)).toThrow(ShapeError);
    expect(out).toEqual(f32(1, 2, 3));
  });
});
