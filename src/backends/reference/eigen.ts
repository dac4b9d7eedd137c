// Spectral decompositions by the plainest methods there are: Jacobi rotations, and QR steps with rotations for general matrices.
import type { Call, Kernel } from '../backend.js';
import { parts, refuse, type Spectral } from '../spectral.js';
import { load, positions, store } from './access.js';
import { abs, add, conjugate, div, mul, neg, sqrt, sub, type Complex } from './complex.js';

/** Columns of complex numbers. */
type Columns = Complex[][];
const zero: Complex = { re: 0, im: 0 };
const one: Complex = { re: 1, im: 0 };
const real = (x: number): Complex => ({ re: x, im: 0 });
const times = (z: Complex, x: number): Complex => ({ re: z.re * x, im: z.im * x });
const squares = (z: Complex): number => z.re * z.re + z.im * z.im;
/** Sum of conj(x) y. */
const dot = (x: readonly Complex[], y: readonly Complex[]): Complex =>
  x.reduce((s, v, i) => add(s, mul(conjugate(v), y[i]!)), zero);
const length = (x: readonly Complex[]): number => Math.sqrt(x.reduce((s, v) => s + squares(v), 0));
const unit = (n: number): Columns =>
  Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_, i) => (i === j ? one : zero)));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const EPS = 2 ** -52;
/** Rounds over all pairs, and QR steps for one eigenvalue, that are tried. */
const ROUNDS = 60;

/** Columns (x, y) become (c x - conj(s) y, s x + c y). */
function turnColumns(columns: Columns, p: number, q: number, c: number, s: Complex): void {
  const x = columns[p]!;
  const y = columns[q]!;
  columns[p] = x.map((v, i) => sub(times(v, c), mul(conjugate(s), y[i]!)));
  columns[q] = y.map((v, i) => add(times(v, c), mul(s, x[i]!)));
}
/** Rows (x, y) become (c x - s y, conj(s) x + c y): multiplied from the left by what inverts `turnColumns`. */
function turnRows(columns: Columns, p: number, q: number, c: number, s: Complex): void {
  for (const column of columns) {
    const [x, y] = [column[p]!, column[q]!];
    column[p] = sub(times(x, c), mul(s, y));
    column[q] = add(mul(conjugate(s), x), times(y, c));
  }
}
/** Cosine and sine of the turn that makes [alpha, gamma; conj(gamma), beta] diagonal. */
function jacobi(alpha: number, beta: number, gamma: Complex): readonly [number, Complex] {
  const size = abs(gamma);
  const theta = (beta - alpha) / (2 * size);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  return [c, times(gamma, (t * c) / size)];
}

/** One-sided Jacobi: the columns become orthogonal; the same turns go to `v`. */
function orthogonalise(a: Columns, v: Columns): boolean {
  for (let round = 0; round < ROUNDS; round++) {
    let turned = false;
    for (let p = 0; p < a.length; p++) {
      for (let q = p + 1; q < a.length; q++) {
        const gamma = dot(a[p]!, a[q]!);
        const [alpha, beta] = [length(a[p]!), length(a[q]!)];
        if (abs(gamma) <= EPS * a[p]!.length * alpha * beta) continue;
        turned = true;
        const [c, s] = jacobi(alpha * alpha, beta * beta, gamma);
        turnColumns(a, p, q, c, s);
        turnColumns(v, p, q, c, s);
      }
    }
    if (!turned) return true;
  }
  return false;
}
/** Unit vectors of the columns, those of no length (and the missing ones up to `count`) completed by Gram and Schmidt. */
function basis(columns: Columns, n: number, count: number): Columns {
  const out: Columns = columns.map((x) => (length(x) === 0 ? [] : x.map((v) => times(v, 1 / length(x)))));
  while (out.length < count) out.push([]);
  let next = 0;
  out.forEach((x, k) => {
    while (x.length === 0) {
      let y: Complex[] = unit(n)[next++]!;
      for (let twice = 0; twice < 2; twice++) {
        for (const z of out) {
          if (z.length === 0) continue;
          const s = dot(z, y);
          y = y.map((v, i) => sub(v, mul(z[i]!, s)));
        }
      }
      const size = length(y);
      if (size < 0.5 / Math.sqrt(n)) continue;
      out[k] = x = y.map((v) => times(v, 1 / size));
    }
  });
  return out;
}

/** Two-sided Jacobi on a Hermitian matrix, which becomes diagonal; the turns go to `v`. */
function diagonalise(a: Columns, v: Columns): boolean {
  const n = a.length;
  const size = Math.sqrt(a.reduce((s, x) => s + length(x) ** 2, 0));
  for (let round = 0; round < ROUNDS; round++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const gamma = a[q]![p]!;
        if (abs(gamma) <= EPS * 0.01 * size) continue;
        turned = true;
        const [c, s] = jacobi(a[p]![p]!.re, a[q]![q]!.re, gamma);
        turnColumns(a, p, q, c, s);
        turnRows(a, p, q, c, s);
        turnColumns(v, p, q, c, s);
        a[q]![p] = a[p]![q] = zero;
      }
    }
    if (!turned) return true;
  }
  return false;
}

