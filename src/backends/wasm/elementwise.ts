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

function step(k: number, f: Export): number {
  const i = steps++;
  kind[i] = k;
  fn[i] = f;
  return i;
}

/** Where a stored operand is read: in place, held as a scalar, or from a scratch tile that a gather step fills. */
function prepareLeaf(x: Operand, out: Member, mayHold: boolean): void {
  const dims = out.shape.dims;
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
  b[k] = d.length;
  c[k] = base << 2;
  bWalk[k] = x.type.size;
  o[k] = slot;
  at = slot;
  inc = 0;
  walk = 1;
}
function prepare(x: Operand, out: Member, mayHold: boolean): void {
  if (x.stored && x !== out) {
    prepareLeaf(x, out, mayHold);
    return;
  }
  at = slotOf[x.slot]!;
  inc = 0;
  walk = 1;
}
/** Converts what `prepare` found to float32 in a scratch tile, which is returned for freeing. */
function widen(type: ElementType): number {
  const slot = takeSlot();
  cast(type, types.float32, slot, 0);
  at = slot;
  inc = 0;
  return slot;
}
function cast(from: ElementType, to: ElementType, to_: number, toInc: number): void {
  const k = step(CAST, wasm['cast']!);
  a[k] = at;
  aInc[k] = inc;
  aWalk[k] = walk;
  b[k] = from.index;
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
  const incA = inc;
  const walkA = walk;
  if (p.elementwise === 1) {
    const k = step(UNARY, f);
    a[k] = atA;
    aInc[k] = incA;
    o[k] = target;
    oInc[k] = targetInc;
  } else {
    prepare(m.b!, out, true);
    if (half) wideB = widen(m.b!.type);
    const atB = at;
    const incB = inc;
    const walkB = walk;
    if (p.elementwise === 3) prepare(m.c!, out, true);
    const k = step(p.elementwise === 3 ? TERNARY : BINARY, f);
    a[k] = atA;
    aInc[k] = incA;
    aWalk[k] = walkA;
    b[k] = atB;
    bInc[k] = incB;
    bWalk[k] = walkB;
    if (p.elementwise === 3) {
      c[k] = at;
      cInc[k] = inc;
      cWalk[k] = walk;
    }
    o[k] = target;
    oInc[k] = targetInc;
  }
  if (narrow) {
    at = target;
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

function build(members: readonly Member[], from: number, count: number): void {
  const out = members[from + count - 1]!;
  steps = 0;
  paramTop = 0;
  if (leaves.length > 0) leaves.length = leafSlots.length = 0;
  freeCount = 0;
  nextSlot = 0;
  for (let i = 0; i < count; i++) {
    members[from + i]!.slot = i;
    reads[i] = 0;
  }
  for (let i = 0; i < count; i++) {
    const m = members[from + i]!;
    countRead(m.a);
    countRead(m.b);
    countRead(m.c);
  }
  for (let i = 0; i < count; i++) {
    const m = members[from + i]!;
    const last = i === count - 1;
    const to = last ? out.at : takeSlot();
    slotOf[i] = to;
    addMember(m, out, to, last ? out.type.size : 0);
    freeOperand(m.a, out);
    freeOperand(m.b, out);
    freeOperand(m.c, out);
  }
}

function runTile(start: number, n: number): void {
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

/** Runs `members[from..from+count-1]`; only the last has storage. */
export function elementwise(members: readonly Member[], from: number, count: number): void {
  if (count === 1 && runDirect(members[from]!)) return;
  build(members, from, count);
  const n = members[from + count - 1]!.shape.size;
  for (let start = 0; start < n; start += TILE) runTile(start, Math.min(TILE, n - start));
  for (let i = 0; i < count; i++) members[from + i]!.slot = 0;
}
