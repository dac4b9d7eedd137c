// Float32 to GGUF blocks, to the bits of ggml's reference: its searches are followed sum by sum, in its order and in float32.
import { blockBytes, minimumOf, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0, scaleOf, storeHalf } from './blocks-format';
import { ownTrials } from './own';

/** In a thread's own area, one behind the other: codes of a block, a trial's codes, weights, scales and minima of its parts. */
const CODES: usize = 0;
const TRIAL: usize = 256;
const WEIGHTS: usize = 288;
const SCALES: usize = 416;
const MINIMA: usize = 480;

// @ts-ignore: decorator
@inline
function at(p: usize, i: i32): f32 {
  return load<f32>(p + (<usize>i << 2));
}
/** To the nearest integer, ties to even, within bounds. */
// @ts-ignore: decorator
@inline
function code(x: f32, least: i32, most: i32): i32 {
  return max(least, min(most, <i32>nearest<f32>(x)));
}

/** Q8_0: ties are rounded away from zero. */
function encode8(x: usize, o: usize): void {
  let most: f32 = 0;
  for (let i = 0; i < 32; i++) most = max<f32>(most, abs<f32>(at(x, i)));
  const d = most / 127;
  const inverse: f32 = d != 0 ? <f32>1 / d : 0;
  storeHalf(o, d);
  for (let i = 0; i < 32; i++) {
    const v = at(x, i) * inverse;
    const whole = trunc<f32>(v);
    const away: f32 = abs<f32>(v - whole) >= 0.5 ? (v < 0 ? -1 : 1) : 0;
    store<i8>(o + <usize>i, <i8><i32>(whole + away), 2);
  }
}

/** Formats of 4 and 5 bits with one scale: from the element of largest magnitude, or from least and largest. */
function encode32(type: i32, x: usize, o: usize): void {
  const both = type == Q4_1 || type == Q5_1;
  const wide = type == Q5_0 || type == Q5_1;
  const levels: i32 = wide ? 32 : 16;
  let least = at(x, 0);
  let most = least;
  let edge: f32 = 0;
  let reach: f32 = 0;
  for (let i = 0; i < 32; i++) {
    const v = at(x, i);
    if (v < least) least = v;
    if (v > most) most = v;
    if (reach < abs<f32>(v)) {
      reach = abs<f32>(v);
      edge = v;
    }
  }
  const d: f32 = both ? (most - least) / <f32>(levels - 1) : edge / <f32>(-(levels >> 1));
  const inverse: f32 = d != 0 ? <f32>1 / d : 0;
  storeHalf(o, d);
  o += 2;
  if (both) {
    storeHalf(o, least);
    o += 2;
  }
  const lift: f32 = both ? 0.5 : <f32>(levels >> 1) + <f32>0.5;
  const from: f32 = both ? least : 0;
  let bits: u32 = 0;
  const q = wide ? o + 4 : o;
  for (let j = 0; j < 16; j++) {
    const a = max(0, min(levels - 1, <i32>((at(x, j) - from) * inverse + lift)));
    const b = max(0, min(levels - 1, <i32>((at(x, j + 16) - from) * inverse + lift)));
    store<u8>(q + <usize>j, <u8>((a & 15) | ((b & 15) << 4)));
    bits |= (<u32>(a >> 4) << j) | (<u32>(b >> 4) << (j + 16));
  }
  if (wide) store<u32>(o, bits);
}

/**
 * Scale and minimum (stored positive at `minimum`) of 32 elements for codes 0 to `top`: of the trials, each a weighted least-squares
 * fit to the codes of another first scale, the one with the least error. Its codes stay at `codes`.
 */