/** Turns rows k and k + 1 so that (f, g) becomes (r, 0), columns and `z` with them. */
function chase(a: Columns, z: Columns, k: number, f: Complex, g: Complex): void {
  if (abs(g) === 0) return;
  const r = Math.hypot(abs(f), abs(g));
  const phase = abs(f) === 0 ? one : times(f, 1 / abs(f));
  const c = abs(f) / r;
  const s = neg(times(mul(phase, conjugate(g)), 1 / r));
  turnRows(a, k, k + 1, c, s);
  turnColumns(a, k, k + 1, c, s);
  turnColumns(z, k, k + 1, c, s);
}
/** The same for what stands in rows k and k + 1 of column j. */
function clear(a: Columns, z: Columns, k: number, j: number): void {
  chase(a, z, k, a[j]![k]!, a[j]![k + 1]!);
  a[j]![k + 1] = zero;
}
/** The eigenvalue of [a, b; c, d] nearer to d. */
function nearer(a: Complex, b: Complex, c: Complex, d: Complex): Complex {
  const h = times(sub(a, d), 0.5);
  const root = sqrt(add(mul(h, h), mul(b, c)));
  const divisor = h.re * root.re + h.im * root.im < 0 ? sub(h, root) : add(h, root);
  return abs(divisor) === 0 ? d : sub(d, div(mul(b, c), divisor));
}
/** QR iteration with single shifts: `a` becomes triangular, `z` collects the turns. */
function schur(a: Columns, z: Columns): boolean {
  const n = a.length;
  for (let j = 0; j < n - 2; j++) for (let i = n - 2; i > j; i--) clear(a, z, i, j);
  let tries = 0;
  for (let hi = n - 1; hi > 0;) {
    let lo = hi;
    for (; lo > 0; lo--) {
      const near = abs(a[lo]![lo]!) + abs(a[lo - 1]![lo - 1]!);
      if (abs(a[lo - 1]![lo]!) <= EPS * near || abs(a[lo - 1]![lo]!) < 1e-290) break;
    }
    if (lo > 0) a[lo - 1]![lo] = zero;
    if (lo === hi) {
      hi--;
      tries = 0;
      continue;
    }
    if (++tries > ROUNDS) return false;
    const d = a[hi]![hi]!;
    const odd = tries % 10 === 0;
    const shift = odd
      ? add(d, real(abs(a[hi - 1]![hi]!)))
      : nearer(a[hi - 1]![hi - 1]!, a[hi]![hi - 1]!, a[hi - 1]![hi]!, d);
    chase(a, z, lo, sub(a[lo]![lo]!, shift), a[lo]![lo + 1]!);
    for (let k = lo + 1; k < hi; k++) clear(a, z, k, k - 1);
  }
  return true;
}
/** Eigenvector k of the triangular matrix t, in the basis z, of length 1 with a real largest component. */
function vectorOf(t: Columns, z: Columns, k: number, size: number): Complex[] {
  const value = t[k]![k]!;
  const floor = EPS * Math.max(abs(value), 1e-30 * size);
  let x: Complex[] = range(k + 1).map((i) => (i === k ? one : zero));
  for (let j = k - 1; j >= 0; j--) {
    const sum = range(k - j).reduce((s, i) => add(s, mul(t[j + 1 + i]![j]!, x[j + 1 + i]!)), zero);
    let d = sub(value, t[j]![j]!);
    if (abs(d) <= floor) d = real(floor || 1);
    x[j] = div(sum, d);
    if (abs(x[j]!) > 1e30) {
      const f = 1 / abs(x[j]!);
      x = x.map((v) => times(v, f));
    }
  }
  const v = range(z.length).map((i) => x.reduce((s, w, j) => add(s, mul(w, z[j]![i]!)), zero));
  const largest = v.reduce((m, w) => (squares(w) > squares(m) ? w : m), zero);
  const f = times(conjugate(largest), 1 / (abs(largest) * length(v)));
  return v.map((w) => (w === largest ? real(abs(largest) / length(v)) : mul(w, f)));
}
/** Eigenpairs of a real matrix: real ones really, the others in exact conjugate pairs, the upper one first. */
function paired(values: Complex[], vectors: Columns, size: number): readonly [Complex[], Columns] {
  const flat = values.map((w) => (Math.abs(w.im) <= 1e-13 * size ? real(w.re) : w));
  const below = new Set(range(flat.length).filter((i) => flat[i]!.im < 0));
  const outValues: Complex[] = [];
  const outVectors: Columns = [];
  flat.forEach((w, i) => {
    if (w.im < 0) return;
    outValues.push(w);
    outVectors.push(w.im === 0 ? realPhase(vectors[i]!) : vectors[i]!);
    if (w.im === 0) return;
    outValues.push(conjugate(w));
    outVectors.push(vectors[i]!.map(conjugate));
    below.delete([...below].sort((p, q) => distance(flat[p]!, w) - distance(flat[q]!, w))[0]!);
  });
  for (const i of below) {
    outValues.push(flat[i]!);
    outVectors.push(vectors[i]!);
  }
  return [outValues.slice(0, flat.length), outVectors.slice(0, flat.length)];
}
const distance = (z: Complex, w: Complex): number => abs(sub(conjugate(z), w));
const realPhase = (x: readonly Complex[]): Complex[] => x.map((v) => real(v.re));

