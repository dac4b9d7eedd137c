// Indexed reads and writes. Positions are i32 element offsets, made once from the indices.
import { floatToBrain, floatToHalf } from './half';
import { load1 } from './matmul-load';
import { copyBytes } from './strided';

function decode<T>(n: i32, src: usize, bound: i32, stride: i32, add: i32, dst: usize): i32 {
  for (let i = 0; i < n; i++) {
    let x = <i64>load<T>(src);
    if (isSigned<T>() && x < 0) x += bound;
    if (<u64>x >= <u64>bound) return i;
    const at = <i32>x * stride;
    store<i32>(dst, add ? load<i32>(dst) + at : at);
    src += sizeof<T>();
    dst += 4;
  }
  return -1;
}

/**
 * Offsets (index * stride, added to what is there when `add`) of `n` indices of integer dtype `type`; a negative one counts
 * from `bound`. Returns where the first index out of bounds stands, or -1.
 */
export function index_offsets(
  type: i32,
  n: i32,
  src: usize,
  bound: i32,
  stride: i32,
  add: i32,
  dst: usize,
): i32 {
  switch (type) {
    case 1:
      return decode<u8>(n, src, bound, stride, add, dst);
    case 2:
      return decode<u16>(n, src, bound, stride, add, dst);
    case 3:
      return decode<u32>(n, src, bound, stride, add, dst);
    case 4:
      return decode<u64>(n, src, bound, stride, add, dst);
    case 5:
      return decode<i8>(n, src, bound, stride, add, dst);
    case 6:
      return decode<i16>(n, src, bound, stride, add, dst);
    case 7:
      return decode<i32>(n, src, bound, stride, add, dst);
    default:
      return decode<i64>(n, src, bound, stride, add, dst);
  }
}

