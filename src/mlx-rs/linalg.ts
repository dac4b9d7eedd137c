// mlx_rs::linalg
import { linalg as core } from '../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';
import { arrays, type Axes } from './ops/families.js';

/** Which triangle of a symmetric matrix is read. */
type Triangle = 'L' | 'U';

/** Vector norm of order `ord`, of the flattened array or along `axes`; along two axes a matrix norm. */
export const norm = (array: Operand, ord: number, axes?: Opt<Axes>, keep_dims?: Opt<boolean>): Array =>
  wrap(core.norm(tensorOf(array), ord, axes ?? null, keep_dims ?? false));
/** Matrix norm, `"fro"` or `"nuc"`. */
export const norm_matrix = (
  array: Operand,
  ord: 'fro' | 'f' | 'nuc',
  axes?: Opt<Axes>,
  keep_dims?: Opt<boolean>,
): Array => wrap(core.norm(tensorOf(array), ord, axes ?? null, keep_dims ?? false));
/** 2-norm of the flattened array, or along `axes`. */
export const norm_l2 = (array: Operand, axes?: Opt<Axes>, keep_dims?: Opt<boolean>): Array =>
  wrap(core.norm(tensorOf(array), null, axes ?? null, keep_dims ?? false));
/** @deprecated the name in mlx-rs 0.21: write `norm` */
export const norm_p = norm;
/** @deprecated the name in mlx-rs 0.21: write `norm_matrix` */
export const norm_ord = norm_matrix;
/** `(Q, R)` */
export const qr = (a: Operand): [Array, Array] => arrays(core.qr(tensorOf(a))) as [Array, Array];
/** `(U, S, Vt)` */
export const svd = (array: Operand): [Array, Array, Array] =>
  arrays(core.svd(tensorOf(array))) as [Array, Array, Array];
/** Inverse of square matrices. */
export const inv = (a: Operand): Array => wrap(core.inv(tensorOf(a)));
/** Cholesky factor, lower by default. */
export const cholesky = (a: Operand, upper?: Opt<boolean>): Array => wrap(core.cholesky(tensorOf(a), upper ?? false));
/** Inverse of the matrix whose Cholesky factor is given. */
export const cholesky_inv = (a: Operand, upper?: Opt<boolean>): Array =>
  wrap(core.choleskyInv(tensorOf(a), upper ?? false));
/** Cross product along an axis of size 2 or 3. */
export const cross = (a: Operand, b: Operand, axis?: Opt<number>): Array =>
  wrap(core.cross(tensorOf(a), tensorOf(b), axis ?? -1));
/** Eigenvalues and eigenvectors of symmetric matrices. */
export const eigh = (a: Operand, uplo?: Opt<Triangle>): [Array, Array] =>
  arrays(core.eigh(tensorOf(a), uplo ?? 'L')) as [Array, Array];
/** Eigenvalues of symmetric matrices. */
export const eigvalsh = (a: Operand, uplo?: Opt<Triangle>): Array => wrap(core.eigvalsh(tensorOf(a), uplo ?? 'L'));
/** Eigenvalues and eigenvectors. */
export const eig = (a: Operand): [Array, Array] => arrays(core.eig(tensorOf(a))) as [Array, Array];
/** Eigenvalues. */
export const eigvals = (a: Operand): Array => wrap(core.eigvals(tensorOf(a)));
/** Moore-Penrose inverse. */
export const pinv = (a: Operand): Array => wrap(core.pinv(tensorOf(a)));
/** Inverse of triangular matrices. */
export const tri_inv = (a: Operand, upper?: Opt<boolean>): Array => wrap(core.triInv(tensorOf(a), upper ?? false));
/** `(P, L, U)`, P as row indices. */
export const lu = (a: Operand): [Array, Array, Array] => arrays(core.lu(tensorOf(a))) as [Array, Array, Array];
/** `(LU, pivots)` */
export const lu_factor = (a: Operand): [Array, Array] => arrays(core.luFactor(tensorOf(a))) as [Array, Array];
/** x of `a @ x = b`. */
export const solve = (a: Operand, b: Operand): Array => wrap(core.solve(tensorOf(a), tensorOf(b)));
/** x of `a @ x = b` with triangular `a`. */
export const solve_triangular = (a: Operand, b: Operand, upper?: Opt<boolean>): Array =>
  wrap(core.solveTriangular(tensorOf(a), tensorOf(b), upper ?? false));
