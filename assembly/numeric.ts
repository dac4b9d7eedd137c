// trunc, and what builds on the order of sort: places in a sorted vector, distinct elements.
import { sort_rows } from './sort';
import { key32, key64 } from './sort-keys';

export function unary_trunc_f32(n: i32, a: usize, o: usize): void {
  for (const end = o + (<usize>n << 2); o < end; a += 16, o += 16) v128.store(o, f32x4.trunc(v128.load(a)));
}
export function unary_trunc_f64(n: i32, a: usize, o: usize): void {
  for (const end = o + (<usize>n << 3); o < end; a += 16, o += 16) v128.store(o, f64x2.trunc(v128.load(a)));
}

// @ts-ignore: decorator
@inline
function keyOf<T>(kind: i32, complex: bool, p: usize): u64 {
  if (sizeof<T>() == 8) return key64(kind, complex, p);
  else return <u64>key32<T>(kind, p);
}

function search<T>(
  kind: i32,
  complex: bool,
  right: bool,
  n: i32,
  sorted: usize,
  m: i32,
  values: usize,
  o: usize,
): void {
  for (let i = 0; i < m; i++) {
    const key = keyOf<T>(kind, complex, values);
    let low = sorted;
    let count = <u32>n;
    while (count > 0) {
      const half = count >> 1;
      const p = low + <usize>half * sizeof<T>();
      const k = keyOf<T>(kind, complex, p);
      if (k < key || (right && k == key)) {
        low = p + sizeof<T>();
        count -= half + 1;
      } else count = half;
    }
    store<u32>(o, <u32>((low - sorted) / sizeof<T>()));
    values += sizeof<T>();
    o += 4;
  }
}

/** u32 at `o`: how many of the n sorted elements lie before each of the m values, or with `right` not after it. */
export function searchsorted(
  size: i32,
  kind: i32,
  complex: i32,
  right: i32,
  n: i32,
  sorted: usize,
  m: i32,
  values: usize,
  o: usize,
): void {
  if (size == 1) search<u8>(kind, false, right != 0, n, sorted, m, values, o);
  else if (size == 2) search<u16>(kind, false, right != 0, n, sorted, m, values, o);
  else if (size == 4) search<u32>(kind, false, right != 0, n, sorted, m, values, o);
  else search<u64>(kind, complex != 0, right != 0, n, sorted, m, values, o);
}

/** Whether two elements are equal: zeros of both signs are, NaNs are not. Positions in elements. */
// @ts-ignore: decorator
@inline
function same(size: i32, kind: i32, complex: bool, from: usize, i: u32, j: u32): bool {
  const p = from + <usize>i * <usize>size;
  const q = from + <usize>j * <usize>size;
  if (complex) return load<f32>(p) == load<f32>(q) && load<f32>(p, 4) == load<f32>(q, 4);
  if (kind < 2) {
    if (size == 1) return load<u8>(p) == load<u8>(q);
    if (size == 2) return load<u16>(p) == load<u16>(q);
    return size == 4 ? load<u32>(p) == load<u32>(q) : load<u64>(p) == load<u64>(q);
  }
  if (size == 4) return load<f32>(p) == load<f32>(q);
  if (size == 8) return load<f64>(p) == load<f64>(q);
  const key = key32<u16>(kind, p);
  return key == key32<u16>(kind, q) && key != 0xffff;
}

/**
 * Distinct elements of n: u32 at `o` are their number, then for each of the first `size` of them, ascending, where it stands
 * first (beyond the last: where the smallest does), then how often each occurs, then for every element the place of its value,
 * `size - 1` at most. `a` and `b` take 8 n bytes each, `perm` 4 n, `counts` 4 KiB.
 */
export function unique(
  bytes: i32,
  kind: i32,
  complex: i32,
  n: i32,
  from: usize,
  size: i32,
  o: usize,
  perm: usize,
  a: usize,
  b: usize,
  counts: usize,
): void {
  sort_rows(1, bytes, kind, complex, 1, n, from, perm, a, b, counts);
  const first = o + 4;
  const times = first + (<usize>size << 2);
  const inverse = times + (<usize>size << 2);
  const last = size > 0 ? size - 1 : 0;
  let rank = -1;
  let before: u32 = 0;
  for (let i = 0; i < n; i++) {
    const p = load<u32>(perm + (<usize>i << 2));
    if (i == 0 || !same(bytes, kind, complex != 0, from, before, p)) {
      rank++;
      if (rank < size) {
        store<u32>(first + (<usize>rank << 2), p);
        store<u32>(times + (<usize>rank << 2), 0);
      }
    }
    if (rank < size) {
      const t = times + (<usize>rank << 2);
      store<u32>(t, load<u32>(t) + 1);
    }
    store<u32>(inverse + (<usize>p << 2), <u32>min(rank, last));
    before = p;
  }
  store<u32>(o, <u32>(rank + 1));
  const smallest: u32 = n > 0 ? load<u32>(perm) : 0;
  for (let r = rank + 1; r < size; r++) {
    store<u32>(first + (<usize>r << 2), smallest);
    store<u32>(times + (<usize>r << 2), 0);
  }
}
