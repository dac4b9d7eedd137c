// What a generated kernel depends on: which primitives on which dtypes, how they hang together, and how each operand is read. Sizes,
// addresses and values are not part of it: groups that differ in those only share one kernel.
import type { Member, Operand } from '../../backend.js';
import type { ElementType } from '../../../tensor/dtype.js';
import type { Shape } from '../../../tensor/shape.js';
import { classify, GATHER, writeAxes } from './operands.js';
import type { Export } from '../runtime.js';
import { lookup, operandType, resolve } from './resolve.js';

/** What `describe` found; overwritten by the next group. */
export const found = {
  /** the structure as numbers */
  codes: [] as number[],
  count: 0,
  hash: 0,
  /** operands with storage, each once */
  leaves: [] as Operand[],
  /** WALK, HELD or GATHER of each */
  ways: [] as number[],
  leafCount: 0,
  /** integers in use where gathers read their axes, and where those of each leaf begin */
  params: 0,
  paramsAt: [] as number[],
};

/** References to leaves are told from references to members by their sign. */
function code(x: number): void {
  found.codes[found.count++] = x;
  found.hash = Math.imul(found.hash ^ x, 0x01000193);
}
function refer(x: Operand | null, self: Member | null, domain: Shape): void {
  if (x === null) return;
  if (!x.stored || x === self) {
    code(x.slot);
    return;
  }
  // a leaf that was met before bears its number, below zero
  if (x.slot < 0) {
    code(x.slot);
    return;
  }
  const i = found.leafCount++;
  // numbers stand for themselves each time, so that equal ones do not make another structure
  if (x.shape.size > 1) x.slot = ~i;
  found.leaves[i] = x;
  const way = classify(x, domain, true);
  found.ways[i] = way;
  found.paramsAt[i] = found.params;
  if (way === GATHER) found.params = writeAxes(found.params);
  code(~i);
  code(x.type.index * 4 + way);
}

/** Takes a group apart into `found`. `closes`: the last member's elements are reduced, and not stored. */
export function describe(members: readonly Member[], start: number, count: number, closes: boolean): void {
  const last = members[start + count - 1]!;
  const self = closes ? null : last;
  const domain = last.shape;
  found.count = found.leafCount = found.params = 0;
  found.hash = 0x811c9dc5 | 0;
  code(closes ? 1 : 0);
  for (let i = 0; i < count; i++) {
    const m = members[start + i]!;
    m.slot = i;
    code(lookup(m.prim, operandType(m)).id);
    code(m.type.index);
    refer(m.a, self, domain);
    refer(m.b, self, domain);
    refer(m.c, self, domain);
  }
  for (let i = 0; i < count; i++) members[start + i]!.slot = 0;
  for (let i = 0; i < found.leafCount; i++) found.leaves[i]!.slot = 0;
}
/** Holds no operand beyond its run: it would keep its storage. */
export function forgetLeaves(): void {
  for (let i = 0; i < found.leafCount; i++) found.leaves[i] = nothing;
}
const nothing = null as unknown as Operand;

/** An operand with storage. */
export interface Input {
  readonly type: ElementType;
  /** WALK, HELD or GATHER */
  readonly way: number;
}
/** A member: operands are numbers, of a step, or `~i` of input i. */
export interface Step {
  readonly name: string;
  readonly kernel: Export;
  readonly type: ElementType;
  readonly operands: readonly number[];
}
/** The same as `codes`, spelled out for the generator. */
export interface Structure {
  readonly inputs: readonly Input[];
  readonly steps: readonly Step[];
  readonly closes: boolean;
}
/** Spells out what `describe` found of the same members. */
export function structureOf(members: readonly Member[], start: number, count: number, closes: boolean): Structure {
  const group = members.slice(start, start + count);
  const leaves = found.leaves.slice(0, found.leafCount);
  let next = 0;
  const refer = (x: Operand): number => {
    const member = group.indexOf(x as Member);
    if (member >= 0) return member;
    const i = leaves.indexOf(x);
    return ~(x.shape.size > 1 && i < next ? i : next++);
  };
  return {
    inputs: leaves.map((x, i) => ({ type: x.type, way: found.ways[i]! })),
    steps: group.map((m) => ({
      name: m.prim.name,
      kernel: resolve(m.prim, operandType(m))!,
      type: m.type,
      operands: [m.a, m.b, m.c].filter((x) => x !== null).map(refer),
    })),
    closes,
  };
}
