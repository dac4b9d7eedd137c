// f64 functions the compiler's own Math lacks or rounds badly: the error function, its inverse, logaddexp, sigmoid.

const TWO_OVER_ROOT_PI: f64 = 1.1283791670955126;

/** e^-x^2 with x^2 in two parts, so that the rounding of the square does not grow with it. */
function gauss(x: f64): f64 {
  const high = reinterpret<f64>(reinterpret<u64>(x) & 0xffffffff00000000);
  return NativeMath.exp(-high * high) * NativeMath.exp((high - x) * (high + x));
}
/** erfc x for x >= 1.5: its continued fraction from the back, deep enough for 53 bits at 1.5 and at 2. */
function erfcTail(x: f64): f64 {
  let f = x;
  for (let k = x < 2 ? 120 : 60; k > 0; k--) f = x + <f64>k * 0.5 / f;
  return gauss(x) * (0.5 * TWO_OVER_ROOT_PI) / f;
}
/** erf x for |x| < 2: the series whose terms are all positive. */
function erfSeries(x: f64): f64 {
  const z = 2 * x * x;
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let n = 3; term > sum * 1e-17; n += 2) {
    term *= z / <f64>n;
    sum += term;
  }
  return TWO_OVER_ROOT_PI * x * (gauss(x) * sum);
}
/** erf x: relative error <= 1e-15. */
export function erf64(x: f64): f64 {
  const t = abs(x);
  if (t < 2) return erfSeries(x);
  if (!(t < 6)) return t != t ? x : copysign<f64>(1, x);
  return copysign<f64>(1 - erfcTail(t), x);
}

/** The inverse of erf, relative error <= 1e-14: a start good to a few percent, then Newton's method with the second derivative. */
export function erfinv64(x: f64): f64 {
  const t = abs(x);
  if (!(t < 1)) return t == 1 ? x * Infinity : NaN;
  if (t == 0) return x;
  // Winitzki's closed form
  const w = NativeMath.log1p(-t * t);
  const c = 4.3307467508 + 0.5 * w;
  let y = sqrt<f64>(sqrt<f64>(c * c - w * 6.8027210884) - c);
  if (t < 1e-4) y = t / TWO_OVER_ROOT_PI;
  for (let i = 0; i < 4; i++) {
    // near 1 the difference is taken of what is missing from 1
    const e = y < 1 ? erf64(y) - t : 1 - t - (y < 1.5 ? 1 - erfSeries(y) : erfcTail(y));
    const step = e / (TWO_OVER_ROOT_PI * gauss(y));
    y -= step / (1 + y * step);
  }
  return copysign<f64>(y, x);
}

/** log(e^x + e^y). */
export function logaddexp64(x: f64, y: f64): f64 {
  if (x == y) return x + 0.6931471805599453;
  return max<f64>(x, y) + NativeMath.log1p(NativeMath.exp(-abs(x - y)));
}

/** 1 / (1 + e^-x), without overflow. */
export function sigmoid64(x: f64): f64 {
  const e = NativeMath.exp(-abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
