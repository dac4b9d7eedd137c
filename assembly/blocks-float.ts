// Products of float32 rows with blocks: rows of the matrix are decoded into a small part and multiplied there.
import { blocks_decode } from './blocks-decode';
import { blockBytes, blockSize } from './blocks-format';
import { blocks_unpack } from './blocks-pack';
import { gemm } from './matmul-panels';
import { dotRows, sumRows } from './matmul-vector';

/** Rows of x from which the packed product is faster. */
const MANY = 9;

/** `count` rows of K elements from `w` as float32 at `to`; stripes are turned back into rows at `work` first. */
function decodeRows(type: i32, packed: bool, count: i32, K: i32, w: usize, to: usize, work: usize): void {
  if (packed) blocks_unpack(type, count, K, w, 0, work);
  blocks_decode(type, count * (K / blockSize(type)), packed ? work : w, to);
}

/** y[M,N] = x[M,K] W[N,K]^T, `rows` (a multiple of 16) rows of W at a time. `work`: room for these as blocks and as float32, and panels. */
export function blocks_float_rows(
  type: i32,
  packed: bool,
  M: i32,
  N: i32,
  K: i32,
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  work: usize,
): void {
  const bytes = <usize>(blockBytes(type) * (K / blockSize(type)));
  const part = (work + <usize>rows * bytes + 15) & ~(<usize>15);
  const ld = <usize>K << 2;
  const panels = part + <usize>rows * ld;
  const ly = <usize>N << 2;
  for (let n = 0; n < N; n += rows) {
    const count = min(rows, N - n);
    decodeRows(type, packed, count, K, w, part, work);
    if (M < MANY) dotRows<f32>(M, count, K, x, part, ld, y, ly);
    else gemm<f32, f32, f32>(M, count, K, x, ld, 4, part, 4, ld, y, ly, panels, false);
    w += <usize>count * bytes;
    y += <usize>count << 2;
  }
}

/** y[M,N] = x[M,K] W[K,N], rows of W being of blocks. */
export function blocks_float_columns(
  type: i32,
  packed: bool,
  M: i32,
  K: i32,
  N: i32,
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  work: usize,
): void {
  const bytes = <usize>(blockBytes(type) * (N / blockSize(type)));
  const part = (work + <usize>rows * bytes + 15) & ~(<usize>15);
  const ly = <usize>N << 2;
  const lx = <usize>K << 2;
  const panels = part + <usize>rows * ly;
  memory.fill(y, 0, <usize>M * ly);
  for (let k = 0; k < K; k += rows) {
    const count = min(rows, K - k);
    decodeRows(type, packed, count, N, w, part, work);
    if (M < MANY) sumRows<f32>(M, N, count, x, lx, part, ly, y, ly);
    else gemm<f32, f32, f32>(M, N, count, x, lx, 4, part, ly, 4, y, ly, panels, true);
    w += <usize>count * bytes;
    x += <usize>count << 2;
  }
}
