// Convolutions by dtype; the work is in conv-panels (matrix products) and conv-lanes (one channel at a time).
import { field } from './conv-window';
import { depthwise, single } from './conv-lanes';
import { gemmWindows } from './conv-panels';
import { prepare, winograd } from './conv-winograd';
import { copyBytes } from './strided';

export function conv_gemm_f32(g: usize, x: usize, r: i32, M: i32, N: i32, K: i32, wt: usize, c: usize, ldc: usize, w: usize): void {
  gemmWindows<f32, f32>(g, x, r, M, N, K, wt, c, ldc, w);
}
export function conv_depthwise_f32(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  depthwise<f32, f32>(g, x, r, m, w, o, s);
}
export function conv_single_f32(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  single<f32, f32>(g, x, r, m, w, o, s);
}
export function conv_gemm_f16(g: usize, x: usize, r: i32, M: i32, N: i32, K: i32, wt: usize, c: usize, ldc: usize, w: usize): void {
  gemmWindows<i16, f32>(g, x, r, M, N, K, wt, c, ldc, w);
}
export function conv_depthwise_f16(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  depthwise<i16, f32>(g, x, r, m, w, o, s);
}
export function conv_single_f16(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  single<i16, f32>(g, x, r, m, w, o, s);
}
export function conv_gemm_bf16(g: usize, x: usize, r: i32, M: i32, N: i32, K: i32, wt: usize, c: usize, ldc: usize, w: usize): void {
  gemmWindows<u16, f32>(g, x, r, M, N, K, wt, c, ldc, w);
}
export function conv_depthwise_bf16(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  depthwise<u16, f32>(g, x, r, m, w, o, s);
}
export function conv_single_bf16(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  single<u16, f32>(g, x, r, m, w, o, s);
}
export function conv_gemm_f64(g: usize, x: usize, r: i32, M: i32, N: i32, K: i32, wt: usize, c: usize, ldc: usize, w: usize): void {
  gemmWindows<f64, f64>(g, x, r, M, N, K, wt, c, ldc, w);
}
export function conv_depthwise_f64(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  depthwise<f64, f64>(g, x, r, m, w, o, s);
}
export function conv_single_f64(g: usize, x: usize, r: i32, m: i32, w: usize, o: usize, s: usize): void {
  single<f64, f64>(g, x, r, m, w, o, s);
}

/**
 * Rows `r..r+m` of `bytes` bytes to their places: the sizes of a grid at `g` (its output sizes, as in conv-window), the bytes
 * between its batches, depths, heights and widths at `p`.
 */
export function conv_scatter(g: usize, p: usize, r: i32, m: i32, bytes: usize, from: usize, to: usize): void {
  const h = field(g, 4);
  const w = field(g, 8);
  for (; m > 0; m--) {
    const wide = r / w;
    const high = wide / h;
    const n = high / field(g, 0);
    const at =
      <usize>n * load<usize>(p) +
      <usize>(high - n * field(g, 0)) * load<usize>(p, 4) +
      <usize>(wide - high * h) * load<usize>(p, 8) +
      <usize>(r - wide * w) * load<usize>(p, 12);
    copyBytes(bytes, from, to + at);
    from += bytes;
    r++;
  }
}

export function conv_prepare_f32(C: i32, O: i32, w: usize, u: usize, s: usize): void {
  prepare<f32>(C, O, w, u, s);
}
export function conv_winograd_f32(
  g: usize,
  x: usize,
  first: i32,
  tiles: i32,
  C: i32,
  O: i32,
  u: usize,
  y: usize,
  step: i32,
  s: usize,
): void {
  winograd<f32>(g, x, first, tiles, C, O, u, y, step, s);
}
