// How kernels over axes see an operand: as [outer, n, inner], or as rows, without a copy where the memory allows it.
import { Shape } from '../../tensor/shape.js';
import type { ElementType } from '../../tensor/dtype.js';
import type { Call, View } from '../backend.js';
import { TILES } from '../heap.js';
import { dense, gatherTo, temp, wasm, type Export } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** The export `<name>_<code>` of each dtype, looked up once. */
export function exportsOf(name: string): (type: ElementType) => Export {
  const found: Export[] = [];
  return (type) => (found[type.index] ??= wasm[`${name}_${type.code}`]!);
}

/** Element [i, k, j] lies at `at` + i * `so` + k * `sr` + j, strides in elements; `n` counts k. One object, reused. */
export const walk = { at: 0, outer: 1, so: 0, n: 1, sr: 1, inner: 1 };

/** Sets `walk` for a row-major view whose reduced axes are neighbours; false for any other view. */
export function walkDense(a: View, axes: readonly number[]): boolean {
  if (a.strides !== null) return false;
  const dims = a.shape.dims;
  let outer = 1;
  let n = 1;
  let inner = 1;
  if (axes.length === dims.length) n = a.shape.size;
  else {
    let reducing = false;
    let passed = false;
    for (let i = 0, k = 0; i < dims.length; i++) {
      const d = dims[i]!;
      if (axes[k] === i) {
        k++;
        if (d === 1) continue;
        if (passed) return false;
        reducing = true;
        n *= d;
      } else if (!reducing) outer *= d;
      else if (d !== 1) {
        passed = true;
        inner *= d;
      }
    }
  }
  walk.at = a.at;
  walk.outer = outer;
  walk.so = n * inner;
  walk.n = n;
  walk.sr = inner;
  walk.inner = inner;
  return true;
}

interface Axes {
  readonly dims: number[];
  readonly strides: number[];
}
function push(to: Axes, dim: number, stride: number): void {
  const k = to.dims.length - 1;
  if (k >= 0 && to.strides[k] === stride * dim) {
    to.dims[k]! *= dim;
    to.strides[k] = stride;
  } else {
    to.dims.push(dim);
    to.strides.push(stride);
  }
}
const product = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);

/** The axes that stay and those that go, without size-1 axes, neighbours that walk as one joined. */
function split(a: View, axes: readonly number[]): { kept: Axes; gone: Axes } {
  const kept: Axes = { dims: [], strides: [] };
  const gone: Axes = { dims: [], strides: [] };
  const dims = a.shape.dims;
  let stride = a.shape.size;
  dims.forEach((d, i) => {
    if (a.strides === null) stride /= d;
    if (d !== 1) push(axes.includes(i) ? gone : kept, d, a.strides === null ? stride : a.strides[i]!);
  });
  return { kept, gone };
}

/** Sets `walk` to rows of a copy that has the reduced axes last. */
function walkCopy(a: View, at: number, kept: Axes, gone: Axes): void {
  const shape = new Shape([...kept.dims, ...gone.dims]);
  const to = temp(shape.size * a.type.size);
  gatherTo({ at, shape, strides: [...kept.strides, ...gone.strides], type: a.type }, 0, shape.size, to);
  walk.at = to;
  walk.outer = product(kept.dims);
  walk.n = walk.so = product(gone.dims);
  walk.sr = walk.inner = 1;
}

