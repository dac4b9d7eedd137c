// @ts-nocheck: arithmetic on type parameters is AssemblyScript, which TypeScript cannot check
// binary_<op>_<code> of integers beyond arithmetic. None of them traps: division by zero and remainder by zero are 0, the most
// negative number divided by -1 wraps to itself. floorDivide rounds down, remainder has the sign of the divisor, a negative
// exponent gives 0, a shift by the width or more gives 0, or the sign in a right shift of a signed number.

const FLOOR_DIVIDE = 0;
const REMAINDER = 1;
const POWER = 2;
const LEFT = 3;
const RIGHT = 4;

// @ts-ignore: decorator
@inline
function floorDivide<T>(x: T, y: T): T {
  if (y == 0) return <T>0;
  if (isSigned<T>()) {
    if (y == <T>-1) return <T>(<T>0 - x);
    const q = <T>(x / y);
    return <T>(q - <T>(<T>(q * y) != x && x < 0 != y < 0));
  }
  return <T>(x / y);
}
// @ts-ignore: decorator
@inline
function remainder<T>(x: T, y: T): T {
  if (y == 0) return <T>0;
  if (isSigned<T>()) {
    if (y == <T>-1) return <T>0;
    const r = <T>(x % y);
    return r != 0 && r < 0 != y < 0 ? <T>(r + y) : r;
  }
  return <T>(x % y);
}
// @ts-ignore: decorator
@inline
function power<T>(x: T, y: T): T {
  if (isSigned<T>() && y < 0) return <T>0;
  let r: T = 1;
  while (y) {
    if (y & 1) r = <T>(r * x);
    y = <T>(y >> 1);
    x = <T>(x * x);
  }
  return r;
}
// @ts-ignore: decorator
@inline
function left<T>(x: T, y: T): T {
  return <u64>y < 8 * sizeof<T>() ? <T>(x << y) : <T>0;
}
// @ts-ignore: decorator
@inline
function right<T>(x: T, y: T): T {
  if (<u64>y < 8 * sizeof<T>()) return <T>(x >> y);
  if (isSigned<T>()) return <T>(x >> <T>(8 * sizeof<T>() - 1));
  return <T>0;
}
// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: T, y: T): T {
  if (op == FLOOR_DIVIDE) return floorDivide<T>(x, y);
  if (op == REMAINDER) return remainder<T>(x, y);
  if (op == POWER) return power<T>(x, y);
  if (op == LEFT) return left<T>(x, y);
  return right<T>(x, y);
}

// @ts-ignore: decorator
@inline
function map<T>(op: i32, n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  const end = o + <usize>n * sizeof<T>();
  let x = load<T>(a);
  let y = load<T>(b);
  while (o < end) {
    if (sa) {
      x = load<T>(a);
      a += sizeof<T>();
    }
    if (sb) {
      y = load<T>(b);
      b += sizeof<T>();
    }
    store<T>(o, apply<T>(op, x, y));
    o += sizeof<T>();
  }
}

export function binary_floorDivide_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i8>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u8>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i16>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u16>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i32>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u32>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i64>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_floorDivide_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u64>(FLOOR_DIVIDE, n, a, sa, b, sb, o);
}
export function binary_remainder_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i8>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u8>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i16>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u16>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i32>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u32>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i64>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_remainder_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u64>(REMAINDER, n, a, sa, b, sb, o);
}
export function binary_power_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i8>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u8>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i16>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u16>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i32>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u32>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i64>(POWER, n, a, sa, b, sb, o);
}
export function binary_power_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u64>(POWER, n, a, sa, b, sb, o);
}
export function binary_leftShift_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u8>(LEFT, n, a, sa, b, sb, o);
}
export function binary_leftShift_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u16>(LEFT, n, a, sa, b, sb, o);
}
export function binary_leftShift_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u32>(LEFT, n, a, sa, b, sb, o);
}
export function binary_leftShift_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u64>(LEFT, n, a, sa, b, sb, o);
}
export function binary_rightShift_i8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i8>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_u8(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u8>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_i16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i16>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_u16(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u16>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_i32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i32>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_u32(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u32>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_i64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<i64>(RIGHT, n, a, sa, b, sb, o);
}
export function binary_rightShift_u64(n: i32, a: usize, sa: i32, b: usize, sb: i32, o: usize): void {
  map<u64>(RIGHT, n, a, sa, b, sb, o);
}

export {
  binary_floorDivide_u8 as binary_floorDivide_b8,
  binary_remainder_u8 as binary_remainder_b8,
  binary_power_u8 as binary_power_b8,
  binary_leftShift_u8 as binary_leftShift_i8,
  binary_leftShift_u16 as binary_leftShift_i16,
  binary_leftShift_u32 as binary_leftShift_i32,
  binary_leftShift_u64 as binary_leftShift_i64,
};
