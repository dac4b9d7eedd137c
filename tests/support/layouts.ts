// The same elements in every storage layout that views can give.
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { gather, sizeOf, type Host } from './golden.js';

/** A tensor that holds exactly the elements of `x`, row-major. */
export function toTensor(x: Host): Tensor {
  const { dtype, shape, values } = x;
  if (sizeOf(shape) === 0) return lw.zeros(shape, dtype);
  if (dtype === 'complex64') {
    const pairs = Array.from({ length: values.length / 2 }, (_, i) => ({
      re: Number(values[2 * i]),
      im: Number(values[2 * i + 1]),
    }));
    return lw.reshape(lw.array(pairs, dtype), shape);
  }
  return lw.reshape(lw.array(values, dtype), shape);
}
/** The elements of a tensor, row-major. */
export const fromTensor = (t: Tensor): Host => ({ dtype: t.dtype, shape: t.shape, values: t.toTypedArray() });

/** Row-major strides. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}
/** For each place of a `shape` in order, what `pick` says of its coordinates. */
function each(shape: readonly number[], pick: (at: readonly number[]) => number): Int32Array {
  const size = sizeOf(shape);
  const out = new Int32Array(size);
  const at = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    out[i] = pick(at);
    for (let k = shape.length - 1; k >= 0; k--) {
      if (++at[k]! < shape[k]!) break;
      at[k] = 0;
    }
  }
  return out;
}
/** `x` inside a larger storage: logical place `p` of axis `k` lies at `place(p, k)`. */
function embed(x: Host, shape: readonly number[], logical: (p: number, axis: number) => number): Host {
  const strides = stridesOf(x.shape);
  const from = each(shape, (at) => {
    let sum = 0;
    for (let k = 0; k < at.length; k++) {
      const p = logical(at[k]!, k);
      if (p < 0 || p >= x.shape[k]!) return -1;
      sum += p * strides[k]!;
    }
    return sum;
  });
  return gather(x, from, shape);
}

/** Whether the elements do not change along an axis. */
function constantAlong(x: Host, axis: number): boolean {
  if (x.shape[axis]! < 2 || sizeOf(x.shape) === 0) return false;
  const strides = stridesOf(x.shape);
  const width = x.dtype === 'complex64' ? 2 : 1;
  const first = each(x.shape, (at) => at.reduce((s, p, k) => s + (k === axis ? 0 : p * strides[k]!), 0));
  return first.every((at, i) => {
    for (let k = 0; k < width; k++) if (!Object.is(x.values[i * width + k], x.values[at * width + k])) return false;
    return true;
  });
}

export type Layout = 'dense' | 'transposed' | 'offset' | 'negative' | 'step' | 'broadcast' | 'padded' | 'picked';
export const layouts: readonly Layout[] = [
  'dense',
  'transposed',
  'offset',
  'negative',
  'step',
  'broadcast',
  'padded',
  'picked',
];

/** `x` in a layout, or null where its shape or content does not allow it. */
export function lay(x: Host, layout: Layout): Tensor | null {
  const { shape } = x;
  const axes = shape.map((_, k) => k);
  switch (layout) {
    case 'dense':
      return toTensor(x);
    case 'transposed': {
      if (shape.length < 2) return null;
      const strides = stridesOf(shape).reverse();
      const turned = [...shape].reverse();
      const from = each(turned, (at) => at.reduce((s, p, k) => s + p * strides[k]!, 0));
      return lw.transpose(toTensor(gather(x, from, turned)));
    }
    case 'offset':
      if (shape.length === 0) return null;
      return toTensor(
        embed(
          x,
          shape.map((d) => d + 3),
          (p) => p - 1,
        ),
      ).at(...shape.map((d) => lw.slice(1, d + 1)));
    case 'negative':
      if (shape.length === 0) return null;
      return toTensor(embed(x, shape, (p, k) => shape[k]! - 1 - p)).at(...axes.map(() => lw.slice(null, null, -1)));
    case 'step': {
      if (shape.length === 0) return null;
      const wide = shape.map((d) => 2 * d + 1);
      const inside = embed(x, wide, (p) => (p % 2 === 0 ? -1 : (p - 1) / 2));
      return toTensor(inside).at(...axes.map(() => lw.slice(1, null, 2)));
    }
    case 'broadcast': {
      const held = axes.filter((k) => constantAlong(x, k));
      if (held.length === 0) return null;
      const small = shape.map((d, k) => (held.includes(k) ? 1 : d));
      return lw.broadcastTo(toTensor(embed(x, small, (p) => p)), shape);
    }
    case 'padded': {
      const ones = axes.filter((k) => shape[k] === 1);
      if (ones.length === 0) return null;
      const wide = shape.map((d) => (d === 1 ? 3 : d));
      const inside = embed(x, wide, (p, k) => (shape[k] === 1 ? p - 1 : p));
      return toTensor(inside).at(...axes.map((k) => (ones.includes(k) ? lw.slice(1, 2) : lw.slice(null, null))));
    }
    case 'picked': {
      if (shape.length !== 0) return null;
      return toTensor(gather(x, [-1, -1, 0, -1], [4])).at(2);
    }
  }
}
