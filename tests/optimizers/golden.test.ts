// Every step of every optimizer against MLX.
import { describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { distance, goldens, make, type Options, schedule, tensor } from './support.js';

interface Case {
  readonly label: string;
  readonly optimizer: string;
  readonly options: Options;
  readonly params: readonly string[];
  readonly dtype: lw.DType;
  /** a half type, every operation of which MLX rounds */
  readonly plain: boolean;
}
const STEPS = 20;
/**
 * Rounding units that 20 steps may lie from MLX, of the largest magnitude in a tensor. Sums and matrix products add in another order;
 * powers and cosines, of which the rate is made, are rounded correctly here and not in MLX; the reference rounds a step of Adam, Lion and
 * SGD once. All else is the same to the bit.
 */
const bound = ({ optimizer, plain }: Case): number =>
  plain ? 12 : ['Muon', 'MultiOptimizer'].includes(optimizer) ? 6 : 4;

describe.each(['wasm', 'reference'])('%s', (device) => {
  const { cases, at } = goldens<Case[]>('steps');
  test.each(cases)('$optimizer › $options of $dtype as in MLX', (c) => {
    const { label, optimizer, options, params, dtype } = c;
    lw.withDevice(device, () => {
      const rule = make(optimizer, options);
      const tree = Object.fromEntries(params.map((k) => [k, tensor(at.get(`start.${k}`)!, undefined, dtype)]));
      for (let t = 0; t < STEPS; t++) {
        const grads = Object.fromEntries(params.map((k) => [k, tensor(at.get(`gradients.${k}`)!, t, dtype)]));
        rule.update({ trainableParameters: () => tree }, grads);
        for (const k of params) {
          expect(tree[k]!.dtype).toBe(dtype);
          expect(distance(tree[k]!, at.get(`${label}.${k}`)!, t), `${k} after step ${t + 1}`).toBeLessThan(bound(c));
        }
      }
      const prefix = `${label}.state.`;
      const state = lw.treeFlatten(rule.state);
      const wanted = [...at.keys()].filter((key) => key.startsWith(prefix));
      expect(state.map(([path]) => prefix + path).sort()).toEqual(wanted.sort());
      for (const [path, x] of state) {
        const want = at.get(prefix + path)!;
        expect([x.dtype, x.shape], path).toEqual([want.dtype, want.shape]);
        expect(distance(x, want), path).toBeLessThan(bound(c));
      }
    });
  });
});

const schedules = goldens<[string, unknown[]][]>('schedules');
test.each(schedules.cases.map((c, i) => [...c, i] as const))('%s › %j as in MLX', (name, args, i) => {
  const f = schedule(name, args);
  const { values, dtype } = schedules.at.get(`s${i}`)!;
  schedules.at.get('steps')!.values.forEach((step, k) => {
    const got = f(lw.array(BigInt(step), 'uint64'));
    expect([got.dtype, got.shape]).toEqual(['float32', []]);
    // one correctly rounded power or cosine against MLX's, and what the end adds to it
    expect(distance(got, { dtype, shape: [], values: [values[k]!] }), `step ${step}`).toBeLessThan(1);
  });
});

const clips = goldens<{ paths: string[]; maxNorm: number }[]>('clip');
test.each(clips.cases.map((c, i) => ({ ...c, i })))('clipGradNorm › $maxNorm as in MLX', ({ paths, maxNorm, i }) => {
  const grads = lw.treeUnflatten(paths.map((k) => [k, tensor(clips.at.get(`${i}.in.${k}`)!)] as const));
  const [clipped, norm] = lw.optimizers.clipGradNorm(grads, maxNorm);
  const want = clips.at.get(`${i}.norm`)!;
  // sums of up to 576 squares in another order; MLX sums bfloat16 in bfloat16, where all sums are float32 here
  expect(norm.dtype).toBe('float32');
  expect(distance(norm, want)).toBeLessThan(8);
  for (const [k, x] of lw.treeFlatten(clipped)) {
    const out = clips.at.get(`${i}.out.${k}`)!;
    expect([x.dtype, x.shape], k).toEqual([out.dtype, out.shape]);
    expect(distance(x, out), k).toBeLessThan(2);
  }
});