function fit(top: i32, x: usize, codes: usize, minimum: usize, first: f32, step: f32, trials: i32): f32 {
  let least = at(x, 0);
  let most = least;
  let weight = at(ownTrials() + WEIGHTS, 0);
  let sum = weight * at(x, 0);
  for (let i = 1; i < 32; i++) {
    const v = at(x, i);
    if (v < least) least = v;
    if (v > most) most = v;
    const w = at(ownTrials() + WEIGHTS, i);
    weight += w;
    sum += w * v;
  }
  if (least > 0) least = 0;
  store<f32>(minimum, -least);
  if (most == least) {
    memory.fill(codes, 0, 32);
    return 0;
  }
  let inverse: f32 = <f32>top / (most - least);
  let scale: f32 = <f32>1 / inverse;
  let best: f32 = 0;
  for (let i = 0; i < 32; i++) {
    const l = code(inverse * (at(x, i) - least), 0, top);
    store<u8>(codes + <usize>i, <u8>l);
    const e = scale * <f32>l + least - at(x, i);
    best += at(ownTrials() + WEIGHTS, i) * (e * e);
  }
  for (let k = 0; k <= trials; k++) {
    // from the best minimum so far
    inverse = (first + step * <f32>k + <f32>top) / (most - least);
    let sl: f32 = 0;
    let sll: f32 = 0;
    let sxl: f32 = 0;
    for (let i = 0; i < 32; i++) {
      const l = code(inverse * (at(x, i) - least), 0, top);
      store<u8>(ownTrials() + TRIAL + <usize>i, <u8>l);
      const wl = at(ownTrials() + WEIGHTS, i) * <f32>l;
      sl += wl;
      sll += wl * <f32>l;
      sxl += wl * at(x, i);
    }
    const determinant = weight * sll - sl * sl;
    if (!(determinant > 0)) continue;
    let s = (weight * sxl - sum * sl) / determinant;
    let m = (sll * sum - sl * sxl) / determinant;
    if (m > 0) {
      m = 0;
      s = sxl / sll;
    }
    let error: f32 = 0;
    for (let i = 0; i < 32; i++) {
      const e = s * <f32>load<u8>(ownTrials() + TRIAL + <usize>i) + m - at(x, i);
      error += at(ownTrials() + WEIGHTS, i) * (e * e);
    }
    if (error < best) {
      memory.copy(codes, ownTrials() + TRIAL, 32);
      best = error;
      scale = s;
      least = m;
    }
  }
  store<f32>(minimum, -least);
  return scale;
}

/** Q4_K and Q5_K. */
function encodeK(wide: bool, x: usize, o: usize): void {
  const top: i32 = wide ? 31 : 15;
  let mostScale: f32 = 0;
  let mostMinimum: f32 = 0;
  for (let j = 0; j < 8; j++) {
    const from = x + (<usize>j << 7);
    let squares: f32 = 0;
    for (let i = 0; i < 32; i++) squares += at(from, i) * at(from, i);
    const mean = sqrt<f32>(squares / 32);
    for (let i = 0; i < 32; i++) store<f32>(ownTrials() + WEIGHTS + (<usize>i << 2), mean + abs<f32>(at(from, i)));
    const minimum = ownTrials() + MINIMA + (<usize>j << 2);
    const codes = ownTrials() + CODES + (<usize>j << 5);
    const s = wide ? fit(31, from, codes, minimum, -0.5, 0.1, 15) : fit(15, from, codes, minimum, -1, 0.1, 20);
    store<f32>(ownTrials() + SCALES + (<usize>j << 2), s);
    if (s > mostScale) mostScale = s;
    if (load<f32>(minimum) > mostMinimum) mostMinimum = load<f32>(minimum);
  }
  const toScale: f32 = mostScale > 0 ? <f32>63 / mostScale : 0;
  const toMinimum: f32 = mostMinimum > 0 ? <f32>63 / mostMinimum : 0;
  const packed = o + 4;
  memory.fill(packed, 0, 12);
  for (let j = 0; j < 8; j++) {
    const s = code(toScale * at(ownTrials() + SCALES, j), 0, 63);
    const m = code(toMinimum * at(ownTrials() + MINIMA, j), 0, 63);
    const p = packed + <usize>j;
    if (j < 4) {
      store<u8>(p, <u8>s);
      store<u8>(p, <u8>m, 4);
    } else {
      store<u8>(p, <u8>((s & 15) | ((m & 15) << 4)), 4);
      store<u8>(p - 4, load<u8>(p - 4) | <u8>((s >> 4) << 6));
      store<u8>(p, load<u8>(p) | <u8>((m >> 4) << 6));
    }
  }
  const d = storeHalf(o, mostScale / 63);
  const m = storeHalf(o + 2, mostMinimum / 63);
  for (let j = 0; j < 8; j++) {
    const s = d * <f32>scaleOf(packed, j);
    // where the scale is nothing the codes of the search stay
    if (s == 0) continue;
    const b = m * <f32>minimumOf(packed, j);
    for (let i = 32 * j; i < 32 * j + 32; i++) store<u8>(ownTrials() + CODES + <usize>i, <u8>code((at(x, i) + b) / s, 0, top));
  }
  const bits = o + 16;
  let q = wide ? o + 48 : bits;
  if (wide) memory.fill(bits, 0, 32);
  for (let k = 0; k < 4; k++) {
    for (let i: usize = 0; i < 32; i++) {
      const a = load<u8>(ownTrials() + CODES + <usize>(k << 6) + i);
      const b = load<u8>(ownTrials() + CODES + <usize>(k << 6) + i, 32);
      store<u8>(q + i, (a & 15) | ((b & 15) << 4));
      if (wide) store<u8>(bits + i, load<u8>(bits + i) | ((a >> 4) << <u8>(2 * k)) | ((b >> 4) << <u8>(2 * k + 1)));
    }
    q += 32;
  }
}

