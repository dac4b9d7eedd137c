// Eigenvalues, singular values and what is made of them.
import type { Node } from '../graph/node.js';
import { parts, type Spectral } from '../backends/spectral.js';
import type { Primitive } from '../graph/primitive.js';
import { types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkShape, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { greater, multiply } from '../ops/arithmetic.js';
import { zeros } from '../ops/creation.js';
import { differentiate, nodeOf, op, primitive, record, type Recorded } from '../ops/define.js';
import { matmul } from '../ops/linear.js';
import { real, reciprocal } from '../ops/math.js';
import { max } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { asStrided, expandDims, swapaxes } from '../ops/shape.js';
import { ofEig, ofEigh, ofPinv, ofSingularValues, ofSvd } from './eigen-gradients.js';

const svdPrimitive = differentiate(primitive({ name: 'svd', expensive: true }), (g, { inputs: [x], output, attrs }) => {
  const a = attrs as Spectral;
  if (a.vectors === 'none') {
    const [, u, vh] = decompose(svdPrimitive, x!.node, x!.node.type, { ...a, vectors: 'thin' });
    return [ofSingularValues(partsOf(svdPrimitive, g, x!, a)[0], u(), vh())];
  }
  const [gs, gu, gvh] = partsOf(svdPrimitive, g, x!, a);
  const [s, u, vh] = partsOf(svdPrimitive, output, x!, a);
  return [ofSvd({ u: gu(), s: gs, vh: gvh() }, { u: u(), s, vh: vh() })];
});
/** Values and vectors with their cotangents; without vectors the matrices are decomposed again. */
function eigen(p: Primitive, g: Tensor, { inputs: [x], output, attrs }: Recorded): Parameters<typeof ofEig> {
  const a = attrs as Spectral;
  const [gw, gv] = partsOf(p, g, x!, a);
  const alone = a.vectors === 'none';
  const whole = { ...a, vectors: 'thin' } as const;
  const [w, v] = alone ? decompose(p, x!.node, g.node.type, whole) : partsOf(p, output, x!, a);
  return [gw, alone ? null : gv(), w, v()];
}
const eighPrimitive = differentiate(primitive({ name: 'eigh', expensive: true }), (g, r) => [
  ofEigh(...eigen(eighPrimitive, g, r), (r.attrs as Spectral).upper === true),
]);
const eigPrimitive = differentiate(primitive({ name: 'eig', expensive: true }), (g, r) => [
  ofEig(...eigen(eigPrimitive, g, r)),
]);
/** The inverse that was computed, as a function of the matrix. */
const pinvPrimitive = differentiate(primitive({ name: 'copy' }), (g, { inputs: [, a], output }) => [
  null,
  ofPinv(g, a!, output),
]);

/** The node of matrices of a dtype that is decomposed. */
function matrices(name: string, a: TensorLike, complex: boolean): Node {
  const n = nodeOf(name, a);
  const { dims, ndim } = n.shape;
  if (ndim < 2) throw new ShapeError(`[${name}] a must have at least two axes, got ${showShape(dims)}`);
  if (n.type !== types.float32 && n.type !== types.float64 && !(complex && n.type === types.complex64)) {
    const list = complex ? 'float32, float64 or complex64' : 'float32 or float64';
    throw new DTypeError(`[${name}] a must have dtype ${list}, got ${n.type.name}`);
  }
  return n;
}
function squares(name: string, a: TensorLike): Node {
  const n = matrices(name, a, true);
  const { dims, ndim } = n.shape;
  if (dims[ndim - 1] !== dims[ndim - 2]) {
    throw new ShapeError(`[${name}] the last two axes must have the same size, got ${showShape(dims)}`);
  }
  return n;
}
function triangle(name: string, UPLO: 'L' | 'U'): boolean {
  if (UPLO !== 'L' && UPLO !== 'U') throw new LanewiseError(`[${name}] UPLO must be 'L' or 'U', got ${String(UPLO)}`);
  return UPLO === 'U';
}

type Parts = readonly [values: Tensor, left: () => Tensor, right: () => Tensor];
/** Views of what lies in the packed result for matrices `x`, or in its cotangent. */
function partsOf(p: Primitive, packed: Tensor, x: Tensor, a: Spectral): Parts {
  const batch = x.shape.slice(0, -2);
  const { values, left, right } = parts(a);
  const count = batch.reduce((n, d) => n * d, 1);
  const start = count * values;
  const after = start + (p === svdPrimitive ? count * left[0]! * left[1]! : 0);
  return [
    asStrided(packed, [...batch, values]),
    () => asStrided(packed, [...batch, ...left], null, start),
    () => asStrided(packed, [...batch, ...right], null, after),
  ];
}
/** Records the one node and returns views of its parts: values, left vectors, right vectors. */
function decompose(p: Primitive, n: Node, type: ElementType, attrs: Omit<Spectral, 'rows' | 'columns'>): Parts {
  const { dims, ndim } = n.shape;
  const a: Spectral = { ...attrs, rows: dims[ndim - 2]!, columns: dims[ndim - 1]! };
  const { values, left, right } = parts(a);
  const count = dims.slice(0, -2).reduce((x, d) => x * d, 1);
  const one = values + left[0]! * left[1]! + (p === svdPrimitive ? right[0]! * right[1]! : 0);
  const packed = record(p, [n], a, checkShape(attrs.op, [count * one]), type);
  return partsOf(p, packed, new Tensor(n), a);
}

interface SVD {
  (a: TensorLike, computeUV?: true): [U: Tensor, S: Tensor, Vt: Tensor];
  (a: TensorLike, computeUV: false): Tensor;
  (a: TensorLike, computeUV?: boolean): Tensor | [U: Tensor, S: Tensor, Vt: Tensor];
}
/**
 * Singular values `S`, descending, and, unless `computeUV` is false, unitary `U` (..., M, M) and `Vt` (..., N, N) with
 * `a = U[..., :K] diag(S) Vt[..., :K, :]`, K = min(M, N). float32, float64 and complex64 (`S` is then float32); computed in double
 * precision and rounded once. The phase of each pair of vectors is free. Values have a gradient everywhere, vectors where the values
 * differ and, unless `a` is square, none is zero; it is infinite or NaN elsewhere, and right for what does not depend on the phases.
 * @throws ShapeError if `a` has fewer than two axes
 * @throws DTypeError for another dtype
 * @throws LanewiseError when the result is computed, if an element is NaN or infinite
 */
export const svd: SVD = /* @__PURE__ */ op(
  'linalg.svd',
  'linalg',
  ((a: TensorLike, computeUV = true) => {
    const n = matrices('linalg.svd', a, true);
    const [s, u, v] = decompose(svdPrimitive, n, n.type, { op: 'linalg.svd', vectors: computeUV ? 'full' : 'none' });
    const S = n.type === types.complex64 ? real(s) : s;
    return computeUV ? [u(), S, v()] : S;
  }) as SVD,
  svdPrimitive,
);

/** Values and vectors of Hermitian matrices. */
function hermitian(name: string, a: TensorLike, UPLO: 'L' | 'U', vectors: 'none' | 'thin'): [Tensor, () => Tensor] {
  const n = squares(name, a);
  const upper = triangle(name, UPLO);
  const [w, v] = decompose(eighPrimitive, n, n.type, { op: name, vectors, upper });
  return [n.type === types.complex64 ? real(w) : w, v];
}
/**
 * Eigenvalues `w` (..., N), ascending, and orthonormal eigenvectors (..., N, N) in columns of symmetric (Hermitian) matrices:
 * `a V = V diag(w)`. Only the lower (`'L'`) or upper (`'U'`) triangle is read. float32, float64 and complex64 (`w` is then
 * float32); computed in double precision and rounded once. The gradient lies in the triangle that is read; that of vectors of equal
 * values is infinite or NaN.
 * @throws ShapeError if the last two axes are not square
 * @throws DTypeError for another dtype
 * @throws LanewiseError when the result is computed, if an element of the triangle is NaN or infinite
 */
export const eigh: (a: TensorLike, UPLO?: 'L' | 'U') => [values: Tensor, vectors: Tensor] = /* @__PURE__ */ op(
  'linalg.eigh',
  'linalg',
  (a, UPLO = 'L') => {
    const [w, v] = hermitian('linalg.eigh', a, UPLO, 'thin');
    return [w, v()];
  },
  eighPrimitive,
);
/** The eigenvalues of `eigh` alone. */
export const eigvalsh: (a: TensorLike, UPLO?: 'L' | 'U') => Tensor = /* @__PURE__ */ op(
  'linalg.eigvalsh',
  'linalg',
  (a, UPLO = 'L') => hermitian('linalg.eigvalsh', a, UPLO, 'none')[0],
  eighPrimitive,
);

/**
 * Eigenvalues (..., N), in no order, and right eigenvectors (..., N, N) in columns of square matrices: `a V = V diag(w)`. Both are
 * complex64; of a real matrix complex ones come in conjugate pairs, the one with positive imaginary part first. Vectors have
 * 2-norm 1 and a real largest component. Computed in double precision and rounded once. The gradient of vectors of equal values is
 * infinite or NaN; where there is no basis of eigenvectors it is an error when it is computed, or as large as rounding left it.
 * @throws ShapeError if the last two axes are not square
 * @throws DTypeError for dtypes other than float32, float64 and complex64
 * @throws LanewiseError when the result is computed, if an element is NaN or infinite, or the iteration does not converge
 */
export const eig: (a: TensorLike) => [values: Tensor, vectors: Tensor] = /* @__PURE__ */ op(
  'linalg.eig',
  'linalg',
  (a) => {
    const n = squares('linalg.eig', a);
    const [w, v] = decompose(eigPrimitive, n, types.complex64, { op: 'linalg.eig', vectors: 'thin' });
    return [w, v()];
  },
  eigPrimitive,
);
/** The eigenvalues of `eig` alone. */
export const eigvals: (a: TensorLike) => Tensor = /* @__PURE__ */ op(
  'linalg.eigvals',
  'linalg',
  (a) => {
    const n = squares('linalg.eigvals', a);
    return decompose(eigPrimitive, n, types.complex64, { op: 'linalg.eigvals', vectors: 'none' })[0];
  },
  eigPrimitive,
);

/** Distance from 1 to the next number. */
const epsilon = (t: ElementType): number => (t === types.float64 ? 2 ** -52 : 2 ** -23);
/**
 * The Moore-Penrose inverse (..., N, M). Singular values up to `10 max(M, N) eps` of the largest count as zero. The gradient
 * takes the rank as constant. float32 and float64.
 * @throws ShapeError if `a` has fewer than two axes
 * @throws DTypeError for another dtype
 * @throws LanewiseError when the result is computed, if an element is NaN or infinite
 */
export const pinv: (a: TensorLike) => Tensor = /* @__PURE__ */ op('linalg.pinv', 'linalg', (a) => {
  const n = matrices('linalg.pinv', a, false);
  const { dims, ndim, size } = n.shape;
  const [rows, columns] = [dims[ndim - 2]!, dims[ndim - 1]!];
  if (size === 0) return zeros([...dims.slice(0, -2), columns, rows], n.type.name);
  const [s, u, v] = decompose(svdPrimitive, n, n.type, { op: 'linalg.pinv', vectors: 'thin' });
  const cutoff = multiply(max(s, -1, true), 10 * Math.max(rows, columns) * epsilon(n.type));
  const inverse = where(greater(s, cutoff), reciprocal(s), 0);
  const found = matmul(multiply(swapaxes(v(), -1, -2), expandDims(inverse, -2)), swapaxes(u(), -1, -2));
  return record(pinvPrimitive, [found.node, n], null, found.node.shape, n.type);
});