/** Adds p * plane + q to offset [p, j, q]: what indices along the middle axis leave out. */
export function along_offsets(pre: i32, m: i32, post: i32, plane: i32, at: usize): void {
  for (let p = 0; p < pre; p++) {
    if (post == 1) {
      const base = i32x4.splat(p * plane);
      let j = m;
      for (; j >= 4; j -= 4) {
        v128.store(at, i32x4.add(v128.load(at), base));
        at += 16;
      }
      for (; j > 0; j--) {
        store<i32>(at, load<i32>(at) + p * plane);
        at += 4;
      }
      continue;
    }
    for (let j = 0; j < m; j++) {
      for (let q = 0; q < post; q++) {
        store<i32>(at, load<i32>(at) + p * plane + q);
        at += 4;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function offset(table: usize, i: i32): usize {
  return <usize>load<i32>(table + (<usize>i << 2));
}

/** dst[i] = src[index[i]] */
// @ts-ignore: decorator
@inline
function gatherOnes<T>(n: i32, index: usize, src: usize, dst: usize): void {
  for (; n >= 4; n -= 4) {
    store<T>(dst, load<T>(src + offset(index, 0) * sizeof<T>()));
    store<T>(dst, load<T>(src + offset(index, 1) * sizeof<T>()), sizeof<T>());
    store<T>(dst, load<T>(src + offset(index, 2) * sizeof<T>()), 2 * sizeof<T>());
    store<T>(dst, load<T>(src + offset(index, 3) * sizeof<T>()), 3 * sizeof<T>());
    index += 16;
    dst += 4 * sizeof<T>();
  }
  for (; n > 0; n--) {
    store<T>(dst, load<T>(src + offset(index, 0) * sizeof<T>()));
    index += 4;
    dst += sizeof<T>();
  }
}

function gatherRuns<T>(
  nO: i32,
  outer: usize,
  nI: i32,
  index: usize,
  nS: i32,
  slice: usize,
  run: i32,
  src: usize,
  dst: usize,
): void {
  const bytes = <usize>run * sizeof<T>();
  for (let o = 0; o < nO; o++) {
    const at = offset(outer, o);
    if (run == 1 && nS == 1) {
      gatherOnes<T>(nI, index, src + (at + offset(slice, 0)) * sizeof<T>(), dst);
      dst += <usize>nI * sizeof<T>();
      continue;
    }
    for (let i = 0; i < nI; i++) {
      const base = at + offset(index, i);
      for (let s = 0; s < nS; s++) {
        const from = src + (base + offset(slice, s)) * sizeof<T>();
        if (run == 1) store<T>(dst, load<T>(from));
        else copyBytes(bytes, from, dst);
        dst += bytes;
      }
    }
  }
}

/** dst[o, i, s, :run] = the `run` elements at outer[o] + index[i] + slice[s]. */
export function gather_runs(
  size: i32,
  nO: i32,
  outer: usize,
  nI: i32,
  index: usize,
  nS: i32,
  slice: usize,
  run: i32,
  src: usize,
  dst: usize,
): void {
  if (size == 4) gatherRuns<u32>(nO, outer, nI, index, nS, slice, run, src, dst);
  else if (size == 2) gatherRuns<u16>(nO, outer, nI, index, nS, slice, run, src, dst);
  else if (size == 1) gatherRuns<u8>(nO, outer, nI, index, nS, slice, run, src, dst);
  else gatherRuns<u64>(nO, outer, nI, index, nS, slice, run, src, dst);
}

/** The inverse without outer offsets: the run at index[i] + slice[s] of dst becomes src[i, s, :run]. */
export function scatter_runs(
  size: i32,
  nI: i32,
  index: usize,
  nS: i32,
  slice: usize,
  run: i32,
  src: usize,
  dst: usize,
): void {
  const bytes = <usize>(run * size);
  for (let i = 0; i < nI; i++) {
    const base = offset(index, i);
    for (let s = 0; s < nS; s++) {
      copyBytes(bytes, src, dst + (base + offset(slice, s)) * <usize>size);
      src += bytes;
    }
  }
}

// modes: 1 add, 2 prod, 3 max, 4 min
function combine<T>(mode: i32, n: i32, src: usize, dst: usize): void {
  const end = src + <usize>n * sizeof<T>();
  for (; src < end; src += sizeof<T>(), dst += sizeof<T>()) {
    const x = load<T>(dst);
    const y = load<T>(src);
    if (mode == 1) store<T>(dst, <T>(x + y));
    else if (mode == 2) store<T>(dst, <T>(x * y));
    else if (mode == 3) store<T>(dst, max<T>(x, y));
    else store<T>(dst, min<T>(x, y));
  }
}

/** float16 (T = i16) or bfloat16 (T = u16), rounded once. */
function combineHalf<T>(mode: i32, n: i32, src: usize, dst: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load1<T>(dst);
    const y = load1<T>(src);
    let r = x + y;
    if (mode == 2) r = x * y;
    else if (mode == 3) r = max<f32>(x, y);
    else if (mode == 4) r = min<f32>(x, y);
    const v = f32x4.splat(r);
    store<u16>(dst, <u16>i32x4.extract_lane(isSigned<T>() ? floatToHalf(v) : floatToBrain(v), 0));
    src += 2;
    dst += 2;
  }
}

function combineComplex(mode: i32, n: i32, src: usize, dst: usize): void {
  for (let i = 0; i < n; i++) {
    const a = load<f32>(dst);
    const b = load<f32>(dst, 4);
    const c = load<f32>(src);
    const d = load<f32>(src, 4);
    if (mode == 1) {
      store<f32>(dst, a + c);
      store<f32>(dst, b + d, 4);
    } else if (mode == 2) {
      store<f32>(dst, a * c - b * d);
      store<f32>(dst, a * d + b * c, 4);
    } else {
      const less = a < c || (a == c && b < d);
      const more = a > c || (a == c && b > d);
      if (c != c || d != d || (mode == 3 ? less : more)) {
        // a NaN that is there already stays
        if (a == a && b == b) store<u64>(dst, load<u64>(src));
      }
    }
    src += 8;
    dst += 8;
  }
}

function combineRun(type: i32, mode: i32, n: i32, src: usize, dst: usize): void {
  switch (type) {
    case 0: // sum and maximum of truth values are "or", product and minimum are "and"
      combine<u8>(mode & 1 ? 3 : 4, n, src, dst);
      return;
    case 1:
      combine<u8>(mode, n, src, dst);
      return;
    case 2:
      combine<u16>(mode, n, src, dst);
      return;
    case 3:
      combine<u32>(mode, n, src, dst);
      return;
    case 4:
      combine<u64>(mode, n, src, dst);
      return;
    case 5:
      combine<i8>(mode, n, src, dst);
      return;
    case 6:
      combine<i16>(mode, n, src, dst);
      return;
    case 7:
      combine<i32>(mode, n, src, dst);
      return;
    case 8:
      combine<i64>(mode, n, src, dst);
      return;
    case 9:
      combineHalf<i16>(mode, n, src, dst);
      return;
    case 10:
      combine<f32>(mode, n, src, dst);
      return;
    case 11:
      combine<f64>(mode, n, src, dst);
      return;
    case 12:
      combineHalf<u16>(mode, n, src, dst);
      return;
    default:
      combineComplex(mode, n, src, dst);
  }
}

/** As `scatter_runs`, but combines with what is there; runs that meet at one place all count. */
export function accumulate_runs(
  type: i32,
  size: i32,
  mode: i32,
  nI: i32,
  index: usize,
  nS: i32,
  slice: usize,
  run: i32,
  src: usize,
  dst: usize,
): void {
  const bytes = <usize>(run * size);
  for (let i = 0; i < nI; i++) {
    const base = offset(index, i);
    for (let s = 0; s < nS; s++) {
      combineRun(type, mode, run, src, dst + (base + offset(slice, s)) * <usize>size);
      src += bytes;
    }
  }
}

/** How many of `n` truth values are true. */
export function count_true(n: i32, mask: usize): i32 {
  let k = 0;
  for (let i = 0; i < n; i++) k += load<u8>(mask + <usize>i) != 0 ? 1 : 0;
  return k;
}

/** Elements of dst where the mask is true take the next value of src. */
export function masked_scatter(size: i32, n: i32, mask: usize, src: usize, dst: usize): void {
  for (let i = 0; i < n; i++) {
    if (load<u8>(mask + <usize>i)) {
      copyBytes(<usize>size, src, dst);
      src += <usize>size;
    }
    dst += <usize>size;
  }
}
