// Convolution as a matrix product whose left side, the windows as rows, is packed from the input a block at a time.
import { field, locate, PLACE } from './conv-window';
import { block, KC, MC, MR, NC, packLines, packB, TILE } from './matmul-panels';

/** Bytes of zeros that stand for taps outside the input: a segment of one tap. */
const ZEROS: usize = <usize>KC * 8;

/** The tap's address in the window at `s`, or that of zeros where it lies outside. */
// @ts-ignore: decorator
@inline
function tapOf(g: usize, s: usize, td: i32, th: i32, tw: i32, delta: usize, zeros: usize): usize {
  const inside =
    <u32>(load<i32>(s, 4) + td) < <u32>field(g, 12) &&
    <u32>(load<i32>(s, 8) + th) < <u32>field(g, 16) &&
    <u32>(load<i32>(s, 12) + tw) < <u32>field(g, 20);
  return select<usize>(load<usize>(s) + delta, zeros, inside);
}

/** Elements `from..from+k` of the windows of rows `r..r+m`, as panels of MR rows; `s`: room for six places. */
function packWindows<T, E>(g: usize, x: usize, r: i32, m: i32, from: i32, k: i32, s: usize, zeros: usize, d: usize): void {
  const channels = field(g, 88);
  const kh = field(g, 28);
  const kw = field(g, 32);
  const stepD = field(g, 60);
  const stepH = field(g, 64);
  const stepW = field(g, 68);
  // taps along the width whose channels follow each other are one run
  const joined = kw > 1 && stepW * field(g, 84) == channels;
  const end = from + k;
  for (let i = 0; i < m; i += MR) {
    let inside = true;
    for (let q = 0; q < MR; q++) {
      // rows beyond the last repeat it; their results go nowhere
      const whole = locate(g, x, sizeof<T>(), r + min(i + q, m - 1), s + <usize>q * PLACE);
      inside = inside && whole;
    }
    const taps = inside && joined ? kw : 1;
    const run = taps * channels;
    for (let f = from; f < end; ) {
      const segment = f / run;
      const c = f - segment * run;
      const n = min(run - c, end - f);
      const tap = segment * taps;
      const line = tap / kw;
      const tw = (tap - line * kw) * stepW;
      const th = (line % kh) * stepH;
      const td = (line / kh) * stepD;
      const delta = <usize>(td * field(g, 76) + th * field(g, 80) + tw * field(g, 84) + c) * sizeof<T>();
      if (inside) {
        packLines<T, E>(
          n,
          load<usize>(s) + delta,
          load<usize>(s, PLACE) + delta,
          load<usize>(s, 2 * PLACE) + delta,
          load<usize>(s, 3 * PLACE) + delta,
          load<usize>(s, 4 * PLACE) + delta,
          load<usize>(s, 5 * PLACE) + delta,
          d,
        );
      } else {
        packLines<T, E>(
          n,
          tapOf(g, s, td, th, tw, delta, zeros),
          tapOf(g, s + PLACE, td, th, tw, delta, zeros),
          tapOf(g, s + 2 * PLACE, td, th, tw, delta, zeros),
          tapOf(g, s + 3 * PLACE, td, th, tw, delta, zeros),
          tapOf(g, s + 4 * PLACE, td, th, tw, delta, zeros),
          tapOf(g, s + 5 * PLACE, td, th, tw, delta, zeros),
          d,
        );
      }
      f += n;
      d += <usize>(n * MR) * sizeof<E>();
    }
  }
}

/**
 * C[M,N] = windows of rows `r..r+M` [M,K] times the transpose of W[N,K]; rows of C `ldc` bytes apart.
 * `w`: room for TILE + 2176 bytes and the panels, min(M,MC) to the next MR + min(N,2048) to the next panel, times min(K,256).
 */
export function gemmWindows<T, E>(g: usize, x: usize, r: i32, M: i32, N: i32, K: i32, wt: usize, c: usize, ldc: usize, w: usize): void {
  const zeros = w + TILE;
  const places = zeros + ZEROS;
  const wa = places + 8 * PLACE;
  const wb = wa + <usize>(((min(M, MC) + MR - 1) / MR) * MR * min(K, KC)) * sizeof<E>();
  const line = <usize>K * sizeof<T>();
  memory.fill(zeros, 0, ZEROS);
  for (let j = 0; j < N; j += NC) {
    const n = min(NC, N - j);
    for (let p = 0; p < K; p += KC) {
      const k = min(KC, K - p);
      packB<T, E>(k, n, wt + <usize>j * line + <usize>p * sizeof<T>(), sizeof<T>(), line, wb);
      for (let i = 0; i < M; i += MC) {
        const m = min(MC, M - i);
        packWindows<T, E>(g, x, r + i, m, p, k, places, zeros, wa);
        block<E>(m, n, k, wa, wb, w, c + <usize>i * ldc + <usize>j * sizeof<E>(), ldc, p > 0);
      }
    }
  }
}
