// @ts-nocheck: arithmetic on type parameters is AssemblyScript, which TypeScript cannot check
// cast: every dtype to every other. Float to integer truncates and saturates at the target's range, NaN becomes 0 (in C++, and so
// in MLX, undefined); integer to integer wraps; anything but zero is true; complex loses or gains an imaginary part. Half types
// are reached through f32, as in MLX.
import { bools } from './binary-loops';
import { brainToFloat, floatToBrain, floatToHalf, halfToFloat } from './half';

// MLX's dtype indices
const B8 = 0;
const U8 = 1;
const U16 = 2;
const U32 = 3;
const U64 = 4;
const I8 = 5;
const I16 = 6;
const I32 = 7;
const I64 = 8;
const F16 = 9;
const F32 = 10;
const F64 = 11;
const BF16 = 12;
const C64 = 13;

/** log2 of the bytes of an element, by dtype index */
const SHIFTS = memory.data<u8>([0, 0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 3]);

/** Float to integer: the conversions saturate at 32 or 64 bits and turn NaN into 0, narrower types are clamped after. */
// @ts-ignore: decorator
@inline
function saturate<S, D>(x: S): D {
  if (sizeof<D>() >= 4) return <D>x;
  if (isSigned<D>()) {
    const low = -1 << (8 * <i32>sizeof<D>() - 1);
    return <D>min<i32>(max<i32>(<i32>x, low), ~low);
  }
  return <D>min<u32>(<u32>x, 0xffffffff >>> (32 - 8 * <u32>sizeof<D>()));
}

// @ts-ignore: decorator
@inline
function convert<S, D>(x: S): D {
  if (isFloat<S>() && isInteger<D>()) return saturate<S, D>(x);
  return <D>x;
}

// @ts-ignore: decorator
@inline
function scalars<S, D>(n: i32, a: usize, step: usize, o: usize): void {
  const end = o + <usize>n * sizeof<D>();
  while (o < end) {
    store<D>(o, convert<S, D>(load<S>(a)));
    a += step;
    o += sizeof<D>();
  }
}

// @ts-ignore: decorator
@inline
function toBool<S>(n: i32, a: usize, o: usize): void {
  const end = o + <usize>n;
  while (o < end) {
    store<u8>(o, u8(load<S>(a) != 0));
    a += sizeof<S>();
    o++;
  }
}

// @ts-ignore: decorator
@inline
function toHalf<S>(brain: bool, n: i32, a: usize, step: usize, o: usize): void {
  const end = o + (<usize>n << 1);
  while (o < end) {
    const x = f32x4.splat(<f32>load<S>(a));
    store<u16>(o, i16x8.extract_lane_u(brain ? floatToBrain(x) : floatToHalf(x), 0));
    a += step;
    o += 2;
  }
}

function castFrom<S>(n: i32, to: i32, a: usize, step: usize, o: usize): void {
  switch (to) {
    case B8:
      toBool<S>(n, a, o);
      break;
    case U8:
      scalars<S, u8>(n, a, step, o);
      break;
    case U16:
      scalars<S, u16>(n, a, step, o);
      break;
    case U32:
      scalars<S, u32>(n, a, step, o);
      break;
    case U64:
      scalars<S, u64>(n, a, step, o);
      break;
    case I8:
      if (isFloat<S>()) scalars<S, i8>(n, a, step, o);
      else scalars<S, u8>(n, a, step, o);
      break;
    case I16:
      if (isFloat<S>() || isSigned<S>()) scalars<S, i16>(n, a, step, o);
      else scalars<S, u16>(n, a, step, o);
      break;
    case I32:
      if (isFloat<S>()) scalars<S, i32>(n, a, step, o);
      else scalars<S, u32>(n, a, step, o);
      break;
    case I64:
      if (isFloat<S>()) scalars<S, i64>(n, a, step, o);
      else scalars<S, u64>(n, a, step, o);
      break;
    case F16:
      toHalf<S>(false, n, a, step, o);
      break;
    case F32:
      scalars<S, f32>(n, a, step, o);
      break;
    case F64:
      scalars<S, f64>(n, a, step, o);
      break;
    default:
      toHalf<S>(true, n, a, step, o);
  }
}

