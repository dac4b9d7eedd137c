import type { ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { f32, f64 } from '../heap.js';
import { parts, refuse, type Spectral } from '../spectral.js';
import { dense, temp, wasm } from './runtime.js';

/** How the kernels name dtypes. */
const kindOf = (t: ElementType): number => (t.category === 'complex' ? 2 : t.name === 'float64' ? 1 : 0);
const product = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);

/** Unit matrices: the vectors of matrices without elements. */
function identities(n: number, count: number, at: number, type: ElementType): void {
  const wide = type.name === 'float64';
  const heap = wide ? f64 : f32;
  const step = type.category === 'complex' ? 2 : 1;
  const base = at / (wide ? 8 : 4);
  heap.fill(0, base, base + count * n * n * step);
  for (let i = 0; i < count; i++) for (let k = 0; k < n; k++) heap[base + (i * n * n + k * n + k) * step] = 1;
}

/** Runs a kernel on each matrix with the addresses of its input, its values and its vectors. */
function each(call: Call, kernel: (from: number, values: number, left: number, right: number) => number): void {
  const a = call.attrs as Spectral;
  const { values, left, right } = parts(a);
  const l = product(left);
  const r = product(right);
  const { type } = call;
  const input = call.a!;
  const size = a.rows * a.columns;
  if (size === 0) {
    if (a.vectors !== 'full' || call.shape.size === 0) return;
    const n = a.rows + a.columns; // one of them is 0
    identities(n, call.shape.size / (n * n), call.at, type);
    return;
  }
  const count = input.shape.size / size;
  const from = dense(input);
  const leftAt = call.at + count * values * type.size;
  const rightAt = leftAt + count * l * type.size;
  for (let i = 0; i < count; i++) {
    const status = kernel(
      from + i * size * input.type.size,
      call.at + i * values * type.size,
      leftAt + i * l * type.size,
      rightAt + i * r * type.size,
    );
    if (status !== 0) refuse(a.op, status === 1 ? 'infinite' : 'endless', i);
  }
}

function svd(call: Call): void {
  const { rows, columns, vectors } = call.attrs as Spectral;
  const kind = kindOf(call.type);
  const full = { none: -1, thin: 0, full: 1 }[vectors];
  let work = 0;
  each(call, (from, values, left, right) => {
    work ||= temp(wasm['svd_bytes']!(rows, columns, kind >> 1, full));
    return wasm['svd']!(kind, rows, columns, full, from, values, left, right, work);
  });
}

/** The vectors are the left ones. */
function eigh(call: Call): void {
  const { rows, vectors, upper } = call.attrs as Spectral;
  const kind = kindOf(call.type);
  const wanted = vectors === 'none' ? 0 : 1;
  let work = 0;
  each(call, (from, values, left) => {
    work ||= temp(wasm['eigh_bytes']!(rows, kind >> 1, wanted));
    return wasm['eigh']!(kind, rows, upper === true ? 1 : 0, from, values, wanted * left, work);
  });
}

/** complex64 from any of the three dtypes; the vectors are the left ones. */
function eig(call: Call): void {
  const { rows, vectors } = call.attrs as Spectral;
  const kind = kindOf(call.a!.type);
  const wanted = vectors === 'none' ? 0 : 1;
  let work = 0;
  each(call, (from, values, left) => {
    work ||= temp(wasm['eig_bytes']!(rows, kind >> 1, wanted));
    return wasm['eig']!(kind, rows, from, values, wanted * left, work);
  });
}

export const eigen: Readonly<Record<string, Kernel>> = { svd, eigh, eig };
