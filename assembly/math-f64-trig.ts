// sin, cos and tan in double precision for every argument: the quarter turns are taken off in two doubles, Taylor's series does
// the rest. (The compiler's own Math goes wrong beyond 1.6 million.)

/** Bits of 2 / pi after the binary point, 32 a word, with one word of zeros before. */
export const TWO_OVER_PI: usize = memory.data<u32>([
  0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a,
  0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
  0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66,
  0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab,
]);

// pi / 2 in parts of 33 bits, whose products with 20 bits are exact, and the rest
const P1: f64 = 1.5707963267341256;
const P2: f64 = 6.077100506303966e-11;
const P3: f64 = 2.0222662487111665e-21;
const P4: f64 = 8.4784276603689e-32;
const HALF_PI: f64 = 1.5707963267948966;
const HALF_PI_LOW: f64 = 6.123233995736766e-17;
const DIRECT: f64 = 1048576;
/** 2^27 + 1: splits a double into two of 26 bits */
const SPLIT: f64 = 134217729;

/** The reduced argument's second double, and the quarter turn it lies in. */
let low: f64 = 0;
let quarter: i32 = 0;

// @ts-ignore: decorator
@inline
function subtract(a: f64, b: f64): f64 {
  const d = a - b;
  const back = d - a;
  low += a - (d - back) - (b + back);
  return d;
}

/** 64 bits of 2 / pi from bit `k` on (the first after the point is bit 1). */
function bitsOf(k: i32): u64 {
  const p = TWO_OVER_PI + (<usize>((k + 31) >> 5) << 2);
  const s = <u64>((k + 31) & 31);
  const top = (<u64>load<u32>(p) << 32) | <u64>load<u32>(p, 4);
  return s ? (top << s) | (<u64>load<u32>(p, 8) >> (32 - s)) : top;
}
/** Upper 64 bits of a product. */
function high64(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const m = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (m >> 32) + (((m & 0xffffffff) + a0 * b1) >> 32);
}

/** |x| > 2^20: 192 bits of 2 / pi times x, of which the multiples of 4 drop out (Payne and Hanek). */
function reduceLarge(x: f64): f64 {
  const u = reinterpret<u64>(x);
  const m = (u & 0x000fffffffffffff) | 0x0010000000000000;
  const k = <i32>((u >> 52) & 0x7ff) - 1076;
  const w1 = bitsOf(k + 64);
  // 126 fraction bits below the quarter turns
  const l1 = m * w1;
  let lo = l1 + high64(m, bitsOf(k + 128));
  let hi = m * bitsOf(k) + high64(m, w1) + u64(lo < l1);
  quarter = <i32>((hi + 0x2000000000000000) >> 62);
  hi -= <u64>quarter << 62;
  let negative = <i64>hi < 0;
  if (negative) {
    hi = ~hi + u64(lo == 0);
    lo = 0 - lo;
  }
  // both words shifted up until the top bit is set, then cut in two doubles
  const z = hi ? clz<u64>(hi) : 64 + clz<u64>(lo);
  const t = z >= 64 ? lo << (z - 64) : z ? (hi << z) | (lo >> (64 - z)) : hi;
  const rest = z >= 64 ? 0 : lo << z;
  const scale = reinterpret<f64>((1023 - 62 - z) << 52);
  const a = <f64>(t >> 11) * 2048 * scale;
  const b = (<f64>(t & 2047) + <f64>(rest >> 11) * 1.1102230246251565e-16) * scale;
  const r = a * HALF_PI;
  // the rounding of that product, by halves
  const sa = a * SPLIT;
  const ah = sa - (sa - a);
  const al = a - ah;
  const sb = HALF_PI * SPLIT;
  const bh = sb - (sb - HALF_PI);
  const bl = HALF_PI - bh;
  low = al * bl - (r - ah * bh - al * bh - ah * bl) + (a * HALF_PI_LOW + b * HALF_PI);
  if (<i64>u < 0) {
    quarter = -quarter;
    negative = !negative;
  }
  if (negative) {
    low = -low;
    return -r;
  }
  return r;
}

/** x less its quarter turns, |result| <= pi / 4; sets `low` and `quarter`. */
function reduce(x: f64): f64 {
  if (abs(x) < 0.7853981633974483) {
    low = 0;
    quarter = 0;
    return x;
  }
  if (!(abs(x) < Infinity)) {
    low = 0;
    quarter = 0;
    return NaN;
  }
  if (abs(x) > DIRECT) return reduceLarge(x);
  const n = nearest<f64>(x * 0.6366197723675814);
  low = 0;
  quarter = <i32>n;
  const r = subtract(subtract(subtract(x, n * P1), n * P2), n * P3);
  low -= n * P4;
  const s = r + low;
  low -= s - r;
  return s;
}

/** sin (r + low). */
function sine(r: f64): f64 {
  const z = r * r;
  let p: f64 = -1 / 121645100408832000.0;
  p = p * z + 1 / 355687428096000.0;
  p = p * z - 1 / 1307674368000.0;
  p = p * z + 1 / 6227020800.0;
  p = p * z - 1 / 39916800.0;
  p = p * z + 1 / 362880.0;
  p = p * z - 1 / 5040.0;
  p = p * z + 1 / 120.0;
  p = p * z - 1 / 6.0;
  return r + (r * z * p + low * (1 - 0.5 * z));
}
/** cos (r + low). */
function cosine(r: f64): f64 {
  const z = r * r;
  let p: f64 = 1 / 2432902008176640000.0;
  p = p * z - 1 / 6402373705728000.0;
  p = p * z + 1 / 20922789888000.0;
  p = p * z - 1 / 87178291200.0;
  p = p * z + 1 / 479001600.0;
  p = p * z - 1 / 3628800.0;
  p = p * z + 1 / 40320.0;
  p = p * z - 1 / 720.0;
  p = p * z + 1 / 24.0;
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * z * p - r * low));
}

/** sin x: relative error <= 3e-16. */
export function sin64(x: f64): f64 {
  if (abs(x) < 1e-9) return x;
  const r = reduce(x);
  const y = quarter & 1 ? cosine(r) : sine(r);
  return quarter & 2 ? -y : y;
}
/** cos x: relative error <= 3e-16. */
export function cos64(x: f64): f64 {
  const r = reduce(x);
  const y = quarter & 1 ? sine(r) : cosine(r);
  return (quarter + 1) & 2 ? -y : y;
}
/** tan x: relative error <= 6e-16. */
export function tan64(x: f64): f64 {
  if (abs(x) < 1e-9) return x;
  const r = reduce(x);
  const s = sine(r);
  const c = cosine(r);
  return quarter & 1 ? -c / s : s / c;
}
