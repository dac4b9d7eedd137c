// Complex arithmetic in double precision, branch cuts and signed zeros as in C99 (after W. Kahan, "Branch cuts for complex
// elementary functions").
import type { Complex } from '../backend.js';

export type { Complex };

const complex = (re: number, im: number): Complex => ({ re, im });
const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);
const copySign = (x: number, sign: number): number => (isNegative(sign) ? -Math.abs(x) : Math.abs(x));
const isInfinite = (x: number): boolean => x === Infinity || x === -Infinity;
/** `i z` and `-i z`, exact also for signed zeros */
const timesI = (z: Complex): Complex => complex(-z.im, z.re);
const overI = (z: Complex): Complex => complex(z.im, -z.re);
const times = (z: Complex, x: number): Complex => complex(z.re * x, z.im * x);
/** `t h` where an exact zero of `t` wins over an infinite `h` */
const zeroWins = (t: number, h: number): number =>
  t === 0 && !Number.isNaN(h) ? copySign(0, t * Math.sign(h)) : t * h;

/** `z + w` */
export const add = (z: Complex, w: Complex): Complex => complex(z.re + w.re, z.im + w.im);
/** `z - w` */
export const sub = (z: Complex, w: Complex): Complex => complex(z.re - w.re, z.im - w.im);
/** `-z` */
export const neg = (z: Complex): Complex => complex(-z.re, -z.im);
/** `re - i im` */
export const conjugate = (z: Complex): Complex => complex(z.re, -z.im);
/** `z w`, by the plain formula: infinities may give NaN parts. */
export const mul = (z: Complex, w: Complex): Complex => complex(z.re * w.re - z.im * w.im, z.re * w.im + z.im * w.re);
/** `z / w`; a finite number over an infinite one is 0. */
export function div(z: Complex, w: Complex): Complex {
  if (isInfinite(w.re) || isInfinite(w.im)) {
    const unit = complex(copySign(isInfinite(w.re) ? 1 : 0, w.re), copySign(isInfinite(w.im) ? 1 : 0, w.im));
    return times(mul(z, conjugate(unit)), 0);
  }
  const d = w.re * w.re + w.im * w.im;
  return complex((z.re * w.re + z.im * w.im) / d, (z.im * w.re - z.re * w.im) / d);
}
/** `|z|` */
export const abs = (z: Complex): number => Math.hypot(z.re, z.im);
/** `z / |z|`, 0 at 0 */
export const sign = (z: Complex): Complex => (z.re === 0 && z.im === 0 ? z : times(z, 1 / abs(z)));
/** Whether either part is NaN. */
export const isNaN = (z: Complex): boolean => Number.isNaN(z.re) || Number.isNaN(z.im);
/** Both parts are equal; NaN equals nothing. */
export const equal = (z: Complex, w: Complex): boolean => z.re === w.re && z.im === w.im;
/** Lexicographic order: by the real part, then by the imaginary part. */
export const less = (z: Complex, w: Complex): boolean => z.re < w.re || (z.re === w.re && z.im < w.im);
/** Lexicographic `z <= w`. */
export const lessEqual = (z: Complex, w: Complex): boolean => less(z, w) || equal(z, w);
/** The later of the two in lexicographic order; an operand with a NaN part wins. */
export const max = (z: Complex, w: Complex): Complex => (isNaN(z) ? z : isNaN(w) || less(z, w) ? w : z);
/** The earlier of the two in lexicographic order; an operand with a NaN part wins. */
export const min = (z: Complex, w: Complex): Complex => (isNaN(z) ? z : isNaN(w) || less(w, z) ? w : z);

/** `exp(re) (cos(im) + i sin(im))` */
export function exp(z: Complex): Complex {
  if (z.im === 0) return complex(Math.exp(z.re), z.im);
  if (!Number.isFinite(z.im)) {
    if (z.re === -Infinity) return complex(0, 0);
    return complex(z.re === Infinity ? Infinity : NaN, NaN);
  }
  const r = Math.exp(z.re);
  return complex(r * Math.cos(z.im), r * Math.sin(z.im));
}
/** Principal logarithm: `log|z| + i arg z`. */
export function log(z: Complex): Complex {
  const x = Math.abs(z.re);
  const y = Math.abs(z.im);
  const r = Math.hypot(x, y);
  const [large, small] = x > y ? [x, y] : [y, x];
  // close to the unit circle the logarithm of r would cancel
  const re = r > 0.5 && r < 2 ? Math.log1p((large - 1) * (large + 1) + small * small) / 2 : Math.log(r);
  return complex(re, Math.atan2(z.im, z.re));
}
/** `log(1 + z)`, accurate for small `z` */
export function log1p(z: Complex): Complex {
  const near = z.re * (2 + z.re) + z.im * z.im;
  const re = Math.abs(near) < 0.5 ? Math.log1p(near) / 2 : log(complex(1 + z.re, z.im)).re;
  return complex(re, Math.atan2(z.im, 1 + z.re));
}
/** `exp(z) - 1`, accurate for small `z` */
export function expm1(z: Complex): Complex {
  const s = Math.sin(z.im / 2);
  return complex(Math.expm1(z.re) * Math.cos(z.im) - 2 * s * s, zeroWins(Math.sin(z.im), Math.exp(z.re)));
}
/** `log(z) / log(2)` */
export const log2 = (z: Complex): Complex => times(log(z), Math.LOG2E);
/** `log(z) / log(10)` */
export const log10 = (z: Complex): Complex => times(log(z), Math.LOG10E);

