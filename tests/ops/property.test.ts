// wasm against reference on random specimens of every row. LANEWISE_PROPERTY_RUNS and LANEWISE_PROPERTY_SEED make longer and other runs.
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { compare } from '../support/compare.js';
import type { Host } from '../support/golden.js';
import { fromTensor } from '../support/layouts.js';
import { plain, recipes, specimens, tensorsOf, type Specimen } from '../support/specimens.js';
import { otherNames } from '../support/specimens/planned.js';
import { table } from '../support/table.js';
import { anyZero, toleranceOf, type Tolerance } from '../support/tolerance.js';

const runs = Number(process.env['LANEWISE_PROPERTY_RUNS'] ?? 40);
const seed = Number(process.env['LANEWISE_PROPERTY_SEED'] ?? 20260401);

/** Rows that are measured by another row's bound. */
const boundOf: Readonly<Record<string, string>> = {
  ...otherNames,
  div: 'divide',
  neg: 'negative',
  trace: 'sum',
  mod: 'remainder',
  pow: 'power',
  einsum: 'matmul',
  'linalg.eigh': 'linalg.eigvalsh',
  divideAt: 'divide',
  'random.normal': 'random.laplace',
};

function results(s: Specimen, device: string): Host[] {
  return lw.withDevice(device, () => {
    const tensors = tensorsOf(s);
    return s.call(tensors).map(fromTensor);
  });
}
/** What the rounding errors of sums are measured against: the largest result for the inputs' magnitudes. */
function scaleOf(s: Specimen): number {
  return lw.withDevice('reference', () => {
    const magnitudes = tensorsOf(s).map((t) =>
      /^u|bool/.test(t.dtype) ? t : t.dtype === 'complex64' ? t.abs().astype('complex64') : t.abs(),
    );
    let scale = 0;
    for (const t of s.call(magnitudes)) {
      for (const v of t.toTypedArray()) if (Number.isFinite(Number(v))) scale = Math.max(scale, Math.abs(Number(v)));
    }
    for (const t of magnitudes)
      if (t.size > 0)
        for (const v of t.toTypedArray()) if (Number.isFinite(Number(v))) scale = Math.max(scale, Math.abs(Number(v)));
    return scale;
  });
}
/** In float64 the reference rounds as often as the kernel; where an op magnifies its input's rounding, its recipe says how much. */
function widened(t: Tolerance, name: string, dtype: lw.DType): Tolerance {
  const { loose = 1 } = recipes[name]!;
  const factor = loose * (dtype === 'float64' ? 2 : 1);
  const least = loose > 1 ? loose : 0;
  return { ...t, ulp: Math.max(t.ulp * factor, least), eps: Math.max(t.eps * factor, least) };
}
/** What differs between the two backends, or null. */
function difference(s: Specimen): string | null {
  const got = results(s, 'wasm');
  const want = results(s, 'reference');
  if (got.length !== want.length) return `${got.length} results, the reference gives ${want.length}`;
  const name = boundOf[s.name] ?? s.name;
  let scale = -1;
  for (const [i, w] of want.entries()) {
    const t = widened(toleranceOf(name, w.dtype), s.name, w.dtype);
    if (t.eps > 0 && scale < 0) scale = scaleOf(s);
    const { message } = compare(got[i]!, w, null, t, scale, anyZero.has(name));
    if (message !== null) return `result ${i}: ${message.replaceAll('MLX', 'reference')}`;
  }
  return null;
}

it('specimens › every row of the table has a recipe', () => {
  expect(table.map((e) => e.name).filter((name) => !(name in recipes))).toEqual([]);
});

let calls = 0;
afterAll(() => console.log(`property: ${calls} specimens, seed ${seed}, ${runs} runs a row`));

describe('wasm agrees with reference', () => {
  it.each(table.filter((e) => e.name in recipes))(
    '$name › on random shapes, layouts, dtypes and options',
    async ({ name }) => {
      await new Promise(setImmediate);
      const property = fc.property(specimens(name), (s) => {
        calls++;
        const message = difference(s);
        if (message !== null) throw new Error(message);
      });
      const { failed, counterexample, errorInstance, counterexamplePath, numShrinks } = fc.check(property, {
        seed,
        numRuns: runs,
      });
      if (!failed) return;
      const [s] = counterexample!;
      expect.fail(
        `${String((errorInstance as Error | null)?.stack ?? errorInstance).slice(0, 1500)}\nfor, after ${numShrinks} steps of shrinking, seed ${seed}, path ${counterexamplePath}:\n${s.text}`,
      );
    },
  );
});

describe('specimens', () => {
  it('are the same for the same seed, and use their inputs', () => {
    for (const { name } of table.filter((e) => e.name in recipes)) {
      const [first] = fc.sample(specimens(name), { seed, numRuns: 1 });
      const [again] = fc.sample(specimens(name), { seed, numRuns: 1 });
      expect(again!.text).toBe(first!.text);
      const used = JSON.stringify(
        first!.args.map((a) => plain(a, first!.inputs.map((_, i) => `input ${i}`) as never)),
        (_k, v) => (typeof v === 'bigint' ? String(v) : (v as unknown)),
      );
      first!.inputs.forEach((_, i) => expect(`${name}: ${used}`).toContain(`input ${i}`));
    }
  });
});
