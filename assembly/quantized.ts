// Products with packed matrices: rows are decoded into a small block and multiplied there; the matrix is never expanded.
import {
  BF16,
  codes8,
  decode,
  F16,
  F32,
  FP4,
  highCodes,
  lowCodes,
  prepare,
  roundTo,
  sizeOf,
  widen,
  widthOf,
} from './quantized-decode';
import { storeLanes } from './lanes';
import { ownTable } from './own';
import { dotWords, inWords, spreadWords } from './quantized-words';
import { gemm } from './matmul-panels';
import { dotRows, sumRows } from './matmul-vector';
import { hsum, madd } from './simd';
export { quantize_affine, quantize_blocks } from './quantized-encode';
export { integer_rows, integer_work, round_rows, rounded_bytes } from './quantized-integers';
export { hadamard_rows } from './quantized-hadamard';
export {
  to_fp8_f32,
  to_fp8_f16,
  to_fp8_bf16,
  from_fp8_f32,
  from_fp8_f16,
  from_fp8_bf16,
  from_fp8_f64,
} from './quantized-fp8';

/** Rows from which a block of decoded rows goes through the packed product. */
const MANY = 9;
/** Rows up to which codes are decoded for each of them, in registers. */
const FEW = 1;

/** Groups to elements of dtype `type`; product and sum are rounded to their dtypes. `work`: room for 264 f32. */
export function dequantize_groups(
  scheme: i32,
  groups: i32,
  group: i32,
  w: usize,
  s: usize,
  st: i32,
  b: usize,
  bt: i32,
  o: usize,
  type: i32,
  work: usize,
): void {
  const bits = widthOf(scheme);
  if (scheme < FP4) prepare(bits);
  const sizeS: usize = st == F32 ? 4 : st > BF16 ? 1 : 2;
  const sizeB: usize = bt == F32 ? 4 : 2;
  const step = <usize>(group * bits) >> 3;
  for (; groups > 0; groups--) {
    const sw = widen(st, 1, s, work);
    // a scale of a block format is an element of the result's dtype before it multiplies
    if (scheme >= FP4 && type != F32) v128.store(sw, roundTo(type, v128.load(sw)));
    const bw = scheme < FP4 ? widen(bt, 1, b, work + 16) : 0;
    const to = type == F32 ? o : work + 32;
    decode(scheme, group, 1, w, sw, bw, to, st, type);
    if (type == F32) o += <usize>group << 2;
    else {
      for (let i = 0; i < group; i += 4) {
        const v = v128.load(to + (<usize>i << 2));
        if (type == F16) storeLanes<i16, f32>(o, v);
        else storeLanes<u16, f32>(o, v);
        o += 8;
      }
    }
    w += step;
    s += sizeS;
    b += sizeB;
  }
}
/** Sums of each group of x. */
function sumGroups(groups: i32, group: i32, x: usize, o: usize): void {
  for (; groups > 0; groups--) {
    let v = f32x4.splat(0);
    for (let i = group; i > 0; i -= 8) {
      v = f32x4.add(v, f32x4.add(v128.load(x), v128.load(x, 16)));
      x += 32;
    }
    store<f32>(o, hsum(v));
    o += 4;
  }
}

// @ts-ignore: decorator
@inline
function dot8(w: usize, spread: v128, mask: v128, lift: v128, x0: v128, x1: v128, acc: v128): v128 {
  const v = codes8(w, spread, mask, lift);
  return madd(highCodes(v), x1, madd(lowCodes(v), x0, acc));
}
/** The part of a dot product that biases bring. */
function dotBiases(groups: i32, b: usize, sums: usize): f32 {
  let v = f32x4.splat(0);
  for (; groups >= 4; groups -= 4) {
    v = madd(v128.load(b), v128.load(sums), v);
    b += 16;
    sums += 16;
  }
  let r = hsum(v);
  for (; groups > 0; groups--) {
    r += load<f32>(b) * load<f32>(sums);
    b += 4;
    sums += 4;
  }
  return r;
}

/** y[0..3] = four rows of affine codes times one x, the scales applied to the sums of each group. */
function dot4(
  bits: i32,
  groups: i32,
  group: i32,
  x: usize,
  sums: usize,
  w: usize,
  ld: usize,
  s: usize,
  b: usize,
  y: usize,
): void {
  const spread = v128.load(ownTable());
  const mask = v128.load(ownTable(), 16);
  const lift = v128.load(ownTable(), 32);
  const ls = <usize>groups << 2;
  const ld3 = ld + ld + ld;
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (let g = 0; g < groups; g++) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let i = group; i > 0; i -= 8) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      a0 = dot8(w, spread, mask, lift, x0, x1, a0);
      a1 = dot8(w + ld, spread, mask, lift, x0, x1, a1);
      a2 = dot8(w + 2 * ld, spread, mask, lift, x0, x1, a2);
      a3 = dot8(w + ld3, spread, mask, lift, x0, x1, a3);
      x += 32;
      w += bits;
    }
    const p = s + (<usize>g << 2);
    t0 = madd(a0, v128.load32_splat(p), t0);
    t1 = madd(a1, v128.load32_splat(p + ls), t1);
    t2 = madd(a2, v128.load32_splat(p + 2 * ls), t2);
    t3 = madd(a3, v128.load32_splat(p + 3 * ls), t3);
  }
  finish4(groups, t0, t1, t2, t3, sums, b, ls, y);
}
/** y[0..3] = the sums of four rows and what their biases bring. */
// @ts-ignore: decorator
@inline
function finish4(groups: i32, t0: v128, t1: v128, t2: v128, t3: v128, sums: usize, b: usize, ls: usize, y: usize): void {
  store<f32>(y, hsum(t0) + dotBiases(groups, b, sums));
  store<f32>(y, hsum(t1) + dotBiases(groups, b + ls, sums), 4);
  store<f32>(y, hsum(t2) + dotBiases(groups, b + 2 * ls, sums), 8);
  store<f32>(y, hsum(t3) + dotBiases(groups, b + 3 * ls, sums), 12);
}

