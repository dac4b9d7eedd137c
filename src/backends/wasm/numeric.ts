import type { Call, Kernel } from '../backend.js';
import { TILES } from '../heap.js';
import { dense, temp, wasm } from './runtime.js';
import { kindOf } from './sorting.js';

/** a = sorted vector, b = values of its dtype, attrs { right }: u32 places */
function searchsorted(call: Call): void {
  const a = call.a!;
  const b = call.b!;
  const { right } = call.attrs as { right: boolean };
  const { type } = a;
  const complex = type.category === 'complex' ? 1 : 0;
  const [n, m] = [a.shape.size, b.shape.size];
  if (m === 0) return;
  wasm['searchsorted']!(type.size, kindOf(type), complex, right ? 1 : 0, n, dense(a), m, dense(b), call.at);
}

/** attrs { size }: u32 of the number of distinct elements, their first places, their counts, and each element's rank */
function unique(call: Call): void {
  const a = call.a!;
  const { size } = call.attrs as { size: number };
  const { type } = a;
  const complex = type.category === 'complex' ? 1 : 0;
  const n = a.shape.size;
  const perm = temp(Math.max(n, 1) * 4);
  const x = temp(Math.max(n, 1) * 8);
  const y = temp(Math.max(n, 1) * 8);
  wasm['unique']!(type.size, kindOf(type), complex, n, dense(a), size, call.at, perm, x, y, TILES);
}

export const numeric: Readonly<Record<string, Kernel>> = { searchsorted, unique };
