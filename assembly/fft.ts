// fft_run(p, scale): Fourier transforms along the middle of [outer, n, inner] elements. Blocks of sequences are split into planes of
// real and imaginary parts, transformed (fft-passes.ts), and joined again. Lengths with a large prime go by Bluestein: a convolution
// with a chirp. A real sequence of even length is transformed as half as many complex numbers.
import { passes } from './fft-passes';
import { ownDims } from './own';
import { copyBytes, gather_strided } from './strided';

const COMPLEX = 0;
/** real to half a spectrum, of even and of odd length */
const REAL_EVEN = 1;
const REAL_ODD = 2;
/** half a spectrum to real */
const HALF_EVEN = 3;
const HALF_ODD = 4;

let kind: i32 = 0;
/** complex numbers that are transformed */
let size: i32 = 0;
/** elements of the source that count, and elements of the result */
let have: i32 = 0;
let outLength: i32 = 0;
let plan: usize = 0;
let half: usize = 0;
let gap: usize = 0;
/** the two buffers of planes */
let first: usize = 0;
let second: usize = 0;
let backwards: bool = false;
let factor: f32 = 1;

/** n pairs into planes. */
function split(n: i32, src: usize, re: usize, im: usize): void {
  for (; n >= 4; n -= 4) {
    const a = v128.load(src);
    const b = v128.load(src, 16);
    v128.store(re, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(im, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
    src += 32;
    re += 16;
    im += 16;
  }
  for (; n > 0; n--) {
    store<f32>(re, load<f32>(src));
    store<f32>(im, load<f32>(src, 4));
    src += 8;
    re += 4;
    im += 4;
  }
}
/** Planes into n pairs, scaled. */
function join(n: i32, re: usize, im: usize, dst: usize): void {
  const f = f32x4.splat(factor);
  for (; n >= 4; n -= 4) {
    const a = f32x4.mul(v128.load(re), f);
    const b = f32x4.mul(v128.load(im), f);
    v128.store(dst, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
    v128.store(dst, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
    re += 16;
    im += 16;
    dst += 32;
  }
  for (; n > 0; n--) {
    store<f32>(dst, load<f32>(re) * factor);
    store<f32>(dst, load<f32>(im) * factor, 4);
    re += 4;
    im += 4;
    dst += 8;
  }
}
function scaled(n: i32, src: usize, dst: usize): void {
  const f = f32x4.splat(factor);
  for (; n >= 4; n -= 4) {
    v128.store(dst, f32x4.mul(v128.load(src), f));
    src += 16;
    dst += 16;
  }
  for (; n > 0; n--) {
    store<f32>(dst, load<f32>(src) * factor);
    src += 4;
    dst += 4;
  }
}
/** Zeros in both planes from element `from` to `to`. */
function clear(x: usize, from: i32, to: i32): void {
  const bytes = <usize>max(to - from, 0) << 2;
  x += <usize>from << 2;
  memory.fill(x, 0, bytes);
  memory.fill(x + gap, 0, bytes);
}

/** Products with the table w of n numbers, planes `plane` bytes apart; each is shared by `lanes`. From x to y. */
function multiply(n: i32, lanes: i32, w: usize, plane: usize, x: usize, y: usize, g: usize): void {
  if (lanes == 1) {
    for (; n > 0; n -= 4) {
      const re = v128.load(x);
      const im = v128.load(x + g);
      const wr = v128.load(w);
      const wi = v128.load(w + plane);
      v128.store(y, f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi)));
      v128.store(y + g, f32x4.add(f32x4.mul(re, wi), f32x4.mul(im, wr)));
      x += 16;
      y += 16;
      w += 16;
    }
    return;
  }
  const step = <usize>lanes << 2;
  const last = max<usize>(step, 16) - 16;
  for (; n > 0; n--) {
    const wr = v128.load32_splat(w);
    const wi = v128.load32_splat(w + plane);
    let q: usize = 0;
    for (;;) {
      const re = v128.load(x + q);
      const im = v128.load(x + q + g);
      v128.store(y + q, f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi)));
      v128.store(y + q + g, f32x4.add(f32x4.mul(re, wi), f32x4.mul(im, wr)));
      if (q >= last) break;
      q = min(q + 16, last);
    }
    x += step;
    y += step;
    w += 4;
  }
}

