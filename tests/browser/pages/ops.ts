// The goldens of tests/goldens/ops, read by range, against the ops in this page.
import { openSafetensors } from 'lanewise/io';
import { compare } from '../../support/compare.js';
import { trialsOf } from '../../support/expand.js';
import { sizeOf, type Arg, type Case, type Host } from '../../support/golden.js';
import { invoke } from '../../support/invoke.js';
import { fromTensor, toTensor } from '../../support/layouts.js';
import { anyZero, toleranceOf } from '../../support/tolerance.js';

interface Stored {
  readonly op: string;
  readonly args: readonly Arg[];
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly truth?: readonly string[];
  readonly scale?: number;
  readonly error?: boolean;
  readonly map?: boolean;
  readonly grid?: readonly [number, number];
  readonly check?: string;
}
export interface Outcome {
  readonly cases: number;
  readonly trials: number;
  readonly elements: number;
  readonly worst: number;
  readonly failures: readonly string[];
}

/** Runs the cases of a family whose inputs are float32, row-major. */
export async function family(url: string): Promise<Outcome> {
  const file = await openSafetensors(url, { chunkBytes: 65536 });
  const stored = JSON.parse(file.metadata['cases']!) as readonly Stored[];
  const chosen = stored
    .map((c, index) => ({ c, index }))
    .filter(({ c }) => !c.error && !c.check && c.inputs.every((name) => file.info(name).dtype === 'float32'));
  const names = chosen.flatMap(({ c }) => [...c.inputs, ...(c.outputs ?? []), ...(c.truth ?? [])]);
  const tensors = await file.tensors(new Set(names));
  await file.close();
  const host = (name: string): Host => fromTensor(tensors[name]!);
  const failures: string[] = [];
  let trials = 0;
  let elements = 0;
  let worst = 0;
  for (const { c, index } of chosen) {
    const whole: Case = {
      ...{ family: url, index, op: c.op, args: c.args, error: false, dense: true, check: null },
      ...{ inputs: c.inputs.map(host), outputs: (c.outputs ?? []).map(host) },
      truth: c.truth === undefined ? null : c.truth.map((name) => Float64Array.from(host(name).values as Float64Array)),
      ...{ scale: c.scale ?? 0, map: c.map ?? false, grid: c.grid ?? null },
    };
    for (const trial of trialsOf(whole)) {
      if (trial.layouts.some((layout) => layout !== 'dense')) continue;
      trials++;
      let message: string | null;
      try {
        const got = invoke(c.op, c.args, trial.inputs.map(toTensor));
        message = got.length === trial.outputs.length ? null : `gave ${got.length} results`;
        for (const [k, want] of trial.outputs.entries()) {
          if (message !== null) break;
          const actual = fromTensor(got[k]!);
          elements += sizeOf(want.shape);
          const tolerance = toleranceOf(c.op, want.dtype);
          const verdict = compare(actual, want, trial.truth?.[k] ?? null, tolerance, whole.scale, anyZero.has(c.op));
          message = verdict.message;
          if (verdict.worst > worst) worst = verdict.worst;
        }
      } catch (e) {
        message = String(e);
      }
      if (message !== null && failures.length < 6) failures.push(`#${index} ${c.op} ${trial.name}: ${message}`);
    }
  }
  return { cases: chosen.length, trials, elements, worst, failures };
}
