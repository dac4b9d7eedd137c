// Two small models learn a sequence task by plain gradient descent, step by step beside MLX.
import { describe, expect, it } from 'vitest';
import { nn, random, square, treeFlatten, type Tensor } from '../../src/index.js';
import { openGoldens } from '../support/golden.js';
import { toTensor } from '../support/layouts.js';

interface Stored {
  readonly layer: 'LSTM' | 'TransformerEncoder';
  readonly seed: number;
  readonly rate: number;
  readonly inputs: readonly [string, string];
  readonly parameters: Readonly<Record<string, string>>;
  readonly losses: readonly number[];
  readonly trained: Readonly<Record<string, string>>;
}
/** Reads (N, L, 1), says one number after each step. */
class Recurrent extends nn.Module {
  body = new nn.LSTM(1, 12);
  head = new nn.Linear(12, 1);
  forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x)[0]);
  }
}
class Attentive extends nn.Module {
  body = new nn.TransformerEncoder(2, 12, 2, { mlpDims: 16 });
  lift = new nn.Linear(1, 12);
  head = new nn.Linear(12, 1);
  forward(x: Tensor): Tensor {
    const mask = nn.MultiHeadAttention.createAdditiveCausalMask(x.shape[1]!);
    return this.head.forward(this.body.forward(this.lift.forward(x), mask));
  }
}
const { host, cases } = openGoldens('nn/training.safetensors');
const flat = (model: nn.Module): [string, Tensor][] => treeFlatten(model.trainableParameters());

describe.each(cases as readonly Stored[])('training', (c) => {
  it(`nn.${c.layer} › learns as MLX does: 20 losses and the weights after them`, () => {
    random.seed(c.seed);
    const model = c.layer === 'LSTM' ? new Recurrent() : new Attentive();
    expect(flat(model).length).toBe(Object.keys(c.parameters).length);
    for (const [path, x] of flat(model)) expect(x.toTypedArray(), path).toEqual(host(c.parameters[path]!).values);
    const [x, y] = c.inputs.map((key) => toTensor(host(key))) as [Tensor, Tensor];
    const step = nn.valueAndGrad(model, (a: Tensor, b: Tensor) => square(model.forward(a).sub(b)).mean());
    const losses: number[] = [];
    for (const _ of c.losses) {
      const [loss, grads] = step(x, y);
      const moves = new Map(treeFlatten(grads));
      const entries = flat(model).map(([path, p]): [string, Tensor] => [
        path,
        p.sub(moves.get(path)!.mul(c.rate)).eval(),
      ]);
      model.loadWeights(entries);
      losses.push(loss.item() as number);
    }
    // rounding grows with the steps: a few units in the last of 24 bits each
    losses.forEach((loss, k) => expect(Math.abs(loss / c.losses[k]! - 1), `loss ${k}`).toBeLessThan(2e-5));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 3);
    for (const [path, p] of flat(model)) {
      const want = host(c.trained[path]!).values as Float32Array;
      p.toTypedArray().forEach((v, i) => expect(Math.abs(Number(v) - want[i]!), path).toBeLessThan(1e-4));
    }
  });
});
