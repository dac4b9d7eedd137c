// Training keeps to its memory: parameters and moments are written over, what is replaced is freed.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as lw from '../../src/index.js';

const MB = 2 ** 20;
const STEPS = 2000;
const { optimizers, nn } = lw;

class Line extends nn.Module {
  constructor(readonly weight: lw.Tensor) {
    super();
  }
  forward(x: lw.Tensor): lw.Tensor {
    return x.mul(this.weight).sum();
  }
}
const megabyte = (value: number): lw.Tensor =>
  lw
    .full([MB / 4], value)
    .add(0)
    .eval();
/** The most bytes that `steps` calls hold beyond what is held before. */
function growth(steps: number, step: () => void): number {
  step(); // the library keeps small constants
  step();
  const before = lw.memory.active();
  lw.memory.resetPeak();
  for (let i = 0; i < steps; i++) step();
  return lw.memory.peak() - before;
}

const makers: Record<string, () => lw.optimizers.Optimizer> = {
  SGD: () => new optimizers.SGD({ learningRate: 0.01 }),
  momentum: () => new optimizers.SGD({ learningRate: 0.01, momentum: 0.9, weightDecay: 0.1, nesterov: true }),
  RMSprop: () => new optimizers.RMSprop({ learningRate: 0.01 }),
  AdaDelta: () => new optimizers.AdaDelta({ learningRate: 0.01 }),
  AdamW: () => new optimizers.AdamW({ learningRate: optimizers.cosineDecay(0.1, 1000), biasCorrection: true }),
  Adamax: () => new optimizers.Adamax({ learningRate: 0.01 }),
  Lion: () => new optimizers.Lion({ learningRate: 0.01 }),
  Adafactor: () => new optimizers.Adafactor({ beta1: 0.9 }),
};

describe('where no collection can be asked for', () => {
  let collections = 0;
  beforeAll(() => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    collections = lw.memory.collected().count;
  });
  afterAll(() => {
    expect(lw.memory.collected().count).toBe(collections);
    vi.restoreAllMocks();
  });

  test.each(Object.keys(makers))('%s › 2,000 steps on a parameter of 1 MB hold a few MB', (name) => {
    const optimizer = makers[name]!();
    const model = new Line(megabyte(1));
    const grads = { weight: megabyte(0.5) };
    const steps = name === 'AdamW' || name === 'momentum' ? STEPS : 200;
    expect(growth(steps, () => optimizer.update(model, grads))).toBeLessThan(5 * MB);
    expect(optimizer.step.item()).toBe(BigInt(steps + 2));
  });

  test('nn.valueAndGrad › 2,000 steps in tidy hold a few MB', () => {
    const optimizer = makers['AdamW']!();
    const model = new Line(megabyte(1));
    const step = nn.valueAndGrad(model, (x: lw.Tensor) => model.forward(x).square());
    const x = megabyte(0.001);
    const losses: number[] = [];
    const most = growth(STEPS, () =>
      lw.tidy(() => {
        const [loss, grads] = step(x);
        optimizer.update(model, grads);
        losses.push(loss.item() as number);
      }),
    );
    expect(most).toBeLessThan(8 * MB);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 100);
  });

  test('learningRate › 1,000 new rates leave nothing', () => {
    const optimizer = makers['SGD']!();
    let rate = 0;
    expect(growth(1000, () => (optimizer.learningRate = rate += 1e-4))).toBeLessThan(1024);
    expect(optimizer.learningRate.item()).toBeCloseTo(0.1002);
  });

  test('valueAndGrad › what tidy leaves of a step that was not computed in it is nothing', () => {
    const optimizer = makers['momentum']!();
    const parameters = { w: megabyte(1) };
    const model = { trainableParameters: () => parameters };
    const step = lw.valueAndGrad((p: typeof parameters) => p.w.square().sum());
    const most = growth(200, () =>
      lw.tidy(() => {
        const [loss, grads] = step(parameters);
        optimizer.update(model, grads);
        loss.item();
      }),
    );
    expect(most).toBeLessThan(10 * MB);
  });
});

test('update › a parameter that something else can see is not written over', () => {
  const w = lw.array([1, 2, 3]);
  const view = w.reshape([3, 1]).eval();
  const pending = w.mul(10);
  const model = { trainableParameters: () => ({ w }) };
  const optimizer = makers['AdamW']!();
  const grads = { w: lw.array([1, 1, 1]) };
  optimizer.update(model, grads);
  const after = w.tolist();
  expect(view.tolist()).toEqual([[1], [2], [3]]);
  expect(pending.tolist()).toEqual([10, 20, 30]);
  optimizer.update(model, grads);
  expect(view.tolist()).toEqual([[1], [2], [3]]);
  expect(w.tolist()).not.toEqual(after);
  expect(grads.w.tolist()).toEqual([1, 1, 1]);
});

test('update › a moment that something else can see is not written over', () => {
  const optimizer = makers['AdamW']!();
  const model = new Line(lw.array([1]));
  const grads = { weight: lw.array([1]) };
  optimizer.update(model, grads);
  const { m } = (optimizer.state as unknown as { weight: { m: lw.Tensor } }).weight;
  const held = lw.stopGradient(m).eval();
  const before = held.item();
  optimizer.update(model, grads);
  expect(held.item()).toBe(before);
  expect(m.item()).not.toBe(before);
});

test('update › parameters, moments and steps live on after a tidy around them', () => {
  const optimizer = makers['AdamW']!();
  const model = new Line(lw.array([1]));
  lw.tidy(() => optimizer.update(model, { weight: lw.array([1]) }));
  lw.tidy(() => optimizer.update(model, { weight: lw.array([1]) }));
  const twin = makers['AdamW']!();
  const other = new Line(lw.array([1]));
  for (let i = 0; i < 2; i++) twin.update(other, { weight: lw.array([1]) });
  expect(model.weight.item()).toBe(other.weight.item());
  expect(lw.treeFlatten(optimizer.state).map(([path, x]) => [path, x.item()])).toEqual(
    lw.treeFlatten(twin.state).map(([path, x]) => [path, x.item()]),
  );
});
