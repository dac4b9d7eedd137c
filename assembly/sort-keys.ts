// Unsigned keys that lie in the order of the elements: ascending, NaN last.

/** How elements map to keys. */
const UNSIGNED = 0;
const SIGNED = 1;
const FLOAT = 2;
const BRAIN = 3;

/** Key of an element of 8, 16 or 32 bits. Zeros of both signs are one key, NaNs another. */
// @ts-ignore: decorator
@inline
export function key32<T>(kind: i32, p: usize): u32 {
  const shift: u32 = 8 * <u32>sizeof<T>() - 1;
  const top = u32(1) << shift;
  const x = <u32>load<T>(p);
  if (kind == UNSIGNED) return x;
  if (kind == SIGNED) return x ^ top;
  const magnitude = x & (top - 1);
  const infinite: u32 = sizeof<T>() == 4 ? 0x7f800000 : kind == BRAIN ? 0x7f80 : 0x7c00;
  if (magnitude > infinite) return top | (top - 1);
  return x & top ? top - magnitude : top + magnitude;
}
// @ts-ignore: decorator
@inline
function keyF64(x: u64): u64 {
  const top: u64 = 1 << 63;
  const magnitude = x & (top - 1);
  if (magnitude > 0x7ff0000000000000) return -1;
  return x & top ? top - magnitude : top + magnitude;
}
/** Key of an element of 64 bits; complex numbers in lexicographic order, those with a NaN last and equal. */
// @ts-ignore: decorator
@inline
export function key64(kind: i32, complex: bool, p: usize): u64 {
  if (complex) {
    const r = key32<u32>(FLOAT, p);
    const i = key32<u32>(FLOAT, p + 4);
    return r == <u32>-1 || i == <u32>-1 ? -1 : ((<u64>r) << 32) | i;
  }
  const x = load<u64>(p);
  return kind == UNSIGNED ? x : kind == SIGNED ? x ^ (1 << 63) : keyF64(x);
}
