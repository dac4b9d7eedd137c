// random_bits: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), laid out as MLX does.

/** y rotated left by r, xor x */
// @ts-ignore: decorator
@inline
function mix(x: v128, y: v128, r: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, r), i32x4.shr_u(y, 32 - r)), x);
}

/** Hashes four pairs of counters: their first words to `p`, their second ones to `q`, or nowhere if that is 0. */
// @ts-ignore: decorator
@inline
function hash(k0: i32, k1: i32, x: v128, y: v128, p: usize, q: usize, count: i32): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  x = i32x4.add(x, i32x4.splat(k0));
  y = i32x4.add(y, i32x4.splat(k1));
  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, i32x4.splat(k1));
  y = i32x4.add(y, i32x4.splat(k2 + 1));
  x = i32x4.add(x, y);
  y = mix(x, y, 17);
  x = i32x4.add(x, y);
  y = mix(x, y, 29);
  x = i32x4.add(x, y);
  y = mix(x, y, 16);
  x = i32x4.add(x, y);
  y = mix(x, y, 24);
  x = i32x4.add(x, i32x4.splat(k2));
  y = i32x4.add(y, i32x4.splat(k0 + 2));
  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, i32x4.splat(k0));
  y = i32x4.add(y, i32x4.splat(k1 + 3));
  x = i32x4.add(x, y);
  y = mix(x, y, 17);
  x = i32x4.add(x, y);
  y = mix(x, y, 29);
  x = i32x4.add(x, y);
  y = mix(x, y, 16);
  x = i32x4.add(x, y);
  y = mix(x, y, 24);
  x = i32x4.add(x, i32x4.splat(k1));
  y = i32x4.add(y, i32x4.splat(k2 + 4));
  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, i32x4.splat(k2));
  y = i32x4.add(y, i32x4.splat(k0 + 5));
  if (count == 4) {
    v128.store(p, x);
    v128.store(q, y);
    return;
  }
  for (; count > 0; count--) {
    store<u32>(p, i32x4.extract_lane(x, 0));
    if (q != 0) {
      store<u32>(q, i32x4.extract_lane(y, 0));
      q += 4;
    }
    x = i32x4.shuffle(x, x, 1, 2, 3, 0);
    y = i32x4.shuffle(y, y, 1, 2, 3, 0);
    p += 4;
  }
}
function hashSome(k0: i32, k1: i32, x: v128, y: v128, p: usize, q: usize, count: i32): void {
  hash(k0, k1, x, y, p, q, count);
}

/**
 * Of `words` random words at `o` those of the pairs first..first+n-1. The counters 0..words-1 are hashed in pairs (i, i + h) with
 * h = ceil(words / 2), word for word to the same places; the one in the middle of an odd number goes with 0, behind the last pair.
 */
export function random_bits(words: i32, first: i32, n: i32, k0: i32, k1: i32, o: usize): void {
  const pairs = words >>> 1;
  const h = pairs + (words & 1);
  const last = first + n == pairs;
  let x = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let y = i32x4.add(x, i32x4.splat(h));
  const four = i32x4.splat(4);
  let p = o + (<usize>first << 2);
  let q = p + (<usize>h << 2);
  for (; n >= 4; n -= 4) {
    hash(k0, k1, x, y, p, q, 4);
    x = i32x4.add(x, four);
    y = i32x4.add(y, four);
    p += 16;
    q += 16;
  }
  if (n > 0) hashSome(k0, k1, x, y, p, q, n);
  if (last && words & 1) hashSome(k0, k1, i32x4.splat(pairs), i32x4.splat(0), o + (<usize>pairs << 2), 0, 1);
}
