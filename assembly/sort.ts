// sort and argsort: ascending, stable, NaN last. Elements are mapped to unsigned keys of the same order, which are sorted
// beside their indices: by insertion while there are few, else by bytes from the lowest (LSD radix), skipping those that all
// keys share.
import { key32, key64 } from './sort-keys';

/** Longest row that is sorted by insertion. */
const FEW = 40;
const BUCKETS = 256;

/** Sorts words by their upper halves. */
function insertion(n: i32, a: usize): void {
  const end = a + (<usize>n << 3);
  for (let p = a + 8; p < end; p += 8) {
    const x = load<u64>(p);
    const key = x >> 32;
    let q = p;
    while (q > a && load<u64>(q - 8) >> 32 > key) {
      store<u64>(q, load<u64>(q - 8));
      q -= 8;
    }
    store<u64>(q, x);
  }
}

/** Sorts words by bytes 4..3+bytes, between `a` and `b`; returns where they ended. */
function radix(n: i32, bytes: i32, a: usize, b: usize, counts: usize): usize {
  if (n <= FEW) {
    insertion(n, a);
    return a;
  }
  memory.fill(counts, 0, <usize>(bytes * BUCKETS * 4));
  const length = <usize>n << 3;
  for (let p = a; p < a + length; p += 8) {
    let x = load<u32>(p, 4);
    let c = counts;
    for (let d = bytes; d > 0; d--) {
      const at = c + ((x & 0xff) << 2);
      store<u32>(at, load<u32>(at) + 1);
      x >>= 8;
      c += <usize>BUCKETS * 4;
    }
  }
  for (let d = 0; d < bytes; d++) {
    const c = counts + <usize>(d * BUCKETS * 4);
    // one bucket holds all: nothing to do
    if (load<u32>(c + (<usize>load<u8>(a + d, 4) << 2)) == <u32>n) continue;
    let next = b;
    for (let i: usize = 0; i < <usize>BUCKETS * 4; i += 4) {
      const count = load<u32>(c + i);
      store<u32>(c + i, <u32>next);
      next += count << 3;
    }
    for (let p = a; p < a + length; p += 8) {
      const at = c + (<usize>load<u8>(p + d, 4) << 2);
      const to = load<u32>(at);
      store<u32>(at, to + 8);
      store<u64>(to, load<u64>(p));
    }
    const t = a;
    a = b;
    b = t;
  }
  return a;
}

function small(size: i32, kind: i32, p: usize): u32 {
  if (size == 1) return key32<u8>(kind, p);
  if (size == 2) return key32<u16>(kind, p);
  return key32<u32>(kind, p);
}

/** The n elements' indices in ascending order, in the lower halves of 64-bit words; returns where these are, `a` or `b`. */
function order(size: i32, kind: i32, complex: bool, n: i32, from: usize, a: usize, b: usize, counts: usize): usize {
  if (size < 8) {
    for (let i = 0; i < n; i++) {
      store<u64>(a + (<usize>i << 3), ((<u64>small(size, kind, from + <usize>(i * size))) << 32) | <u64>i);
    }
    return radix(n, size, a, b, counts);
  }
  // by the lower halves of the keys, then, keeping that order among equals, by the upper ones
  for (let i = 0; i < n; i++) {
    store<u64>(a + (<usize>i << 3), (key64(kind, complex, from + (<usize>i << 3)) << 32) | <u64>i);
  }
  const c = radix(n, 4, a, b, counts);
  for (let p = c; p < c + (<usize>n << 3); p += 8) {
    const i = load<u32>(p);
    store<u64>(p, ((key64(kind, complex, from + (<usize>i << 3)) >> 32) << 32) | <u64>i);
  }
  return radix(n, 4, c, c == a ? b : a, counts);
}

// @ts-ignore: decorator
@inline
function pick<T>(n: i32, from: usize, words: usize, to: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<T>(to + i * sizeof<T>(), load<T>(from + <usize>load<u32>(words + (i << 3)) * sizeof<T>()));
  }
}

/**
 * Sorts rows of n elements of `size` bytes; `kind`: 0 unsigned, 1 signed, 2 IEEE, 3 bfloat16. The elements go to `to`, or
 * with `indices` their u32 indices. `a` and `b` take 8 n bytes each, `counts` 4 KiB.
 */
export function sort_rows(
  indices: i32,
  size: i32,
  kind: i32,
  complex: i32,
  rows: i32,
  n: i32,
  from: usize,
  to: usize,
  a: usize,
  b: usize,
  counts: usize,
): void {
  for (; rows > 0; rows--) {
    const words = order(size, kind, complex != 0, n, from, a, b, counts);
    if (indices) for (let i: usize = 0; i < <usize>n; i++) store<u32>(to + (i << 2), load<u32>(words + (i << 3)));
    else if (size == 1) pick<u8>(n, from, words, to);
    else if (size == 2) pick<u16>(n, from, words, to);
    else if (size == 4) pick<u32>(n, from, words, to);
    else pick<u64>(n, from, words, to);
    from += <usize>(n * size);
    to += <usize>(n * (indices ? 4 : size));
  }
}
