// Elementwise groups: a single op by the kernel of its name; a chain op by op, and from its third run on by a kernel generated for it.
import type { ElementType } from '../../tensor/dtype.js';
import type { KernelId, Member, Operand, View } from '../backend.js';
import { fused } from './fusion.js';
import { has, launch } from './launch.js';
import { temporary, withTemporaries } from './temporary.js';
import { extentOf, walksOf, walkWords } from './views.js';

/** The dtype that names a member's kernel: the last operand's, so that `select` goes by its values and not by its condition. */
export const operandType = (m: Member): ElementType => (m.c ?? m.b ?? m.a)!.type;

/** The kernel of a primitive on operands of `from`, that leaves `to`. */
function nameOf(p: KernelId, from: ElementType, to: ElementType): string {
  if (p.name === 'astype') return `copy_${from.code}_${to.code}`;
  if (p.elementwise === 3) return `${p.name}_u${8 * from.size}`;
  return `${p.elementwise === 1 ? 'unary' : 'binary'}_${p.name}_${from.code}`;
}
/** The kernel of a member; null where there is none. */
export function kernelOf(m: Member): string | null {
  const type = operandType(m);
  if (m.a!.type !== type && m.prim.elementwise === 2) return null;
  const name = nameOf(m.prim, type, m.type);
  return has(name) ? name : null;
}

/**
 * Encodes a kernel over `out`'s elements, of which each of `operands` is walked, held, or broadcast.
 * @returns false where it takes more axes than kernels walk, or the device has no room
 */
export function launchOver(kernel: string, operands: readonly View[], out: View): boolean {
  const n = out.shape.size;
  const output = { at: out.at, bytes: n * out.type.size };
  const dense = operands.every((x) => x.shape.size === 1 || (x.strides === null && x.shape.size === n));
  if (dense) {
    const ranges = operands.map((x) => ({ at: x.at, bytes: x.shape.size * x.type.size }));
    const words = [n, ...operands.map((x) => (x.shape.size === n ? 1 : 0))];
    return launch(kernel, [...ranges, output], words);
  }
  const walks = walksOf(out.shape, operands);
  if (walks === null) return false;
  const extents = operands.map(extentOf);
  const starts = extents.map((e) => e.start);
  return launch(`${kernel}_strided`, [...extents.map((e) => e.range), output], walkWords(n, walks, starts));
}

/** Elements of a member within a group: its own storage, or a block of their own until the group is done. */
class Stage implements View {
  readonly strides = null;
  constructor(
    readonly at: number,
    readonly shape: View['shape'],
    readonly type: ElementType,
  ) {}
}
function opByOp(group: readonly Member[], kernels: readonly string[]): boolean {
  return withTemporaries(() => {
    const made = new Map<Operand, View>();
    const last = group.length - 1;
    for (let i = 0; i <= last; i++) {
      const m = group[i]!;
      const operands = [m.a, m.b, m.c].filter((x) => x !== null).map((x) => made.get(x) ?? x);
      const bytes = m.shape.size * m.type.size;
      const out = i === last ? m : new Stage(temporary(bytes), m.shape, m.type);
      if (!launchOver(kernels[i]!, operands, out)) return false;
      made.set(m, out);
    }
    return true;
  });
}

/** Runs a group; false where another backend has to. */
export function elementwise(members: readonly Member[], from: number, count: number): boolean {
  const group = members.slice(from, from + count);
  const kernels: string[] = [];
  for (const m of group) {
    const kernel = kernelOf(m);
    if (kernel === null) return false;
    kernels.push(kernel);
  }
  if (count > 1) {
    const done = fused(group, kernels);
    if (done !== null) return done;
  }
  return opByOp(group, kernels);
}
