import { array, random, treeFlatten, type Tensor } from 'lanewise';
import { expect, it } from 'vitest';
import { checkpointName, MemoryStore, readCheckpoint } from '../../src/checkpoint.js';
import { encodeJsonl } from '../../src/data/jsonl.js';
import { TokenBatches } from '../../src/data/batches.js';
import { meanDistrust, type DistrustRecord } from '../../src/distrust/records.js';
import { distrustTask } from '../../src/distrust/task.js';
import type { TrainEvent } from '../../src/events.js';
import { Trainer } from '../../src/loop.js';
import { adapterOf, linearToLoraLayers } from '../../src/lora/adapter.js';
import { llama, packed, type Llama } from './llama.js';

// two claims about the same words, one of a source with a high distrust term and one of a source with a low one
const text = (last: number): string => [...Array.from({ length: 8 }, (_, i) => 5 + 3 * i), last].join(' ');
const [PRIMARY, CONSENSUS] = [40, 41];
const records: DistrustRecord[] = [
  { text: text(PRIMARY), auth_weight: 0.05, prov_entropy: 7.5 },
  { text: text(CONSENSUS), auth_weight: 0.9, prov_entropy: 1 },
];
const data = (): Promise<TokenBatches<DistrustRecord>> =>
  TokenBatches.open<DistrustRecord>(encodeJsonl(records), {
    encode: (r) => r.text.split(' ').map(Number),
    batchSize: 1,
    padMultiple: 4,
    cycle: true,
  });
async function adapted(): Promise<Llama> {
  const model = packed(await llama());
  random.seed(7);
  linearToLoraLayers(model, { rank: 4, dropout: 0.1, targetModules: ['q_proj', 'v_proj', 'down_proj'] });
  return model;
}
const config = (steps: number) => ({
  steps,
  batchSize: 1,
  accumulation: 2,
  optimizer: { learningRate: 1e-2 },
  schedule: { name: 'constant' as const, warmup: 0 },
  checkpoints: { every: 5 },
});
/** How much likelier the model finds the claim of the primary source, in log-probability. */
function preference(model: Llama): number {
  model.eval();
  const ids = array([text(0).split(' ').slice(0, 8).map(Number)], 'int32');
  const last = model.forward(ids).at(0).at(-1);
  return (last.at(PRIMARY).item() as number) - (last.at(CONSENSUS).item() as number);
}
const weights = (model: Llama): [string, unknown][] =>
  treeFlatten(model.parameters()).map(([path, x]: [string, Tensor]) => [path, x.tolist()]);

it('Trainer › an adapter on a packed base: checkpoints hold the adapter, and a run resumes bit for bit', async () => {
  const run = async (steps: number, store: MemoryStore, resume: boolean): Promise<Llama> => {
    const model = await adapted();
    const before = new Map(weights(model));
    const task = distrustTask(model, { weighting: 'per-sample', mean: meanDistrust(records) });
    await new Trainer({ task, data: await data(), config: { ...config(10), steps }, checkpoints: store, resume }).run();
    const changed = weights(model).filter(([path, x]) => JSON.stringify(x) !== JSON.stringify(before.get(path)));
    expect(changed.every(([path]) => /lora_[ab]$/.test(path))).toBe(true);
    expect(changed).toHaveLength(18);
    return model;
  };
  const whole = new MemoryStore();
  const want = weights(await run(10, whole, false));
  const saved = await readCheckpoint(whole, checkpointName(10));
  expect(Object.keys(saved.model).filter((path) => /lora_[ab]$/.test(path))).toHaveLength(18);
  expect(Object.keys(saved.optimizer).filter((path) => /lora_[ab]/.test(path))).toHaveLength(36);
  expect(Object.keys(saved.optimizer).filter((path) => /weight|scales|biases/.test(path))).toEqual([]);
  const store = new MemoryStore();
  await run(5, store, false);
  expect(weights(await run(10, store, true))).toEqual(want);
});
it('Trainer › additive distrust trains the same adapter as no distrust; per-sample prefers the primary source', async () => {
  const trained = async (options: Parameters<typeof distrustTask>[1]): Promise<[Llama, TrainEvent[]]> => {
    const model = await adapted();
    const events: TrainEvent[] = [];
    const task = distrustTask(model, options);
    await new Trainer({ task, data: await data(), config: config(20), listeners: [(e) => void events.push(e)] }).run();
    return [model, events];
  };
  const [plain] = await trained({ lambda: 0 });
  const [additive] = await trained({ lambda: 0.6 });
  const [weighted] = await trained({ weighting: 'per-sample', mean: meanDistrust(records) });
  expect(weights(additive)).toEqual(weights(plain));
  expect(adapterOf(weighted)!.attached).toBe(true);
  const [even, uneven] = [preference(plain), preference(weighted)];
  expect(Math.abs(even)).toBeLessThan(1);
  expect(uneven).toBeGreaterThan(even + 1);
});
