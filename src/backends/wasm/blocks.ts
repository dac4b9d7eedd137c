// Matrices in GGUF's block formats. attrs: the format, for products `BlockProduct`.
import { types } from '../../tensor/dtype.js';
import { rowElements, STRIPE, type BlockFormat, type BlockProduct, type BlockStripes } from '../block-formats.js';
import type { Call, Kernel, View } from '../backend.js';
import { u8 } from '../heap.js';
import { decode } from './indexing.js';
import { panelBytes } from './product.js';
import { forNeighbours, gathered } from './quantized-gathered.js';
import { dense, scoped, temp, wasm } from './runtime.js';
import { lanesFor, spreadCalls } from './threads/spread.js';

/** Row-major float32 elements of a view. */
function floats(v: View): number {
  const at = dense(v);
  if (v.type === types.float32) return at;
  const to = temp(v.shape.size * 4);
  wasm['cast']!(v.shape.size, v.type.index, types.float32.index, at, to);
  return to;
}

/** Rows of the matrix that are decoded at a time: few rows of x leave them in the first-level cache, many in the second. */
function turnRows(M: number, width: number, rows: number): number {
  const fitting = Math.floor((M < 9 ? 2 ** 16 : 2 ** 20) / (4 * width) / STRIPE) * STRIPE;
  return Math.min(Math.max(fitting, STRIPE), 256, Math.ceil(rows / STRIPE) * STRIPE);
}

/** Nanoseconds of a weight, of which memory is the bound, and of a multiplication where several rows of x share it. */
const READ = 0.08;
const MULTIPLIED = 0.035;
/** A piece of the matrix has at least as many nanoseconds of work. */
const PIECE = 1e4;

/** y = x W^T for `M` quantised rows of x at `x`, rows of W cut among the threads. */
function multiply(p: BlockProduct, M: number, K: number, N: number, x: number, w: number, y: number): void {
  const packed = p.packed ? 1 : 0;
  const cost = N * K * (READ + M * MULTIPLIED);
  const lanes = lanesFor(cost);
  const bytes = wasm['blocks_work']!(p.code, packed, M, K);
  const work = temp(bytes * lanes);
  const pieces = Math.max(1, Math.min(4 * lanes, Math.floor(cost / PIECE)));
  const size = lanes === 1 ? N : Math.ceil(N / pieces / STRIPE) * STRIPE;
  const list = [p.code, packed, M, K, 0, N, x, w, y, N * 4, work];
  const fill = (i: number, to: number[]): void => {
    for (let k = 0; k < list.length; k++) to[k] = list[k]!;
    to[4] = i * size;
    to[5] = Math.min(N, (i + 1) * size);
  };
  const own = { work: 1 << 10, workBytes: bytes };
  spreadCalls(lanes, wasm['blocks_rows']!, list.length, Math.ceil(N / size), cost, fill, own);
}

function product(call: Call): void {
  const p = call.attrs as BlockProduct;
  const [x, w] = [call.a!, call.b!];
  const size = call.shape.size;
  if (size === 0) return;
  const [M, K] = x.shape.dims.slice(-2) as [number, number];
  const N = call.shape.dims[call.shape.ndim - 1]!;
  if (K === 0) {
    u8.fill(0, call.at, call.at + size * call.type.size);
    return;
  }
  const bytes = w.shape.dims[w.shape.ndim - 1]!;
  const width = rowElements(p, bytes);
  const from = floats(x);
  const matrix = dense(w);
  const to = call.type.half ? temp(size * 4) : call.at;
  const one = (m: number, at: number, w: number, out: number): void => {
    if (p.activations === 'int8') {
      const quantised = temp(m * wasm['blocks_activation_bytes']!(p.code, K));
      wasm['blocks_activations']!(p.code, m, K, at, quantised);
      multiply(p, m, K, N, quantised, w, out);
      return;
    }
    const count = turnRows(m, width, p.rows);
    const panels = m < 9 ? 0 : panelBytes(m, p.transpose ? count : width, p.transpose ? width : count, 4);
    const work = temp(count * (bytes + 4 * width) + 64 + panels);
    const kernel = wasm[p.transpose ? 'blocks_float_rows' : 'blocks_float_columns']!;
    kernel(p.code, p.packed ? 1 : 0, m, p.rows, width, at, w, out, count, work);
  };
  const batch = size / (M * N);
  if (p.gathered) {
    const count = (v: View): number => v.shape.dims.slice(0, -2).reduce((n, d) => n * d, 1);
    const [left, right] = call.rest as unknown as readonly [View, View];
    forNeighbours(gathered(left, count(x)), gathered(right, count(w)), (l, r, n, i) => {
      scoped(() => {
        one(M * n, from + l * M * K * 4, matrix + r * p.rows * bytes, to + i * M * N * 4);
      });
    });
  } else if (w.shape.ndim === 2) one(M * batch, from, matrix, to);
  else {
    for (let i = 0; i < batch; i++)
      scoped(() => {
        one(M, from + i * M * K * 4, matrix + i * p.rows * bytes, to + i * M * N * 4);
      });
  }
  if (call.type.half) wasm['cast']!(size, types.float32.index, call.type.index, to, call.at);
}

export const blocks: Readonly<Record<string, Kernel>> = {
  blocks_encode: (call) => {
    const f = call.attrs as BlockFormat;
    const a = call.a!;
    wasm['blocks_encode']!(f.code, a.shape.size / f.elements, dense(a), call.at);
  },
  blocks_decode: (call) => {
    const f = call.attrs as BlockFormat;
    wasm['blocks_decode']!(f.code, call.shape.size / f.elements, dense(call.a!), call.at);
  },
  blocks_pack: (call) => {
    const f = call.attrs as BlockFormat;
    const [rows, bytes] = call.a!.shape.dims as [number, number];
    wasm['blocks_pack']!(f.code, rows, rowElements(f, bytes), dense(call.a!), call.at);
  },
  blocks_unpack: (call) => {
    const f = call.attrs as BlockStripes;
    const [rows, bytes] = call.shape.dims as [number, number];
    const index = call.b === null ? 0 : temp(4 * rows);
    if (call.b !== null) decode('take', call.b, 0, f.rows, 1, false, index);
    wasm['blocks_unpack']!(f.code, rows, rowElements(f, bytes), dense(call.a!), index, call.at);
  },
  blocks_product: product,
};
