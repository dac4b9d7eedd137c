// Groups as steps on tiles: gathers, conversions of half types, and one kernel a member. All steps of a tile run before the next
// tile, so that what lies between them stays in cache.
import type { Member, Operand } from '../../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES, i32, PARAMS } from '../../heap.js';
import { types, type ElementType } from '../../../tensor/dtype.js';
import { scalar, type Shape } from '../../../tensor/shape.js';
import { wasm, type Export } from '../runtime.js';
import { axes, classify, GATHER, HELD, Repeats, WALK, writeAxes } from './operands.js';
import { resolve } from './resolve.js';
import { beginStep, give, giveAddress, ONCE } from '../threads/spread.js';

// The program of one group: parallel arrays, reused, one entry a step.
const FILL = 0;
const UNARY = 1;
const BINARY = 2;
const TERNARY = 3;
const CAST = 4;
const kind: number[] = [];
const fn: Export[] = [];
/** per operand: address, bytes to advance per element between tiles, walk (1) or hold (0); of a FILL cWalk: only once (1) */
const a: number[] = [];
const aInc: number[] = [];
const aWalk: number[] = [];
const b: number[] = [];
const bInc: number[] = [];
const bWalk: number[] = [];
const c: number[] = [];
const cInc: number[] = [];
const cWalk: number[] = [];
const o: number[] = [];
const oInc: number[] = [];
/** the stored operands whose addresses `a`, `b` and `c` are; null for scratch tiles and counts */
const aFrom: (Operand | null)[] = [];
const bFrom: (Operand | null)[] = [];
const cFrom: (Operand | null)[] = [];
let steps = 0;

const freeSlots: number[] = [];
let freeCount = 0;
let nextSlot = 0;
const freshSlot = (): number => TILES + nextSlot++ * TILE_BYTES;
const takeSlot = (): number => (freeCount > 0 ? freeSlots[--freeCount]! : freshSlot());
/** From here on slots are used again where they can be. */
const MOST_LASTING = TILE_SLOTS / 2;
const giveSlot = (slot: number): void => void (freeSlots[freeCount++] = slot);
let paramTop = 0;
let repeats = new Repeats(0);
/** what the group computes the elements of, and its output if that is one of its members */
let domain: Shape = scalar;
let self: Member | null = null;
const leaves: Operand[] = [];
const leafSlots: number[] = [];
const slotOf: number[] = [];
const reads: number[] = [];

// the operand that `prepare` found
let at = 0;
let inc = 0;
let walk = 0;
let from: Operand | null = null;

function step(k: number, f: Export): number {
  const i = steps++;
  kind[i] = k;
  fn[i] = f;
  aFrom[i] = bFrom[i] = cFrom[i] = null;
  oInc[i] = 0;
  return i;
}

/** Where a stored operand is read: in place, held as a scalar, or from a scratch tile that a gather step fills. */
function prepareLeaf(x: Operand, mayHold: boolean): void {
  const way = classify(x, domain, mayHold);
  from = x;
  at = x.at;
  inc = way === WALK ? x.type.size : 0;
  walk = way === HELD ? 0 : 1;
  if (way !== GATHER) return;
  from = null;
  const seen = leaves.indexOf(x);
  if (seen >= 0) {
    at = leafSlots[seen]!;
    return;
  }
  const top = paramTop;
  paramTop = writeAxes(top);
  const once = nextSlot < MOST_LASTING && repeats.has(top, axes.count);
  // what lasts from tile to tile lies where no earlier step writes
  const slot = once ? freshSlot() : takeSlot();
  leaves.push(x);
  leafSlots.push(slot);
  const k = step(FILL, wasm['gather_strided']!);
  a[k] = x.at;
  aFrom[k] = x;
  b[k] = axes.count;
  c[k] = PARAMS + 4 * top;
  bWalk[k] = x.type.size;
  o[k] = slot;
  cWalk[k] = once ? 1 : 0;
  at = slot;
}
function prepare(x: Operand, mayHold: boolean): void {
  if (x.stored && x !== self) {
    prepareLeaf(x, mayHold);
    return;
  }
  at = slotOf[x.slot]!;
  from = null;
  inc = 0;
  walk = 1;
}
/** Converts what `prepare` found to float32 in a scratch tile, which is returned for freeing. */
function widen(type: ElementType): number {
  const slot = takeSlot();
  cast(type, types.float32, slot, 0);
  at = slot;
  from = null;
  inc = 0;
  return slot;
}
function cast(type: ElementType, to: ElementType, to_: number, toInc: number): void {
  const k = step(CAST, wasm['cast']!);
  a[k] = at;
  aFrom[k] = from;
  aInc[k] = inc;
  aWalk[k] = walk;
  b[k] = type.index;
  c[k] = to.index;
  o[k] = to_;
  oInc[k] = toInc;
}

