import { AxisError, ShapeError } from './errors.js';

/** Most elements one tensor may have: kernels count in signed 32 bits. */
export const MAX_SIZE = 2 ** 31 - 1;
/** Most axes one tensor may have. */
export const MAX_AXES = 32;

/**
 * An interned shape with its facts. Identity is a fast path, never a promise: the table of known shapes is dropped when it
 * grows too large (a cache that grows by one row a step makes a new shape every time).
 */
export class Shape {
  readonly size: number;
  readonly ndim: number;
  /** pairwise broadcast results, filled on first use */
  readonly with = new Map<Shape, Shape>();
  private own: readonly number[] | null = null;
  constructor(readonly dims: readonly number[]) {
    if (dims.length > MAX_AXES) throw tooManyAxes('shape', dims.length);
    let n = 1;
    for (let i = 0; i < dims.length; i++) n *= dims[i]!;
    this.size = n;
    this.ndim = dims.length;
  }
  /** row-major strides, in elements */
  get strides(): readonly number[] {
    return (this.own ??= rowMajor(this.dims));
  }
}

const tooManyAxes = (op: string, got: number): ShapeError =>
  new ShapeError(`[${op}] a tensor has at most ${MAX_AXES} axes, got ${got}`);

interface Trie {
  shape: Shape | null;
  readonly next: Map<number, Trie>;
}
const KNOWN = 65536;
let root: Trie = { shape: null, next: new Map() };
let count = 0;

/** The interned shape of checked dimensions. */
export function shapeOf(dims: readonly number[]): Shape {
  let t = root;
  for (let i = 0; i < dims.length; i++) {
    let next = t.next.get(dims[i]!);
    if (next === undefined) {
      if (++count > KNOWN) {
        root = { shape: null, next: new Map() };
        count = 0;
        return new Shape(dims.slice());
      }
      next = { shape: null, next: new Map() };
      t.next.set(dims[i]!, next);
    }
    t = next;
  }
  return (t.shape ??= new Shape(Object.freeze(dims.slice())));
}

export const scalar = shapeOf([]);

export const sameDims = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
export const sameShape = (a: Shape, b: Shape): boolean => a === b || sameDims(a.dims, b.dims);

/** `(2,3)` */
export const showShape = (dims: readonly number[]): string => {
  const shown = dims.slice(0, MAX_AXES + 1).map((d) => (typeof d === 'number' ? d : showValue(d)));
  return `(${shown.join(',')}${dims.length > shown.length ? ',...' : ''})`;
};
export const showShapes = (shapes: readonly (readonly number[])[]): string => {
  const all = shapes.map(showShape);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all[all.length - 1]}`;
};

/** A value in an error's text; whatever was passed, this does not throw. */
export function showValue(x: unknown): string {
  if (typeof x === 'object' && x !== null) return 'an object';
  return typeof x === 'function' ? 'a function' : String(x);
}

/** Checks what a user passed as a shape. */
export function checkShape(op: string, dims: readonly number[]): Shape {
  let n = 1;
  if (!Array.isArray(dims))
    throw new ShapeError(`[${op}] a shape must be an array of integers, got ${showValue(dims)}`);
  if (dims.length > MAX_AXES) throw tooManyAxes(op, dims.length);
  for (const d of dims) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(`[${op}] sizes must be integers of at least 0, got ${showShape(dims)}`);
    }
    n *= d;
  }
  if (!dims.includes(0) && n > MAX_SIZE) {
    throw new ShapeError(`[${op}] a tensor holds at most ${MAX_SIZE} elements, got ${showShape(dims)}`);
  }
  return shapeOf(dims);
}

/** NumPy's rule for two shapes. */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  if (a === b) return a;
  const hit = a.with.get(b);
  if (hit !== undefined) return hit;
  const n = Math.max(a.ndim, b.ndim);
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const x = a.dims[a.ndim - n + i] ?? 1;
    const y = b.dims[b.ndim - n + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(`[${op}] shapes must broadcast, got ${showShapes([a.dims, b.dims])}`);
    }
    out.push(x === 1 ? y : x);
  }
  const s = checkShape(op, out);
  a.with.set(b, s);
  return s;
}

/** Row-major strides, in elements. */
export function rowMajor(dims: readonly number[]): number[] {
  const s = new Array<number>(dims.length);
  let n = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    s[i] = n;
    n *= Math.max(dims[i]!, 1);
  }
  return s;
}
/** The strides of a view, also where it leaves them out because it is row-major. */
export const stridesOf = (v: {
  readonly shape: Shape;
  readonly strides: readonly number[] | null;
}): readonly number[] => v.strides ?? rowMajor(v.shape.dims);

/** `null` where the strides say row-major (axes of size 0 and 1 never matter), else the strides. */
export function normalStrides(shape: Shape, strides: readonly number[]): readonly number[] | null {
  if (shape.size === 0) return null;
  let n = 1;
  for (let i = shape.ndim - 1; i >= 0; i--) {
    const d = shape.dims[i]!;
    if (d !== 1 && strides[i] !== n) return strides;
    n *= d;
  }
  return null;
}

/** One axis as the user wrote it, into `0..ndim-1`. */
export function checkAxis(op: string, axis: number, ndim: number): number {
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    throw new AxisError(`[${op}] the axis must be an integer in [${-ndim}, ${ndim}), got ${axis}`);
  }
  return axis < 0 ? axis + ndim : axis;
}

const ranges: (readonly number[])[] = [];
/** 0, 1 .. n-1. */
export function allAxes(n: number): readonly number[] {
  return (ranges[n] ??= Object.freeze(Array.from({ length: n }, (_, i) => i)));
}
const singles = Array.from({ length: MAX_AXES }, (_, i) => Object.freeze([i]));

/** Axes as the user wrote them: `null` means all. Sorted, without duplicates. */
export function checkAxes(
  op: string,
  axes: number | readonly number[] | null | undefined,
  ndim: number,
): readonly number[] {
  if (axes === null || axes === undefined) return allAxes(ndim);
  if (typeof axes === 'number') return singles[checkAxis(op, axes, ndim)]!;
  if (!Array.isArray(axes)) {
    throw new AxisError(`[${op}] axes must be an integer, an array of integers or null, got ${String(axes)}`);
  }
  const list = axes.map((a: number) => checkAxis(op, a, ndim));
  const sorted = list.sort((x, y) => x - y);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) throw new AxisError(`[${op}] axes must not repeat, got ${showShape(axes)}`);
  }
  return sorted;
}
