// Which build of the kernels an engine may run: decided by what its instructions give, never by its name or version.

/** The exports of assembly/probe.ts: one relaxed instruction each, on equal lanes. */
export interface Probe {
  madd(a: number, b: number, c: number): number;
  nmadd(a: number, b: number, c: number): number;
  madd64(a: number, b: number, c: number): number;
  dot(a: number, b: number): number;
  select(a: number, b: number, mask: number): number;
  swizzle(from: number, i: number): number;
}

/** What relaxed SIMD gives here. */
export interface Relaxed {
  /**
   * multiply-add (fused or not), lane select by full masks, swizzle by indices below 16 and the int8 dot product into 16 bits are right
   */
  readonly usable: boolean;
  /** multiply-add rounds once */
  readonly fused: boolean;
}

const { fround } = Math;

/** Whether each value is that of two roundings, or each that of one; null if some value is neither. */
function roundings(values: readonly (readonly [got: number, twice: number, once: number])[]): 1 | 2 | null {
  if (values.every(([got, , once]) => got === once)) return 1;
  return values.every(([got, twice]) => got === twice) ? 2 : null;
}

/** Multiply-add: values whose product has no room in the format, so that one and two roundings differ. */
function multiplyAdd(p: Probe): 1 | 2 | null {
  const a = fround(1 + 2 ** -12); // a * a = 1 + 2^-11 + 2^-24, of which f32 holds all but the last bit
  const b = 1 + 2 ** -30; // b * b = 1 + 2^-29 + 2^-60 likewise in f64
  return roundings([
    [p.madd(a, a, -1), 2 ** -11, 2 ** -11 + 2 ** -24],
    [p.madd(a, -a, 1), -(2 ** -11), -(2 ** -11 + 2 ** -24)],
    [p.nmadd(a, a, 1), -(2 ** -11), -(2 ** -11 + 2 ** -24)],
    [p.nmadd(3, 5, 7), -8, -8],
    [p.madd64(b, b, -1), 2 ** -29, 2 ** -29 + 2 ** -60],
  ]);
}

const packed = (bytes: readonly number[]): number => bytes.reduce((all, x, i) => all | ((x & 255) << (8 * i)), 0);
/** Operands of the dot product; the extremes fill 16 bits as far as 7 by 8 bits can. */
const dots: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [
    [1, 2, 3, 4],
    [10, 20, 30, 40],
  ],
  [
    [127, 127, 127, 127],
    [127, 127, 127, 127],
  ],
  [
    [-128, -128, -128, -128],
    [127, 127, 127, 127],
  ],
  [
    [-128, 127, -128, 127],
    [127, 127, 127, 127],
  ],
  [
    [-1, 7, 1, -7],
    [64, 127, 64, 1],
  ],
];

/**
 * Asks the engine's relaxed instructions for results that are known. An instruction whose results differ between the engine's
 * compilers is judged in its first one. Of the two dot products the one into 32 bits is not asked for, nor used: Node 20 doubles it there.
 */
export function examine(p: Probe): Relaxed {
  const rounds = multiplyAdd(p);
  const selects = p.select(0x12345678, -7, -1) === 0x12345678 && p.select(0x12345678, -7, 0) === -7;
  const swizzles = [0, 3, 15].every((i) => p.swizzle(100, i) === 100 + i);
  const products = dots.every(([a, b]) => p.dot(packed(a), packed(b)) === a[0]! * b[0]! + a[1]! * b[1]!);
  return { usable: rounds !== null && selects && swizzles && products, fused: rounds === 1 };
}
