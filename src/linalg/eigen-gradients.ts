// Derivative rules of the spectral decompositions. Declared functions, since rows and rules name each other.
import { add, bitwiseAnd, divide, equal, multiply, subtract } from '../ops/arithmetic.js';
import { arange, eye } from '../ops/creation.js';
import { at } from '../ops/indexing.js';
import { slice } from '../ops/indices.js';
import { concatenate } from '../ops/join.js';
import { matmul } from '../ops/linear.js';
import { abs, astype, conjugate, imag, negative, real } from '../ops/math.js';
import { tril, triu } from '../ops/rearrange.js';
import { argmax, sum } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { diagonal, expandDims, matrixTranspose } from '../ops/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { solve } from './solve.js';

const adjoint = (x: Tensor): Tensor => conjugate(matrixTranspose(x));
const row = (x: Tensor): Tensor => expandDims(x, -2);
const column = (x: Tensor): Tensor => expandDims(x, -1);
const onDiagonal = (n: number): Tensor => eye(n, n, 0, 'bool');
/** `x / y`, 0 where both are zero: nothing flows there. */
const quotient = (x: Tensor, y: Tensor): Tensor => divide(x, where(bitwiseAnd(equal(x, 0), equal(y, 0)), 1, y));
/** `values[j] - values[i]` at (i, j). */
const gaps = (values: Tensor): Tensor => subtract(row(values), column(values));
const off = (x: Tensor): Tensor => where(onDiagonal(x.shape[x.ndim - 1]!), 0, x);
/** A diagonal matrix plus what lies off the diagonal of another. */
const withDiagonal = (values: Tensor, x: Tensor): Tensor => where(onDiagonal(x.shape[x.ndim - 1]!), column(values), x);

/**
 * Of values and vectors of Hermitian matrices: `V (diag(gw) + (V^H gV) / (w_j - w_i)) V^H`, brought into the triangle that is read.
 * Vectors of equal values have no derivative: infinite or NaN.
 */
export function ofEigh(gw: Tensor, gv: Tensor | null, w: Tensor, v: Tensor, upper: boolean): Tensor {
  const coupling = gv === null ? null : quotient(off(matmul(adjoint(v), gv)), gaps(w));
  const inner = coupling === null ? multiply(v, row(gw)) : matmul(v, withDiagonal(gw, coupling));
  const whole = matmul(inner, adjoint(v));
  const both = add(whole, adjoint(whole));
  const n = v.shape[v.ndim - 1]!;
  return where(onDiagonal(n), multiply(both, 0.5), upper ? triu(both) : tril(both));
}

/** What a decomposition by singular values is made of, or the cotangents of that. */
export interface Singular {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly vh: Tensor;
}
/**
 * Of singular values and vectors; U and V are square, or have as many columns as there are values. Vectors that only complete a basis
 * count through the space they span. Equal or missing singular values make the gradient of vectors infinite or NaN, not that of values.
 */
export function ofSvd(g: Singular, { u, s, vh }: Singular): Tensor {
  const k = s.shape[s.ndim - 1]!;
  const [first, more, all] = [slice(0, k), slice(k, null), slice(null, null)];
  const [u1, v1h, gu1] = [at(u, '...', first), at(vh, '...', first, all), at(g.u, '...', first)];
  const v1 = adjoint(v1h);
  const gv1 = adjoint(at(g.vh, '...', first, all));
  const skew = (x: Tensor): Tensor => subtract(x, adjoint(x));
  const [a, b] = [skew(matmul(adjoint(u1), gu1)), skew(matmul(v1h, gv1))];
  const squares = multiply(s, s);
  const inner = quotient(off(add(multiply(a, row(s)), multiply(column(s), b))), gaps(squares));
  // a common phase of a pair of vectors is free, their difference is not
  const phase = u.dtype === 'complex64' ? quotient(diagonal(a, 0, -2, -1), multiply(s, 2)) : null;
  const values = phase === null ? g.s : add(g.s, phase);
  const core = matmul(matmul(u1, withDiagonal(values, inner)), v1h);
  // parts of the vectors outside of the space that the others span
  const outside = (q: Tensor, gq: Tensor, q1: Tensor, gq1: Tensor): Tensor => {
    const away = subtract(gq1, matmul(q1, matmul(adjoint(q1), gq1)));
    if (q.shape[q.ndim - 1] === k) return away;
    return subtract(away, matmul(at(q, '...', more), matmul(adjoint(at(gq, '...', more)), q1)));
  };
  const [m, n] = [u.shape[u.ndim - 2]!, vh.shape[vh.ndim - 1]!];
  let whole = core;
  if (m > k) whole = add(whole, matmul(quotient(outside(u, g.u, u1, gu1), row(s)), v1h));
  if (n > k) whole = add(whole, matmul(u1, adjoint(quotient(outside(adjoint(vh), adjoint(g.vh), v1, gv1), row(s)))));
  return whole;
}
/** Of singular values alone: `U diag(gs) V^H`. */
export function ofSingularValues(gs: Tensor, u: Tensor, vh: Tensor): Tensor {
  return matmul(multiply(u, row(gs)), vh);
}

/** `A^-1 B` of complex matrices, as real ones of twice the size in double precision. */
function solveComplex(a: Tensor, b: Tensor): Tensor {
  const wide = (x: Tensor): Tensor => astype(x, 'float64');
  const [p, q] = [wide(real(a)), wide(imag(a))];
  const matrix = concatenate([concatenate([p, negative(q)], -1), concatenate([q, p], -1)], -2);
  const x = solve(matrix, concatenate([wide(real(b)), wide(imag(b))], -2));
  const n = a.shape[a.ndim - 1]!;
  const half = (from: number, to: number): Tensor =>
    astype(at(x, '...', slice(from, to), slice(null, null)), 'complex64');
  return add(half(0, n), multiply(half(n, 2 * n), { re: 0, im: 1 }));
}
/**
 * Of values and right vectors of any square matrix: `V^-H (diag(gw) + (V^H h) / conj(w_j - w_i)) V^H`, where h is gV without what would
 * change the norm of a vector or the phase of its largest component. Vectors of equal values have no derivative: infinite or NaN.
 */
export function ofEig(gw: Tensor, gv: Tensor | null, w: Tensor, v: Tensor): Tensor {
  const n = v.shape[v.ndim - 1]!;
  const vh = adjoint(v);
  if (gv === null) return solveComplex(vh, multiply(column(gw), vh));
  const along = sum(multiply(conjugate(gv), v), -2, true);
  const largest = equal(column(arange(n, 'int32')), row(argmax(abs(v), -2)));
  const turn = divide(imag(along), sum(where(largest, real(v), 0), -2, true));
  const free = add(subtract(gv, multiply(v, real(along))), where(largest, multiply(turn, { re: 0, im: 1 }), 0));
  const inner = quotient(off(matmul(vh, free)), conjugate(gaps(w)));
  return solveComplex(vh, matmul(withDiagonal(gw, inner), vh));
}

/** Of the Moore-Penrose inverse P of A, where the rank does not change. */
export function ofPinv(g: Tensor, a: Tensor, p: Tensor): Tensor {
  const t = matrixTranspose;
  const [gt, pt] = [t(g), t(p)];
  // g^T without its part in the image of A or of A^T
  const left = subtract(gt, matmul(a, matmul(p, gt)));
  const right = subtract(gt, matmul(matmul(gt, p), a));
  const through = add(matmul(matmul(left, p), pt), matmul(matmul(pt, p), right));
  return subtract(through, matmul(matmul(pt, g), pt));
}
