// Where the windows of a convolution lie. A window is given by i32 numbers, three a line (depth, height, width), at `g`:
//   0 sizes of the output      12 sizes of the input       24 sizes of the kernel
//  36 position of the first tap of the first output        48 steps of the input for one output, 60 for one tap
//  72 strides of the input's batch, depth, height and width in elements; its channels are neighbours
//  88 channels that one product takes part of
// Rows are the outputs of all axes but the channels, batch first.

// @ts-ignore: decorator
@inline
export function field(g: usize, at: usize): i32 {
  return load<i32>(g + at);
}

/** Bytes of what `locate` writes: the address of the first tap, and its depth, height and width. */
export const PLACE: usize = 16;

/** Where the window of row `r` starts, written to `s`; whether all of it lies in the input. */
export function locate(g: usize, x: usize, size: usize, r: i32, s: usize): bool {
  const h = field(g, 4);
  const w = field(g, 8);
  const wide = r / w;
  const high = wide / h;
  const n = high / field(g, 0);
  const pd = field(g, 36) + (high - n * field(g, 0)) * field(g, 48);
  const ph = field(g, 40) + (wide - high * h) * field(g, 52);
  const pw = field(g, 44) + (r - wide * w) * field(g, 56);
  const at = n * field(g, 72) + pd * field(g, 76) + ph * field(g, 80) + pw * field(g, 84);
  store<usize>(s, x + <usize>at * size);
  store<i32>(s, pd, 4);
  store<i32>(s, ph, 8);
  store<i32>(s, pw, 12);
  return (
    pd >= 0 &&
    ph >= 0 &&
    pw >= 0 &&
    pd + (field(g, 24) - 1) * field(g, 60) < field(g, 12) &&
    ph + (field(g, 28) - 1) * field(g, 64) < field(g, 16) &&
    pw + (field(g, 32) - 1) * field(g, 68) < field(g, 20)
  );
}

/** First tap of `k` taps, `step` apart from position `p`, that lies in an axis of `size`. */
// @ts-ignore: decorator
@inline
export function firstTap(p: i32, step: i32, k: i32): i32 {
  return p >= 0 ? 0 : min(k, (step - 1 - p) / step);
}

/** The tap after the last that lies in it. */
// @ts-ignore: decorator
@inline
export function lastTap(p: i32, step: i32, k: i32, size: i32): i32 {
  return p >= size ? 0 : min(k, (size - 1 - p) / step + 1);
}
