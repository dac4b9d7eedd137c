// What docs/ops.md says of each op beyond its TSDoc: found by calling it.
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import { vjpOf } from '../../src/ops/define.js';
import { backward } from '../../src/transforms/walk.js';
import { primitivesOf } from './derivatives.js';
import { dtypes, floats, Given, inexact, Raw } from './draw.js';
import { plain, recipes, specimenBySeed, tensorsOf, type Specimen } from './specimens.js';
import { table, type Entry } from './table.js';
import { generator } from '../tensor/support.js';

export interface Facts {
  /** of the main operand, or of the result where a dtype is asked for; null where neither has a choice */
  readonly dtypes: readonly DType[] | null;
  readonly devices: readonly string[];
  readonly gradient: string;
}
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Many, since only some calls of a few rows have a gradient. */
const GRADIENT_SEEDS = 30;
const DEVICES = ['wasm', 'reference'] as const;
const isType = (a: unknown): a is Given => a instanceof Given && a.role === 'dtype';

function works(device: string, run: () => readonly Tensor[]): boolean {
  try {
    lw.withDevice(device, () => {
      for (const t of run()) t.eval();
    });
    return true;
  } catch {
    return false;
  }
}
/** The call with another dtype asked for. */
function asking(entry: Entry, s: Specimen, dtype: DType): Tensor[] {
  const tensors = tensorsOf(s);
  const result = entry.fn(...s.args.map((a) => plain(isType(a) ? new Raw(dtype) : a, tensors)));
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}
function accepts(entry: Entry, dtype: DType, device: string): boolean {
  if (recipes[entry.name]!.dtypes.length > 1)
    return SEEDS.some((seed) => {
      const s = specimenBySeed(entry.name, generator(seed), [dtype]);
      return works(device, () => s.call(tensorsOf(s)));
    });
  const s = SEEDS.map((seed) => specimenBySeed(entry.name, generator(seed))).find((x) => x.args.some(isType));
  return s !== undefined && works(device, () => asking(entry, s, dtype));
}
/** The reason of the nearest op that has one; of bool and integers their dtype, unless the op itself says more. */
function reasonOf(outputs: readonly Tensor[]): string {
  const rules = [...primitivesOf(outputs)].map(vjpOf);
  if (outputs.some((t) => inexact.includes(t.dtype)))
    return rules.find((r) => typeof r === 'string') ?? 'none: constant';
  if (outputs.every((t) => t.dtype === 'bool')) return 'none: bool';
  return typeof rules[0] === 'string' ? rules[0] : 'none: integers';
}
/** 'yes' if a gradient gets from a result of some call in `dtype` to an input of it, else why none does. */
function gradientIn(entry: Entry, dtype: DType): string {
  let reason: string | null = null;
  for (let seed = 1; seed <= GRADIENT_SEEDS; seed++) {
    const s = specimenBySeed(entry.name, generator(seed), [dtype]);
    const inputs = tensorsOf(s);
    const own = inputs.map((t) => lw.positive(t));
    const result = entry.fn(...s.args.map((a) => plain(a, own)));
    const outputs = [result].flat().filter((t) => t instanceof lw.Tensor);
    const to = outputs.filter((t) => inexact.includes(t.dtype));
    const flowed = backward(
      entry.name,
      inputs.filter((t) => inexact.includes(t.dtype)).map((t) => t.node),
      to.map((t) => t.node),
      to.map((t) => lw.onesLike(t)),
    );
    if (flowed.some((g) => g !== null)) return 'yes';
    // a dtype that was asked for says nothing of the op
    if (inputs.length > 0 && outputs.length > 0 && (reason === null || to.length > 0)) reason = reasonOf(outputs);
  }
  return reason ?? 'none: constant';
}
/** Whether a row has a derivative; else why not. */
export function gradientOf(name: string): string {
  const { dtypes: own, also = [] } = recipes[name]!;
  const entry = table.find((e) => e.name === name)!;
  const takes = [...own, ...also];
  const answer = gradientIn(entry, takes.find((t) => floats.includes(t)) ?? takes[0]!);
  const complex = answer.startsWith('none') && takes.includes('complex64') && gradientIn(entry, 'complex64') === 'yes';
  return complex ? 'complex64 only' : answer;
}
function factsOf(entry: Entry): Facts {
  const wasm = dtypes.filter((t) => accepts(entry, t, 'wasm'));
  const fixed = recipes[entry.name]!.dtypes.length === 1 && wasm.length === 0;
  const runs = (device: string): boolean =>
    SEEDS.some((seed) => {
      const s = specimenBySeed(entry.name, generator(seed));
      return works(device, () => s.call(tensorsOf(s)));
    });
  return {
    dtypes: fixed ? null : wasm,
    devices: DEVICES.filter(runs),
    gradient: gradientOf(entry.name),
  };
}
/** The facts of every row that has specimens, by name. */
export const facts = (): Record<string, Facts> =>
  Object.fromEntries(table.filter((e) => e.name in recipes).map((e) => [e.name, factsOf(e)]));
