// Vectors are free in sign, phase and, between equal values, direction: they are judged by residuals, and against MLX where they
// are determined.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { trialsOf, type Trial } from '../support/expand.js';
import { loadFamily, type Case, type Host } from '../support/golden.js';
import { fromTensor, lay } from '../support/layouts.js';
import {
  at,
  fromTriangle,
  gap,
  match,
  matrix,
  matrixOf,
  minus,
  norm,
  overlap,
  scaled,
  skew,
  times,
  type Matrix,
} from './eigen-support.js';

const cases = loadFamily('spectra');
/** Rounding unit of the results; in float64 the reference's Jacobi turns add up to more. */
const unitOf = (x: Host): number =>
  x.dtype === 'float64' ? (lw.defaultDevice() === 'reference' ? 8 : 1) * 2 ** -52 : 2 ** -23;
const batchOf = (x: Host): number => x.shape.slice(0, -2).reduce((p, d) => p * d, 1);
/** MLX 0.32.4 gives the conjugates of complex64 eigenvectors: its result fulfils A conj(v) = conj(v) w. */
const conjugated = (a: Matrix): Matrix => matrix(a.rows, a.columns, (i, j) => [at(a, i, j)[0], -at(a, i, j)[1]]);

/** Vectors that their gaps determine agree up to a phase. */
function compareVectors(
  w: Matrix,
  ours: Matrix,
  theirs: Matrix,
  pairs: readonly number[],
  size: number,
  unit: number,
): string {
  for (let k = 0; k < w.columns; k++) {
    if (gap(w, k) < 0.02 * size || size === 0) continue;
    const o = overlap(ours, pairs[k]!, theirs, k);
    if (!(Math.abs(1 - o) < 64 * unit)) return `vector ${k} overlaps MLX's by ${o}`;
  }
  return '';
}
function judgeEigh(a: Host, upper: boolean, [w, v]: readonly Host[], want: readonly Host[]): string {
  const unit = unitOf(a);
  for (let b = 0; b < batchOf(a); b++) {
    const A = fromTriangle(matrixOf(a, b), upper);
    const W = matrixOf(w!, b, true);
    const V = matrixOf(v!, b);
    const size = norm(A);
    const n = A.rows;
    for (let i = 1; i < n; i++) if (!(at(W, 0, i)[0] >= at(W, 0, i - 1)[0])) return 'values are not ascending';
    const residual = norm(minus(times(A, V), scaled(V, W)));
    if (!(residual <= 2 * n * unit * size)) return `residual ${residual} of norm ${size}`;
    if (!(skew(V) <= 2 * n * unit)) return `vectors are ${skew(V)} from orthonormal`;
    const theirs = matrixOf(want[0]!, b, true);
    const off = norm(minus(W, theirs));
    if (!(off <= 4 * n * unit * size)) return `values are ${off} from MLX's`;
    const vectors = compareVectors(theirs, V, matrixOf(want[1]!, b), [...Array(n).keys()], size, unit * n);
    if (vectors !== '') return vectors;
  }
  return '';
}
function judgeSvd(a: Host, [u, s, vt]: readonly Host[], want: readonly Host[]): string {
  const unit = unitOf(a);
  for (let b = 0; b < batchOf(a); b++) {
    const A = matrixOf(a, b);
    const U = matrixOf(u!, b);
    const S = matrixOf(s!, b, true);
    const V = matrixOf(vt!, b);
    const size = norm(A);
    const n = Math.max(A.rows, A.columns);
    const K = S.columns;
    for (let i = 0; i < K; i++)
      if (!(at(S, 0, i)[0] >= (at(S, 0, i + 1)[0] || 0) || i === K - 1)) return 'values are not descending';
    if (!(at(S, 0, K - 1)[0] >= 0)) return 'a value is negative';
    const product = times(
      scaled(U, S),
      matrix(K, A.columns, (i, j) => at(V, i, j)),
    );
    const residual = norm(minus(product, A));
    if (!(residual <= 2 * n * unit * size)) return `residual ${residual} of norm ${size}`;
    if (!(skew(U) <= 2 * n * unit)) return `U is ${skew(U)} from orthonormal`;
    const columns = matrix(A.columns, A.columns, (i, j) => [at(V, j, i)[0], -at(V, j, i)[1]]);
    if (!(skew(columns) <= 2 * n * unit)) return `Vt is ${skew(columns)} from orthonormal`;
    const theirs = matrixOf(want[1]!, b, true);
    if (!(norm(minus(S, theirs)) <= 4 * n * unit * size)) return `values are ${norm(minus(S, theirs))} from MLX's`;
    const vectors = compareVectors(theirs, U, matrixOf(want[0]!, b), [...Array(K).keys()], size, unit * n);
    if (vectors !== '') return vectors;
  }
  return '';
}
function judgeEig(a: Host, [w, v]: readonly Host[], want: readonly Host[]): string {
  const unit = 2 ** -23;
  for (let b = 0; b < batchOf(a); b++) {
    const A = matrixOf(a, b);
    const W = matrixOf(w!, b, true);
    const V = matrixOf(v!, b);
    const size = norm(A);
    const n = A.rows;
    const residual = norm(minus(times(A, V), scaled(V, W)));
    if (!(residual <= 2 * n * unit * size)) return `residual ${residual} of norm ${size}`;
    for (let k = 0; k < n; k++) {
      const column = matrix(n, 1, (i) => at(V, i, k));
      if (!(Math.abs(norm(column) - 1) <= 4 * unit)) return `vector ${k} has length ${norm(column)}`;
      const sizes = Array.from({ length: n }, (_, i) => Math.hypot(...at(column, i, 0)));
      const top = Math.max(...sizes);
      if (!sizes.some((x, i) => x >= top * (1 - 4 * unit) && at(column, i, 0)[1] === 0))
        return `the largest component of vector ${k} is not real`;
      if (a.dtype === 'complex64') continue;
      const [x, y] = at(W, 0, k);
      if (y > 0 && (at(W, 0, k + 1)[0] !== x || at(W, 0, k + 1)[1] !== -y)) return `value ${k} has no conjugate`;
      for (let i = 0; i < n; i++) {
        const [p, q] = at(V, i, k);
        if (y === 0 && q !== 0) return `vector ${k} of a real value is not real`;
        if (y > 0 && (at(V, i, k + 1)[0] !== p || at(V, i, k + 1)[1] !== -q)) return `vector ${k} has no conjugate`;
      }
    }
    const theirs = matrixOf(want[0]!, b, true);
    const { distance, pairs } = match(W, theirs);
    // single eigenvalues of the families here have condition numbers below 2000
    if (!(distance <= 2000 * unit * size)) return `values are ${distance} from MLX's`;
    const M = matrixOf(want[1]!, b);
    const vectors = compareVectors(theirs, V, a.dtype === 'complex64' ? conjugated(M) : M, pairs, size, unit * n * 16);
    if (vectors !== '') return vectors;
  }
  return '';
}

