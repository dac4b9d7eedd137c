// float16 and bfloat16 by the definition of their bits, for expected values.
const word = new DataView(new ArrayBuffer(4));

export const bf16 = (bits: number): number => {
  word.setUint32(0, bits * 65536);
  return word.getFloat32(0);
};
/** Rounded to nearest even from float32, as the kernels do. */
export function toBf16(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  word.setFloat32(0, x);
  const u = word.getUint32(0);
  return Math.floor((u + 0x7fff + ((u >>> 16) & 1)) / 65536) & 0xffff;
}
export function f16(bits: number): number {
  const [sign, e, m] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (e === 31) return m ? NaN : sign * Infinity;
  return sign * (e ? (1 + m / 1024) * 2 ** (e - 15) : m * 2 ** -24);
}
export function toF16(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(Math.fround(x));
  if (a >= 65520) return sign | 0x7c00;
  // the spacing of its binade, subnormals included; a tie goes to the even multiple
  const step = a < 2 ** -14 ? 2 ** -24 : 2 ** (Math.floor(Math.log2(a)) - 10);
  const q = a / step;
  const r = q % 1 === 0.5 ? 2 * Math.round(q / 2) : Math.round(q);
  const v = r * step;
  if (v >= 65520) return sign | 0x7c00;
  if (v < 2 ** -14) return sign | Math.round(v / 2 ** -24);
  const e = Math.floor(Math.log2(v));
  return sign | ((e + 15) << 10) | Math.round((v / 2 ** e - 1) * 1024);
}
