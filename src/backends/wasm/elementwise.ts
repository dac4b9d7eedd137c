// Elementwise groups: one kernel where a single op reads its operands in place, else tile by tile, or as one generated kernel.
import type { Member, Operand } from '../backend.js';
import { resolve } from './fusion/resolve.js';
import { Program } from './fusion/program.js';
import { wasm } from './runtime.js';

const whole = (x: Operand, n: number): boolean => x.strides === null && x.shape.size === n;
const held = (x: Operand): boolean => x.shape.size === 1;

/** Runs one member whose operands are read in place; false where it needs tiles. */
function runDirect(m: Member): boolean {
  const p = m.prim;
  const n = m.shape.size;
  const x = m.a!;
  if (p.elementwise === 1) {
    if (!whole(x, n)) return false;
    if (p.name === 'astype') wasm['cast']!(n, x.type.index, m.type.index, x.at, m.at);
    else if (x.type.half) return false;
    else resolve(p, x.type)!(n, x.at, m.at);
    return true;
  }
  const y = m.b!;
  const wx = whole(x, n);
  const wy = whole(y, n);
  if (!(wx || held(x)) || !(wy || held(y))) return false;
  if (p.elementwise === 2) {
    if (x.type.half) return false;
    resolve(p, x.type)!(n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, m.at);
    return true;
  }
  const z = m.c!;
  const wz = whole(z, n);
  if (!wz && !held(z)) return false;
  resolve(p, z.type)!(n, x.at, wx ? 1 : 0, y.at, wy ? 1 : 0, z.at, wz ? 1 : 0, m.at);
  return true;
}

/** Runs `members[start..start+count-1]`; only the last has storage. It may be a reduction that closes the group. */
export function elementwise(
  members: readonly Member[],
  start: number,
  count: number,
  memo: Map<Member, unknown> | null = null,
): void {
  if (count === 1 && runDirect(members[start]!)) return;
  const out = members[start + count - 1]!;
  const known = memo?.get(out) as Program | undefined;
  if (known !== undefined && !known.outgrown) {
    known.run(out);
    return;
  }
  const program = new Program(members, start, count, memo !== null);
  program.run(out);
  if (memo === null) program.letGo();
  else memo.set(out, program);
}
