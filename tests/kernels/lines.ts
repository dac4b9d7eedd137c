// The lines of a row-major tensor over some axes, for writing expected values in plain double precision.
import { rowMajor } from '../../src/tensor/shape.js';

/** Positions of each line's elements; lines in row-major order of the other axes, elements in that of theirs. */
export function linesOf(dims: readonly number[], axes: readonly number[]): number[][] {
  const strides = rowMajor(dims);
  const offsets = (over: readonly number[]): number[] =>
    over.reduce<number[]>(
      (all, k) => all.flatMap((o) => Array.from({ length: dims[k]! }, (_, i) => o + i * strides[k]!)),
      [0],
    );
  const inner = offsets(axes);
  return offsets(dims.map((_, k) => k).filter((k) => !axes.includes(k))).map((o) => inner.map((i) => o + i));
}

/** `f` of every line, in the places of its elements. */
export function mapLines(
  x: readonly number[],
  dims: readonly number[],
  axes: readonly number[],
  f: (line: number[]) => readonly number[],
): number[] {
  const out = new Array<number>(x.length);
  for (const at of linesOf(dims, axes)) f(at.map((i) => x[i]!)).forEach((y, k) => (out[at[k]!] = y));
  return out;
}

/** Largest difference relative to `max(|want|, floor)`; NaN and infinities must agree. */
export function worst(got: readonly number[], want: readonly number[], floor = 0): number {
  if (got.length !== want.length) return Infinity;
  let most = 0;
  want.forEach((w, i) => {
    const g = got[i]!;
    if (Object.is(g, w) || g === w) return;
    const e = Math.abs(g - w) / Math.max(Math.abs(w), floor);
    most = Number.isNaN(e) ? Infinity : Math.max(most, e);
  });
  return most;
}
