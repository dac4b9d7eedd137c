// Double precision erf and its inverse, by other means than the kernels use.

/** erf x by its all-positive series: no cancellation, so good to a few units in the last place up to about 6. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
/** erfc x for x >= 2 by its continued fraction, from the back. */
function tail(x: number): number {
  let f = x;
  for (let k = 60; k >= 1; k--) f = x + k / 2 / f;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * f);
}
export function erfc(x: number): number {
  return x >= 2 ? tail(x) : 1 - erf(x);
}
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  const t = Math.abs(x);
  return t < 2 ? series(x) : Math.sign(x) * (t > 27 ? 1 : 1 - tail(t));
}

/** The y with erf y = x, by Newton's method on erf, or on erfc near the ends. */
export function nearestInverseErf(x: number): number {
  const t = Math.abs(x);
  if (!(t <= 1)) return NaN;
  if (t === 1) return x * Infinity;
  if (t === 0) return x;
  const slope = 2 / Math.sqrt(Math.PI);
  let y = t / slope;
  if (t > 0.5) y = Math.sqrt(-Math.log((1 - t) * 1.5));
  for (let i = 0; i < 60; i++) {
    const error = t > 0.5 ? 1 - t - erfc(y) : erf(y) - t;
    const step = (t > 0.5 ? -error : error) / (slope * Math.exp(-y * y));
    const next = y - Math.max(-0.5, Math.min(0.5, t > 0.5 ? -step : step));
    if (Math.abs(next - y) < 1e-15 * y) break;
    y = next;
  }
  return Math.sign(x) * y;
}
