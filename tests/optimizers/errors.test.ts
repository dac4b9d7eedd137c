// Every message of the optimizers, once.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const { optimizers } = lw;
const w = lw.array([1, 2]);
const sgd = (): lw.optimizers.SGD => new optimizers.SGD({ learningRate: 0.1 });

const cases: [what: string, call: () => unknown, error: unknown, message: string][] = [
  [
    'a learning rate that is nothing',
    () => new optimizers.SGD({} as never),
    lw.LanewiseError,
    '[optimizers] learningRate must be a number, a floating tensor without axes or a schedule, got undefined',
  ],
  [
    'a learning rate with axes',
    () => new optimizers.Adam({ learningRate: lw.array([0.1]) }),
    lw.LanewiseError,
    '[optimizers] learningRate must be a number, a floating tensor without axes or a schedule, got float32 (1)',
  ],
  [
    'an integer learning rate',
    () => void (sgd().learningRate = lw.array(1, 'int32')),
    lw.LanewiseError,
    '[optimizers] learningRate must be a number, a floating tensor without axes or a schedule, got int32 ()',
  ],
  [
    'a schedule that returns a number',
    () => new optimizers.SGD({ learningRate: (() => 0.1) as never }),
    lw.LanewiseError,
    "[optimizers] a schedule must return a floating tensor without axes, got 0.1 for 'learning_rate'",
  ],
  [
    'a schedule that returns axes',
    () => new optimizers.SGD({ learningRate: () => w }),
    lw.LanewiseError,
    "[optimizers] a schedule must return a floating tensor without axes, got float32 (2) for 'learning_rate'",
  ],
  [
    'a schedule that returns the step',
    () => new optimizers.SGD({ learningRate: (step) => step }),
    lw.LanewiseError,
    "[optimizers] a schedule must return a floating tensor without axes, got uint64 () for 'learning_rate'",
  ],
  [
    'a hyperparameter that there is not',
    () => new optimizers.Adafactor().learningRate,
    lw.LanewiseError,
    "[optimizers] the optimizer has no 'learning_rate'",
  ],
  [
    'a number among parameters',
    () => sgd().init({ w: 1 }),
    lw.LanewiseError,
    '[optimizers.init] parameters must be tensors, got 1',
  ],
  [
    'a parameter called step',
    () => sgd().init({ step: w }),
    lw.LanewiseError,
    "[optimizers.init] a parameter must not have the name of a hyperparameter, got 'step'",
  ],
  [
    'a gradient of a parameter called learning_rate',
    () => sgd().applyGradients({ learning_rate: w }, { learning_rate: w }),
    lw.LanewiseError,
    "[optimizers.applyGradients] a parameter must not have the name of a hyperparameter, got 'learning_rate'",
  ],
  [
    'plain trees to update',
    () => sgd().update({ w } as never, { w }),
    lw.LanewiseError,
    '[optimizers.update] a model with trainableParameters() is needed, or applyGradients for plain trees, got a branch',
  ],
  [
    'a gradient without a parameter',
    () => sgd().update({ trainableParameters: () => ({ a: { w } }) }, { a: { w, b: w } }),
    lw.LanewiseError,
    "[optimizers.update] a gradient needs a parameter at its place, got none for 'a.b'",
  ],
  [
    'a gradient where the parameters branch',
    () => sgd().applyGradients({ a: w }, { a: [w] }),
    lw.LanewiseError,
    "[optimizers.applyGradients] a gradient needs a parameter at its place, got none for 'a'",
  ],
  [
    'gradients that branch where the parameters do not',
    () => sgd().applyGradients({ a: { b: w } }, { a: w }),
    lw.LanewiseError,
    "[optimizers.applyGradients] gradients and parameters must be trees of one form, got a branch and float32 (2) at 'a'",
  ],
  [
    'a gradient that is a number',
    () => sgd().applyGradients({ a: 1 }, { a: w }),
    lw.LanewiseError,
    "[optimizers.applyGradients] gradients and parameters must be trees of one form, got 1 and float32 (2) at 'a'",
  ],
  [
    'a gradient of another shape',
    () => sgd().applyGradients({ a: lw.zeros([2, 1]) }, { a: w }),
    lw.ShapeError,
    "[optimizers.applyGradients] a gradient must have the shape of its parameter, got (2,1) and (2) for 'a'",
  ],
  [
    'integer parameters',
    () => sgd().applyGradients({ a: w }, { a: w.astype('int32') }),
    lw.DTypeError,
    "[optimizers.applyGradients] gradients and parameters must be floating or complex, got float32 and int32 for 'a'",
  ],
  [
    'a state without a step',
    () => void (sgd().state = { w: { v: w } }),
    lw.LanewiseError,
    "[optimizers] a state must be a tree of tensors with a 'step', got a branch",
  ],
  [
    'a state with a number',
    () => void (sgd().state = { step: lw.array(1n), w: { v: 1 } } as never),
    lw.LanewiseError,
    '[optimizers] a state must be a tree of tensors, got 1',
  ],
  [
    'negative momentum',
    () => new optimizers.SGD({ learningRate: 0.1, momentum: -1 }),
    lw.LanewiseError,
    '[optimizers.SGD] momentum must be at least 0, got -1',
  ],
  [
    'weight decay that is no number',
    () => new optimizers.AdamW({ learningRate: 0.1, weightDecay: NaN }),
    lw.LanewiseError,
    '[optimizers.AdamW] weightDecay must be a finite number, got NaN',
  ],
  [
    'nesterov without momentum',
    () => new optimizers.SGD({ learningRate: 0.1, nesterov: true }),
    lw.LanewiseError,
    '[optimizers.SGD] nesterov needs momentum and no dampening, got momentum 0 and dampening 0',
  ],
  [
    'eps of 0 for RMSprop',
    () => new optimizers.RMSprop({ learningRate: 0.1, eps: 0 }),
    lw.LanewiseError,
    '[optimizers.RMSprop] eps must be above 0, got 0',
  ],
  [
    'a beta of 1',
    () => new optimizers.Adam({ learningRate: 0.1, betas: [0.9, 1] }),
    lw.LanewiseError,
    '[optimizers.Adam] betas must be two numbers in [0, 1), got [0.9, 1]',
  ],
  [
    'one beta',
    () => new optimizers.Lion({ learningRate: 0.1, betas: 0.9 as never }),
    lw.LanewiseError,
    '[optimizers.Lion] betas must be two numbers in [0, 1), got 0.9',
  ],
  [
    'Adafactor without a learning rate',
    () => new optimizers.Adafactor({ relativeStep: false }),
    lw.LanewiseError,
    '[optimizers.Adafactor] learningRate must be given without relativeStep, got null',
  ],
  [
    'half an iteration',
    () => new optimizers.Muon({ learningRate: 0.1, nsSteps: 0.5 }),
    lw.LanewiseError,
    '[optimizers.Muon] nsSteps must be a whole number of at least 0, got 0.5',
  ],
  [
    'as many filters as optimizers',
    () => new optimizers.MultiOptimizer([sgd()], [() => true]),
    lw.LanewiseError,
    '[optimizers.MultiOptimizer] one filter less than optimizers is needed, got 1 for 1',
  ],
  [
    'the state of another number of optimizers',
    () => void (new optimizers.MultiOptimizer([sgd()]).state = { states: [] }),
    lw.LanewiseError,
    "[optimizers.MultiOptimizer] a state needs 'states' for 1 optimizers, got 0",
  ],
  [
    'a boundary too many',
    () => optimizers.joinSchedules([optimizers.cosineDecay(1, 2)], [1]),
    lw.LanewiseError,
    '[optimizers.joinSchedules] one boundary less than schedules is needed, got 1 for 1',
  ],
  [
    'a norm below 0',
    () => optimizers.clipGradNorm({ w }, -1),
    lw.LanewiseError,
    '[optimizers.clipGradNorm] maxNorm must be at least 0, got -1',
  ],
];
test.each(cases)('errors › %s', (_, call, error, message) => {
  let thrown: unknown = null;
  try {
    call();
  } catch (e) {
    thrown = e;
  }
  expect(thrown).toBeInstanceOf(error);
  expect((thrown as Error).message).toBe(message);
});