/**
 * Transforms x forwards, with y for scratch; gives the one that holds the result. Bluestein's chirp and the spectrum of its
 * conjugate, over the length of the convolution, are tables of the plan: offsets at bytes 12 and 16, planes at 20 and 24.
 */
function transform(lanes: i32, x: usize, y: usize, g: usize): usize {
  const n = load<i32>(plan, 8);
  if (n == 0) return passes(plan, lanes, x, y, g);
  const m = load<i32>(plan);
  const chirp = plan + load<u32>(plan, 12);
  const plane = <usize>load<u32>(plan, 20);
  multiply(n, lanes, chirp, plane, x, y, g);
  const bytes = <usize>(m - n) * <usize>lanes << 2;
  const rest = y + (<usize>n * <usize>lanes << 2);
  memory.fill(rest, 0, bytes);
  memory.fill(rest + g, 0, bytes);
  let r = passes(plan, lanes, y, x, g);
  let o = r == x ? y : x;
  multiply(m, lanes, plan + load<u32>(plan, 16), load<u32>(plan, 24), r, o, g);
  // back again with the planes swapped
  const back = passes(plan, lanes, o + g, r + g, 0 - g) - g;
  o = back == x ? y : x;
  multiply(n, lanes, chirp, plane, back, o, g);
  return o;
}

const NEGATIVE = memory.data<u32>([0x80000000]);
/**
 * Of Z, the transform of pairs of reals, the half spectrum X[k] = (Z[k] + Z'[m-k]) / 2 + w^k (Z[k] - Z'[m-k]) / 2i, where ' conjugates
 * and w = exp(-pi i / m); or, going back, Z[k] = X[k] + X'[m-k] + i w^-k (X[k] - X'[m-k]). k = 0..m, from x to y.
 */
function fold(m: i32, lanes: i32, x: usize, y: usize, back: bool): void {
  const plane = <usize>((m + 4) & ~3) << 2;
  const f = f32x4.splat(back ? 1 : 0.5);
  // i w^-k (D) has the imaginary parts of w, and the sign of its products with the real parts, turned round
  const turn = back ? v128.load32_splat(NEGATIVE) : i32x4.splat(0);
  let w = half;
  const step = <usize>lanes << 2;
  const last = lanes == 1 ? <usize>0 : max<usize>(step, 16) - 16;
  const by = lanes == 1 ? 4 : 1;
  let mirror = x + <usize>(m - (lanes == 1 ? 3 : 0)) * step;
  for (let k = 0; k <= m; k += by) {
    const wr = v128.xor(lanes == 1 ? v128.load(w) : v128.load32_splat(w), turn);
    const wi = lanes == 1 ? v128.load(w + plane) : v128.load32_splat(w + plane);
    let q: usize = 0;
    for (;;) {
      const ar = v128.load(x + q);
      const ai = v128.load(x + q + gap);
      let br = v128.load(mirror + q);
      let bi = v128.load(mirror + q + gap);
      if (lanes == 1) {
        br = v128.shuffle<f32>(br, br, 3, 2, 1, 0);
        bi = v128.shuffle<f32>(bi, bi, 3, 2, 1, 0);
      }
      const sr = f32x4.add(ar, br);
      const si = f32x4.sub(ai, bi);
      // (Z[k] - Z'[m-k]) / i = dr + i di
      const dr = f32x4.add(ai, bi);
      const di = f32x4.sub(br, ar);
      const tr = f32x4.sub(f32x4.mul(dr, wr), f32x4.mul(di, wi));
      const ti = f32x4.add(f32x4.mul(dr, wi), f32x4.mul(di, wr));
      v128.store(y + q, f32x4.mul(f32x4.add(sr, tr), f));
      v128.store(y + q + gap, f32x4.mul(f32x4.add(si, ti), f));
      if (q >= last) break;
      q = min(q + 16, last);
    }
    x += <usize>by * step;
    y += <usize>by * step;
    w += <usize>by << 2;
    mirror -= <usize>by * step;
  }
}

