// One quantised row of x times stripes of packed blocks.
import { codeBytes, HEAD_K } from './blocks-activations';
import { blockBytes, Q4_K, Q5_K, Q8_0 } from './blocks-format';
import { codeBytesOf, headBytes, ROWS } from './blocks-pack';
import { q8_0, stripe32 } from './blocks-vector-32';
import { q4_k, q5_k, q6_k } from './blocks-vector-k';

/** y[0..16] = `n` blocks of 256 of a stripe times x. */
function stripeK(type: i32, n: i32, w: usize, x: usize, y: usize): void {
  const heads = <usize>headBytes(type);
  memory.fill(y, 0, 64);
  for (; n > 0; n--) {
    let q = w + 4 * heads;
    for (let t = y; t < y + 64; t += 16) {
      if (type == Q4_K) q4_k(q, x, t);
      else if (type == Q5_K) q5_k(q, x, t);
      else q6_k(w, q, x, t);
      w += heads;
      q += codeBytesOf(type);
    }
    w = q;
    x += HEAD_K + codeBytes(type, 256);
  }
}

/** Stripes that may go side by side. */
export const STREAMS: i32 = 2;

/** y[0..rows] = packed rows at `w` times one quantised row of `n` blocks at `x`. `sums`: room for 64 * `STREAMS` bytes. */
export function rowsTimes(type: i32, rows: i32, n: i32, w: usize, x: usize, y: usize, sums: usize): void {
  const stripe = <usize>(n * ROWS * blockBytes(type));
  const most = type == Q8_0 ? STREAMS : 1;
  for (; rows > 0; rows -= ROWS * most) {
    const streams = min(most, (rows + ROWS - 1) / ROWS);
    if (type == Q8_0) {
      memory.fill(sums, 0, <usize>streams << 6);
      q8_0(streams, n, w, stripe, x, sums);
    } else if (type < Q4_K) stripe32(type, n, w, x, sums);
    else stripeK(type, n, w, x, sums);
    memory.copy(y, sums, <usize>min(rows, ROWS * streams) << 2);
    y += <usize>streams << 6;
    w += <usize>streams * stripe;
  }
}
