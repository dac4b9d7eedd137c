// Matrices in GGUF's block formats: y = x W^T for quantised rows of x.
import { blocks_activation_bytes } from './blocks-activations';
import { blockBytes, blockSize } from './blocks-format';
import { blocks_pack, ROWS } from './blocks-pack';
import { openStripe, panelsOf, panelTimes } from './blocks-panels';
import { rowsTimes, STREAMS } from './blocks-vector';
export { blocks_decode } from './blocks-decode';
export { blocks_float_columns, blocks_float_rows } from './blocks-float';
export { blocks_encode } from './blocks-encode';
export { blocks_activation_bytes, blocks_activations } from './blocks-activations';
export { blocks_pack, blocks_unpack } from './blocks-pack';

/** Rows of x from which stripes are taken apart once for all of them. */
const MANY: i32 = 4;

/** Rows of the matrix that are taken at a time, and packed where they are not. */
const TURN: i32 = ROWS * STREAMS;

/** Bytes for the results of a tile, or of as many rows. */
const SCRATCH: i32 = 4 * TURN;

/** Bytes of scratch that `blocks_rows` asks for. */
export function blocks_work(type: i32, packed: bool, M: i32, K: i32): i32 {
  const n = K / blockSize(type);
  const plain = packed ? 0 : (TURN * n * blockBytes(type) + 15) & ~15;
  return SCRATCH + plain + (M < MANY ? 0 : panelsOf(type, n));
}

/**
 * Columns `from..to` of y[M,N] = x[M,K] W[N,K]^T, rows of y `ly` bytes apart. x: rows of `blocks_activations`. W: packed stripes, `from` a
 * multiple of 16; or rows of blocks. `work`: `blocks_work` bytes. Each result is the same for any range and any M.
 */
export function blocks_rows(
  type: i32,
  packed: bool,
  M: i32,
  K: i32,
  from: i32,
  to: i32,
  x: usize,
  w: usize,
  y: usize,
  ly: usize,
  work: usize,
): void {
  const n = K / blockSize(type);
  const row = <usize>(n * blockBytes(type));
  const lx = <usize>blocks_activation_bytes(type, K);
  const panel = work + <usize>blocks_work(type, packed, 0, K);
  const tiled = M < MANY ? 0 : M & ~3;
  w += <usize>from * row;
  y += <usize>from << 2;
  for (let i = from; i < to; i += TURN) {
    const count = min(TURN, to - i);
    let p = w;
    if (!packed) {
      p = work + SCRATCH;
      blocks_pack(type, count, K, w, p);
    }
    if (tiled > 0) {
      for (let r = 0; r < count; r += 4) {
        openStripe(type, n, (r & (ROWS - 1)) >> 2, p + <usize>(r & ~(ROWS - 1)) * row, panel);
        panelTimes(type, tiled, min(4, count - r), n, panel, x, lx, y + (<usize>r << 2), ly, work);
      }
    }
    for (let m = tiled; m < M; m++) rowsTimes(type, count, n, p, x + <usize>m * lx, y + <usize>m * ly, work);
    w += <usize>count * row;
    y += <usize>count << 2;
  }
}