function run(c: Case, t: Trial): string {
  const [x] = t.inputs.map((h, i) => lay(h, t.layouts[i]!));
  if (x === null || x === undefined) return '';
  const call = {
    'linalg.eigh': () => lw.linalg.eigh(x, c.args[1] as 'L' | 'U'),
    'linalg.svd': () => lw.linalg.svd(x),
    'linalg.eig': () => lw.linalg.eig(x),
  }[c.op]!;
  const results = call();
  lw.eval(results);
  const hosts = results.map(fromTensor);
  for (const [i, h] of hosts.entries()) {
    const want = t.outputs[i]!;
    if (h.dtype !== want.dtype || String(h.shape) !== String(want.shape))
      return `result ${i} is ${h.dtype} (${String(h.shape)}), want ${want.dtype} (${String(want.shape)})`;
  }
  const a = t.inputs[0]!;
  if (c.op === 'linalg.eigh') return judgeEigh(a, c.args[1] === 'U', hosts, t.outputs);
  return c.op === 'linalg.svd' ? judgeSvd(a, hosts, t.outputs) : judgeEig(a, hosts, t.outputs);
}

describe.each(['wasm', 'reference'] as const)('%s', (backend) => {
  let before = '';
  beforeAll(() => {
    before = lw.defaultDevice();
    lw.setDefaultDevice(backend);
  });
  afterAll(() => {
    lw.setDefaultDevice(before);
  });
  const groups = new Map<string, Case[]>();
  for (const c of cases) {
    const key = `${c.op} › decomposes, and agrees with MLX up to phases, ${c.inputs[0]!.dtype}`;
    groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  it.each([...groups])('%s', (_, list) => {
    const failures: string[] = [];
    for (const c of list) {
      for (const trial of trialsOf(c)) {
        const message = run(c, trial);
        if (message !== '')
          failures.push(
            `#${c.index} (${String(c.inputs[0]!.shape)}) ${JSON.stringify(c.args)} ${trial.layouts.join()}: ${message}`,
          );
      }
    }
    expect(failures.slice(0, 6)).toEqual([]);
  });
});

it('linalg › decompositions never run on the reference in place of wasm', () => {
  expect(lw.backends().find((b) => b.name === 'wasm')!.fallbacks).toEqual({});
});
