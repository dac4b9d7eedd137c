// Functions of one complex number in double precision. Each returns the real part and leaves the imaginary one in `im`. Branch
// cuts, signed zeros and infinities follow C; the inverse functions are Kahan's ("Branch cuts for complex elementary functions").

import { cos64, sin64, tan64 } from './math-f64-trig';

/** Imaginary part of the last result. */
export let im: f64 = 0;
const LN_10: f64 = 2.302585092994046;

// @ts-ignore: decorator
@inline
function give(re: f64, imaginary: f64): f64 {
  im = imaginary;
  return re;
}

export function cabs(a: f64, b: f64): f64 {
  if (infinite(a, b)) return Infinity;
  return sqrt<f64>(a * a + b * b);
}

/** (a + bi) / (c + di), with what annex G of C asks of zeros and infinities. */
export function cdiv(a: f64, b: f64, c: f64, d: f64): f64 {
  const m = c * c + d * d;
  const x = (a * c + b * d) / m;
  const y = (b * c - a * d) / m;
  if (x == x || y == y) return give(x, y);
  if (m == 0 && (a == a || b == b)) return give(copysign<f64>(Infinity, c) * a, copysign<f64>(Infinity, c) * b);
  if (infinite(a, b) && abs(c) < Infinity && abs(d) < Infinity) {
    a = copysign<f64>(abs(a) == Infinity ? 1 : 0, a);
    b = copysign<f64>(abs(b) == Infinity ? 1 : 0, b);
    return give(Infinity * (a * c + b * d), Infinity * (b * c - a * d));
  }
  if (infinite(c, d) && abs(a) < Infinity && abs(b) < Infinity) {
    c = copysign<f64>(abs(c) == Infinity ? 1 : 0, c);
    d = copysign<f64>(abs(d) == Infinity ? 1 : 0, d);
    return give(0 * (a * c + b * d), 0 * (b * c - a * d));
  }
  return give(x, y);
}

export function csign(a: f64, b: f64): f64 {
  if (a == 0 && b == 0) return give(a, b);
  const m = cabs(a, b);
  if (m == Infinity) return give(NaN, NaN);
  return give(a / m, b / m);
}

export function csqrt(a: f64, b: f64): f64 {
  if (abs(b) == Infinity) return give(Infinity, b);
  if (a == Infinity) return give(a, b == b ? copysign<f64>(0, b) : b);
  if (a == -Infinity) return give(b == b ? 0 : b, copysign<f64>(Infinity, b));
  if (a == 0 && b == 0) return give(0, b);
  const m = sqrt<f64>(0.5 * (sqrt<f64>(a * a + b * b) + abs(a)));
  const other = abs(b) / (2 * m);
  return a < 0 ? give(other, copysign<f64>(m, b)) : give(m, copysign<f64>(other, b));
}
export function crsqrt(a: f64, b: f64): f64 {
  const re = csqrt(a, b);
  return cdiv(1, 0, re, im);
}

export function cexp(a: f64, b: f64): f64 {
  if (b == 0) return give(NativeMath.exp(a), b);
  if (!(abs(b) < Infinity)) {
    if (a == -Infinity) return give(0, 0);
    return give(a == Infinity ? a : NaN, NaN);
  }
  const m = NativeMath.exp(a);
  return give(m * cos64(b), m * sin64(b));
}

/** log |z| and the angle, each times `scale`. */
function logScaled(a: f64, b: f64, scale: f64): f64 {
  const m = cabs(a, b);
  // near the unit circle the modulus is too coarse, its square minus one is not
  const near = m > 0.5 && m < 2;
  const big = max<f64>(abs(a), abs(b));
  const small = min<f64>(abs(a), abs(b));
  const re = near ? 0.5 * NativeMath.log1p((big - 1) * (big + 1) + small * small) : NativeMath.log(m);
  return give(re * scale, NativeMath.atan2(b, a) * scale);
}
export function clog(a: f64, b: f64): f64 {
  return logScaled(a, b, 1);
}
export function clog2(a: f64, b: f64): f64 {
  return logScaled(a, b, 1.4426950408889634);
}
export function clog10(a: f64, b: f64): f64 {
  return logScaled(a, b, 1 / LN_10);
}
export function clog1p(a: f64, b: f64): f64 {
  const s = cabs(1 + a, b);
  const re = s > 0.5 && s < 2 ? 0.5 * NativeMath.log1p(a * (2 + a) + b * b) : NativeMath.log(s);
  return give(re, NativeMath.atan2(b, 1 + a));
}

