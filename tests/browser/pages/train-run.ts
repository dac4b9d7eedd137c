// A run of the trainer that a worker and Node make alike.
import { nn, random, eval as evaluate, treeFlatten, view, type Tensor } from 'lanewise';
import { encodeJsonl, languageModelTask, MemoryStore, TokenBatches, Trainer, type TrainEvent } from '@lanewise/train';

class Model extends nn.Module {
  readonly embedding = new nn.Embedding(16, 32);
  readonly hidden = new nn.Linear(32, 32);
  readonly dropout = new nn.Linear(32, 16);
  forward(tokens: Tensor): Tensor {
    const x = nn.silu(this.hidden.forward(this.embedding.forward(tokens)));
    return this.dropout.forward(this.training ? x.mul(random.bernoulli(0.9, x.shape)) : x);
  }
}
const records = Array.from({ length: 50 }, (_, i) => ({
  t: Array.from({ length: 4 + ((i * 5) % 9) }, (_x, k) => (i + k * 3) % 16),
}));
const store = new MemoryStore();

/** A new run on the checkpoints of the runs before it. */
export async function make(resume: boolean, listener: (event: TrainEvent) => void): Promise<[Trainer, () => string]> {
  random.seed(5);
  const model = new Model();
  evaluate(model.parameters());
  const data = await TokenBatches.open<{ t: number[] }>(new Blob([encodeJsonl(records) as Uint8Array<ArrayBuffer>]), {
    encode: (record) => record.t,
    batchSize: 4,
    padMultiple: 4,
    shuffleBuffer: 20,
    cycle: true,
  });
  const trainer = new Trainer({
    task: languageModelTask(model),
    data,
    checkpoints: store,
    resume,
    listeners: [listener],
    config: { steps: 60, batchSize: 4, accumulation: 2, optimizer: { learningRate: 3e-3 }, checkpoints: { every: 7 } },
  });
  const digest = (): string =>
    treeFlatten(model.parameters())
      .map(([path, t]) => `${path}:${[...(view(t.flatten(), 'uint32').toTypedArray() as Uint32Array)].join(',')}`)
      .join(';');
  return [trainer as unknown as Trainer, digest];
}
/** The weights of a run that nobody touches, and its losses. */
export async function trainWhole(): Promise<{ digest: string; losses: number[] }> {
  const losses: number[] = [];
  const [trainer, digest] = await make(false, (e) => void (e.type === 'step' && losses.push(e.loss)));
  await trainer.run();
  return { digest: digest(), losses };
}
