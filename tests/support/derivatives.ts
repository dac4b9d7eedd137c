// Derivatives by differences, and what a recorded call is made of.
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import type { Node } from '../../src/graph/node.js';
import { data } from '../../src/graph/node.js';
import type { Primitive } from '../../src/graph/primitive.js';
import { inputsOf } from '../../src/transforms/walk.js';
import { inexact } from './draw.js';
import { recipes, tensorsOf, type Specimen } from './specimens.js';
import { generator } from '../tensor/support.js';

/** The primitives behind tensors, the nearest first. */
export function primitivesOf(tensors: readonly Tensor[]): Set<Primitive> {
  const seen = new Set<Node>();
  const queue = tensors.map((t) => t.node);
  for (const n of queue) {
    if (seen.has(n)) continue;
    seen.add(n);
    queue.push(...inputsOf(n));
  }
  const found = new Set([...seen].map((n) => n.prim));
  found.delete(data);
  return found;
}

/** A specimen as a function of the inputs that it is differentiated in. */
export interface Smoothly {
  readonly at: Tensor[];
  /** the results that have a derivative; a fresh handle for every input, since some ops write into theirs */
  readonly fn: (...xs: Tensor[]) => Tensor[];
}
const isInexact = (t: Tensor): boolean => inexact.includes(t.dtype);
export function smoothly(s: Specimen): Smoothly {
  const all = tensorsOf(s);
  const only = recipes[s.name]!.smooth?.inputs;
  const places = all.flatMap((t, i) => (isInexact(t) && (only === undefined || only.includes(i)) ? [i] : []));
  return {
    at: places.map((i) => all[i]!),
    fn: (...xs) => {
      const inputs = all.map((t, i) => xs[places.indexOf(i)] ?? t);
      return s.call(inputs.map((t) => lw.positive(t))).filter(isInexact);
    },
  };
}

/** Numbers in [-1, 1] like `t`, without small ones. */
export function randomLike(t: Tensor, random: () => number): Tensor {
  const width = t.dtype === 'complex64' ? 2 : 1;
  const values = Float64Array.from(
    { length: t.size * width },
    () => (0.2 + 0.8 * random()) * (random() < 0.5 ? -1 : 1),
  );
  if (width === 1) return lw.array(values).reshape(t.shape).astype(t.dtype);
  return lw.view(lw.array(Float32Array.from(values)), 'complex64').reshape(t.shape);
}
/** `(f(x + h v) - f(x - h v)) / 2h` */
export function differences({ at, fn }: Smoothly, along: readonly Tensor[], h: number): Tensor[] {
  const moved = (by: number): Tensor[] =>
    fn(
      ...at.map((x, i) =>
        lw.add(x, lw.multiply(along[i]!, lw.array(by, x.dtype === 'float64' ? 'float64' : 'float32'))),
      ),
    );
  const [above, below] = [moved(h), moved(-h)];
  return above.map((y, i) => lw.divide(lw.subtract(y, below[i]!), 2 * h));
}
/** The real inner product of two lists: that of complex numbers is the real part of `conj(a) b`. */
export function inner(a: readonly Tensor[], b: readonly Tensor[]): number {
  return a.reduce((p, x, i) => {
    const product = lw.real(lw.multiply(lw.conjugate(x), b[i]!));
    return p + Number(lw.sum(product.astype('float64')).item());
  }, 0);
}
const numbersOf = (t: Tensor): Float64Array =>
  Float64Array.from(
    (t.dtype === 'complex64'
      ? lw.view(lw.reshape(t, [-1]), 'float32')
      : t.astype('float64')
    ).toTypedArray() as Float32Array,
  );
/** The largest number of a list; NaN and infinities aside. */
export const largest = (list: readonly Tensor[]): number =>
  list.reduce((p, t) => numbersOf(t).reduce((q, v) => (Number.isFinite(v) ? Math.max(q, Math.abs(v)) : q), p), 0);
/** The smallest number of a tensor. */
export const smallest = (t: Tensor): number => numbersOf(t).reduce((p, v) => Math.min(p, Math.abs(v)), Infinity);
/** The largest distance between two lists, relative to `scale`; infinite where only one has a number. */
export function distance(a: readonly Tensor[], b: readonly Tensor[], scale: number): number {
  let worst = 0;
  a.forEach((x, i) => {
    const [p, q] = [numbersOf(x), numbersOf(b[i]!)];
    p.forEach((v, k) => {
      if (Object.is(v, q[k]) || v === q[k]) return;
      const d = Math.abs(v - q[k]!) / scale;
      worst = Math.max(worst, Number.isNaN(d) ? Infinity : d);
    });
  });
  return worst;
}
/** Numbers for the `run`-th specimen of a row. */
export const choicesOf = (run: number): number[] => {
  const random = generator(7919 + run);
  return Array.from({ length: 64 }, () => Math.floor(random() * 2 ** 20));
};
/** The dtype that a row is differentiated in. */
export const widest = (name: string): DType => {
  const { dtypes, also = [], smooth } = recipes[name]!;
  if (smooth?.single === true) return 'float32';
  return [...dtypes, ...also].includes('float64') ? 'float64' : 'float32';
};
