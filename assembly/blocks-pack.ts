// The packed form of GGUF matrices: stripes of sixteen rows, block by block, as products read them. A block of a stripe has the bytes of its rows'
// blocks in another order: four rows' 32-bit words alternate, so that a vector holds four elements' codes of each of them.
//   blocks of 32: the scales (and minima) of four rows and the next four, then codes of four rows and the next four, after their fifth bits;
//   Q4_K, Q5_K: of four rows and the next four, d and minimum, scales, fifth bits, codes;
//   Q6_K: d of all rows, then of four rows and the next four, scales, high bits, codes.
// Q8_0's codes at even places have their sign bit turned over: they count from -128.
import { blockBytes, blockSize, Q4_1, Q4_K, Q5_0, Q5_1, Q6_K, Q8_0 } from './blocks-format';

/** Rows of a stripe. */
export const ROWS: i32 = 16;

/** Bytes of four rows' heads in a block of a stripe, where these lie together. */
// @ts-ignore: decorator
@inline
export function headBytes(type: i32): i32 {
  return type == Q4_1 || type == Q5_1 ? 16 : type < Q4_K || type == Q6_K ? 8 : 0;
}

/** Every fourth bit from bit 0 as the low byte, and back. */
// @ts-ignore: decorator
@inline
function gather8(v: u32): u32 {
  v &= 0x11111111;
  v = (v | (v >> 3)) & 0x03030303;
  v = (v | (v >> 6)) & 0x000f000f;
  return (v | (v >> 12)) & 0xff;
}
// @ts-ignore: decorator
@inline
function spread8(v: u32): u32 {
  v = (v | (v << 12)) & 0x000f000f;
  v = (v | (v << 6)) & 0x03030303;
  return (v | (v << 3)) & 0x11111111;
}
/** The fifth bits of 32 elements: bit 4t + b is bit t of byte b, and back. */
function turnBits(bits: u32, back: bool): u32 {
  if (back) {
    const low = spread8(bits & 255) | (spread8((bits >> 8) & 255) << 1);
    return low | (spread8((bits >> 16) & 255) << 2) | (spread8(bits >> 24) << 3);
  }
  const low = gather8(bits) | (gather8(bits >> 1) << 8);
  return low | (gather8(bits >> 2) << 16) | (gather8(bits >> 3) << 24);
}

/** Moves 16 bits between row `w` and stripe `p`. */
// @ts-ignore: decorator
@inline
function half(back: bool, w: usize, p: usize): void {
  if (back) store<u16>(w, load<u16>(p));
  else store<u16>(p, load<u16>(w));
}
/** Moves `n` words between row `w` and every fourth word of stripe `p`. */
function words(back: bool, n: i32, w: usize, p: usize): void {
  for (; n > 0; n--) {
    if (back) store<u32>(w, load<u32>(p));
    else store<u32>(p, load<u32>(w));
    w += 4;
    p += 16;
  }
}

/** Bytes of four rows without their heads in a block of a stripe. */
// @ts-ignore: decorator
@inline
export function codeBytesOf(type: i32): i32 {
  return 4 * blockBytes(type) - headBytes(type);
}

/** Moves row `r` of a stripe. */
function moveRow(back: bool, type: i32, n: i32, r: usize, w: usize, p: usize): void {
  const bytes = <usize>blockBytes(type);
  const heads = <usize>headBytes(type);
  const four = r >> 2;
  const own = r & 3;
  let head = p + four * heads + 2 * own;
  let codes = p + 4 * heads + four * codeBytesOf(type) + 4 * own;
  for (; n > 0; n--) {
    if (type == Q6_K) {
      half(back, w + 208, head);
      words(back, 4, w + 192, codes);
      words(back, 16, w + 128, codes + 64);
      words(back, 32, w, codes + 320);
    } else if (type >= Q4_K) words(back, <i32>(bytes >> 2), w, codes);
    else {
      half(back, w, head);
      let from = w + 2;
      let to = codes;
      if (type == Q4_1 || type == Q5_1) {
        half(back, w + 2, head + 8);
        from += 2;
      }
      if (type == Q5_0 || type == Q5_1) {
        if (back) store<u32>(from, turnBits(load<u32>(to), true));
        else store<u32>(to, turnBits(load<u32>(from), false));
        from += 4;
        to += 16;
      }
      if (type == Q8_0) {
        for (let i = 0; i < 8; i++) {
          if (back) store<u32>(from, load<u32>(to) ^ 0x00800080);
          else store<u32>(to, load<u32>(from) ^ 0x00800080);
          from += 4;
          to += 16;
        }
      } else words(back, 4, from, to);
    }
    head += 16 * bytes;
    codes += 16 * bytes;
    w += bytes;
  }
}

/** Rows of K elements at `w` to stripes at `p`; rows that the last stripe lacks are zeros. */
export function blocks_pack(type: i32, rows: i32, K: i32, w: usize, p: usize): void {
  const n = K / blockSize(type);
  const row = <usize>(n * blockBytes(type));
  for (; rows > 0; rows -= ROWS) {
    if (rows < ROWS) memory.fill(p, 0, 16 * row);
    for (let r = 0; r < min(ROWS, rows); r++) {
      moveRow(false, type, n, r, w, p);
      w += row;
    }
    p += 16 * row;
  }
}
/** Rows of stripes at `p` to rows at `w`: the first ones, or those that i32 at `index` name, unless it is 0. */
export function blocks_unpack(type: i32, rows: i32, K: i32, p: usize, index: usize, w: usize): void {
  const n = K / blockSize(type);
  const row = <usize>(n * blockBytes(type));
  for (let i = 0; i < rows; i++) {
    const from = <usize>(index == 0 ? i : load<i32>(index + 4 * i));
    moveRow(true, type, n, from % ROWS, w, p + (from - (from % ROWS)) * row);
    w += row;
  }
}
