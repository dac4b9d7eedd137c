// select_<bytes>: o = c ? x : y for elements of 1, 2, 4 or 8 bytes; c is one byte each.
import { fill, splatAt } from './binary-loops';

/** All-ones lanes of 16 / sizeof<T>() elements where the condition bytes at `c` are not zero. */
// @ts-ignore: decorator
@inline
function maskAt<T>(c: usize): v128 {
  const zero = i32x4.splat(0);
  if (sizeof<T>() == 1) return i8x16.ne(v128.load(c), zero);
  if (sizeof<T>() == 2) return i16x8.ne(v128.load8x8_u(c), zero);
  if (sizeof<T>() == 4) return i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(c))), zero);
  const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load16_lane(c, zero, 0)));
  return i64x2.ne(i64x2.extend_low_i32x4_u(wide), zero);
}

// @ts-ignore: decorator
@inline
function loop<T>(holdX: bool, holdY: bool, end: usize, c: usize, x: usize, y: usize, o: usize): void {
  const vx = splatAt<T>(x);
  const vy = splatAt<T>(y);
  while (o < end) {
    v128.store(o, v128.bitselect(holdX ? vx : v128.load(x), holdY ? vy : v128.load(y), maskAt<T>(c)));
    c += 16 / sizeof<T>();
    if (!holdX) x += 16;
    if (!holdY) y += 16;
    o += 16;
  }
}

// @ts-ignore: decorator
@inline
function select<T>(n: i32, c: usize, sc: i32, x: usize, sx: i32, y: usize, sy: i32, o: usize): void {
  if (n <= 0) return;
  const bytes = <usize>n * sizeof<T>();
  if (!sc) {
    const taken = load<u8>(c) != 0;
    const p = taken ? x : y;
    if (taken ? sx : sy) memory.copy(o, p, bytes);
    else fill(bytes, o, i64x2.extract_lane(splatAt<T>(p), 0));
    return;
  }
  const end = o + bytes;
  if (sx & sy) loop<T>(false, false, end, c, x, y, o);
  else if (sx) loop<T>(false, true, end, c, x, y, o);
  else if (sy) loop<T>(true, false, end, c, x, y, o);
  else loop<T>(true, true, end, c, x, y, o);
}

export function select_1(n: i32, c: usize, sc: i32, x: usize, sx: i32, y: usize, sy: i32, o: usize): void {
  select<u8>(n, c, sc, x, sx, y, sy, o);
}
export function select_2(n: i32, c: usize, sc: i32, x: usize, sx: i32, y: usize, sy: i32, o: usize): void {
  select<u16>(n, c, sc, x, sx, y, sy, o);
}
export function select_4(n: i32, c: usize, sc: i32, x: usize, sx: i32, y: usize, sy: i32, o: usize): void {
  select<u32>(n, c, sc, x, sx, y, sy, o);
}
export function select_8(n: i32, c: usize, sc: i32, x: usize, sx: i32, y: usize, sy: i32, o: usize): void {
  select<u64>(n, c, sc, x, sx, y, sy, o);
}
