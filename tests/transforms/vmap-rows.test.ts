// vmap of every row against one example after the other.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { compare } from '../support/compare.js';
import { fromTensor } from '../support/layouts.js';
import { specimenBySeed, specimenOf, tensorsOf } from '../support/specimens.js';
import { table } from '../support/table.js';
import { generator } from '../tensor/support.js';

const RUNS = 12;
const SIZE = 3;
/** Results whose bits depend on how many rows are multiplied at once, or that sum in another order. */
const bound = { ulp: 16, eps: 16, why: 'products and norms sum in another order' };

const names = table
  .filter(
    ({ name }) =>
      name !== 'einsumPath' && [1, 2, 3, 4].some((seed) => specimenBySeed(name, generator(seed)).inputs.length > 0),
  )
  .map((e) => e.name);
/** A mask among indices is read for the shape of the result, so it cannot be batched. */
const isMask = (x: lw.Tensor, k: number, name: string): boolean =>
  k > 0 && x.dtype === 'bool' && rowFamily(name) === 'indexing';
const rowFamily = (name: string): string => table.find((e) => e.name === name)!.row.family;

/** Which inputs are batched in one run: all, the first, all but the first, a random part. */
function chosen(count: number, run: number, random: () => number): boolean[] {
  const list = Array.from({ length: count }, (_, i) => [true, i === 0, i > 0, random() < 0.5][run % 4]!);
  return list.some(Boolean) ? list : list.map(() => true);
}

describe('vmap', () => {
  it.each(names)('%s › of a batch is what each example gives', async (name) => {
    await new Promise(setImmediate);
    const random = generator(20260401);
    let compared = 0;
    for (let run = 0; run < RUNS; run++) {
      const choices = Array.from({ length: 64 }, () => Math.floor(random() * 2 ** 20));
      const examples = Array.from({ length: SIZE }, (_, v) => specimenOf(name, choices, undefined, false, v));
      const inputs = examples.map(tensorsOf);
      if (inputs[0]!.length === 0) continue;
      const mapped = chosen(inputs[0]!.length, run, random).map((m, k) => m && !isMask(inputs[0]![k]!, k, name));
      if (!mapped.some(Boolean)) continue;
      const axis = (k: number): number => (run % 3 === 0 ? 0 : inputs[0]![k]!.ndim);
      const args = inputs[0]!.map((x, k) =>
        mapped[k]
          ? lw.stack(
              inputs.map((list) => list[k]!),
              axis(k),
            )
          : x,
      );
      const { call, text } = examples[0]!;
      const want = inputs.map((list) => call(list.map((x, k) => (mapped[k] ? x : inputs[0]![k]!).at('...'))));
      const got = lw.vmap(
        (...tensors: lw.Tensor[]) => call(tensors),
        mapped.map((m, k) => (m ? axis(k) : null)),
      )(...args);
      expect(got.length).toBe(want[0]!.length);
      got.forEach((all, i) => {
        expect(all.shape[0]).toBe(SIZE);
        for (let e = 0; e < SIZE; e++) {
          compared++;
          const { message } = compare(fromTensor(all.at(e)), fromTensor(want[e]![i]!), null, bound, 1, false);
          if (message !== null) expect.fail(`${message}\nexample ${e}, batched: ${mapped.join()}\n${text}`);
        }
      });
    }
    expect(compared).toBeGreaterThan(0);
  });
});
