// A small model, its data, and readings of a run.
import * as lw from 'lanewise';
import { encodeJsonl } from '../src/data/jsonl.js';
import { TokenBatches, type TokenBatchOptions } from '../src/data/batches.js';
import type { TrainEvent } from '../src/events.js';

/** A model of one parameter. */
export class Single extends lw.nn.Module {
  constructor(public w: lw.Tensor) {
    super();
  }
}
/** Next token from this one: embedding, a hidden layer, dropout, logits. */
export class TinyModel extends lw.nn.Module {
  readonly embedding: lw.nn.Embedding;
  readonly hidden: lw.nn.Linear;
  readonly output: lw.nn.Linear;
  constructor(
    vocabulary = 16,
    width = 8,
    private readonly dropout = 0.1,
  ) {
    super();
    const draw = (seed: number, ...shape: number[]): lw.Tensor =>
      lw.random.normal(shape, 'float32', 0, 0.3, lw.random.key(seed));
    this.embedding = new lw.nn.Embedding(vocabulary, width);
    this.hidden = new lw.nn.Linear(width, width);
    this.output = new lw.nn.Linear(width, vocabulary, false);
    this.update({
      embedding: { weight: draw(1, vocabulary, width) },
      hidden: { weight: draw(2, width, width), bias: lw.zeros([width]) },
      output: { weight: draw(3, vocabulary, width) },
    });
  }
  forward(tokens: lw.Tensor): lw.Tensor {
    let x = this.hidden.forward(this.embedding.forward(tokens)).tanh();
    if (this.training && this.dropout > 0)
      x = x.mul(lw.random.bernoulli(1 - this.dropout, x.shape)).div(1 - this.dropout);
    return this.output.forward(x);
  }
}
/** Records whose tokens count up by a step of their own: what follows can be learnt. */
export const records = (count: number, vocabulary = 16): { t: number[] }[] =>
  Array.from({ length: count }, (_, i) => ({
    t: Array.from({ length: 3 + ((i * 5) % 9) }, (_x, k) => (i + k * 3) % vocabulary),
  }));
export const stream = (
  list: { t: number[] }[] = records(40),
  options: Partial<TokenBatchOptions<{ t: number[] }>> = {},
): Promise<TokenBatches<{ t: number[] }>> =>
  TokenBatches.open<{ t: number[] }>(encodeJsonl(list), {
    encode: (r) => r.t,
    batchSize: 4,
    padMultiple: 4,
    shuffleBuffer: 16,
    bucketBatches: 2,
    cycle: true,
    seed: 1,
    ...options,
  });
/** The bits of all parameters. */
export const bits = (tree: unknown): Record<string, number[]> =>
  Object.fromEntries(
    lw
      .treeFlatten(tree)
      .map(([path, t]) => [path, [...(lw.view(t.flatten(), 'uint32').toTypedArray() as Uint32Array)]]),
  );
export const ofType = <T extends TrainEvent['type']>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] => events.filter((e): e is Extract<TrainEvent, { type: T }> => e.type === type);
