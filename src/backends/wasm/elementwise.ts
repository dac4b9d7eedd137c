// Fused elementwise groups, tile by tile: every step of a tile runs before the next tile, so intermediates stay in cache.
import type { KernelId, Member, Operand } from '../backend.js';
import { TILE_BYTES, TILES, i32, PARAMS } from '../heap.js';
import { types, type ElementType } from '../../tensor/dtype.js';
import { wasm, type Export } from './runtime.js';

/** Elements of one tile: what a scratch tile holds of the largest dtype. */
const TILE = TILE_BYTES / 8;

/** The kernel of primitive `p` on operands of `type`; `null` where there is none. Half types go through float32. */
export function resolve(p: KernelId, type: ElementType): Export | null {
  const hit = p.resolved[type.index] as Export | null | undefined;
  if (hit !== undefined) return hit;
  const code = type.half ? 'f32' : type.code;
  const name =
    p.name === 'astype'
      ? 'cast'
      : p.elementwise === 3
        ? `${p.name}_${type.size}`
        : `${p.elementwise === 1 ? 'unary' : 'binary'}_${p.name}_${code}`;
  const found = wasm[name] ?? null;
  p.resolved[type.index] = found;
  return found;
}

// The program of one group: parallel arrays, reused, one entry a step.
const GATHER = 0;
const UNARY = 1;
const BINARY = 2;
const TERNARY = 3;
const CAST = 4;
const kind: number[] = [];
const fn: Export[] = [];
/** per operand: address, bytes to advance per element between tiles, walk (1) or hold (0) */
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
const takeSlot = (): number => (freeCount > 0 ? freeSlots[--freeCount]! : TILES + nextSlot++ * TILE_BYTES);
const giveSlot = (slot: number): void => void (freeSlots[freeCount++] = slot);
let paramTop = 0;
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
function prepareLeaf(x: Operand, out: Member, mayHold: boolean): void {
  const dims = out.shape.dims;
  from = x;
  if (x.strides === null && x.shape.size === out.shape.size) {
    at = x.at;
    inc = x.type.size;
    walk = 1;
    return;
  }
  if (mayHold && x.shape.size === 1) {
    at = x.at;
    inc = 0;
    walk = 0;
    return;
  }
  for (let i = 0; i < leaves.length; i++) {
    if (leaves[i] === x) {
      at = leafSlots[i]!;
      from = null;
      inc = 0;
      walk = 1;
      return;
    }
  }
  // dims and strides against the output's axes, joined where they walk as one
  const own = x.shape.dims;
  const lead = dims.length - own.length;
  const base = (PARAMS >>> 2) + paramTop;
  const d: number[] = [];
  const s: number[] = [];
  let n = 1;
  for (let i = own.length - 1; i >= 0; i--) n *= own[i]!;
  for (let i = 0; i < dims.length; i++) {
    if (dims[i] === 1) continue;
    let stride = 0;
    const j = i - lead;
    if (j >= 0) {
      if (x.strides === null) n /= own[j]!;
      stride = own[j] === 1 ? 0 : x.strides === null ? n : x.strides[j]!;
    }
    const k = d.length - 1;
    if (k >= 0 && s[k] === stride * dims[i]!) {
      d[k]! *= dims[i]!;
      s[k] = stride;
    } else {
      d.push(dims[i]!);
      s.push(stride);
    }
  }
  if (mayHold && s.every((v) => v === 0)) {
    at = x.at;
    inc = 0;
    walk = 0;
    return;
  }
  for (let i = 0; i < d.length; i++) {
    i32[base + i] = d[i]!;
    i32[base + d.length + i] = s[i]!;
  }
  paramTop += 4 * d.length; // the walk keeps two more lists of that length behind dims and strides
  const slot = takeSlot();
  leaves.push(x);
  leafSlots.push(slot);
  const k = step(GATHER, wasm['gather_strided']!);
  a[k] = x.at;
  aFrom[k] = x;
  b[k] = d.length;
  c[k] = base << 2;
  bWalk[k] = x.type.size;
  o[k] = slot;
  at = slot;
  from = null;
  inc = 0;
  walk = 1;
}
function prepare(x: Operand, out: Member, mayHold: boolean): void {
  if (x.stored && x !== out) {
    prepareLeaf(x, out, mayHold);
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
function addMember(m: Member, out: Member, to: number, toInc: number): void {
  const p = m.prim;
  if (p.name === 'astype') {
    prepare(m.a!, out, false);
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
  prepare(m.a!, out, p.elementwise > 1);
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
    prepare(m.b!, out, true);
    if (half) wideB = widen(m.b!.type);
    const atB = at;
    const fromB = from;
    const incB = inc;
    const walkB = walk;
    if (p.elementwise === 3) prepare(m.c!, out, true);
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

function freeOperand(x: Operand | null, out: Member): void {
  if (x === null || (x.stored && x !== out)) return;
  if (--reads[x.slot]! === 0) giveSlot(slotOf[x.slot]!);
}
function countRead(x: Operand | null): void {
  if (x !== null && !x.stored) reads[x.slot]!++;
}

function build(members: readonly Member[], start: number, count: number): void {
  const out = members[start + count - 1]!;
  steps = 0;
  paramTop = 0;
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
    const last = i === count - 1;
    const to = last ? out.at : takeSlot();
    slotOf[i] = to;
    addMember(m, out, to, last ? out.type.size : 0);
    freeOperand(m.a, out);
    freeOperand(m.b, out);
    freeOperand(m.c, out);
  }
}

type Sources = (Operand | null)[];
/** The steps of a group, one entry each. */
interface Program {
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
}
/** What `build` fills. */
const built: Program = {
  ...{ kind, fn, a, aInc, aWalk, b, bInc, bWalk, c, cInc, cWalk, o, oInc, aFrom, bFrom, cFrom },
  steps: 0,
  params: null,
};
/** What was built, to be run again. */
const copied = (): Program => ({
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
});
/** Operands may lie elsewhere than when the program was built. */
function address({ a, b, c, o, oInc, aFrom, bFrom, cFrom, steps, params }: Program, out: Member): void {
  for (let k = 0; k < steps; k++) {
    if (aFrom[k] !== null) a[k] = aFrom[k]!.at;
    if (bFrom[k] !== null) b[k] = bFrom[k]!.at;
    if (cFrom[k] !== null) c[k] = cFrom[k]!.at;
    if (oInc[k]! > 0) o[k] = out.at;
  }
  if (params!.length > 0) i32.set(params!, PARAMS >>> 2);
}

function runTile(p: Program, start: number, n: number): void {
  const { kind, fn, a, aInc, aWalk, b, bInc, bWalk, c, cInc, cWalk, o, oInc, steps } = p;
  for (let k = 0; k < steps; k++) {
    const f = fn[k]!;
    switch (kind[k]) {
      case GATHER:
        f(bWalk[k]!, n, start, b[k]!, c[k]!, a[k]!, o[k]!);
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

/** Runs `members[start..start+count-1]`; only the last has storage. */
export function elementwise(
  members: readonly Member[],
  start: number,
  count: number,
  memo: Map<Member, unknown> | null = null,
): void {
  if (count === 1 && runDirect(members[start]!)) return;
  const out = members[start + count - 1]!;
  let program = memo?.get(out) as Program | undefined;
  if (program !== undefined) address(program, out);
  else {
    build(members, start, count);
    built.steps = steps;
    program = built;
    memo?.set(out, copied());
    for (let i = 0; i < count; i++) members[start + i]!.slot = 0;
  }
  const n = out.shape.size;
  for (let at = 0; at < n; at += TILE) runTile(program, at, Math.min(TILE, n - at));
  if (program === built) letGo();
}
/** Holds no operand beyond its run: it would keep its storage. */
function letGo(): void {
  for (let k = 0; k < steps; k++) aFrom[k] = bFrom[k] = cFrom[k] = null;
  from = null;
  leaves.length = leafSlots.length = 0;
}
