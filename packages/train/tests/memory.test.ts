// What a run takes: gradient checkpointing, and the estimate against what was measured.
import * as lw from 'lanewise';
import { expect, it } from 'vitest';
import type { TrainConfigInput } from '../src/config.js';
import type { TrainEvent } from '../src/events.js';
import { Trainer } from '../src/loop.js';
import { languageModelTask } from '../src/task.js';
import { bits, ofType, stream, TinyModel } from './support.js';

const { nn } = lw;
/** Two matrices round a gate, with dropout, added to what came in. */
class Block extends nn.Module {
  readonly up: lw.nn.Linear;
  readonly down: lw.nn.Linear;
  constructor(width: number) {
    super();
    this.up = new nn.Linear(width, 4 * width);
    this.down = new nn.Linear(4 * width, width);
  }
  forward(x: lw.Tensor): lw.Tensor {
    const inner = nn.silu(this.up.forward(x));
    const dropped = this.training ? inner.mul(lw.random.bernoulli(0.9, inner.shape)) : inner;
    return x.add(this.down.forward(dropped));
  }
}
class Deep extends nn.Module {
  readonly embedding: lw.nn.Embedding;
  readonly layers: Block[];
  readonly output: lw.nn.Linear;
  constructor(
    readonly depth = 8,
    width = 32,
  ) {
    super();
    lw.random.seed(11);
    this.embedding = new nn.Embedding(16, width);
    this.layers = Array.from({ length: depth }, () => new Block(width));
    this.output = new nn.Linear(width, 16, false);
    lw.eval(this.parameters());
  }
  forward(tokens: lw.Tensor): lw.Tensor {
    let x = this.embedding.forward(tokens);
    for (const layer of this.layers) x = layer.forward(x);
    return this.output.forward(x);
  }
}
async function run(config: TrainConfigInput): Promise<{ model: Deep; events: TrainEvent[]; before: number }> {
  const model = new Deep();
  const events: TrainEvent[] = [];
  const before = lw.memory.active() - lw.treeFlatten(model.parameters()).reduce((n, [, t]) => n + t.nbytes, 0);
  await new Trainer({
    task: languageModelTask(model),
    data: await stream(undefined, { batchSize: 64, padMultiple: 32, maxLength: 32, batching: 'pack' }),
    listeners: [(e) => void events.push(e)],
    config: { steps: 5, accumulation: 1, optimizer: { learningRate: 1e-3 }, ...config },
  }).run();
  return { model, events, before };
}
const peak = (events: readonly TrainEvent[]): number => Math.max(...ofType(events, 'step').map((e) => e.memory.peak));

it('checkpointing › takes less memory and gives the same bits, dropout included', async () => {
  const [kept, again] = [await run({}), await run({ gradientCheckpointing: true })];
  expect(ofType(again.events, 'step').map((e) => e.loss)).toEqual(ofType(kept.events, 'step').map((e) => e.loss));
  expect(bits(again.model.parameters())).toEqual(bits(kept.model.parameters()));
  expect(peak(again.events) - again.before).toBeLessThan(0.5 * (peak(kept.events) - kept.before));
  // the layers are as they were
  for (const layer of again.model.layers) expect(Object.hasOwn(layer, 'forward')).toBe(false);
});
it.each([false, true])(
  'estimate › is within a third of what was measured, with checkpointing %s',
  async (gradientCheckpointing) => {
    const { events, before } = await run({ gradientCheckpointing });
    const ratio = ofType(events, 'start')[0]!.memory.total / (peak(events) - before);
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.33);
  },
);
it('checkpointing › needs layers', async () => {
  const trainer = new Trainer({
    task: languageModelTask(new TinyModel()),
    data: await stream(),
    config: { gradientCheckpointing: true },
  });
  await expect(trainer.run()).rejects.toThrow(
    'gradientCheckpointing needs a model with a list of layers, or a task that names them, got neither',
  );
});
