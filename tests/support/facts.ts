// What docs/ops.md says of each op beyond its TSDoc: found by calling it.
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import { dtypes, Given, Raw } from './draw.js';
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
function factsOf(entry: Entry): Facts {
  const wasm = dtypes.filter((t) => accepts(entry, t, 'wasm'));
  const fixed = recipes[entry.name]!.dtypes.length === 1 && wasm.length === 0;
  const runs = (device: string): boolean =>
    SEEDS.some((seed) => {
      const s = specimenBySeed(entry.name, generator(seed));
      return works(device, () => s.call(tensorsOf(s)));
    });
  const { vjp } = entry.row as { vjp?: unknown };
  return {
    dtypes: fixed ? null : wasm,
    devices: DEVICES.filter(runs),
    gradient: vjp === undefined ? 'not yet' : typeof vjp === 'string' ? vjp : 'yes',
  };
}
/** The facts of every row that has specimens, by name. */
export const facts = (): Record<string, Facts> =>
  Object.fromEntries(table.filter((e) => e.name in recipes).map((e) => [e.name, factsOf(e)]));