/** Runs `each` on every matrix as columns; it gives the values and the vectors as columns, or null without convergence. */
function decompose(
  call: Call,
  each: (a: Columns, spec: Spectral) => readonly [readonly Complex[], Columns, Columns] | null,
): void {
  const spec = call.attrs as Spectral;
  const { rows, columns, op, vectors } = spec;
  const sizes = parts(spec);
  const input = call.a!;
  const places = positions(input);
  const per = (dims: readonly number[]): number => dims[0]! * dims[1]!;
  const each1 = sizes.values + per(sizes.left) + (call.prim.name === 'svd' ? per(sizes.right) : 0);
  const count = each1 === 0 ? 0 : call.shape.size / each1;
  const put = (at: number, z: Complex): void =>
    store(call.type, call.at, at, call.type.category === 'complex' ? z : z.re);
  for (let m = 0; m < count; m++) {
    const a: Columns = range(columns).map((j) =>
      range(rows).map((i) => {
        const x = load(input.type, input.at, places[(m * rows + i) * columns + j]!);
        return typeof x === 'object' ? x : real(Number(x));
      }),
    );
    const read = spec.upper === undefined ? a : fromTriangle(a, spec.upper);
    const top = read.reduce((t, x) => x.reduce((s, v) => Math.max(s, Math.abs(v.re), Math.abs(v.im)), t), 0);
    if (!Number.isFinite(top)) refuse(op, 'infinite', m);
    const scale = top === 0 ? 1 : 2 ** Math.min(1000, Math.max(-1000, -Math.floor(Math.log2(top))));
    const result = each(
      read.map((x) => x.map((v) => times(v, scale))),
      spec,
    );
    if (result === null) refuse(op, 'endless', m);
    const [values, left, right] = result;
    values.forEach((w, i) => put(m * sizes.values + i, times(w, 1 / scale)));
    if (vectors === 'none') continue;
    const leftAt = count * sizes.values + m * per(sizes.left);
    left.forEach((x, k) => x.forEach((v, i) => put(leftAt + i * sizes.left[1]! + k, v)));
    const rightAt = count * (sizes.values + per(sizes.left)) + m * per(sizes.right);
    if (call.prim.name === 'svd') {
      right.forEach((x, k) => x.forEach((v, j) => put(rightAt + k * columns + j, conjugate(v))));
    }
  }
}
/** The Hermitian matrix whose lower or upper triangle is given. */
const fromTriangle = (a: Columns, upper: boolean): Columns =>
  a.map((x, j) => x.map((v, i) => (i === j ? real(v.re) : i > j !== upper ? v : conjugate(a[i]![j]!))));
const order = (values: readonly number[], sign: number): number[] =>
  range(values.length).sort((i, j) => sign * (values[i]! - values[j]!));

/** Singular values and vectors; of a wide matrix from its conjugate transpose. */
function svd(a: Columns, { rows, columns, vectors }: Spectral): readonly [Complex[], Columns, Columns] | null {
  const wide = columns > rows;
  const [m, n] = wide ? [columns, rows] : [rows, columns];
  const x: Columns = wide ? range(rows).map((i) => a.map((column) => conjugate(column[i]!))) : a;
  const v = unit(n);
  if (!orthogonalise(x, v)) return null;
  const sizes = x.map(length);
  const by = order(sizes, -1);
  const left = basis(
    by.map((k) => x[k]!),
    m,
    vectors === 'full' ? m : n,
  );
  const right = by.map((k) => v[k]!);
  return [by.map((k) => real(sizes[k]!)), wide ? right : left, wide ? left : right];
}
function eigh(a: Columns): readonly [Complex[], Columns, Columns] | null {
  const v = unit(a.length);
  if (!diagonalise(a, v)) return null;
  const values = a.map((x, i) => x[i]!.re);
  const by = order(values, 1);
  return [by.map((k) => real(values[k]!)), by.map((k) => v[k]!), []];
}
function eig(a: Columns): readonly [Complex[], Columns, Columns] | null {
  const n = a.length;
  const isReal = a.every((x) => x.every((v) => v.im === 0));
  const size = Math.sqrt(a.reduce((s, x) => s + length(x) ** 2, 0));
  const z = unit(n);
  if (!schur(a, z)) return null;
  const values = a.map((x, i) => x[i]!);
  const vectors = range(n).map((k) => vectorOf(a, z, k, size));
  return isReal ? [...paired(values, vectors, size), []] : [values, vectors, []];
}

export const eigen: Readonly<Record<string, Kernel>> = {
  svd: (call) => decompose(call, svd),
  eigh: (call) => decompose(call, eigh),
  eig: (call) => decompose(call, eig),
};
