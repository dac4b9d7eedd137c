// A training step that is traced once and replayed.
import { describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { make, type Options } from './support.js';

const rate: Options = { learningRate: { schedule: 'cosineDecay', args: [0.1, 9, 0.01] } };
const rules: [string, Options][] = [
  ['SGD', { ...rate, momentum: 0.9, nesterov: true }],
  ['RMSprop', rate],
  ['Adam', { ...rate, biasCorrection: true }],
  ['AdamW', { ...rate, biasCorrection: true }],
  ['Lion', { ...rate, weightDecay: 0.1 }],
  ['Adafactor', {}],
  [
    'MultiOptimizer',
    {
      parts: [
        ['Muon', rate],
        ['Lion', rate],
        ['AdamW', { learningRate: 0.3 }],
      ],
    },
  ],
];
const drawn = (shape: readonly number[], seed: number): lw.Tensor =>
  lw.random.normal(shape, 'float32', 0, 1, lw.random.key(seed));

describe.each(rules)('compile › %s', (name, options) => {
  test.each([true, false])('replays steps bit for bit, with the state opened before: %s', (opened) => {
    const build = (): [lw.nn.Linear, lw.optimizers.Optimizer, (x: lw.Tensor) => lw.Tensor] => {
      const model = new lw.nn.Linear(3, 2);
      model.update({ weight: drawn([2, 3], 1), bias: drawn([2], 2) });
      const optimizer = make(name, options);
      if (opened) optimizer.init(model.trainableParameters());
      const lossAndGrad = lw.nn.valueAndGrad(model, (x: lw.Tensor) => model.forward(x).square().mean());
      return [
        model,
        optimizer,
        (x) => {
          const [loss, grads] = lossAndGrad(x);
          optimizer.update(model, grads);
          return loss;
        },
      ];
    };
    const [model, optimizer, step] = build();
    const [twin, other, plain] = build();
    const compiled = lw.compile(step, { inputs: [model, () => optimizer.state] });
    for (let t = 0; t < 6; t++) {
      const x = drawn([4, 3], 10 + t);
      expect(compiled(x).item()).toBe(plain(x).item());
      if (t === 3) optimizer.learningRate = other.learningRate = 0.5;
    }
    const values = (tree: unknown): unknown => lw.treeFlatten(tree).map(([path, x]) => [path, x.tolist()]);
    expect(values(model.parameters())).toEqual(values(twin.parameters()));
    expect(values(optimizer.state)).toEqual(values(other.state));
    for (const [path, x] of lw.treeFlatten(optimizer.state)) if (path.endsWith('step')) expect(x.item()).toBe(6n);
  });
});
