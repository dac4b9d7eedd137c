import type { ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { TILES } from '../heap.js';
import { mapRows } from './layout.js';
import { temp, wasm } from './runtime.js';

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
    const a = temp(n * 8);
    const b = temp(n * 8);
    wasm['sort_rows']!(indices, type.size, kindOf(type), complex, rows, n, from, to, a, b, TILES);
  });
}

export const sorting: Record<string, Kernel> = {
  sort: (call) => sortRows(call, 0),
  argsort: (call) => sortRows(call, 1),
};
