// Gradients against central differences, in the precision of the inputs.
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';

/** A function of tensors with one or several results. */
export type Fn = (...x: Tensor[]) => Tensor | readonly Tensor[];

/** Numbers in (-1, 1), the same ones each time. */
export class Numbers {
  constructor(private state = 1) {}
  next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return (2 * (this.state + 0.5)) / 2 ** 32 - 1;
  }
  tensor(shape: readonly number[], dtype: DType = 'float64', scale = 1): Tensor {
    const size = shape.reduce((n, d) => n * d, 1);
    if (size === 0) return lw.zeros(shape, dtype);
    const one = (): number => scale * this.next();
    const values =
      dtype === 'complex64'
        ? Array.from({ length: size }, () => ({ re: one(), im: one() }))
        : Float64Array.from({ length: size }, one);
    return lw.reshape(lw.array(values as never, dtype), shape);
  }
}
const listOf = (x: Tensor | readonly Tensor[]): Tensor[] =>
  (Array.isArray(x) ? (x as readonly Tensor[]) : [x as Tensor]).filter((t) => /float|complex/.test(t.dtype));
/** The same elements in storage of which they are a part, backwards. */
export const strided = (x: Tensor): Tensor => {
  if (x.ndim === 0) return x;
  const wide = lw.concatenate([lw.flip(lw.swapaxes(x, 0, -1)), lw.swapaxes(lw.zerosLike(x), 0, -1)], -1);
  return lw
    .swapaxes(wide.at('...', lw.slice(0, x.shape[0]!)).at('...', lw.slice(null, null, -1)), 0, -1)
    .at(...x.shape.map((_, i) => (i === 0 ? lw.slice(null, null) : lw.slice(null, null, -1))));
};

/** Re <c, y> in float64. */
function pairing(c: readonly Tensor[], y: readonly Tensor[]): number {
  let sum = 0;
  c.forEach((t, i) => {
    const [p, q] = [t.toTypedArray(), y[i]!.toTypedArray()];
    for (let k = 0; k < p.length; k++) sum += Number(p[k]) * Number(q[k]);
  });
  return sum;
}
interface Options {
  /** inputs to differentiate; all by default */
  readonly inputs?: readonly number[];
  readonly step?: number;
  readonly seed?: number;
}
/**
 * The largest difference between the gradient of `Re <c, fn(x)>`, for random c, and differences of fourth order; of the size of the
 * gradient, or of 1 if that is larger. Complex inputs are moved along both axes.
 */
export function worstDifference(fn: Fn, x: readonly Tensor[], options: Options = {}): number {
  const { inputs = x.map((_, i) => i), step = 1e-3, seed = 7 } = options;
  const numbers = new Numbers(seed);
  const partial: Fn = (...chosen) => {
    const all = [...x];
    inputs.forEach((at, i) => (all[at] = chosen[i]!));
    return listOf(fn(...all));
  };
  const from = inputs.map((i) => x[i]!);
  const c = listOf(fn(...x)).map((t) => numbers.tensor(t.shape, t.dtype));
  const [, grads] = lw.vjp(partial, from, c);
  let worst = 0;
  grads.forEach((g, i) => {
    const base = from[i]!;
    if (String(g.shape) !== String(base.shape) || g.dtype !== base.dtype)
      throw new Error(`gradient of input ${inputs[i]} is ${g.dtype}(${String(g.shape)})`);
    const found = g.toTypedArray();
    const values = Float64Array.from(base.toTypedArray() as Float64Array);
    const rebuilt = (): Tensor => {
      const list =
        base.dtype === 'complex64'
          ? Array.from({ length: values.length / 2 }, (_, k) => ({ re: values[2 * k]!, im: values[2 * k + 1]! }))
          : values;
      return lw.reshape(lw.array(list as never, base.dtype), base.shape);
    };
    const want = values.map((v, k) => {
      const at = (h: number): number => {
        values[k] = v + h;
        const y = listOf(partial(...from.map((t, j) => (j === i ? rebuilt() : t))));
        values[k] = v;
        return pairing(c, y);
      };
      return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    });
    const size = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    want.forEach((v, k) => {
      const off = Math.abs(Number(found[k]) - v) / size;
      worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
    });
  });
  return worst;
}
/** The same of the gradient: the second derivative. */
export function worstSecond(fn: Fn, x: readonly Tensor[], options: Options = {}): number {
  const numbers = new Numbers(11);
  const c = listOf(fn(...x)).map((t) => numbers.tensor(t.shape, t.dtype));
  return worstDifference((...y) => lw.vjp((...z) => listOf(fn(...z)), y, c)[1], x, options);
}
