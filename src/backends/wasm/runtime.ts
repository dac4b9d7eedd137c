// What the wrappers in this folder share: the kernels' exports, temporary blocks, parameters, dense copies.
import { alloc, i32, PARAMS, release, TILES } from '../heap.js';
import type { View } from '../backend.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** A kernel's export: addresses, counts and scalars in, nothing or a number out. */
export type Export = (...args: number[]) => number;
/** Filled by `instance.ts` before the first kernel runs. */
export let wasm: Readonly<Record<string, Export>> = {};
export function setExports(exports: Readonly<Record<string, Export>>): void {
  wasm = exports;
}

const temps: number[] = [];
/** A block that is released when the kernel call that asked for it returns. */
export function temp(bytes: number): number {
  const at = alloc(bytes);
  temps.push(at, bytes);
  return at;
}
export function releaseTemps(): void {
  releaseTo(0);
}
function releaseTo(length: number): void {
  while (temps.length > length) {
    const bytes = temps.pop()!;
    release(temps.pop()!, bytes);
  }
}
/** Runs one part of a kernel call and returns the blocks that it asked for. */
export function scoped(part: () => void): void {
  const length = temps.length;
  part();
  releaseTo(length);
}

/** Writes integers where kernels read dims and strides; at most 8192 of them, valid until the next call of `params`. */
export function params(values: readonly number[]): number {
  const p = PARAMS >>> 2;
  for (let i = 0; i < values.length; i++) i32[p + i] = values[i]!;
  return PARAMS;
}

/** Dims and strides without size-1 axes, neighbours that walk as one axis joined. */
export function collapse(v: View): { dims: number[]; strides: number[] } {
  const dims: number[] = [];
  const strides: number[] = [];
  const d = v.shape.dims;
  const s = v.strides!;
  for (let i = 0; i < d.length; i++) {
    if (d[i] === 1) continue;
    const k = dims.length - 1;
    if (k >= 0 && strides[k] === s[i]! * d[i]!) {
      dims[k]! *= d[i]!;
      strides[k] = s[i]!;
    } else {
      dims.push(d[i]!);
      strides.push(s[i]!);
    }
  }
  return { dims, strides };
}

/** Nanoseconds for one element that lies apart from its neighbours. */
const GATHERED = 0.7;

/** Elements `start..start+n` of a strided view, in row-major order, copied to `to`. */
export function gatherTo(v: View, start: number, n: number, to: number): void {
  const { dims, strides } = collapse(v);
  const { size } = v.type;
  const ndim = dims.length;
  const cost = n * GATHERED;
  // pieces of whole planes, which are transposed block by block
  const plane = ndim > 1 ? dims[ndim - 1]! * Math.min(dims[ndim - 2]!, 64) : 4096;
  const args = [size, n, start, ndim, params([...dims, ...strides]), v.at, to, TILES];
  const own = { scratch: (1 << 4) | (1 << 7), params: 8 * ndim };
  spreadRange(lanesFor(cost), wasm['gather_strided']!, n, 1, args, [0, 0, 1, 0, 0, 0, size, 0], plane, cost, own);
}

/** The view's address if it is row-major, else that of a temporary row-major copy. */
export function dense(v: View): number {
  if (v.strides === null) return v.at;
  const at = temp(v.shape.size * v.type.size);
  if (v.shape.size > 0) gatherTo(v, 0, v.shape.size, at);
  return at;
}