/**
 * y[M,N] = x[M,K] W[N,K]^T in f32, rows of y `ly` bytes apart. W: N rows of codes, K / group scales and biases a row, of types
 * `st` and `bt`. `work`: `quantizedWork` of the wrapper, whose block holds `rows` decoded rows.
 */
export function quantized_rows(
  scheme: i32,
  M: i32,
  N: i32,
  K: i32,
  group: i32,
  x: usize,
  w: usize,
  s: usize,
  st: i32,
  b: usize,
  bt: i32,
  y: usize,
  ly: usize,
  rows: i32,
  work: usize,
): void {
  const bits = widthOf(scheme);
  const affine = scheme < FP4;
  if (affine) prepare(bits);
  const groups = K / group;
  const ld = <usize>(K >> 3) * bits;
  const ls = <usize>groups * sizeOf(st);
  const lb = affine ? <usize>groups * sizeOf(bt) : 0;
  const sums = work;
  const ws = sums + (<usize>(FEW * groups) << 2) + 16;
  const wb = ws + (<usize>(rows * groups) << 2) + 16;
  const block = wb + (<usize>(rows * groups) << 2) + 16;
  const panels = block + (<usize>(rows * K) << 2);
  const few = affine && M <= FEW;
  const words = few && inWords(bits, group);
  if (few) sumGroups(M * groups, group, x, sums);
  // `few` is one row: its spread x and sums of four rows take the place of panels
  const t = panels + (<usize>K << 2);
  if (words) spreadWords(bits, K, x, panels);
  for (let n = 0; n < N; n += rows) {
    const count = min(rows, N - n);
    const fs = widen(st, count * groups, s, ws);
    const fb = affine ? widen(bt, count * groups, b, wb) : 0;
    let i = 0;
    if (few) {
      const step = <usize>groups << 2;
      for (; i + 4 <= count; i += 4) {
        const skip = <usize>i * step;
        const from = w + <usize>i * ld;
        let px = x;
        let py = y + (<usize>i << 2);
        let ps = sums;
        if (words) {
          dotWords(bits, groups, group, panels, from, ld, fs + skip, step, t);
          finish4(groups, v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), sums, fb + skip, step, py);
          continue;
        }
        for (let m = 0; m < M; m++) {
          dot4(bits, groups, group, px, ps, from, ld, fs + skip, fb + skip, py);
          px += <usize>K << 2;
          py += ly;
          ps += step;
        }
      }
    }
    if (i < count) {
      const skip = (<usize>(i * groups)) << 2;
      decode(scheme, group, (count - i) * groups, w + <usize>i * ld, fs + skip, fb + skip, block, F32, F32);
      const to = y + (<usize>i << 2);
      if (M < MANY) dotRows<f32>(M, count - i, K, x, block, <usize>K << 2, to, ly);
      else gemm<f32, f32, f32>(M, count - i, K, x, <usize>K << 2, 4, block, 4, <usize>K << 2, to, ly, panels, false);
    }
    w += <usize>count * ld;
    s += <usize>count * ls;
    b += <usize>count * lb;
    y += <usize>count << 2;
  }
}

/** y[M,N] = x[M,K] W[K,N] in f32, rows of y packed. W: K rows of codes, N / group scales and biases a row. */
export function quantized_columns(
  scheme: i32,
  M: i32,
  N: i32,
  K: i32,
  group: i32,
  x: usize,
  w: usize,
  s: usize,
  st: i32,
  b: usize,
  bt: i32,
  y: usize,
  rows: i32,
  work: usize,
): void {
  const bits = widthOf(scheme);
  const affine = scheme < FP4;
  if (affine) prepare(bits);
  const groups = N / group;
  const ld = <usize>(N >> 3) * bits;
  const ls = <usize>groups * sizeOf(st);
  const lb = affine ? <usize>groups * sizeOf(bt) : 0;
  const ws = work;
  const wb = ws + (<usize>(rows * groups) << 2) + 16;
  const block = wb + (<usize>(rows * groups) << 2) + 16;
  const panels = block + (<usize>(rows * N) << 2);
  const lx = <usize>K << 2;
  const ly = <usize>N << 2;
  memory.fill(y, 0, <usize>M * ly);
  for (let k = 0; k < K; k += rows) {
    const count = min(rows, K - k);
    const fs = widen(st, count * groups, s, ws);
    const fb = affine ? widen(bt, count * groups, b, wb) : 0;
    decode(scheme, group, count * groups, w, fs, fb, block, F32, F32);
    if (M < MANY) sumRows<f32>(M, N, count, x, lx, block, ly, y, ly);
    else gemm<f32, f32, f32>(M, N, count, x, lx, 4, block, ly, 4, y, ly, panels, true);
    x += <usize>count << 2;
    w += <usize>count * ld;
    s += <usize>count * ls;
    b += <usize>count * lb;
  }
}
