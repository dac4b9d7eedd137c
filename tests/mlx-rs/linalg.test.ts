import { describe, expect, it } from 'vitest';
import { array, linalg, ops, type Array } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const names = ['square', 'spd', 'cube', 'x', 'y', 'vec3', 'other3', 'lower', 'tall', 'signal', 'big', 'big2'] as const;
const of = Object.fromEntries(names.map((n) => [n, input(n)])) as Record<(typeof names)[number], Array>;
const { square, spd, cube, x, y, vec3, other3, lower, tall, signal, big, big2 } = of;
const mask = input('block_mask');

describe('functions', () => {
  table({
    'ops::matmul': () => [ops.matmul(square, spd), ops.matmul(cube, cube.swap_axes(1, 2))],
    'Array::matmul': () => [square.matmul(spd), cube.matmul(cube.swap_axes(1, 2))],
    'ops::addmm': () => [ops.addmm(square, square, spd, 0.5, 2), ops.addmm(square, square, spd)],
    'ops::inner': () => [ops.inner(vec3, other3), ops.inner(square, spd)],
    'ops::outer': () => ops.outer(vec3, other3),
    'ops::kron': () => ops.kron(x, vec3),
    'ops::tensordot_axis': () => [ops.tensordot_axis(cube, cube.t(), 1), ops.tensordot_axis(square, spd, 2)],
    'ops::tensordot_axes': () => [
      ops.tensordot_axes(cube, x, [1], [1]),
      ops.tensordot_axes(cube, cube, [0, 2], [0, 2]),
    ],
    'ops::einsum': () => [
      ops.einsum('ij,jk->ik', [square, spd]),
      ops.einsum('ijk,lj->ilk', [cube, x]),
      ops.einsum('ii', [square]),
    ],
    'ops::block_masked_mm': () => [
      ops.block_masked_mm(big, big2, 32, mask),
      ops.block_masked_mm(big, big2, 32, null, mask, mask),
    ],
    'Array::hadamard_transform': () => [signal.hadamard_transform(), signal.hadamard_transform(1)],
    'linalg::norm': () => [
      linalg.norm(vec3, 3),
      linalg.norm(square, 1, [0, 1]),
      linalg.norm(cube, 2, [1], true),
      linalg.norm(square.flatten(), Infinity),
    ],
    'linalg::norm_matrix': () => [linalg.norm_matrix(square, 'fro'), linalg.norm_matrix(square, 'nuc', [0, 1], true)],
    'linalg::norm_l2': () => [linalg.norm_l2(cube), linalg.norm_l2(cube, [-1]), linalg.norm_l2(cube, [1], true)],
    'linalg::inv': () => linalg.inv(square),
    'linalg::tri_inv': () => [linalg.tri_inv(lower), linalg.tri_inv(lower.t(), true)],
    'linalg::cholesky': () => [linalg.cholesky(spd), linalg.cholesky(spd, true)],
    'linalg::cholesky_inv': () => linalg.cholesky_inv(linalg.cholesky(spd)),
    'linalg::pinv': () => linalg.pinv(tall),
    'linalg::cross': () => [linalg.cross(vec3, other3), linalg.cross(x, y, 1)],
    'linalg::solve': () => [linalg.solve(square, spd), linalg.solve(square, vec3)],
    'linalg::solve_triangular': () => [
      linalg.solve_triangular(lower, spd),
      linalg.solve_triangular(lower.t(), spd, true),
    ],
    'linalg::lu': () => linalg.lu(square),
    'linalg::lu_factor': () => linalg.lu_factor(square),
    'linalg::eigvalsh': () => [linalg.eigvalsh(spd), linalg.eigvalsh(ops.tril(spd), 'L')],
  });
});

describe('factors, whose columns have no sign of their own: multiplied', () => {
  table(
    {
      'linalg::qr': () => {
        const [q, r] = linalg.qr(square);
        return [q.matmul(r), q.t().matmul(q)];
      },
      'linalg::svd': () => {
        const [u, s, vt] = linalg.svd(tall);
        const thin = u.index([ops.indexing.range_full(), ops.indexing.range_to(3)]);
        return [thin.mul(s).matmul(vt), s, vt.matmul(vt.t())];
      },
      'linalg::eigh': () => {
        const [values, v] = linalg.eigh(spd);
        return [v.mul(values).matmul(v.t()), values, v.t().matmul(v)];
      },
    },
    1e-5,
  );
});

describe('rules', () => {
  it('linalg::qr › R is upper triangular', () => {
    const [, r] = linalg.qr(square);
    expect(ops.tril(r, -1).equals(ops.zeros([3, 3]))).toBe(true);
  });
  it('linalg::lu › P puts the rows of L U in place', () => {
    const [p, l, u] = linalg.lu(square);
    expect(l.matmul(u).take_axis(ops.argsort(p), 0).all_close(square, 1e-5, 1e-6).item()).toBe(true);
  });
  it('ops::matmul › integers throw, as in MLX', () => {
    expect(() => array([1, 2]).as_type(input('m').dtype()).matmul(input('m'))).toThrow();
  });
});
