// Products of picked matrices and of segments, summed in double precision.
import type { Kernel, View } from '../backend.js';
import { readNumbers, store } from './access.js';

const matrixCount = (v: View): number => v.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
/** Flat positions among `n` matrices: from the end where negative, clamped. */
export const picks = (v: View, n: number): number[] =>
  Array.from(readNumbers(v), (k) => clamp(k < 0 ? k + n : k, 0, n - 1));

export const products: Readonly<Record<string, Kernel>> = {
  /** a, b, positions in a, positions in b */
  gather_matmul: (call) => {
    const [a, b] = [readNumbers(call.a!), readNumbers(call.b!)];
    const [M, N] = call.shape.dims.slice(-2) as [number, number];
    const K = call.a!.shape.dims[call.a!.shape.ndim - 1]!;
    const left = picks(call.c!, matrixCount(call.a!));
    const right = picks(call.rest![0]!, matrixCount(call.b!));
    for (let i = 0; i < call.shape.size; i++) {
      const entry = Math.floor(i / (M * N));
      const row = Math.floor(i / N) % M;
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += a[(left[entry]! * M + row) * K + k]! * b[(right[entry]! * K + k) * N + (i % N)]!;
      store(call.type, call.at, i, sum);
    }
  },
  /** a, b, (from, to) pairs */
  segment_matmul: (call) => {
    const [a, b, ends] = [readNumbers(call.a!), readNumbers(call.b!), readNumbers(call.c!)];
    const [M, N] = call.shape.dims.slice(-2) as [number, number];
    const K = call.a!.shape.dims[1]!;
    for (let i = 0; i < call.shape.size; i++) {
      const entry = Math.floor(i / (M * N));
      const row = Math.floor(i / N) % M;
      let sum = 0;
      for (let k = clamp(ends[2 * entry]!, 0, K); k < clamp(ends[2 * entry + 1]!, 0, K); k++) {
        sum += a[row * K + k]! * b[k * N + (i % N)]!;
      }
      store(call.type, call.at, i, sum);
    }
  },
};