/** Adds the steps of one member, whose result goes to `to`. */
function addMember(m: Member, to: number, toInc: number): void {
  const p = m.prim;
  if (p.name === 'astype') {
    prepare(m.a!, false);
    cast(m.a!.type, m.type, to, toInc);
    return;
  }
  const type = (m.c ?? m.b ?? m.a)!.type;
  const f = resolve(p, type)!;
  const half = type.half && p.elementwise < 3;
  const narrow = half && m.type.half;
  const target = narrow ? takeSlot() : to;
  const targetInc = narrow ? 0 : toInc;
  let wideA = -1;
  let wideB = -1;
  prepare(m.a!, p.elementwise > 1);
  if (half) wideA = widen(m.a!.type);
  const atA = at;
  const fromA = from;
  const incA = inc;
  const walkA = walk;
  if (p.elementwise === 1) {
    const k = step(UNARY, f);
    a[k] = atA;
    aFrom[k] = fromA;
    aInc[k] = incA;
    o[k] = target;
    oInc[k] = targetInc;
  } else {
    prepare(m.b!, true);
    if (half) wideB = widen(m.b!.type);
    const atB = at;
    const fromB = from;
    const incB = inc;
    const walkB = walk;
    if (p.elementwise === 3) prepare(m.c!, true);
    const k = step(p.elementwise === 3 ? TERNARY : BINARY, f);
    a[k] = atA;
    aFrom[k] = fromA;
    aInc[k] = incA;
    aWalk[k] = walkA;
    b[k] = atB;
    bFrom[k] = fromB;
    bInc[k] = incB;
    bWalk[k] = walkB;
    if (p.elementwise === 3) {
      c[k] = at;
      cFrom[k] = from;
      cInc[k] = inc;
      cWalk[k] = walk;
    }
    o[k] = target;
    oInc[k] = targetInc;
  }
  if (narrow) {
    at = target;
    from = null;
    inc = 0;
    walk = 1;
    cast(types.float32, m.type, to, toInc);
    giveSlot(target);
  }
  if (wideA >= 0) giveSlot(wideA);
  if (wideB >= 0) giveSlot(wideB);
}

function freeOperand(x: Operand | null): void {
  if (x === null || (x.stored && x !== self)) return;
  if (--reads[x.slot]! === 0) giveSlot(slotOf[x.slot]!);
}
function countRead(x: Operand | null): void {
  if (x !== null && !x.stored) reads[x.slot]!++;
}

/** Fills the program: the members' steps, the last of which writes to the output or, if the group closes, to a tile. */
function build(members: readonly Member[], start: number, count: number, closes: boolean, line: number): void {
  const last = members[start + count - 1]!;
  domain = last.shape;
  self = closes ? null : last;
  steps = 0;
  paramTop = 0;
  repeats = new Repeats(line);
  freeCount = 0;
  nextSlot = 0;
  for (let i = 0; i < count; i++) {
    members[start + i]!.slot = i;
    reads[i] = 0;
  }
  for (let i = 0; i < count; i++) {
    const m = members[start + i]!;
    countRead(m.a);
    countRead(m.b);
    countRead(m.c);
  }
  for (let i = 0; i < count; i++) {
    const m = members[start + i]!;
    const stored = m === self;
    const to = stored ? m.at : takeSlot();
    slotOf[i] = to;
    addMember(m, to, stored ? m.type.size : 0);
    freeOperand(m.a);
    freeOperand(m.b);
    freeOperand(m.c);
  }
}

type Sources = (Operand | null)[];
/** The steps of a group, one entry each. */
export interface TileProgram {
  readonly kind: number[];
  readonly fn: Export[];
  readonly a: number[];
  readonly aInc: number[];
  readonly aWalk: number[];
  readonly b: number[];
  readonly bInc: number[];
  readonly bWalk: number[];
  readonly c: number[];
  readonly cInc: number[];
  readonly cWalk: number[];
  readonly o: number[];
  readonly oInc: number[];
  readonly aFrom: Sources;
  readonly bFrom: Sources;
  readonly cFrom: Sources;
  steps: number;
  /** dims and strides that gathers read */
  params: Int32Array | null;
  /** where the last member's tile is, if the group closes */
  result: number;
  /** elements of a tile */
  chunk: number;
}
/** What `build` fills. */
const built: TileProgram = {
  ...{ kind, fn, a, aInc, aWalk, b, bInc, bWalk, c, cInc, cWalk, o, oInc, aFrom, bFrom, cFrom },
  steps: 0,
  params: null,
  result: 0,
  chunk: 0,
};
/** What was built, to be run again. */
const copied = (): TileProgram => ({
  kind: kind.slice(0, steps),
  fn: fn.slice(0, steps),
  a: a.slice(0, steps),
  aInc: aInc.slice(0, steps),
  aWalk: aWalk.slice(0, steps),
  b: b.slice(0, steps),
  bInc: bInc.slice(0, steps),
  bWalk: bWalk.slice(0, steps),
  c: c.slice(0, steps),
  cInc: cInc.slice(0, steps),
  cWalk: cWalk.slice(0, steps),
  o: o.slice(0, steps),
  oInc: oInc.slice(0, steps),
  aFrom: aFrom.slice(0, steps),
  bFrom: bFrom.slice(0, steps),
  cFrom: cFrom.slice(0, steps),
  steps,
  params: i32.slice(PARAMS >>> 2, (PARAMS >>> 2) + paramTop),
  result: built.result,
  chunk: built.chunk,
});
/** Operands may lie elsewhere than when the program was built. */
function address({ a, b, c, o, oInc, aFrom, bFrom, cFrom, steps, params }: TileProgram, to: number): void {
  for (let k = 0; k < steps; k++) {
    if (aFrom[k] !== null) a[k] = aFrom[k]!.at;
    if (bFrom[k] !== null) b[k] = bFrom[k]!.at;
    if (cFrom[k] !== null) c[k] = cFrom[k]!.at;
    if (oInc[k]! > 0) o[k] = to;
  }
  if (params!.length > 0) i32.set(params!, PARAMS >>> 2);
}