/** Principal square root, continuous from above on the negative real axis. */
export function sqrt(z: Complex): Complex {
  const { re: x, im: y } = z;
  if (isInfinite(y)) return complex(Infinity, y);
  if (x === 0 && y === 0) return complex(0, y);
  if (x === Infinity) return complex(Infinity, Number.isNaN(y) ? NaN : copySign(0, y));
  if (x === -Infinity) return complex(Number.isNaN(y) ? NaN : 0, copySign(Infinity, y));
  const t = Math.sqrt((Math.abs(x) + Math.hypot(x, y)) / 2);
  return x >= 0 ? complex(t, y / (2 * t)) : complex(Math.abs(y) / (2 * t), copySign(t, y));
}
/** `1 / sqrt(z)` */
export const rsqrt = (z: Complex): Complex => div(complex(1, 0), sqrt(z));
/** `1 / (1 + exp(-z))` */
export const sigmoid = (z: Complex): Complex => div(complex(1, 0), add(complex(1, 0), exp(neg(z))));
/** `z ** w = exp(w log z)`; `0 ** 0` is 1, `0 ** w` is 0 for a positive real part of `w`, else NaN. */
export function pow(z: Complex, w: Complex): Complex {
  if (w.re === 0 && w.im === 0) return complex(1, 0);
  if (z.re === 0 && z.im === 0) return w.re > 0 ? complex(0, 0) : complex(NaN, NaN);
  if (z.im === 0 && z.re > 0 && w.im === 0) return complex(z.re ** w.re, 0);
  return exp(mul(w, log(z)));
}

/** `sinh(re) cos(im) + i cosh(re) sin(im)` */
export const sinh = (z: Complex): Complex =>
  complex(Math.sinh(z.re) * Math.cos(z.im), zeroWins(Math.sin(z.im), Math.cosh(z.re)));
/** `cosh(re) cos(im) + i sinh(re) sin(im)` */
export const cosh = (z: Complex): Complex =>
  complex(Math.cosh(z.re) * Math.cos(z.im), zeroWins(Math.sin(z.im), Math.sinh(z.re)));
/** `sinh(z) / cosh(z)`, without overflow */
export function tanh(z: Complex): Complex {
  const { re: x, im: y } = z;
  if (Math.abs(x) > 20) {
    const decay = isInfinite(x) ? 0 : Math.exp(-2 * Math.abs(x));
    return complex(copySign(1, x), Number.isFinite(y) ? 4 * Math.sin(y) * Math.cos(y) * decay : 0);
  }
  const t = Math.tan(y);
  const s = Math.sinh(x);
  const beta = 1 + t * t;
  const d = 1 + beta * s * s;
  return complex((beta * Math.sqrt(1 + s * s) * s) / d, t / d);
}
/** `-i sinh(i z)` */
export const sin = (z: Complex): Complex => overI(sinh(timesI(z)));
/** `cosh(i z)` */
export const cos = (z: Complex): Complex => cosh(timesI(z));
/** `-i tanh(i z)` */
export const tan = (z: Complex): Complex => overI(tanh(timesI(z)));

/** Inverse hyperbolic cosine with non-negative real part. */
export function acosh(z: Complex): Complex {
  if (isInfinite(z.re) || isInfinite(z.im)) {
    const x = isInfinite(z.re) ? Math.sign(z.re) : Number.isNaN(z.re) ? NaN : 0;
    return complex(Infinity, Math.atan2(isInfinite(z.im) ? Math.sign(z.im) : copySign(z.im * 0, z.im), x));
  }
  const a = sqrt(complex(z.re - 1, z.im));
  const b = sqrt(complex(z.re + 1, z.im));
  return complex(Math.asinh(a.re * b.re + a.im * b.im), 2 * Math.atan2(a.im, b.re));
}
/** Inverse cosine, real part in [0, pi]. */
export function acos(z: Complex): Complex {
  if (isInfinite(z.re) || isInfinite(z.im)) {
    const h = acosh(z);
    return complex(Math.abs(h.im), -copySign(h.re, z.im));
  }
  const a = sqrt(complex(1 - z.re, -z.im));
  const b = sqrt(complex(1 + z.re, z.im));
  return complex(2 * Math.atan2(a.re, b.re), Math.asinh(b.re * a.im - b.im * a.re));
}
/** Inverse sine, real part in [-pi/2, pi/2]. */
export function asin(z: Complex): Complex {
  if (isInfinite(z.re) || isInfinite(z.im)) {
    const x = isInfinite(z.re) ? Math.sign(z.re) : z.re * 0;
    return complex(Math.atan2(x, isInfinite(z.im) ? 1 : z.im * 0), copySign(Infinity, z.im));
  }
  const a = sqrt(complex(1 - z.re, -z.im));
  const b = sqrt(complex(1 + z.re, z.im));
  return complex(Math.atan2(z.re, a.re * b.re - a.im * b.im), Math.asinh(a.re * b.im - a.im * b.re));
}
/** Inverse hyperbolic sine. */
export const asinh = (z: Complex): Complex => overI(asin(timesI(z)));
/** Inverse hyperbolic tangent. */
export function atanh(z: Complex): Complex {
  if (isNegative(z.re)) return neg(atanh(neg(z)));
  const { re: x, im: y } = z;
  if (Number.isNaN(y) && (x === 0 || isInfinite(x))) return complex(0, y);
  if (isInfinite(x) || isInfinite(y)) return complex(0, copySign(Math.PI / 2, y));
  const d = (1 - x) * (1 - x) + y * y;
  return complex(Math.log1p((4 * x) / d) / 4, Math.atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2);
}
/** Inverse tangent. */
export const atan = (z: Complex): Complex => overI(atanh(timesI(z)));