export function csinh(a: f64, b: f64): f64 {
  if (b == 0) return give(NativeMath.sinh(a), b);
  const s = sin64(b);
  const c = cos64(b);
  return give(a == 0 && c != c ? a : NativeMath.sinh(a) * c, NativeMath.cosh(a) * s);
}
export function ccosh(a: f64, b: f64): f64 {
  if (b == 0) return give(NativeMath.cosh(a), copysign<f64>(1, a) * b);
  const s = sin64(b);
  const c = cos64(b);
  return give(NativeMath.cosh(a) * c, a == 0 && s != s ? a : NativeMath.sinh(a) * s);
}
export function ctanh(a: f64, b: f64): f64 {
  if (abs(a) > 20) {
    const re = copysign<f64>(1, a);
    if (!(abs(b) < Infinity)) return give(re, 0);
    return give(re, 4 * sin64(b) * cos64(b) * NativeMath.exp(-2 * abs(a)));
  }
  const t = tan64(b);
  const beta = 1 + t * t;
  const s = NativeMath.sinh(a);
  const rho = sqrt<f64>(1 + s * s);
  const d = 1 + beta * s * s;
  return give(a == 0 ? a : (beta * rho * s) / d, t / d);
}
// f(z) = -i g(iz) for the circular functions
export function csin(a: f64, b: f64): f64 {
  const v = csinh(-b, a);
  return give(im, -v);
}
export function ccos(a: f64, b: f64): f64 {
  return ccosh(-b, a);
}
export function ctan(a: f64, b: f64): f64 {
  const v = ctanh(-b, a);
  return give(im, -v);
}

// @ts-ignore: decorator
@inline
function infinite(a: f64, b: f64): bool {
  return abs(a) == Infinity || abs(b) == Infinity;
}
// by the real and imaginary parts of sqrt(1 - z) and sqrt(1 + z)
export function carcsin(a: f64, b: f64): f64 {
  if (infinite(a, b)) return give(NativeMath.atan2(a, abs(b)), copysign<f64>(Infinity, b));
  const r0 = csqrt(1 - a, -b);
  const i0 = im;
  const r1 = csqrt(1 + a, b);
  const i1 = im;
  return give(NativeMath.atan2(a, r0 * r1 - i0 * i1), NativeMath.asinh(r0 * i1 - i0 * r1));
}
export function carccos(a: f64, b: f64): f64 {
  if (infinite(a, b)) return give(NativeMath.atan2(abs(b), a), -copysign<f64>(Infinity, b));
  const r0 = csqrt(1 - a, -b);
  const i0 = im;
  const r1 = csqrt(1 + a, b);
  const i1 = im;
  return give(2 * NativeMath.atan2(r0, r1), NativeMath.asinh(r1 * i0 - i1 * r0));
}
export function carccosh(a: f64, b: f64): f64 {
  if (infinite(a, b)) return give(Infinity, NativeMath.atan2(b, a));
  const r0 = csqrt(a - 1, b);
  const i0 = im;
  const r1 = csqrt(a + 1, b);
  const i1 = im;
  return give(NativeMath.asinh(r0 * r1 + i0 * i1), 2 * NativeMath.atan2(i0, r1));
}
export function carctanh(a: f64, b: f64): f64 {
  if (b != b && (a == 0 || abs(a) == Infinity)) return give(copysign<f64>(0, a), b);
  if (infinite(a, b)) return give(copysign<f64>(0, a), copysign<f64>(1.5707963267948966, b));
  const t = abs(a);
  const re = 0.25 * NativeMath.log1p((4 * t) / ((1 - t) * (1 - t) + b * b));
  return give(copysign<f64>(re, a), 0.5 * NativeMath.atan2(2 * b, (1 - t) * (1 + t) - b * b));
}
export function carcsinh(a: f64, b: f64): f64 {
  const v = carcsin(-b, a);
  return give(im, -v);
}
export function carctan(a: f64, b: f64): f64 {
  const v = carctanh(-b, a);
  return give(im, -v);
}

/** e^(w log z), as MLX: 0^0 is NaN. */
export function cpow(a: f64, b: f64, c: f64, d: f64): f64 {
  const l = clog(a, b);
  const g = im;
  return cexp(c * l - d * g, c * g + d * l);
}
