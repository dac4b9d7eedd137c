// What every optimizer does with trees, handles and memory.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const { SGD, Adam, AdamW, Lion, Muon, MultiOptimizer, Adafactor, RMSprop } = lw.optimizers;

test('SGD › without options subtracts the learning rate times the gradient', () => {
  const w = lw.array([1, 2]);
  const next = new SGD({ learningRate: 0.5 }).applyGradients({ w: lw.array([2, -2]) }, { w });
  expect(next.w.tolist()).toEqual([0, 3]);
  expect(w.tolist()).toEqual([1, 2]);
});

test('update › keeps the tensor, its handle gets the new value', () => {
  const w = lw.array([1, 2]);
  const parameters = { inner: [{ w }, { w: lw.array([5]) }] };
  const model = { trainableParameters: () => parameters };
  const optimizer = new Adam({ learningRate: 0.5 });
  optimizer.update(model, { inner: [{ w: lw.array([2, -2]) }] });
  expect(parameters.inner[0]!.w).toBe(w);
  expect(w.toTypedArray()[0]).toBeLessThan(1);
  expect(parameters.inner[1]!.w.tolist()).toEqual([5]);
  expect(optimizer.step.item()).toBe(1n);
  expect(lw.treeFlatten(optimizer.state).map(([path]) => path)).toEqual([
    'step',
    'learning_rate',
    'inner.0.w.m',
    'inner.0.w.v',
  ]);
});

test('update › a schedule sees the number of updates before this one', () => {
  const seen: number[] = [];
  const optimizer = new AdamW({
    learningRate: (step) => {
      seen.push(Number(step.item()));
      return step.astype('float32').mul(0.5);
    },
  });
  for (let i = 0; i < 3; i++) optimizer.applyGradients({ w: lw.array([1]) }, { w: lw.array([1]) });
  expect(seen).toEqual([0, 0, 1, 2]);
  expect(optimizer.learningRate.item()).toBe(1);
});

test('learningRate › may be set between updates, and its tensor stays', () => {
  const optimizer = new SGD({ learningRate: 0.5 });
  const held = optimizer.learningRate;
  optimizer.learningRate = 0.25;
  expect(optimizer.learningRate).toBe(held);
  expect(optimizer.applyGradients({ w: lw.array([4]) }, { w: lw.array([1]) }).w.tolist()).toEqual([0]);
  const given = lw.array(0.125);
  optimizer.learningRate = given;
  optimizer.learningRate = 1;
  expect(given.item()).toBe(0.125);
});

test('update › gradients may be a part of the parameters, with gaps', () => {
  const parameters = { layers: [{ w: lw.array([1]) }, { w: lw.array([2]), b: lw.array([3]) }], head: lw.array([4]) };
  const model = { trainableParameters: () => parameters };
  const optimizer = new SGD({ learningRate: 1 });
  optimizer.update(model, { layers: [{}, { b: lw.array([1]) }], head: null });
  expect(lw.treeFlatten(parameters).map(([, x]) => x.item())).toEqual([1, 2, 2, 4]);
  optimizer.update(model, { layers: [{ w: lw.array([1]) }] });
  expect(lw.treeFlatten(parameters).map(([, x]) => x.item())).toEqual([0, 2, 2, 4]);
  optimizer.update(model, {});
  expect(optimizer.step.item()).toBe(3n);
});

test('update › a model of nn keeps its frozen parameters', () => {
  const model = new lw.nn.Linear(2, 1);
  model.freeze({ keys: 'bias' });
  const before = [model.weight, model.bias!].map((x) => x.tolist());
  const step = lw.nn.valueAndGrad(model, (x: lw.Tensor) => model.forward(x).sum());
  const [, grads] = step(lw.ones([1, 2]));
  const { weight, bias } = model;
  new SGD({ learningRate: 1 }).update(model, grads);
  expect(model.weight).toBe(weight);
  expect(model.bias).toBe(bias);
  expect(model.weight.tolist()).toEqual((before[0] as number[][]).map((row) => row.map((x) => Math.fround(x - 1))));
  expect(model.bias!.tolist()).toEqual(before[1]);
});

test('update › a tensor at two places gets both steps', () => {
  const w = lw.array([1]);
  const model = { trainableParameters: () => ({ a: w, b: w }) };
  new SGD({ learningRate: 1 }).update(model, { a: lw.array([2]), b: lw.array([3]) });
  expect(w.tolist()).toEqual([-4]);
});

test('applyGradients › leaves the parameters and takes one gradient twice', () => {
  const g = lw.array([1]);
  const parameters = { a: lw.array([1]), b: [lw.array([2])] };
  const optimizer = new AdamW({ learningRate: 0.5, weightDecay: 0 });
  const next = optimizer.applyGradients({ a: g, b: [g] }, parameters);
  expect(lw.treeFlatten(parameters).map(([, x]) => x.item())).toEqual([1, 2]);
  const [a, b] = lw.treeFlatten(next).map(([, x]) => x.item() as number);
  expect(b! - a!).toBeCloseTo(1, 6);
  expect(a).toBeLessThan(1);
});