test('errors › a step that is refused changes nothing', () => {
  const optimizer = new optimizers.Adam({ learningRate: (step) => step.astype('float32').add(1) });
  const x = lw.array([1, 2]);
  const model = { trainableParameters: () => ({ x, y: x }) };
  expect(() => optimizer.update(model, { x: lw.array([1, 1]), y: lw.array([1]) })).toThrow(lw.ShapeError);
  expect(optimizer.step.item()).toBe(0n);
  expect(Object.keys(optimizer.state)).toEqual(['step', 'learning_rate']);
  expect(x.tolist()).toEqual([1, 2]);
});

test('errors › loadState names what is missing or of another kind', async () => {
  const optimizer = new optimizers.Adam({ learningRate: 0.1 });
  optimizer.init({ w });
  const file = (named: Record<string, lw.Tensor>): Uint8Array => lw.io.encodeSafetensors(named);
  const all = { step: lw.array(3n, 'uint64'), learning_rate: lw.array(0.5), 'w.m': w };
  const load = (named: Record<string, lw.Tensor>): Promise<void> => optimizer.loadState(file(named));
  await expect(load(all)).rejects.toThrow("[optimizers.loadState] 'w.v' must be float32 (2), got nothing");
  await expect(load({ ...all, 'w.v': lw.zeros([3]) })).rejects.toThrow(
    "[optimizers.loadState] 'w.v' must be float32 (2), got float32 (3)",
  );
  await expect(load({ ...all, 'w.v': lw.zeros([2], 'float16') })).rejects.toThrow(
    "[optimizers.loadState] 'w.v' must be float32 (2), got float16 (2)",
  );
  expect(optimizer.step.item()).toBe(0n);
});

test('errors › a state for parameters of other shapes is refused, before anything is written', () => {
  for (const named of ['w', 'v'] as const) {
    const optimizer = new optimizers.Adam({ learningRate: 0.1 });
    const m = lw.zeros([named === 'w' ? 3 : 2, 1]);
    optimizer.state = { step: lw.array(1n, 'uint64'), w: { m, v: m } };
    const message = `must have the shape (2), got float32 (${named === 'w' ? 3 : 2},1)`;
    expect(() => optimizer.init({ w })).toThrow(`[optimizers.init] the state 'm' of 'w' ${message}`);
    const step = (): unknown => optimizer.applyGradients({ w }, { w });
    expect(step).toThrow(`[optimizers.applyGradients] the state 'm' of 'w' ${message}`);
    expect(optimizer.step.item()).toBe(1n);
  }
});
