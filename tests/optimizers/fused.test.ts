// Steps in one pass against the same rules in ops, and against float64.
import { describe, expect, test } from 'vitest';
import { alloc } from '../../src/backends/heap.js';
import { readNumbers, store } from '../../src/backends/reference/access.js';
import { reference } from '../../src/backends/reference/index.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';
import * as lw from '../../src/index.js';
import { types } from '../../src/tensor/dtype.js';
import { shapeOf } from '../../src/tensor/shape.js';

const { SGD, Adam, AdamW, Lion, cosineDecay } = lw.optimizers;
// a class with a rule of its own does not take the kernel of its parent
class ComposedSGD extends SGD {
  protected override applySingle(g: lw.Tensor, p: lw.Tensor, slots: lw.optimizers.Slots): lw.Tensor {
    return super.applySingle(g, p, slots);
  }
}
class ComposedAdam extends Adam {
  protected override applySingle(g: lw.Tensor, p: lw.Tensor, slots: lw.optimizers.Slots): lw.Tensor {
    return super.applySingle(g, p, slots);
  }
}
class ComposedAdamW extends AdamW {
  protected override applySingle(g: lw.Tensor, p: lw.Tensor, slots: lw.optimizers.Slots): lw.Tensor {
    return super.applySingle(g, p, slots);
  }
}
class ComposedLion extends Lion {
  protected override applySingle(g: lw.Tensor, p: lw.Tensor, slots: lw.optimizers.Slots): lw.Tensor {
    return super.applySingle(g, p, slots);
  }
}
const learningRate = cosineDecay(0.1, 7, 0.001);
const pairs: [string, lw.optimizers.Optimizer, lw.optimizers.Optimizer][] = [];
function pair<O>(
  name: string,
  A: new (o: O) => lw.optimizers.Optimizer,
  B: new (o: O) => lw.optimizers.Optimizer,
  options: O,
) {
  pairs.push([`${name} ${JSON.stringify(options)}`, new A(options), new B(options)]);
}
for (const more of [
  { momentum: 0.9 },
  { momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { momentum: 0.8, dampening: 0.3, weightDecay: 0.1 },
])
  pair('SGD', SGD, ComposedSGD, { learningRate, ...more });
for (const biasCorrection of [false, true]) {
  pair('Adam', Adam, ComposedAdam, { learningRate, biasCorrection });
  pair('AdamW', AdamW, ComposedAdamW, { learningRate, biasCorrection, betas: [0.8, 0.95] as const, eps: 1e-5 });
}
for (const weightDecay of [0, 0.1]) pair('Lion', Lion, ComposedLion, { learningRate, weightDecay });

/** Numbers of many magnitudes, with zeros of both signs. */
const drawn = (shape: readonly number[], seed: number): lw.Tensor => {
  const key = lw.random.key(seed);
  const [a, b] = lw.random.split(key);
  const x = lw.random.normal(shape, 'float32', 0, 1, a).mul(lw.exp(lw.random.normal(shape, 'float32', -2, 4, b)));
  return lw.where(x.abs().less(0.001), x.mul(0), x);
};
const bits = (x: lw.Tensor): number[] =>
  Array.from(x.view(x.dtype === 'float32' ? 'uint32' : 'uint16').toTypedArray(), Number);

describe.each(pairs)('%s', (_, fused, composed) => {
  test.each(['float32', 'float16', 'bfloat16'] as const)('the kernel › %s gives the bits of the rule', (dtype) => {
    const shapes = [[], [1], [3], [4], [5], [31], [64], [257], [0], [3, 7], [6, 5]];
    const start = (): lw.Tensor[] => shapes.map((s, i) => drawn(s, i).astype(dtype));
    const [a, b] = [start(), start()];
    for (let t = 0; t < 5; t++) {
      const grads = shapes.map((s, i) => drawn(s, 100 * t + i + 50).astype(dtype));
      grads[9] = drawn([7, 3], t).astype(dtype).T; // gradients in other layouts
      grads[10] = lw.broadcastTo(drawn([6, 1], t).astype(dtype), [6, 5]);
      const name = `${dtype}`;
      fused.update({ trainableParameters: () => ({ [name]: a }) }, { [name]: grads });
      composed.update({ trainableParameters: () => ({ [name]: b }) }, { [name]: grads });
    }
    const state = (o: lw.optimizers.Optimizer): [string, number[]][] =>
      lw.treeFlatten(o.state).flatMap(([path, x]) => (path.startsWith(`${dtype}.`) ? [[path, bits(x)]] : []));
    a.forEach((x, i) => {
      expect(x.dtype).toBe(dtype);
      expect(bits(x), String(shapes[i])).toEqual(bits(b[i]!));
    });
    expect(state(fused)).toEqual(state(composed));
  });
});

test('the kernels › a weight that is not finite, and its moments, follow the rule', () => {
  for (const [name, fused, composed] of pairs) {
    const start = (): lw.Tensor => lw.array([NaN, Infinity, -Infinity, 0, -0, 1, 1]);
    const [a, b] = [start(), start()];
    for (const [o, w] of [
      [fused, a],
      [composed, b],
    ] as const)
      for (const g of [
        [1, 1, 1, 0, -0, NaN, Infinity],
        [1, 1, 1, 0, -0, 1, -Infinity],
      ])
        o.update({ trainableParameters: () => ({ odd: w }) }, { odd: lw.array(g) });
    expect(a.tolist(), name).toEqual(b.tolist());
  }
});

test.each([
  ['sgd_step', 1, [0.9, 0.7, 0.05, 0.01, 0.9]],
  ['sgd_step', 1, [0.9, 1, 0.05, 0, 0]],
  ['adam_step', 2, [0.9, 0.1, 0.99, 0.01, 0.05, 1.25, 1e-5, 0.98]],
  ['lion_step', 1, [0.9, 0.1, 0.99, 0.01, 0.05, 0.98]],
] as const)('%s › wasm and reference agree to float32 rounding', (name, moments, scalars) => {
  const n = 103;
  const shape = shapeOf([n]);
  const view = (values: number[]): Parameters<typeof readNumbers>[0] & { stored: boolean; slot: number } => {
    const v = { at: alloc(4 * n), shape, strides: null, type: types.float32, stored: true, slot: 0 };
    values.forEach((x, i) => store(v.type, v.at, i, x));
    return v;
  };
  const wave = (k: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(k * i + k));
  const run = (backend: typeof reference): number[][] => {
    const p = view(wave(1));
    const m = Array.from({ length: moments }, (_, k) => view(wave(k + 3).map((x) => (k === 0 ? x : x * x))));
    const [c, ...rest] = m;
    const prim = { name, elementwise: 0, resolved: [] } as const;
    backend.kernels[name]!({
      ...p,
      prim: { ...prim, resolved: [] },
      a: p,
      b: view(wave(2)),
      c: c!,
      rest,
      attrs: { moments: m, scalars },
    });
    return [p, ...m].map((v) => Array.from(readNumbers(v)));
  };
  const want = run(reference);
  run(wasmBackend).forEach((part, k) => part.forEach((x, i) => expect(Math.abs(x - want[k]![i]!)).toBeLessThan(5e-7)));
});