test('applyGradients › gradients pass through a step', () => {
  // L(w) = (w - rate * w ** 2) ** 2, so L' = 2 (w - rate w ** 2) (1 - 2 rate w)
  const loss = (w: lw.Tensor): lw.Tensor =>
    new SGD({ learningRate: 0.25 }).applyGradients({ w: w.square() }, { w }).w.square().sum();
  expect(
    lw
      .grad(loss)(lw.array([1, 2]))
      .tolist(),
  ).toEqual([2 * 0.75 * 0.5, 0]);
  // the rule of Adam in ops while a transform traces, its kernel else: the same value
  const adam = (w: lw.Tensor): lw.Tensor =>
    new Adam({ learningRate: 0.25, biasCorrection: true }).applyGradients({ w: w.square() }, { w }).w.sum();
  const single = lw.array([0.3, 0.7]);
  expect(lw.valueAndGrad(adam)(single)[0].item()).toBe(adam(single).item());
  // against a central difference in float64, whose error is about 1e-10
  const at = (x: number): lw.Tensor => lw.array([x], 'float64');
  const [x, h] = [0.3, 1e-5];
  const slope = ((adam(at(x + h)).item() as number) - (adam(at(x - h)).item() as number)) / (2 * h);
  expect(lw.grad(adam)(at(x)).item()).toBeCloseTo(slope, 7);
});

test('Optimizer › a subclass says what it keeps and what a step does', () => {
  class Averaged extends lw.optimizers.Optimizer {
    constructor() {
      super();
      this.schedule('learning_rate', 'learningRate', 0.5);
    }
    protected override initSingle(parameter: lw.Tensor): lw.optimizers.Slots {
      return { total: lw.zerosLike(parameter) };
    }
    protected override applySingle(g: lw.Tensor, p: lw.Tensor, slots: lw.optimizers.Slots): lw.Tensor {
      slots['total'] = slots['total']!.add(g);
      return p.sub(this.learningRate.mul(slots['total']).div(this.step.astype('float32')));
    }
  }
  const w = lw.array([1]);
  const optimizer = new Averaged();
  for (const g of [2, 4]) optimizer.update({ trainableParameters: () => ({ w }) }, { w: lw.array([g]) });
  expect(w.tolist()).toEqual([1 - 0.5 * 2 - 0.5 * 3]);
});

test('Optimizer › a rule that returns what others hold takes nothing from them', () => {
  class Copy extends SGD {
    protected override applySingle(g: lw.Tensor): lw.Tensor {
      return g;
    }
  }
  const [w, first, second] = [lw.array([1]), lw.array([2]), lw.array([3])];
  const optimizer = new Copy({ learningRate: 1 });
  for (const g of [first, second]) optimizer.update({ trainableParameters: () => ({ w }) }, { w: g });
  expect([w, first, second].map((x) => x.item())).toEqual([3, 2, 3]);
  second.dispose();
  expect(w.item()).toBe(3);
});

test('half types › are computed in float32: small squares do not vanish', () => {
  // MLX rounds 1e-4 ** 2 to 0 in float16 and divides by it
  for (const rule of [new RMSprop({ learningRate: 0.5 }), new Adam({ learningRate: 0.5, biasCorrection: true })]) {
    const w = lw.array([1, 1], 'float16');
    rule.update({ trainableParameters: () => ({ w }) }, { w: lw.array([1e-4, 0], 'float16') });
    expect(w.dtype).toBe('float16');
    const [moved, still] = w.toTypedArray() as Float32Array;
    expect(moved).toBeLessThan(0.6);
    expect(moved).toBeGreaterThan(-5);
    expect(still).toBe(1);
  }
});

test('half types › beside float32 become float32, as MLX promotes them', () => {
  for (const rule of [new AdamW({ learningRate: 0.5 }), new SGD({ learningRate: 0.5 })]) {
    const w = lw.array([1], 'bfloat16');
    rule.update({ trainableParameters: () => ({ w }) }, { w: lw.array([1]) });
    expect(w.dtype).toBe('float32');
    const master = lw.array([1]);
    rule.applyGradients({ master: lw.array([1], 'bfloat16') }, { master });
    expect(master.dtype).toBe('float32');
  }
});

test('MultiOptimizer › filters see paths and gradients; every parameter moves once', () => {
  const seen: [string, number][] = [];
  const matrices = new Muon({ learningRate: 0.5, weightDecay: 0 });
  const rest = new SGD({ learningRate: 1 });
  const optimizer = new MultiOptimizer(
    [matrices, rest],
    [
      (path, x) => {
        seen.push([path, x.ndim]);
        return x.ndim === 2;
      },
    ],
  );
  const parameters = { layers: [{ w: lw.eye(2), b: lw.array([1, 1]) }] };
  const grads = { layers: [{ w: lw.eye(2), b: lw.array([1, 2]) }] };
  const next = optimizer.applyGradients(grads, parameters);
  expect(seen).toEqual([
    ['layers.0.w', 2],
    ['layers.0.b', 1],
  ]);
  expect(next.layers[0]!.b.tolist()).toEqual([0, -1]);
  expect(next.layers[0]!.w.tolist()).not.toEqual(lw.eye(2).tolist());
  expect(lw.treeFlatten(optimizer.state).map(([path]) => path)).toEqual([
    'states.0.step',
    'states.0.learning_rate',
    'states.0.layers.0.w.v',
    'states.1.step',
    'states.1.learning_rate',
    'states.1.layers.0.b.v',
  ]);
  optimizer.learningRate = 0.25;
  expect([matrices, rest, optimizer].map((o) => o.learningRate.item())).toEqual([0.25, 0.25, 0.25]);
  expect(optimizer.step.item()).toBe(1n);
});

test('MultiOptimizer › init gives each optimizer its parameters', () => {
  const optimizer = new MultiOptimizer(
    [new Lion({ learningRate: 1 }), new Adafactor()],
    [(path) => path.startsWith('a')],
  );
  optimizer.init({ a: lw.zeros([2]), b: lw.zeros([2, 3]) });
  expect(lw.treeFlatten(optimizer.state).map(([path, x]) => `${path} ${x.shape.join('x')}`)).toEqual([
    'states.0.step ',
    'states.0.learning_rate ',
    'states.0.a.m 2',
    'states.1.step ',
    'states.1.b.exp_avg_sq_row 2',
    'states.1.b.exp_avg_sq_col 3',
  ]);
});