// @ts-ignore: decorator
@inline
function widen(brain: bool, h: v128): v128 {
  return brain ? brainToFloat(h) : halfToFloat(h);
}
// @ts-ignore: decorator
@inline
function narrow(brain: bool, x: v128): v128 {
  return brain ? floatToBrain(x) : floatToHalf(x);
}

/** float16 or bfloat16 to f32. */
// @ts-ignore: decorator
@inline
function halvesToFloats(brain: bool, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  while (o + 32 <= end) {
    const h = v128.load(a);
    v128.store(o, widen(brain, i32x4.extend_low_i16x8_u(h)));
    v128.store(o, widen(brain, i32x4.extend_high_i16x8_u(h)), 16);
    a += 16;
    o += 32;
  }
  while (o < end) {
    v128.store(o, widen(brain, v128.load16x4_u(a)));
    a += 8;
    o += 16;
  }
}

/** f32 to float16 or bfloat16. */
// @ts-ignore: decorator
@inline
function floatsToHalves(brain: bool, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 1);
  while (o < end) {
    v128.store(o, i16x8.narrow_i32x4_u(narrow(brain, v128.load(a)), narrow(brain, v128.load(a, 16))));
    a += 32;
    o += 16;
  }
}

/** Half to a type that f32 is on the way to: 4 at a time through a lane each. */
// @ts-ignore: decorator
@inline
function halvesTo<D>(brain: bool, n: i32, a: usize, o: usize): void {
  const end = o + <usize>n * sizeof<D>();
  while (o < end) {
    store<D>(o, convert<f32, D>(f32x4.extract_lane(widen(brain, i32x4.splat(load<u16>(a))), 0)));
    a += 2;
    o += sizeof<D>();
  }
}

// @ts-ignore: decorator
@inline
function castHalf(brain: bool, n: i32, to: i32, a: usize, o: usize): void {
  switch (to) {
    case B8:
      // false for both zeros only
      for (let i: usize = 0; i < <usize>n; i++) store<u8>(o + i, u8((load<u16>(a + (i << 1)) & 0x7fff) != 0));
      break;
    case U8:
      halvesTo<u8>(brain, n, a, o);
      break;
    case U16:
      halvesTo<u16>(brain, n, a, o);
      break;
    case U32:
      halvesTo<u32>(brain, n, a, o);
      break;
    case U64:
      halvesTo<u64>(brain, n, a, o);
      break;
    case I8:
      halvesTo<i8>(brain, n, a, o);
      break;
    case I16:
      halvesTo<i16>(brain, n, a, o);
      break;
    case I32:
      halvesTo<i32>(brain, n, a, o);
      break;
    case I64:
      halvesTo<i64>(brain, n, a, o);
      break;
    case F32:
      halvesToFloats(brain, n, a, o);
      break;
    case F64:
      halvesTo<f64>(brain, n, a, o);
      break;
    default: {
      // the other half type
      const end = o + (<usize>n << 1);
      while (o < end) {
        const h = v128.load(a);
        const low = narrow(!brain, widen(brain, i32x4.extend_low_i16x8_u(h)));
        const high = narrow(!brain, widen(brain, i32x4.extend_high_i16x8_u(h)));
        v128.store(o, i16x8.narrow_i32x4_u(low, high));
        a += 16;
        o += 16;
      }
    }
  }
}