/** Rows `from..to` of `lanes` pairs, `pitch` bytes apart, into the planes at x. */
function splitRows(n: i32, lanes: i32, src: usize, pitch: usize, x: usize): void {
  if (pitch == <usize>lanes << 3) {
    split(n * lanes, src, x, x + gap);
    return;
  }
  for (; n > 0; n--) {
    split(lanes, src, x, x + gap);
    src += pitch;
    x += <usize>lanes << 2;
  }
}
function joinRows(n: i32, lanes: i32, x: usize, dst: usize, pitch: usize): void {
  if (pitch == <usize>lanes << 3) {
    join(n * lanes, x, x + gap, dst);
    return;
  }
  for (; n > 0; n--) {
    join(lanes, x, x + gap, dst);
    dst += pitch;
    x += <usize>lanes << 2;
  }
}
/** Real rows: even ones to the real plane, odd ones to the imaginary plane, or all to the real plane. */
function realRows(lanes: i32, src: usize, pitch: usize, x: usize): void {
  const bytes = <usize>lanes << 2;
  if (kind == REAL_ODD) {
    if (pitch == bytes) memory.copy(x, src, <usize>have * bytes);
    else {
      for (let k = 0; k < have; k++) {
        copyBytes(bytes, src, x + <usize>k * bytes);
        src += pitch;
      }
    }
    clear(x, have * lanes, size * lanes);
    memory.fill(x + gap, 0, <usize>have * bytes);
    return;
  }
  for (let k = 0; k < have; k++) {
    copyBytes(bytes, src, x + (<usize>k >> 1) * bytes + (k & 1 ? gap : <usize>0));
    src += pitch;
  }
}
/** What `realRows` or `split` left open where `have` real numbers do not fill the pairs. */
function padPairs(lanes: i32, x: usize): void {
  const whole = (have + 1) >> 1;
  clear(x, whole * lanes, size * lanes);
  if (have & 1) memory.fill(x + gap + (<usize>(whole - 1) * <usize>lanes << 2), 0, <usize>lanes << 2);
}

/** Half a spectrum to the numbers that are transformed; gives where they are. */
function fromHalf(lanes: i32, src: usize, pitch: usize): usize {
  const bytes = <usize>lanes << 2;
  if (kind == HALF_EVEN) {
    splitRows(have, lanes, src, pitch, second);
    clear(second, have * lanes, (size + 1) * lanes);
    // the two ends are real
    memory.fill(second + gap, 0, bytes);
    memory.fill(second + gap + <usize>size * bytes, 0, bytes);
    fold(size, lanes, second, first, true);
    return first;
  }
  splitRows(have, lanes, src, pitch, first);
  clear(first, have * lanes, size * lanes);
  memory.fill(first + gap, 0, bytes);
  let low = first + bytes;
  let high = first + <usize>(size - 1) * bytes;
  for (; low < high; high -= bytes) {
    for (let end = low + bytes, o = high; low < end; low += 4) {
      store<f32>(o, load<f32>(low));
      store<f32>(o + gap, -load<f32>(low + gap));
      o += 4;
    }
  }
  return first;
}

