// float16 and bfloat16 patterns in 32-bit lanes to float32 and back: the instructions of assembly/half.ts.
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
  b.get(h).splat(0x7fff).simd(S.and).i32(13).simd(I.shl);
  const magnitude = taken(b);
  // times 2^112 moves the exponent bias, and makes subnormals normal
  b.get(magnitude).splat(0x77800000).simd(F.mul);
  b.get(magnitude).splat(0x0f800000).simd(I.ge).splat(0x7f800000).simd(S.and).simd(S.or);
  b.get(h).splat(0x8000).simd(S.and).i32(16).simd(I.shl).simd(S.or);
}
function narrowHalf(b: Body): void {
  const x = taken(b);
  b.get(x).splat(0x80000000).simd(S.and);
  const sign = taken(b);
  b.get(x).get(sign).simd(S.xor);
  const u = taken(b);
  b.splat(0x7c00);
  b.get(u).splat(0x7f800000).simd(I.gt).splat(0x0200).simd(S.and).simd(S.or); // infinity or NaN
  b.get(u).splat(0x3f000000).simd(F.add).splat(0x3f000000).simd(I.sub); // subnormals: the adder rounds
  b.get(u).splat(0xc8000fff).simd(I.add);
  b.get(u).i32(13).simd(I.shrU).splat(1).simd(S.and).simd(I.add).i32(13).simd(I.shrU); // normal ones, to even
  b.get(u).splat(0x38800000).simd(I.lt).simd(S.bitselect);
  b.get(u).splat(0x47800000).simd(I.ge).simd(S.bitselect);
  b.get(sign).i32(16).simd(I.shrU).simd(S.or);
}
const widenBrain = (b: Body): void => void b.i32(16).simd(I.shl);
function narrowBrain(b: Body): void {
  const x = taken(b);
  b.get(x).splat(0x00400000).simd(S.or);
  b.get(x).splat(0x7fff).simd(I.add).get(x).i32(16).simd(I.shrU).splat(1).simd(S.and).simd(I.add);
  b.get(x).get(x).simd(F.ne).simd(S.bitselect).i32(16).simd(I.shrU);
}

/** Patterns on the stack to float32. */
export const widen = (b: Body, type: ElementType): void => (type.code === 'f16' ? widenHalf(b) : widenBrain(b));
/** float32 on the stack to patterns, to nearest even. */
export const narrow = (b: Body, type: ElementType): void => (type.code === 'f16' ? narrowHalf(b) : narrowBrain(b));