/** f32 to what vectors convert to at once; false where they do not. */
function castFloats(n: i32, to: i32, a: usize, o: usize): bool {
  if (to == F16) floatsToHalves(false, n, a, o);
  else if (to == BF16) floatsToHalves(true, n, a, o);
  else if (to == I32 || to == U32) {
    const end = o + (<usize>n << 2);
    while (o < end) {
      const x = v128.load(a);
      v128.store(o, to == I32 ? i32x4.trunc_sat_f32x4_s(x) : i32x4.trunc_sat_f32x4_u(x));
      a += 16;
      o += 16;
    }
  } else if (to == I8 || to == U8 || to == B8) {
    const end = o + <usize>n;
    const zero = i32x4.splat(0);
    while (o < end) {
      let r: v128;
      const x0 = v128.load(a);
      const x1 = v128.load(a, 16);
      const x2 = v128.load(a, 32);
      const x3 = v128.load(a, 48);
      if (to == B8) r = bools<f32>(f32x4.ne(x0, zero), f32x4.ne(x1, zero), f32x4.ne(x2, zero), f32x4.ne(x3, zero));
      else {
        const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(x0), i32x4.trunc_sat_f32x4_s(x1));
        const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(x2), i32x4.trunc_sat_f32x4_s(x3));
        r = to == I8 ? i8x16.narrow_i16x8_s(low, high) : i8x16.narrow_i16x8_u(low, high);
      }
      v128.store(o, r);
      a += 64;
      o += 16;
    }
  } else return false;
  return true;
}

/** bool and bytes, 32-bit integers to f32. */
function castToFloats(n: i32, from: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  if (from <= U8) {
    while (o < end) {
      v128.store(o, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(a)))));
      a += 4;
      o += 16;
    }
    return;
  }
  while (o < end) {
    const x = v128.load(a);
    v128.store(o, from == I32 ? f32x4.convert_i32x4_s(x) : f32x4.convert_i32x4_u(x));
    a += 16;
    o += 16;
  }
}

/**
 * Converts `n` elements of dtype `from` at `a` to dtype `to` at `o` (MLX's dtype indices). A wider result may not overlap its
 * operand.
 */
export function cast(n: i32, from: i32, to: i32, a: usize, o: usize): void {
  if (n <= 0) return;
  const shift = <usize>load<u8>(SHIFTS + from);
  const integers = from <= I64 && to <= I64;
  // same bits: one type, integers of one size, bool seen as an integer
  if (from == to || (integers && to != B8 && load<u8>(SHIFTS + to) == shift)) {
    memory.copy(o, a, <usize>n << shift);
    return;
  }
  if (to == C64) {
    cast(n, from, F32, a, o);
    for (let i = n - 1; i >= 0; i--) store<u64>(o + (<usize>i << 3), load<u32>(o + (<usize>i << 2)));
    return;
  }
  if (to == F32 && (from <= U8 || from == I32 || from == U32)) {
    castToFloats(n, from, a, o);
    return;
  }
  switch (from) {
    case B8:
    case U8:
      castFrom<u8>(n, to, a, 1, o);
      break;
    case U16:
      castFrom<u16>(n, to, a, 2, o);
      break;
    case U32:
      castFrom<u32>(n, to, a, 4, o);
      break;
    case U64:
      castFrom<u64>(n, to, a, 8, o);
      break;
    case I8:
      castFrom<i8>(n, to, a, 1, o);
      break;
    case I16:
      castFrom<i16>(n, to, a, 2, o);
      break;
    case I32:
      castFrom<i32>(n, to, a, 4, o);
      break;
    case I64:
      castFrom<i64>(n, to, a, 8, o);
      break;
    case F16:
      castHalf(false, n, to, a, o);
      break;
    case F32:
      if (!castFloats(n, to, a, o)) castFrom<f32>(n, to, a, 4, o);
      break;
    case F64:
      castFrom<f64>(n, to, a, 8, o);
      break;
    case BF16:
      castHalf(true, n, to, a, o);
      break;
    default:
      if (to == B8) {
        for (let i: usize = 0; i < <usize>n; i++) {
          const p = a + (i << 3);
          store<u8>(o + i, u8(load<f32>(p) != 0 || load<f32>(p, 4) != 0));
        }
      } else castFrom<f32>(n, to, a, 8, o);
  }
}
