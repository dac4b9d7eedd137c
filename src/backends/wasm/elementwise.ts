// Elementwise groups: one kernel where a single op reads its operands in place, else tile by tile, or as one generated kernel.
import type { Member, Memo, Operand } from '../backend.js';
import { resolve } from './fusion/resolve.js';
import { Program } from './fusion/program.js';
import { wasm, type Export } from './runtime.js';
import { isSmall, lanesFor, spreadRange } from './threads/spread.js';

const whole = (x: Operand, n: number): boolean => x.strides === null && x.shape.size === n;
const held = (x: Operand): boolean => x.shape.size === 1;

/** Nanoseconds for one element of an op with one operand, many of which are functions, and of any other op. */
const COST = 0.5;
const SIMPLE = 0.2;
/** What pieces are multiples of. */
const GRAIN = 4096;
/** A kernel whose first argument is the count on all of its elements. */
function spread(f: Export, cost: number, args: readonly number[], walks: readonly number[]): void {
  spreadRange(lanesFor(cost), f, args[0]!, 0, args, walks, GRAIN, cost);
}

/** Runs one member whose operands are read in place; false where it needs tiles. */
function runDirect(m: Member): boolean {
  const p = m.prim;
  const n = m.shape.size;
  const x = m.a!;
  if (p.elementwise === 1) {
    if (!whole(x, n)) return false;
    const [from, to] = [x.type, m.type];
    if (p.name === 'astype') {
      if (isSmall(n * SIMPLE)) wasm['cast']!(n, from.index, to.index, x.at, m.at);
      else spread(wasm['cast']!, n * SIMPLE, [n, from.index, to.index, x.at, m.at], [0, 0, 0, from.size, to.size]);
    } else if (from.half) return false;
    else if (isSmall(n * COST)) resolve(p, from)!(n, x.at, m.at);
    else spread(resolve(p, from)!, n * COST, [n, x.at, m.at], [0, from.size, to.size]);
    return true;
  }
  const y = m.b!;
  const wx = whole(x, n);
  const wy = whole(y, n);
  if (!(wx || held(x)) || !(wy || held(y))) return false;
  if (p.elementwise === 2) {
    if (x.type.half) return false;
    const f = resolve(p, x.type)!;
    if (isSmall(n * SIMPLE)) f(n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, m.at);
    else {
      const walks = [0, wx ? x.type.size : 0, 0, wy ? y.type.size : 0, 0, m.type.size];
      spread(f, n * SIMPLE, [n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, m.at], walks);
    }
    return true;
  }
  const z = m.c!;
  const wz = whole(z, n);
  if (!wz && !held(z)) return false;
  const f = resolve(p, z.type)!;
  if (isSmall(n * SIMPLE)) f(n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, z.at, wz ? 1 : 0, m.at);
  else {
    const walks = [wx ? x.type.size : 0, 0, wy ? y.type.size : 0, 0, wz ? z.type.size : 0, 0];
    spread(f, n * SIMPLE, [n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, z.at, wz ? 1 : 0, m.at], [0, ...walks, m.type.size]);
  }
  return true;
}

/** Runs `members[start..start+count-1]`; only the last has storage. It may be a reduction that closes the group. */
export function elementwise(members: readonly Member[], start: number, count: number, memo: Memo | null = null): void {
  if (count === 1 && runDirect(members[start]!)) return;
  const out = members[start + count - 1]!;
  const known = (memo?.kept ?? null) as Program | null;
  if (known !== null && !known.outgrown) {
    known.run(out);
    return;
  }
  const program = new Program(members, start, count, memo !== null);
  program.run(out);
  if (memo === null) program.letGo();
  else memo.kept = program;
}
