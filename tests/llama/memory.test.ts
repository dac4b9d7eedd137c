// What a training step holds, beside what MLX holds in the same.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as lw from 'lanewise';
import { loadModel } from '../../examples/llama/src/load.js';
import { embedded } from './support.js';

interface Golden {
  readonly shape: Readonly<Record<'vocab_size' | 'batch' | 'length', number>>;
  readonly held: number;
  readonly peak: number;
}
const golden = JSON.parse(
  readFileSync(new URL('../goldens/nn/training_memory.json', import.meta.url), 'utf8'),
) as Golden;

describe('memory of a training step', () => {
  test('a training step › holds at most 1.2 times what MLX does, between steps and at its peak', async () => {
    const { vocab_size, batch, length } = golden.shape;
    const model = await loadModel(embedded, 'float32');
    model.train(true);
    const optimizer = new lw.optimizers.Adam({ learningRate: 1e-3 });
    const draw = (seed: number): lw.Tensor =>
      lw.random.randint(0, vocab_size, [batch, length], 'int32', lw.random.key(seed));
    const [tokens, targets] = [draw(1), draw(2)];
    const lossAndGradients = lw.nn.valueAndGrad(model, () =>
      lw.nn.losses.crossEntropy(model.forward(tokens), targets, { reduction: 'mean' }),
    );
    const step = (): void => {
      lw.tidy(() => {
        const [loss, gradients] = lossAndGradients();
        optimizer.update(model, gradients);
        lw.eval(loss, model, optimizer.state);
      });
    };
    for (let i = 0; i < 3; i++) step();
    const before = lw.memory.active();
    lw.memory.resetPeak();
    step();
    expect(lw.memory.active()).toBe(before);
    expect(before).toBeLessThan(1.2 * golden.held);
    expect(lw.memory.peak()).toBeLessThan(1.2 * golden.peak);
  });
});
