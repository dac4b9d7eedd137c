// What a user writes between the brackets, made precise.
import type { Node } from '../graph/node.js';
import { newLeaf } from '../graph/node.js';
import { i32 } from '../backends/heap.js';
import { isInteger, types } from '../tensor/dtype.js';
import { AxisError, DTypeError, ShapeError } from '../tensor/errors.js';
import { checkShape, MAX_AXES, MAX_SIZE, shapeOf, showShape, showValue } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { nodeOf } from './define.js';

/**
 * A range of one axis, as in Python: `null` is an open end, negative numbers count from the end.
 * @throws AxisError if a part is no integer or the step is 0
 */
export class Slice {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number,
  ) {
    for (const v of [start, stop, step]) {
      if (v !== null && !Number.isInteger(v))
        throw new AxisError(`[slice] start, stop and step must be integers or null, got ${showValue(v)}`);
    }
    if (step === 0) throw new AxisError('[slice] the step must not be 0, got 0');
  }
}
/** `slice(stop)`, `slice(start, stop)` or `slice(start, stop, step)`; `null` leaves an end open. */
export function slice(
  ...args: [stop: number | null] | [start: number | null, stop: number | null, step?: number | null]
): Slice {
  const [start, stop] = args.length === 1 ? [null, args[0]] : [args[0], args[1]];
  return new Slice(start, stop, args[2] ?? 1);
}

/** Indices of one axis as plain numbers, nested by axis. */
export type IndexList = readonly (number | boolean | IndexList)[];
/**
 * One index: an integer, a slice, a string (`':'`, `'1:5:2'`, `'...'`, also several separated by commas), `null` for a new
 * axis, integers as a tensor or nested arrays, or a bool tensor as a mask.
 */
export type Index = number | Slice | string | null | Tensor | IndexList;

const number = (op: string, text: string): number | null => {
  const t = text.trim();
  if (t === '') return null;
  if (!/^[+-]?\d+$/.test(t))
    throw new AxisError(`[${op}] an index must be an integer or a range such as '1:5:2', got '${text}'`);
  return Number(t);
};
function parseText(op: string, text: string): Index[] {
  return text.split(',').map((part) => {
    const t = part.trim();
    if (t === '...') return '...';
    if (t === 'None' || t === 'null' || t === 'newaxis') return null;
    if (!t.includes(':')) {
      const n = number(op, t);
      if (n === null) throw new AxisError(`[${op}] an index must not be empty, got '${text}'`);
      return n;
    }
    const ends = t.split(':');
    if (ends.length > 3) throw new AxisError(`[${op}] a range has at most two colons, got '${t}'`);
    return slice(number(op, ends[0]!), number(op, ends[1]!), number(op, ends[2] ?? ''));
  });
}

/** An index of a tensor: integers over `axes`, or one slot of the view. */
export type Entry =
  | { readonly kind: 'int'; readonly axis: number }
  | { readonly kind: 'slice'; readonly axis: number }
  | { readonly kind: 'new' }
  /** an ellipsis that stands for no axes; it still separates index arrays */
  | { readonly kind: 'gap' }
  | { readonly kind: 'array'; readonly axis: number; readonly node: Node };
/** The view that ints and slices select, and what is left to do. */
export interface Selection {
  readonly start: number[];
  readonly steps: number[];
  /** sizes of the view; 1 at an integer */
  readonly dims: number[];
  readonly entries: readonly Entry[];
}

/** An index whose value is known when the op is called; of an empty axis the op has more to say. */
export function checkIndexBounds(op: string, i: number, axis: number, size: number): void {
  if (size > 0 && (i < -size || i >= size))
    throw new AxisError(`[${op}] an index of axis ${axis} must be an integer in [${-size}, ${size}), got ${i}`);
}
/** An integer tensor of a nested array of indices into an axis. */
export function indexNode(op: string, list: IndexList, axis: number, bound: number): Node {
  const dims: number[] = [];
  for (let x: unknown = list; Array.isArray(x); x = x[0]) {
    dims.push(x.length);
    if (x.length === 0 || dims.length > MAX_AXES) break;
  }
  checkShape(op, dims);
  const flat = (list as readonly unknown[]).flat(Infinity) as number[];
  const size = dims.reduce((p, d) => p * d, 1);
  if (flat.length !== size || flat.some((v) => !Number.isInteger(v) || Math.abs(v) > MAX_SIZE)) {
    throw new DTypeError(
      `[${op}] an index list must hold 32-bit integers in equal lengths, got [${String(list).slice(0, 60)}]`,
    );
  }
  for (const i of flat) checkIndexBounds(op, i, axis, bound);
  const n = newLeaf(shapeOf(dims), types.int32);
  for (let i = 0; i < flat.length; i++) i32[(n.at >>> 2) + i] = flat[i]!;
  return n;
}
/** Checks a tensor that is used as an index. */
export function checkIndex(op: string, n: Node): Node {
  if (!isInteger(n.type)) {
    throw new DTypeError(`[${op}] indices must have an integer dtype (x.astype('int32')), got ${n.type.name}`);
  }
  return n;
}
/** Positions of the true elements of a mask, one index node per axis. Reads the mask. */
function nonzero(op: string, mask: Tensor): Node[] {
  const flat = mask.toTypedArray();
  const { dims } = mask.node.shape;
  const found: number[][] = dims.map(() => []);
  for (let i = 0; i < flat.length; i++) {
    if (flat[i] === 0) continue;
    let rest = i;
    for (let a = dims.length - 1; a >= 0; a--) {
      found[a]!.push(rest % dims[a]!);
      rest = Math.floor(rest / dims[a]!);
    }
  }
  return found.map((list, a) => indexNode(op, list, a, dims[a]!));
}