/** The scale of 16 elements for codes -32 to 31, the better of 19 by squares weighted with squares. */
function fit6(x: usize, codes: usize): f32 {
  let reach: f32 = 0;
  let edge: f32 = 0;
  for (let i = 0; i < 16; i++) {
    if (abs<f32>(at(x, i)) > reach) {
      reach = abs<f32>(at(x, i));
      edge = at(x, i);
    }
  }
  if (reach < 1e-15) {
    memory.fill(codes, 0, 16);
    return 0;
  }
  let scale: f32 = 0;
  let best: f32 = 0;
  for (let k = 0; k < 20; k++) {
    // the plain scale first, then -9 to 9 tenths around it
    const tenths = k - 10;
    if (k > 0 && tenths == 0) continue;
    const inverse: f32 = k == 0 ? <f32>-32 / edge : -(<f32>32 + <f32>0.1 * <f32>tenths) / edge;
    let sxl: f32 = 0;
    let sll: f32 = 0;
    for (let i = 0; i < 16; i++) {
      const v = at(x, i);
      const l = <f32>code(inverse * v, -32, 31);
      const w = v * v;
      sxl += w * v * l;
      sll += w * l * l;
    }
    if (k == 0 || (sll > 0 && sxl * sxl > best * sll)) {
      for (let i = 0; i < 16; i++) store<u8>(codes + <usize>i, <u8>(32 + code(inverse * at(x, i), -32, 31)));
      scale = sll != 0 ? sxl / sll : 0;
      best = scale * sxl;
    }
  }
  return scale;
}

function encode6(x: usize, o: usize): void {
  let reach: f32 = 0;
  let edge: f32 = 0;
  for (let j = 0; j < 16; j++) {
    const s = fit6(x + (<usize>j << 6), ownTrials() + CODES + (<usize>j << 4));
    store<f32>(ownTrials() + SCALES + (<usize>j << 2), s);
    if (abs<f32>(s) > reach) {
      reach = abs<f32>(s);
      edge = s;
    }
  }
  if (reach < 1e-15) {
    memory.fill(o, 0, 210);
    return;
  }
  const inverse: f32 = <f32>-128 / edge;
  const d = storeHalf(o + 208, <f32>1 / inverse);
  const scales = o + 192;
  for (let j = 0; j < 16; j++) {
    store<i8>(scales + <usize>j, <i8>min(127, <i32>nearest<f32>(inverse * at(ownTrials() + SCALES, j))));
    const s = d * <f32>load<i8>(scales + <usize>j);
    if (s == 0) continue;
    for (let i = 16 * j; i < 16 * j + 16; i++) store<u8>(ownTrials() + CODES + <usize>i, <u8>(32 + code(at(x, i) / s, -32, 31)));
  }
  for (let half: usize = 0; half < 2; half++) {
    for (let i: usize = 0; i < 32; i++) {
      const p = ownTrials() + CODES + 128 * half + i;
      const a = load<u8>(p);
      const b = load<u8>(p, 32);
      const c = load<u8>(p, 64);
      const e = load<u8>(p, 96);
      store<u8>(o + 64 * half + i, (a & 15) | (c << 4));
      store<u8>(o + 64 * half + i, (b & 15) | (e << 4), 32);
      store<u8>(o + 32 * half + i, (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6), 128);
    }
  }
}

/** `n` blocks of float32 at `x` to `o`. */
export function blocks_encode(type: i32, n: i32, x: usize, o: usize): void {
  const bytes = <usize>blockBytes(type);
  for (; n > 0; n--) {
    if (type < Q4_K) {
      if (type == Q8_0) encode8(x, o);
      else encode32(type, x, o);
      x += 128;
    } else {
      if (type == Q6_K) encode6(x, o);
      else encodeK(type == Q5_K, x, o);
      x += 1024;
    }
    o += bytes;
  }
}
