// Derivative rules of the factorisations by LU, QR and Cholesky. Declared functions, since rows and rules name each other.
import { add, bitwiseAnd, equal, multiply, subtract } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/bits.js';
import { ones, eye } from '../ops/creation.js';
import { at, takeAlongAxis } from '../ops/indexing.js';
import { slice } from '../ops/indices.js';
import { concatenate, stack } from '../ops/join.js';
import { matmul } from '../ops/linear.js';
import { abs, negative } from '../ops/math.js';
import { tril, triu } from '../ops/rearrange.js';
import { max } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { diagonal, expandDims, matrixTranspose } from '../ops/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { cross } from './norm.js';
import { det, inv, lu, solveTriangular } from './solve.js';

/** The diagonal of matrices of n columns, as a mask. */
const onDiagonal = (n: number): Tensor => eye(n, n, 0, 'bool');
/** T with NaN in place of zeros on its diagonal: what divides by them is NaN, not an error. */
function divisible(t: Tensor): Tensor {
  return where(bitwiseAnd(onDiagonal(t.shape[t.ndim - 1]!), equal(t, 0)), NaN, t);
}
/** `x T^-1` of triangular T. */
function over(x: Tensor, t: Tensor, upper: boolean): Tensor {
  return matrixTranspose(solveTriangular(matrixTranspose(t), matrixTranspose(x), !upper));
}
/** The triangle of T's kind. */
export function triangleOf(x: Tensor, upper: boolean): Tensor {
  return upper ? triu(x) : tril(x);
}

/** Of `A^-1`: `-A^-T g A^-T`. */
export function ofInverse(g: Tensor, inverse: Tensor): Tensor {
  const t = matrixTranspose(inverse);
  return negative(matmul(matmul(t, g), t));
}

/** Of the factor L of the symmetric matrix whose lower triangle is read; the gradient lies in that triangle. */
export function ofCholesky(g: Tensor, l: Tensor): Tensor {
  const diagonals = onDiagonal(l.shape[l.ndim - 1]!);
  const t = matrixTranspose(l);
  const inner = tril(matmul(t, g));
  const half = where(diagonals, multiply(inner, 0.5), inner);
  const whole = over(solveTriangular(t, half, true), l, false);
  return where(diagonals, whole, tril(add(whole, matrixTranspose(whole))));
}

/** Of `A = Q R` with square R. */
function ofTallQr(gq: Tensor, gr: Tensor, q: Tensor, r: Tensor): Tensor {
  const m = subtract(matmul(r, matrixTranspose(gr)), matmul(matrixTranspose(gq), q));
  const symmetric = add(tril(m), matrixTranspose(tril(m, -1)));
  return over(add(gq, matmul(q, symmetric)), matrixTranspose(divisible(r)), false);
}
/** Of `A = Q R`. Columns of A beyond its rows are `Q` times those of R. */
export function ofQr(gq: Tensor, gr: Tensor, q: Tensor, r: Tensor): Tensor {
  const [k, n] = [r.shape[r.ndim - 2]!, r.shape[r.ndim - 1]!];
  if (n === k) return ofTallQr(gq, gr, q, r);
  const [first, more] = [slice(0, k), slice(k, null)];
  const grest = at(gr, '...', more);
  const rest = matmul(q, at(r, '...', more));
  const own = ofTallQr(add(gq, matmul(rest, matrixTranspose(grest))), at(gr, '...', first), q, at(r, '...', first));
  return concatenate([own, matmul(q, grest)], -1);
}

/** Of L and U of `B = L U`, whose rows are those of A in the order that pivoting gave them. */
function ofFactors(gl: Tensor, gu: Tensor, l: Tensor, u: Tensor): Tensor {
  const [m, k, n] = [l.shape[l.ndim - 2]!, l.shape[l.ndim - 1]!, u.shape[u.ndim - 1]!];
  const [first, more, all] = [slice(0, k), slice(k, null), slice(null, null)];
  const square = (gl1: Tensor, gu1: Tensor, l1: Tensor, u1: Tensor): Tensor => {
    const inner = add(tril(matmul(matrixTranspose(l1), gl1), -1), triu(matmul(gu1, matrixTranspose(u1))));
    return over(solveTriangular(matrixTranspose(l1), inner, true), matrixTranspose(divisible(u1)), false);
  };
  if (m > k) {
    const [gl2, l2] = [at(gl, '...', more, all), at(l, '...', more, all)];
    const below = over(gl2, matrixTranspose(divisible(u)), false);
    const gu1 = subtract(gu, matmul(matrixTranspose(l2), below));
    return concatenate([square(at(gl, '...', first, all), gu1, at(l, '...', first, all), u), below], -2);
  }
  if (n > k) {
    const [gu2, u2] = [at(gu, '...', more), at(u, '...', more)];
    const right = solveTriangular(matrixTranspose(l), gu2, true);
    const gl1 = subtract(gl, matmul(right, matrixTranspose(u2)));
    return concatenate([square(gl1, at(gu, '...', first), l, at(u, '...', first)), right], -1);
  }
  return square(gl, gu, l, u);
}
/** Of L and U of `A = L[P] U`. */
export function ofLu(gl: Tensor, gu: Tensor, p: Tensor, l: Tensor, u: Tensor): Tensor {
  const rows = ofFactors(gl, gu, l, u);
  return l.shape[l.ndim - 2] === 0 ? rows : takeAlongAxis(rows, expandDims(p, -1), -2);
}

/** A, moved by the root of its precision where a pivot is exactly zero: invertible, with the derivatives of A. */
export function invertible(a: Tensor): Tensor {
  if (a.size === 0) return a;
  const fixed = stopGradient(a);
  const [p, l, u] = lu(fixed);
  const size = max(abs(fixed), [-2, -1]);
  const root = a.dtype === 'float64' ? 2 ** -26 : 2 ** -12;
  const step = expandDims(multiply(where(equal(size, 0), 1, size), root), -1);
  const missing = where(equal(diagonal(u, 0, -2, -1), 0), step, 0);
  return add(a, multiply(takeAlongAxis(l, expandDims(p, -1), -2), expandDims(missing, -2)));
}
/** The derivative of the determinant: what remains of A without row i and column j, with its sign. Also of singular matrices. */
export function cofactors(a: Tensor): Tensor {
  const n = a.shape[a.ndim - 1]!;
  const row = (i: number): Tensor => at(a, '...', i, slice(null, null));
  if (n < 2) return ones(a.shape, a.dtype);
  if (n === 2) {
    const x = (i: number, j: number): Tensor => at(a, '...', i, j);
    const rows = [stack([x(1, 1), negative(x(1, 0))], -1), stack([negative(x(0, 1)), x(0, 0)], -1)];
    return stack(rows, -2);
  }
  if (n === 3) return stack([cross(row(1), row(2)), cross(row(2), row(0)), cross(row(0), row(1))], -2);
  const b = invertible(a);
  return multiply(matrixTranspose(inv(b)), expandDims(det(b), [-2, -1]));
}
