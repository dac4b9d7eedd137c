import type { ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { TILES } from '../heap.js';
import { mapRows } from './layout.js';
import { temp, wasm } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** Nanoseconds for one element. */
const COST = 10;

/** How the kernel maps a dtype's bits to ordered keys. */
export function kindOf(t: ElementType): number {
  if (t.category === 'bool' || t.category === 'uint') return 0;
  if (t.category === 'int') return 1;
  return t.name === 'bfloat16' ? 3 : 2;
}

/** attrs { axis }: ascending, stable, NaN last */
function sortRows(call: Call, indices: 0 | 1): void {
  const { type } = call.a!;
  const complex = type.category === 'complex' ? 1 : 0;
  mapRows(call, [(call.attrs as { axis: number }).axis], (rows, n, from, to) => {
    const cost = rows * n * COST;
    const lanes = lanesFor(cost);
    const a = temp(n * 16 * lanes);
    const args = [indices, type.size, kindOf(type), complex, rows, n, from, to, a, a + n * 8, TILES];
    const steps = [0, 0, 0, 0, 0, 0, n * type.size, n * call.type.size, 0, 0, 0];
    const own = { work: (1 << 8) | (1 << 9), workBytes: n * 16, scratch: 1 << 10 };
    spreadRange(lanes, wasm['sort_rows']!, rows, 4, args, steps, 1, cost, own);
  });
}

export const sorting: Record<string, Kernel> = {
  sort: (call) => sortRows(call, 0),
  argsort: (call) => sortRows(call, 1),
};