/** Runs the steps on elements start..start+n-1, at most a tile. */
export function runTile(p: TileProgram, start: number, n: number): void {
  const { kind, fn, a, aInc, aWalk, b, bInc, bWalk, c, cInc, cWalk, o, oInc, steps } = p;
  for (let k = 0; k < steps; k++) {
    const f = fn[k]!;
    switch (kind[k]) {
      case FILL:
        if (start === 0 || cWalk[k] === 0) f(bWalk[k]!, n, start, b[k]!, c[k]!, a[k]!, o[k]!, 0);
        break;
      case UNARY:
        f(n, a[k]! + start * aInc[k]!, o[k]! + start * oInc[k]!);
        break;
      case BINARY:
        f(n, a[k]! + start * aInc[k]!, aWalk[k]!, b[k]! + start * bInc[k]!, bWalk[k]!, o[k]! + start * oInc[k]!);
        break;
      case TERNARY:
        f(
          n,
          a[k]! + start * aInc[k]!,
          aWalk[k]!,
          b[k]! + start * bInc[k]!,
          bWalk[k]!,
          c[k]! + start * cInc[k]!,
          cWalk[k]!,
          o[k]! + start * oInc[k]!,
        );
        break;
      default:
        // a held scalar is converted once and stays a scalar
        f(aWalk[k] === 0 ? 1 : n, b[k]!, c[k]!, a[k]! + start * aInc[k]!, o[k]! + start * oInc[k]!);
    }
  }
}

/** The same steps for `spreadTiles`. */
export function spreadSteps(p: TileProgram): void {
  const { kind, fn, a, aInc, aWalk, b, bInc, bWalk, c, cInc, cWalk, o, oInc, steps } = p;
  for (let k = 0; k < steps; k++) {
    if (kind[k] === FILL) {
      beginStep(fn[k]!, 1, 1, cWalk[k] === 1 ? ONCE : 0);
      give(bWalk[k]!);
      give(0);
      give(0, 1);
      give(b[k]!);
      giveAddress(c[k]!);
      giveAddress(a[k]!);
    } else {
      const held = kind[k] === CAST && aWalk[k] === 0;
      beginStep(fn[k]!, held ? -1 : 0);
      give(1);
      if (kind[k] === CAST) {
        give(b[k]!);
        give(c[k]!);
      }
      giveAddress(a[k]!, aInc[k]!);
      if (kind[k] === BINARY || kind[k] === TERNARY) {
        give(aWalk[k]!);
        giveAddress(b[k]!, bInc[k]!);
        give(bWalk[k]!);
      }
      if (kind[k] === TERNARY) {
        giveAddress(c[k]!, cInc[k]!);
        give(cWalk[k]!);
      }
    }
    giveAddress(o[k]!, oInc[k]!);
    if (kind[k] === FILL) give(0);
  }
}
/** Bytes of dims and strides. */
export const paramBytes = (p: TileProgram): number => 4 * (p.params === null ? paramTop : p.params.length);

/** Steps of a group for one run; what it returns is overwritten by the next group. `keep`: a copy that can be run again. */
export function tileProgram(
  members: readonly Member[],
  start: number,
  count: number,
  closes: boolean,
  line: number,
  keep: boolean,
): TileProgram {
  build(members, start, count, closes, line);
  built.steps = steps;
  built.chunk = repeats.chunk;
  built.result = slotOf[count - 1]!;
  for (let i = 0; i < count; i++) members[start + i]!.slot = 0;
  leaves.length = leafSlots.length = 0;
  from = self = null;
  if (!keep) return built;
  const copy = copied();
  letGo(built);
  return copy;
}
/** Points a kept program at where its operands and the output, at `to`, lie now. */
export function place(p: TileProgram, to: number): void {
  if (p !== built) address(p, to);
}
/** Holds no operand beyond its run: it would keep its storage. */
export function letGo(p: TileProgram): void {
  if (p === built) for (let k = 0; k < steps; k++) aFrom[k] = bFrom[k] = cFrom[k] = null;
}
