// The two 16-bit float formats, exactly.
const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
/** floor(log2(x)) of a finite positive double; -1023 for subnormals */
function exponent(x: number): number {
  scratch[0] = x;
  return ((scratchWords[1]! >>> 20) & 0x7ff) - 1023;
}
function tiesToEven(x: number): number {
  const f = Math.floor(x);
  const d = x - f;
  return d > 0.5 || (d === 0.5 && f % 2 !== 0) ? f + 1 : f;
}

/** The 16-bit float formats: explicit mantissa bits, exponent of the smallest normal. */
const HALF = {
  float16: { mantissa: 10, least: -14, infinity: 0x7c00 },
  bfloat16: { mantissa: 7, least: -126, infinity: 0x7f80 },
} as const;
/** The two dtypes of 16 bits. */
export type HalfName = keyof typeof HALF;

/** The bits of the 16-bit float nearest to `x`, ties to even. */
export function encodeHalf(name: HalfName, x: number): number {
  const { mantissa, least, infinity } = HALF[name];
  if (x !== x) return infinity | (1 << (mantissa - 1));
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (a === Infinity) return sign | infinity;
  const e = Math.max(exponent(a), least);
  // a carry out of the mantissa lands in the exponent, where it belongs
  const bits = (e - least) * 2 ** mantissa + tiesToEven(a / 2 ** (e - mantissa));
  return sign | Math.min(bits, infinity);
}
/** The value of the bits of a 16-bit float. */
export function decodeHalf(name: HalfName, bits: number): number {
  const { mantissa, least, infinity } = HALF[name];
  const sign = bits & 0x8000 ? -1 : 1;
  const m = bits & 0x7fff;
  if (m >= infinity) return m > infinity ? NaN : sign * Infinity;
  const e = m >> mantissa;
  const fraction = m & ((1 << mantissa) - 1);
  return (
    sign *
    (e === 0 ? fraction * 2 ** (least - mantissa) : (fraction + (1 << mantissa)) * 2 ** (e - 1 + least - mantissa))
  );
}