/** `lanes` sequences whose elements of one index lie side by side, `pitch` bytes from one index to the next. */
function block(lanes: i32, src: usize, pitch: usize, dst: usize, outPitch: usize): void {
  let x = first;
  if (kind == COMPLEX) {
    splitRows(have, lanes, src, pitch, x);
    clear(x, have * lanes, size * lanes);
  } else if (kind == REAL_EVEN) {
    if (lanes == 1 && pitch == 4) split((have + 1) >> 1, src, x, x + gap);
    else realRows(lanes, src, pitch, x);
    padPairs(lanes, x);
  } else if (kind == REAL_ODD) realRows(lanes, src, pitch, x);
  else x = fromHalf(lanes, src, pitch);

  const other = x == first ? second : first;
  if (backwards) x = transform(lanes, x + gap, other + gap, 0 - gap) - gap;
  else x = transform(lanes, x, other, gap);

  if (kind == COMPLEX || kind == REAL_ODD) joinRows(outLength, lanes, x, dst, outPitch);
  else if (kind == REAL_EVEN) {
    const bytes = <usize>lanes << 2;
    const end = x + <usize>size * bytes;
    memory.copy(end, x, bytes);
    memory.copy(end + gap, x + gap, bytes);
    const y = x == first ? second : first;
    fold(size, lanes, x, y, false);
    joinRows(outLength, lanes, y, dst, outPitch);
  } else if (kind == HALF_EVEN && lanes == 1 && outPitch == 4) join(size, x, x + gap, dst);
  else if (kind == HALF_ODD && outPitch == <usize>lanes << 2) scaled(outLength * lanes, x, dst);
  else {
    const pairs = kind == HALF_EVEN;
    for (let k = 0; k < outLength; k++) {
      const at = pairs ? k >> 1 : k;
      scaled(lanes, x + (<usize>at * <usize>lanes << 2) + (pairs && k & 1 ? gap : <usize>0), dst);
      dst += outPitch;
    }
  }
}

/** Row-major [rows, cols] elements of `bytes`, `pitch` elements from row to row, written as [cols, rows]. */
function across(bytes: i32, rows: i32, cols: i32, pitch: i32, src: usize, dst: usize): void {
  const dims = ownDims();
  store<i32>(dims, cols);
  store<i32>(dims, rows, 4);
  store<i32>(dims, 1, 8);
  store<i32>(dims, pitch, 12);
  gather_strided(bytes, rows * cols, 0, 2, dims, src, dst, 0);
}

/**
 * p: kind, backwards, complex numbers transformed, plan, table of `fold`, outer, inner, most sequences at a time, length of the
 * source's axis, elements of it that count, length of the result's axis, source, result, two buffers of planes, bytes from plane
 * to plane, room for a block of rows.
 */
export function fft_run(p: usize, scale: f64): void {
  kind = load<i32>(p);
  backwards = load<i32>(p, 4) != 0;
  size = load<i32>(p, 8);
  plan = load<u32>(p, 12);
  half = load<u32>(p, 16);
  const outer = load<i32>(p, 20);
  const inner = load<i32>(p, 24);
  const most = load<i32>(p, 28);
  const length = load<i32>(p, 32);
  have = load<i32>(p, 36);
  outLength = load<i32>(p, 40);
  let src = <usize>load<u32>(p, 44);
  let dst = <usize>load<u32>(p, 48);
  first = load<u32>(p, 52);
  second = load<u32>(p, 56);
  gap = load<u32>(p, 60);
  const room = <usize>load<u32>(p, 64);
  factor = <f32>scale;
  const from = kind == REAL_EVEN || kind == REAL_ODD ? 4 : 8;
  const to = kind == HALF_EVEN || kind == HALF_ODD ? 4 : 8;
  const row = <usize>length * <usize>from;
  const outRow = <usize>outLength * <usize>to;
  if (inner > 1) {
    const pitch = <usize>inner * <usize>from;
    const outPitch = <usize>inner * <usize>to;
    for (let i = 0; i < outer; i++) {
      for (let c = 0; c < inner; c += most) {
        block(min(most, inner - c), src + <usize>c * <usize>from, pitch, dst + <usize>c * <usize>to, outPitch);
      }
      src += row * <usize>inner;
      dst += outRow * <usize>inner;
    }
    return;
  }
  for (let i = 0; i < outer; i += most) {
    const lanes = min(most, outer - i);
    if (lanes == 1) block(1, src, from, dst, to);
    else {
      across(from, lanes, have, length, src, room);
      block(lanes, room, <usize>lanes * <usize>from, room, <usize>lanes * <usize>to);
      across(to, outLength, lanes, lanes, room, dst);
    }
    src += row * <usize>lanes;
    dst += outRow * <usize>lanes;
  }
}
