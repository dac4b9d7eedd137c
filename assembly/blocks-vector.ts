// One quantised row of x times stripes of packed blocks.
import { codeBytes, HEAD_K } from './blocks-activations';
import { blockBytes, Q4_K, Q5_K } from './blocks-format';
import { headBytes } from './blocks-pack';
import { stripes32 } from './blocks-vector-32';
import { q4_k, q5_k, q6_k } from './blocks-vector-k';

/** y = `n` blocks of 256 of `streams` stripes, `next` bytes apart, times x, their sums 16 bytes apart. The stripes go side by side: memory feeds four streams faster than one. */
function stripesK(type: i32, streams: i32, n: i32, heads: usize, w: usize, next: usize, x: usize, y: usize): void {
  memory.fill(y, 0, 64);
  const code = <usize>(4 * blockBytes(type) - headBytes(type));
  for (; n > 0; n--) {
    let h = heads;
    let q = w;
    for (let k: usize = 0; k < <usize>streams; k++) {
      const t = y + (k << 4);
      if (type == Q4_K) q4_k(1, q, x, t);
      else if (type == Q5_K) q5_k(1, q, x, t);
      else q6_k(1, h, q, x, t);
      h += next;
      q += next;
    }
    heads += headBytes(type);
    w += code;
    x += HEAD_K + codeBytes(type, 256);
  }
}

/** y[0..rows] = packed rows at `w` times one quantised row of `n` blocks at `x`. `sums`: room for 64 bytes. */
export function rowsTimes(type: i32, rows: i32, n: i32, w: usize, x: usize, y: usize, sums: usize): void {
  const stripe = <usize>(n * 4 * blockBytes(type));
  const head = <usize>(n * headBytes(type));
  for (; rows > 0; rows -= 16) {
    const streams = min(4, (rows + 3) >> 2);
    if (type >= Q4_K) stripesK(type, streams, n, w, w + head, stripe, x, sums);
    else stripes32(type, streams, n, w, w + head, stripe, x, sums);
    memory.copy(y, sums, <usize>min(rows, 16) << 2);
    y += 64;
    w += 4 * stripe;
  }
}
