// How kernels see views: as a range of the heap, and walks of elements in it.
import type { Shape } from '../../tensor/shape.js';
import { stridesOf } from '../../tensor/shape.js';
import type { View } from '../backend.js';

/** Bytes of the heap that a kernel may touch. */
export interface Range {
  readonly at: number;
  readonly bytes: number;
}
/** Axes that a kernel walks at most. */
export const RANK = 8;

/** The range that all elements of a view lie in, and where in it, in elements, the first one is. */
export function extentOf(v: View): { range: Range; start: number } {
  const { size } = v.type;
  if (v.strides === null || v.shape.size === 0) return { range: { at: v.at, bytes: v.shape.size * size }, start: 0 };
  let low = 0;
  let high = 0;
  v.strides.forEach((s, i) => {
    const by = (v.shape.dims[i]! - 1) * s;
    if (by < 0) low += by;
    else high += by;
  });
  return { range: { at: v.at + low * size, bytes: (high - low + 1) * size }, start: -low };
}

/** Strides of a view along the axes of a shape that it is broadcast to; 0 along those where it stays. */
function stridesIn(v: View, domain: Shape): number[] {
  const own = stridesOf(v);
  const lead = domain.ndim - v.shape.ndim;
  return domain.dims.map((_, i) => (i < lead || v.shape.dims[i - lead] === 1 ? 0 : own[i - lead]!));
}
/** Axes of a shape, and the strides of several views along them, without axes of size 1 and with neighbours joined that all walk as one. */
export interface Walks {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}
/** How views are walked in step over a shape that they are broadcast to; null where that takes more than 8 axes. */
export function walksOf(domain: Shape, views: readonly View[]): Walks | null {
  const all = views.map((v) => stridesIn(v, domain));
  const dims: number[] = [];
  const strides: number[][] = views.map(() => []);
  domain.dims.forEach((d, i) => {
    if (d === 1) return;
    const k = dims.length - 1;
    if (k >= 0 && all.every((s, v) => strides[v]![k] === s[i]! * d)) {
      dims[k]! *= d;
      all.forEach((s, v) => (strides[v]![k] = s[i]!));
    } else {
      dims.push(d);
      all.forEach((s, v) => strides[v]!.push(s[i]!));
    }
  });
  return dims.length > RANK ? null : { dims, strides };
}

const padded = (x: readonly number[]): number[] => [...x, ...Array<number>(RANK - x.length).fill(0)];
/** Constants of a strided kernel: n, rank, dims[8], and for each view start, strides[8]. */
export function walkWords(n: number, { dims, strides }: Walks, starts: readonly number[]): number[] {
  return [n, dims.length, ...padded(dims), ...starts.flatMap((start, i) => [start, ...padded(strides[i]!)])];
}

/** Elements of an array of these sizes. */
export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
