// The op suite: dtype x layout x edge cases of every op, from the files that tools/goldens writes, on any device.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { compare, compareArgpartition, comparePartition, compareTopk } from './compare.js';
import { trialsOf, type Trial } from './expand.js';
import { loadFamily, type Case } from './golden.js';
import { invoke, lookup } from './invoke.js';
import { fromTensor, lay } from './layouts.js';
import { anyZero, toleranceOf } from './tolerance.js';

export const families = [
  ...[
    'unary',
    'binary',
    'ternary',
    'promotion',
    'reduction',
    'cumulative',
    'softmax',
    'matmul',
    'fast',
    'shape',
    'creation',
    'composite',
  ],
  ...['indexing', 'update', 'sort', 'astype', 'random'],
  ...['conv', 'fft', 'linalg', 'eigen', 'quantized', 'numeric'],
];
/** Messages of one failing group that are shown. */
const shown = 6;

export const cases = new Map(families.map((family) => [family, loadFamily(family)]));
export const present = new Set<string>();
export const missing: string[] = [];
for (const op of new Set([...cases.values()].flat().map((c) => c.op))) {
  if (lookup(op) === undefined) missing.push(op);
  else present.add(op);
}

interface Tally {
  trials: number;
  failures: number;
  worst: number;
  where: string;
}
const tallies = new Map<string, Tally>();
function tallyOf(backend: string, family: string): Tally {
  const key = `${backend} ${family}`;
  let tally = tallies.get(key);
  if (tally === undefined) tallies.set(key, (tally = { trials: 0, failures: 0, worst: 0, where: '' }));
  return tally;
}

const typesOf = (c: Case): string => c.inputs.map((x) => `${x.dtype}(${x.shape.join(',')})`).join(' ');
function label(c: Case, trial: Trial): string {
  const layout = trial.layouts.every((l) => l === 'dense') ? '' : ` as ${trial.layouts.join('/')}`;
  return `#${c.index} ${c.op} ${typesOf(c)} ${JSON.stringify(c.args)} ${trial.name}${layout}`;
}

/** Runs one trial; null where the layouts do not apply, else what went wrong or an empty string. */
function run(c: Case, trial: Trial, tally: Tally): string | null {
  const inputs = trial.inputs.map((x, i) => lay(x, trial.layouts[i]!));
  if (inputs.some((x) => x === null)) return null;
  tally.trials++;
  if (c.error) {
    try {
      for (const t of invoke(c.op, c.args, inputs as lw.Tensor[])) t.eval();
    } catch (e) {
      return e instanceof lw.LanewiseError ? '' : `threw ${String(e)}, not a LanewiseError`;
    }
    return 'must throw, as MLX does';
  }
  let results: lw.Tensor[];
  try {
    results = invoke(c.op, c.args, inputs as lw.Tensor[]);
    for (const t of results) t.eval();
  } catch (e) {
    return String(e);
  }
  if (results.length !== trial.outputs.length) return `gave ${results.length} results, want ${trial.outputs.length}`;
  for (const [k, want] of trial.outputs.entries()) {
    const actual = fromTensor(results[k]!);
    const [, second, third] = c.args;
    if (c.check !== null) {
      const axis = typeof third === 'number' ? third : -1;
      const source = trial.inputs[0]!;
      const judge = { topk: compareTopk, partition: comparePartition, argpartition: compareArgpartition };
      const message =
        c.check === 'topk' ? judge.topk(actual, want, axis) : judge[c.check](actual, source, second as number, axis);
      if (message !== null) return message;
      continue;
    }
    const verdict = compare(
      actual,
      want,
      trial.truth?.[k] ?? null,
      toleranceOf(c.op, want.dtype),
      c.scale,
      anyZero.has(c.op),
    );
    if (verdict.message !== null) return verdict.message;
    if (verdict.worst > tally.worst) {
      tally.worst = verdict.worst;
      tally.where = `${c.op} ${want.dtype}`;
    }
  }
  return '';
}

/** A way to run the suite: a device, what precedes it, and what has to hold after each group of cases. */
export interface Way {
  readonly name: string;
  readonly device: string;
  readonly prepare?: () => void;
  readonly check?: () => void;
  /** called after each case */
  readonly after?: (c: Case) => void;
}
/** Declares the suite for each way; all families, or some of them. */
export function suite(ways: readonly Way[], some: readonly string[] = families): void {
  describe.each(ways.map((way) => [way.name, way] as const))('%s', (name, { device, prepare, check, after }) => {
    let before = '';
    beforeAll(() => {
      before = lw.defaultDevice();
      lw.setDefaultDevice(device);
      prepare?.();
    });
    afterAll(() => {
      lw.setDefaultDevice(before);
    });

    describe.each(some)('%s', (family) => {
      const groups = new Map<string, Case[]>();
      for (const c of cases.get(family)!) {
        if (!present.has(c.op)) continue;
        const key = `${c.op} › agrees with MLX, ${c.inputs[0]?.dtype ?? 'no input'}`;
        groups.set(key, [...(groups.get(key) ?? []), c]);
      }
      it.each([...groups])('%s', async (_, list) => {
        const tally = tallyOf(name, family);
        const failures: string[] = [];
        let count = 0;
        for (const c of list) {
          // The runner gives a worker up that is silent for a minute: generated kernels may take longer than that to compile.
          await new Promise(setImmediate);
          for (const trial of trialsOf(c)) {
            const message = run(c, trial, tally);
            if (message === null || message === '') continue;
            count++;
            if (failures.length < shown) failures.push(`${label(c, trial)}: ${message}`);
          }
          after?.(c);
        }
        tally.failures += count;
        check?.();
        if (count > 0) expect.fail(`${count} disagree with MLX, the first:\n${failures.join('\n')}`);
      });
    });
  });

  afterAll(() => {
    const total = [...tallies.values()].reduce((n, t) => n + t.trials, 0);
    const lines = [...tallies].map(([key, t]) => {
      const worst = t.where === '' ? 'exact' : `worst ${t.worst.toPrecision(3)} units, ${t.where}`;
      return `  ${key}: ${t.trials} trials, ${t.failures} failures, ${worst}`;
    });
    const stored = some.reduce((n, family) => n + cases.get(family)!.length, 0);
    console.log(`goldens: ${stored} stored cases, ${total} trials on ${ways.length} ways\n${lines.join('\n')}`);
  });
}
