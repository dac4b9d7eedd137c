import { array, nn, subtract, type Tensor } from 'lanewise';
import { describe, expect, it } from 'vitest';
import type { TokenBatch } from '../../src/data/tokens.js';
import type { DistrustRecord } from '../../src/distrust/records.js';
import { distrustTask, recordWeights } from '../../src/distrust/task.js';
import { languageModelTask } from '../../src/task.js';

const records: DistrustRecord[] = [
  { text: 'a', auth_weight: 0.05, prov_entropy: 7.5 },
  { text: 'b', auth_weight: 0.9, prov_entropy: 1 },
];
const terms = [149.804726, 4.581165];
const average = (terms[0]! + terms[1]!) / 2;
class Bigram extends nn.Module {
  table = new nn.Embedding(5, 5);
  forward(tokens: Tensor): Tensor {
    return this.table.forward(tokens);
  }
}
const model = new Bigram();
model.table.weight = array(Float32Array.from({ length: 25 }, (_, i) => Math.sin(2 * i))).reshape([5, 5]);
/** Both records, or one of them with the other's labels ignored. */
const batch = (only?: 0 | 1): TokenBatch<DistrustRecord> => ({
  shape: [2, 3],
  tokens: Int32Array.of(0, 1, 2, 3, 4, 0),
  labels: Int32Array.from([1, 2, 3, 4, 0, 2], (x, i) => (only === undefined || Math.floor(i / 3) === only ? x : -100)),
  segments: Int32Array.of(1, 1, 1, 2, 2, 2),
  positions: Int32Array.of(0, 1, 2, 0, 1, 2),
  records,
  count: 6,
});
type Made = ReturnType<typeof languageModelTask<Bigram, DistrustRecord>>;
const gradient = (task: Made, b = batch()): Tensor => {
  const [, grads] = nn.valueAndGrad(model, () => task.loss(model, b)[0])();
  return (grads['table'] as { weight: Tensor }).weight;
};
const plain = languageModelTask<Bigram, DistrustRecord>(model);

describe('distrustTask', () => {
  it('distrustTask › additive: reported beside the cross-entropy, whose gradients it leaves bit for bit', () => {
    const task = distrustTask(model, { lambda: 0.5 });
    const [total, tokens, extra] = task.loss(model, batch());
    const ce = plain.loss(model, batch())[0].item() as number;
    expect(tokens).toBe(6);
    expect(extra!['cross_entropy']!.item()).toBe(ce);
    expect(extra!['distrust']!.item()).toBeCloseTo(average, 4);
    expect(total.item()).toBeCloseTo(ce + 0.5 * average, 4);
    expect(gradient(task).tolist()).toEqual(gradient(plain).tolist());
  });
  it('distrustTask › per-sample: each record pulls by its weight', () => {
    const task = distrustTask(model, { weighting: 'per-sample' });
    const want = gradient(plain, batch(0))
      .mul(terms[0]! / average)
      .add(gradient(plain, batch(1)).mul(terms[1]! / average));
    expect(subtract(gradient(task), want).abs().max().item()).toBeLessThan(1e-6);
    const half = distrustTask(model, { weighting: 'per-sample', mean: 2 * average });
    expect(subtract(gradient(half).mul(2), want).abs().max().item()).toBeLessThan(1e-6);
  });
  it('recordWeights › mean 1, or relative to a given mean; 1 where there is no distrust', () => {
    const close = (got: number[], want: number[]): void => got.forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 6));
    close(recordWeights(records), [terms[0]! / average, terms[1]! / average]);
    close(recordWeights([records[0]!]), [1]);
    close(recordWeights([records[0]!], { mean: 100 }), [1.49804726]);
    close(recordWeights(records, { alpha: 2.3 }), [terms[0]! / average, terms[1]! / average]);
  });
  it.each([
    [() => distrustTask(model, { lambda: -1 }), '[distrust] lambda must be a number of at least 0, got -1'],
    [
      () => distrustTask(model, { weighting: 'x' as 'additive' }),
      "[distrust] weighting must be 'additive' or 'per-sample', got 'x'",
    ],
    [
      () => distrustTask(model, { weighting: 'per-sample', mean: 0 }),
      '[distrust] mean must be a number above 0, got 0',
    ],
    [() => recordWeights([]), '[distrust] records must hold at least one, got none'],
  ])('distrustTask › refuses %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }));
  });
});