/** Sets `walk` for any view, free to visit the reduced elements in another order; copies where no strides describe it. */
export function walkAny(a: View, axes: readonly number[]): void {
  if (walkDense(a, axes)) return;
  const { kept, gone } = split(a, axes);
  // largest stride first, and all forwards: what covers a block of memory becomes one axis
  let at = a.at;
  const sorted: Axes = { dims: [], strides: [] };
  const order = gone.dims.map((_, i) => i);
  order.sort((i, j) => Math.abs(gone.strides[j]!) - Math.abs(gone.strides[i]!));
  for (const i of order) {
    const d = gone.dims[i]!;
    const s = gone.strides[i]!;
    if (s < 0) at += (d - 1) * s * a.type.size;
    push(sorted, d, Math.abs(s));
  }
  const sr = sorted.strides[0] ?? 1;
  const k = kept.dims.length;
  const last = kept.strides[k - 1] ?? 0;
  if (sorted.dims.length <= 1 && (k === 0 || (k === 1 && (sr === 1 || last === 1)) || (k === 2 && last === 1))) {
    const byColumns = last === 1 && k > 0;
    walk.at = at;
    walk.outer = byColumns ? (k === 2 ? kept.dims[0]! : 1) : (kept.dims[0] ?? 1);
    walk.so = kept.strides[0] ?? 0;
    walk.n = sorted.dims[0] ?? 1;
    walk.sr = sr;
    walk.inner = byColumns ? kept.dims[k - 1]! : 1;
    return;
  }
  walkCopy(a, at, kept, sorted);
}

/** Sets `walk` to packed rows with the reduced axes last, in their order. */
export function walkRows(a: View, axes: readonly number[]): void {
  if (walkDense(a, axes) && walk.inner === 1) return;
  const { kept, gone } = split(a, axes);
  walkCopy(a, a.at, kept, gone);
}

/** Sets `walk` to packed [outer, n, inner] where there are such columns, of a floating type narrower than float64; else false. */
export function walkColumns(a: View, axes: readonly number[]): boolean {
  if (
    a.type.code === 'f64' ||
    !walkDense({ at: a.at, shape: a.shape, strides: null, type: a.type }, axes) ||
    walk.inner === 1
  )
    return false;
  walk.at = dense(a);
  return true;
}

/**
 * `f(outer, n, inner, width, from, to, scratch)` over what `walkColumns` found, shared among threads by planes, or by columns of one.
 * @param from bytes of an element, `size` of a result
 * @param results of one plane
 */
export function spreadColumns(f: Export, to: number, from: number, size: number, results: number, cost: number): void {
  const { outer, n, inner, at } = walk;
  const args = [outer, n, inner, inner, at, to, TILES];
  const own = { scratch: 1 << 6 };
  const planes = [0, 0, 0, 0, n * inner * from, results * size, 0];
  if (outer > 1) spreadRange(lanesFor(cost), f, outer, 0, args, planes, 1, cost, own);
  else spreadRange(lanesFor(cost), f, inner, 3, args, [0, 0, 0, 0, from, size, 0], 64, cost, own);
}

/** Packed [outer, n, inner] around one axis. */
export function walkAxis(a: View, axis: number): void {
  const at = dense(a);
  walkDense({ at, shape: a.shape, strides: null, type: a.type }, [axis]);
}

/** Runs `kernel` on packed rows over `axes`; it fills rows of the same form, which go to the output. */
export function mapRows(
  call: Call,
  axes: readonly number[],
  kernel: (rows: number, n: number, from: number, to: number) => void,
): void {
  const size = call.shape.size;
  if (size === 0) return;
  const a = call.a!;
  const dims = call.shape.dims;
  let trailing = true;
  for (let i = dims.length - 1, k = axes.length - 1; k >= 0; i--) {
    if (axes[k] === i) k--;
    else if (dims[i] !== 1) {
      trailing = false;
      break;
    }
  }
  if (trailing) {
    let n = 1;
    for (const axis of axes) n *= dims[axis]!;
    kernel(size / n, n, dense(a), call.at);
    return;
  }
  walkRows(a, axes);
  const { outer, n, at } = walk;
  const to = temp(size * call.type.size);
  kernel(outer, n, at, to);
  const strides = new Array<number>(dims.length);
  const order = [...dims.keys()].filter((i) => !axes.includes(i)).concat(axes);
  let stride = 1;
  for (const i of order.reverse()) {
    strides[i] = stride;
    stride *= dims[i]!;
  }
  gatherTo({ at: to, shape: call.shape, strides, type: call.type }, 0, size, call.at);
}