const axesOf = (x: Index): number => {
  if (x === null || x === '...') return 0;
  if (typeof x === 'number') return 1;
  return x instanceof Tensor && x.dtype === 'bool' ? x.ndim : 1;
};
const isMaskList = (x: Index): boolean =>
  Array.isArray(x) && x.length > 0 && typeof (x as readonly unknown[]).flat(Infinity)[0] === 'boolean';

/** Texts as they were parsed; programs write the same few. */
const parsed = new Map<string, readonly Index[]>();
const PARSED = 256;
function textIndices(op: string, text: string): readonly Index[] {
  const hit = parsed.get(text);
  if (hit !== undefined) return hit;
  const list = parseText(op, text);
  if (parsed.size < PARSED) parsed.set(text, list);
  return list;
}
const ALL = new Slice(null, null, 1);

/** Texts read, masks made tensors, the ellipsis (or the end) filled with whole axes. */
function complete(
  op: string,
  dims: readonly number[],
  indices: readonly Index[],
  toTensor: (x: IndexList) => Tensor,
): readonly Index[] {
  const list: Index[] = [];
  for (const x of indices) {
    if (typeof x === 'string') list.push(...textIndices(op, x));
    else list.push(isMaskList(x) ? toTensor(x as IndexList) : x);
  }
  let used = 0;
  let dots = -1;
  for (let i = 0; i < list.length; i++) {
    used += axesOf(list[i]!);
    if (list[i] !== '...') continue;
    if (dots >= 0) throw new AxisError(`[${op}] at most one ellipsis is allowed, got several`);
    dots = i;
  }
  if (used > dims.length) {
    throw new AxisError(`[${op}] there must not be more indices than axes, got ${used} for ${showShape(dims)}`);
  }
  if (used === dims.length) return list;
  const fill = new Array<Index>(dims.length - used).fill(ALL);
  if (dots < 0) list.push(...fill);
  else list.splice(dots, 1, ...fill);
  return list;
}

/** Reads the user's indices against a shape. */
export function select(
  op: string,
  dims: readonly number[],
  indices: readonly Index[],
  toTensor: (x: IndexList) => Tensor,
): Selection {
  const list = complete(op, dims, indices, toTensor);
  const start = new Array<number>(dims.length).fill(0);
  const steps = new Array<number>(dims.length).fill(1);
  const sizes = [...dims];
  const entries: Entry[] = [];
  let axis = 0;
  for (const x of list) {
    if (x === null) {
      entries.push({ kind: 'new' });
      continue;
    }
    if (x === '...') {
      entries.push({ kind: 'gap' });
      continue;
    }
    const d = dims[axis]!;
    if (typeof x === 'number') {
      if (!Number.isInteger(x) || x < -d || x >= d) {
        throw new AxisError(`[${op}] an index of axis ${axis} must be an integer in [${-d}, ${d}), got ${x}`);
      }
      start[axis] = x < 0 ? x + d : x;
      sizes[axis] = 1;
      entries.push({ kind: 'int', axis: axis++ });
    } else if (x instanceof Slice) {
      const { from, count } = clamp(x, d);
      start[axis] = from;
      steps[axis] = x.step;
      sizes[axis] = count;
      entries.push({ kind: 'slice', axis: axis++ });
    } else if (x instanceof Tensor && x.dtype === 'bool') {
      const own = x.shape;
      if (own.length === 0 || own.some((s, i) => s !== dims[axis + i])) {
        throw new ShapeError(
          `[${op}] a mask must have the sizes of the axes it stands for, got ${showShape(own)} for ${showShape(dims)}`,
        );
      }
      for (const node of nonzero(op, x)) entries.push({ kind: 'array', axis: axis++, node });
    } else if (x instanceof Tensor) {
      entries.push({ kind: 'array', axis: axis++, node: checkIndex(op, nodeOf(op, x)) });
    } else if (Array.isArray(x)) {
      const node = indexNode(op, x as IndexList, axis, d);
      entries.push({ kind: 'array', axis: axis++, node });
    } else {
      throw new AxisError(
        `[${op}] an index must be an integer, a slice, a string, null, a tensor or an array, got ${typeof x}`,
      );
    }
  }
  return { start, steps, dims: sizes, entries };
}
/** Python's rule for a slice of an axis of size `d`. */
function clamp({ start, stop, step }: Slice, d: number): { from: number; count: number } {
  const lo = step > 0 ? 0 : -1;
  const hi = step > 0 ? d : d - 1;
  const end = (v: number | null, open: number): number => {
    if (v === null) return open;
    return v < 0 ? Math.max(v + d, lo) : Math.min(v, hi);
  };
  const from = end(start, step > 0 ? lo : hi);
  const to = end(stop, step > 0 ? hi : lo);
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) };
}
