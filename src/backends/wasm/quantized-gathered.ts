// Products of picked matrices and of segments, each a product of the matrices where they lie.
import { types } from '../../tensor/dtype.js';
import type { Call, Kernel, View } from '../backend.js';
import { i64, u8 } from '../heap.js';
import { matrices, product, type Matrices } from './product.js';
import { dense, scoped, temp, wasm } from './runtime.js';

/** Elements to the start of entry `i` of a batch. */
export function positionsOf(dims: readonly number[], strides: readonly number[]): (i: number) => number {
  return (i) => {
    let offset = 0;
    for (let k = dims.length - 1; k >= 0; k--) {
      offset += (i % dims[k]!) * strides[k]!;
      i = Math.floor(i / dims[k]!);
    }
    return offset;
  };
}

/** int64 positions among `n` matrices: from the end where negative, clamped to what there is. */
export function gathered(v: View, n: number): number[] {
  const at = dense(v) / 8;
  return Array.from({ length: v.shape.size }, (_, i) => {
    const k = Number(i64[at + i]!);
    return Math.min(Math.max(k < 0 ? k + n : k, 0), n - 1);
  });
}

/** Pairs of positions one after the other: neighbours that share a right matrix and follow each other on the left are rows of one product. */
export function forNeighbours(
  left: readonly number[],
  right: readonly number[],
  run: (left: number, right: number, count: number, at: number) => void,
): void {
  for (let i = 0, count = 1; i < left.length; i += count) {
    count = 1;
    while (i + count < left.length && right[i + count] === right[i] && left[i + count] === left[i]! + count) count++;
    run(left[i]!, right[i]!, count, i);
  }
}

/** Runs `part` with an address for float32 (float64) results, which then become the output's dtype. */
function widened(call: Call, part: (to: number) => void): void {
  const n = call.shape.size;
  if (n === 0) return;
  if (!call.type.half) {
    part(call.at);
    return;
  }
  const to = temp(n * 4);
  part(to);
  wasm['cast']!(n, types.float32.index, call.type.index, to, call.at);
}
const zeros = (at: number, bytes: number): void => {
  u8.fill(0, at, at + bytes);
};

function gatherMatmul(call: Call): void {
  const [va, vb] = [call.a!, call.b!];
  const [M, N] = call.shape.dims.slice(-2) as [number, number];
  const K = va.shape.dims[va.shape.ndim - 1]!;
  const { type } = va;
  const size = type.code === 'f64' ? 8 : 4;
  if (call.shape.size === 0) return;
  const total = (v: View): number => v.shape.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  const [a, b] = [matrices(va), matrices(vb)];
  const place = (v: View, m: Matrices, index: View): number[] => {
    const at = positionsOf(v.shape.dims.slice(0, -2), m.batch);
    return gathered(index, total(v)).map(at);
  };
  const left = place(va, a, call.c!);
  const right = place(vb, b, call.rest![0]!);
  widened(call, (to) => {
    if (K === 0) {
      zeros(to, call.shape.size * size);
      return;
    }
    // neighbours with one right matrix and left ones at equal distances are one product
    for (let i = 0, count = 1; i < left.length; i += count) {
      const step = (left[i + 1] ?? 0) - left[i]!;
      count = 1;
      while (i + count < left.length && right[i + count] === right[i] && left[i + count] === left[i]! + count * step) {
        count++;
      }
      scoped(() => {
        const l = { ...a, at: a.at + left[i]! * type.size, batch: [step] };
        const r = { ...b, at: b.at + right[i]! * type.size, batch: [0] };
        product({ batch: [count], M, N, K, a: l, b: r }, to + i * M * N * size);
      });
    }
  });
}

function segmentMatmul(call: Call): void {
  const [va, vb] = [call.a!, call.b!];
  const [M, N] = call.shape.dims.slice(-2) as [number, number];
  const K = va.shape.dims[1]!;
  const { type } = va;
  const size = type.code === 'f64' ? 8 : 4;
  const [a, b] = [matrices(va), matrices(vb)];
  const ends = call.shape.size === 0 ? 0 : dense(call.c!) / 8;
  const clamp = (x: bigint): number => Math.min(Math.max(Number(x), 0), K);
  widened(call, (to) => {
    for (let i = 0; i < call.shape.size / (M * N); i++) {
      const from = clamp(i64[ends + 2 * i]!);
      const length = clamp(i64[ends + 2 * i + 1]!) - from;
      const out = to + i * M * N * size;
      if (length <= 0) zeros(out, M * N * size);
      else {
        scoped(() => {
          const l = { ...a, at: a.at + from * a.columns * type.size };
          const r = { ...b, at: b.at + from * b.rows * type.size };
          product({ batch: [], M, N, K: length, a: l, b: r }, out);
        });
      }
    }
  });
}

export const products: Readonly<Record<string, Kernel>> = {
  gather_matmul: gatherMatmul,
  segment_matmul: segmentMatmul,
};
