// float16 and bfloat16 patterns in 32-bit lanes to float32 and back: the same bits as assembly/half.ts, but rounding and packing apart.
import type { ElementType } from '../../../tensor/dtype.js';
import { V128, type Body } from './encoder.js';
import { F, I, S } from './instructions.js';

/** Takes what is on the stack into a local of its own. */
function taken(b: Body): number {
  const local = b.local(V128);
  b.set(local);
  return local;
}

function widenHalf(b: Body): void {
  const h = taken(b);
  b.get(h).i32(13).simd(I.shl).splat(0x8fffe000).simd(S.and);
  // times 2^112 moves the exponent bias, and makes subnormals normal
  b.splat(0x77800000).simd(F.mul);
  b.get(h).splat(0x7c00).simd(S.and).splat(0x7c00).simd(I.eq).splat(0x7f800000).simd(S.and).simd(S.or);
}
/** To 11 bits: those of a sum with a number so large that it has no others; below 2^-14 to multiples of 2^-24. */
function roundHalf(b: Body): void {
  const x = taken(b);
  b.get(x).splat(0x7f800000).simd(S.and).splat(0x38800000).simd(I.max).splat(0x47800000).simd(I.min);
  b.splat(0x06c00000).simd(I.add); // times 1.5 * 2^13
  const large = taken(b);
  // times 2^112 and back: what is too large overflows
  b.get(x).get(large).simd(F.add).get(large).simd(F.sub).splat(0x77800000).simd(F.mul).splat(0x07800000).simd(F.mul);
  b.get(x).splat(0x80000000).simd(S.and).simd(S.or); // of zeros
}
function narrowHalf(b: Body): void {
  const x = taken(b);
  b.get(x).simd(F.abs);
  const u = taken(b);
  b.get(u).splat(0x3f000000).simd(F.add).splat(0x3f000000).simd(I.sub); // subnormals, as multiples of their unit
  b.get(u).splat(0x38000000).simd(I.sub).i32(13).simd(I.shrU).splat(0x7c00).simd(I.min);
  b.get(u).splat(0x38800000).simd(I.lt).simd(S.bitselect);
  b.get(x).get(x).simd(F.ne).splat(0x0200).simd(S.and).simd(S.or);
  b.get(x).i32(16).simd(I.shrU).splat(0x8000).simd(S.and).simd(S.or);
}
const widenBrain = (b: Body): void => void b.i32(16).simd(I.shl);
function roundBrain(b: Body): void {
  const x = taken(b);
  b.get(x).splat(0x00400000).simd(S.or);
  b.get(x).splat(0x7fff).simd(I.add).get(x).i32(16).simd(I.shrU).splat(1).simd(S.and).simd(I.add);
  b.get(x).get(x).simd(F.ne).simd(S.bitselect).splat(0xffff0000).simd(S.and);
}
const narrowBrain = (b: Body): void => void b.i32(16).simd(I.shrU);

/** Patterns on the stack to float32. */
export const widen = (b: Body, type: ElementType): void => (type.code === 'f16' ? widenHalf(b) : widenBrain(b));
/** float32 on the stack to what `type` holds, still as float32, to nearest even. */
export const roundTo = (b: Body, type: ElementType): void => (type.code === 'f16' ? roundHalf(b) : roundBrain(b));
/** Such float32 to patterns. */
export const narrow = (b: Body, type: ElementType): void => (type.code === 'f16' ? narrowHalf(b) : narrowBrain(b));
