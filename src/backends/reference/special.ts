// Special functions in double precision, and the rules of integer arithmetic. Where both make sense they take number and bigint.
type Real = number | bigint;

/** `2/sqrt(pi) exp(-x^2)`, the derivative of erf */
const slope = (x: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);

/** `1 - erf(x)` for x >= 1, by its continued fraction (modified Lentz). */
function complement(x: number): number {
  if (x > 27) return 0;
  // erfc(x) = exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))))
  let f = x;
  let c = x;
  let d = 0;
  for (let k = 1; k < 1000; k++) {
    d = 1 / (x + (k / 2) * d);
    c = x + k / 2 / c;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return slope(x) / 2 / f;
}
/** `2/sqrt(pi) * integral of exp(-t^2) from 0 to x`; relative error about 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (x !== x || a === 0) return x;
  if (a >= 2) return Math.sign(x) * (1 - complement(a));
  // exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms positive, nothing cancels
  let term = a;
  let sum = a;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * slope(a) * sum;
}
/** `1 - erf(x)`, without the cancellation for large x. */
export function erfc(x: number): number {
  return x >= 1 ? complement(x) : 1 - erf(x);
}
/** The inverse of erf: infinite at -1 and 1, NaN beyond. Newton-like (Halley) steps on erf, or on erfc near 1. */
export function erfinv(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 1)) return NaN;
  if (a === 1 || a === 0) return a === 1 ? x * Infinity : x;
  const l = Math.log1p(-a * a);
  const k = 2 / (Math.PI * 0.147) + l / 2;
  let t = Math.sqrt(Math.sqrt(k * k - l / 0.147) - k);
  if (a < 1e-4) t = (a * Math.sqrt(Math.PI)) / 2;
  for (let i = 0; i < 6; i++) {
    const miss = a < 0.5 ? erf(t) - a : 1 - a - erfc(t);
    const step = miss / slope(t);
    t -= step / (1 + t * step);
  }
  return Math.sign(x) * t;
}

/** The nearest integer, ties to even; integers stay. */
export function roundHalfEven<T extends Real>(x: T): T;
export function roundHalfEven(x: Real): Real {
  if (typeof x === 'bigint' || !Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const f = Math.floor(x);
  const d = x - f;
  const r = d > 0.5 || (d === 0.5 && f % 2 !== 0) ? f + 1 : f;
  return r === 0 && (x < 0 || Object.is(x, -0)) ? -0 : r;
}
/** `floor(x / y)`; 0 where an integer divisor is 0. */
export function floorDivide<T extends Real>(x: T, y: T): T;
export function floorDivide(x: Real, y: Real): Real {
  if (typeof x === 'number') return Math.floor(x / Number(y));
  const d = BigInt(y);
  if (d === 0n) return 0n;
  const q = x / d;
  return q * d !== x && x < 0n !== d < 0n ? q - 1n : q;
}
/** `x - y floor(x / y)`: the sign of the divisor; integers by 0 give 0. */
export function remainder<T extends Real>(x: T, y: T): T;
export function remainder(x: Real, y: Real): Real {
  if (typeof x === 'number') {
    const d = Number(y);
    const r = x % d;
    return r !== 0 && r < 0 !== d < 0 ? r + d : r;
  }
  const d = BigInt(y);
  if (d === 0n) return 0n;
  const r = x % d;
  return r !== 0n && r < 0n !== d < 0n ? r + d : r;
}
/** `x ** y` modulo 2^64; 0 for a negative exponent, as MLX has it. */
export function integerPower(x: bigint, y: bigint): bigint {
  if (y < 0n) return 0n;
  let result = 1n;
  for (let base = x; y > 0n; y >>= 1n) {
    if (y & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}
/** `x ** y`; floats as C99 (`1 ** NaN` and `(-1) ** inf` are 1), integers as `integerPower`. */
export function power<T extends Real>(x: T, y: T): T;
export function power(x: Real, y: Real): Real {
  if (typeof x === 'bigint') return integerPower(x, BigInt(y));
  const e = Number(y);
  return x === 1 || (x === -1 && (e === Infinity || e === -Infinity)) ? 1 : x ** e;
}
/** `|x|`; the least integer of a type wraps to itself on storing. */
export function abs<T extends Real>(x: T): T;
export function abs(x: Real): Real {
  return typeof x === 'bigint' ? (x < 0n ? -x : x) : Math.abs(x);
}
/** The greater of the two; NaN if either is. */
export const maximum = <T extends Real>(x: T, y: T): T => (x !== x || y < x || x === y ? x : y);
/** The lesser of the two; NaN if either is. */
export const minimum = <T extends Real>(x: T, y: T): T => (x !== x || x < y || x === y ? x : y);
/** -1, 0 or 1; 0 for NaN. */
export function sign<T extends Real>(x: T): T;
export function sign(x: Real): Real {
  if (typeof x === 'bigint') return x > 0n ? 1n : x < 0n ? -1n : 0n;
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}
/** `log(exp(x) + exp(y))`, without overflow. */
export function logaddexp(x: number, y: number): number {
  const most = Math.max(x, y);
  // equal infinities would meet as inf - inf
  return x === y
    ? x + Math.LN2
    : most === Infinity || most === -Infinity
      ? most
      : most + Math.log1p(Math.exp(-Math.abs(x - y)));
}
/** `1 / (1 + exp(-x))`, without overflow. */
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
/** A shift count that is negative or at least 64 stands for 64: every bit leaves. */
const shiftCount = (y: bigint): bigint => (y < 0n || y > 64n ? 64n : y);
/** `x * 2^y`, to wrap on storing: a count that is negative or at least the width gives 0. */
export const leftShift = (x: bigint, y: bigint): bigint => x << shiftCount(y);
/** `floor(x / 2^y)`: a count that is negative or at least the width leaves only the sign. */
export const rightShift = (x: bigint, y: bigint): bigint => x >> shiftCount(y);
