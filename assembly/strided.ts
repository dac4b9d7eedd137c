// Strided views to and from row-major memory.
// Parameters of a walk: i32 dims, then i32 strides in elements; two more arrays of that length behind them are scratch.

/** Above it the engine's own copy is faster than a loop of vectors. */
const BULK: usize = 1024;

/** `n` bytes; the ranges do not overlap. Writes nothing beyond them. */
export function copyBytes(n: usize, src: usize, dst: usize): void {
  if (n >= BULK) {
    memory.copy(dst, src, n);
    return;
  }
  while (n >= 16) {
    v128.store(dst, v128.load(src));
    src += 16;
    dst += 16;
    n -= 16;
  }
  if (n & 8) {
    store<u64>(dst, load<u64>(src));
    src += 8;
    dst += 8;
  }
  if (n & 4) {
    store<u32>(dst, load<u32>(src));
    src += 4;
    dst += 4;
  }
  if (n & 2) {
    store<u16>(dst, load<u16>(src));
    src += 2;
    dst += 2;
  }
  if (n & 1) store<u8>(dst, load<u8>(src));
}

function fill<T>(n: i32, value: T, dst: usize): void {
  const v = v128.splat<T>(value);
  const lanes = <i32>(16 / sizeof<T>());
  for (; n >= lanes; n -= lanes) {
    v128.store(dst, v);
    dst += 16;
  }
  for (; n > 0; n--) {
    store<T>(dst, value);
    dst += sizeof<T>();
  }
}

/** `n` elements that lie `s` bytes apart, packed. */
function gatherRun<T>(n: i32, src: usize, s: usize, dst: usize): void {
  if (s == sizeof<T>()) {
    copyBytes(<usize>n * sizeof<T>(), src, dst);
    return;
  }
  if (s == 0) {
    fill<T>(n, load<T>(src), dst);
    return;
  }
  const s2 = s + s;
  const s3 = s2 + s;
  const s4 = s2 + s2;
  for (; n >= 4; n -= 4) {
    store<T>(dst, load<T>(src));
    store<T>(dst, load<T>(src + s), sizeof<T>());
    store<T>(dst, load<T>(src + s2), 2 * sizeof<T>());
    store<T>(dst, load<T>(src + s3), 3 * sizeof<T>());
    src += s4;
    dst += 4 * sizeof<T>();
  }
  for (; n > 0; n--) {
    store<T>(dst, load<T>(src));
    src += s;
    dst += sizeof<T>();
  }
}

/** `n` packed elements, laid `s` bytes apart. */
function scatterRun<T>(n: i32, src: usize, dst: usize, s: usize): void {
  if (s == sizeof<T>()) {
    copyBytes(<usize>n * sizeof<T>(), src, dst);
    return;
  }
  for (; n > 0; n--) {
    store<T>(dst, load<T>(src));
    src += sizeof<T>();
    dst += s;
  }
}

// @ts-ignore: decorator
@inline
function transpose4x4(src: usize, ss: usize, dst: usize, ds: usize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + ss);
  const r2 = v128.load(src + 2 * ss);
  const r3 = v128.load(src + 3 * ss);
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(dst + ds, v128.shuffle<i64>(t0, t2, 1, 3));
  v128.store(dst + 2 * ds, v128.shuffle<i64>(t1, t3, 0, 2));
  v128.store(dst + 3 * ds, v128.shuffle<i64>(t1, t3, 1, 3));
}

// @ts-ignore: decorator
@inline
function zipLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function zipHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function transpose8x8(src: usize, ss: usize, dst: usize, ds: usize): void {
  const s4 = src + 4 * ss;
  const r0 = v128.load(src);
  const r1 = v128.load(src + ss);
  const r2 = v128.load(src + 2 * ss);
  const r3 = v128.load(src + 3 * ss);
  const r4 = v128.load(s4);
  const r5 = v128.load(s4 + ss);
  const r6 = v128.load(s4 + 2 * ss);
  const r7 = v128.load(s4 + 3 * ss);
  // each round of zips halves the distance between rows that belong together
  const a0 = zipLow(r0, r4);
  const a1 = zipHigh(r0, r4);
  const a2 = zipLow(r1, r5);
  const a3 = zipHigh(r1, r5);
  const a4 = zipLow(r2, r6);
  const a5 = zipHigh(r2, r6);
  const a6 = zipLow(r3, r7);
  const a7 = zipHigh(r3, r7);
  const b0 = zipLow(a0, a4);
  const b1 = zipHigh(a0, a4);
  const b2 = zipLow(a1, a5);
  const b3 = zipHigh(a1, a5);
  const b4 = zipLow(a2, a6);
  const b5 = zipHigh(a2, a6);
  const b6 = zipLow(a3, a7);
  const b7 = zipHigh(a3, a7);
  const d4 = dst + 4 * ds;
  v128.store(dst, zipLow(b0, b4));
  v128.store(dst + ds, zipHigh(b0, b4));
  v128.store(dst + 2 * ds, zipLow(b1, b5));
  v128.store(dst + 3 * ds, zipHigh(b1, b5));
  v128.store(d4, zipLow(b2, b6));
  v128.store(d4 + ds, zipHigh(b2, b6));
  v128.store(d4 + 2 * ds, zipLow(b3, b7));
  v128.store(d4 + 3 * ds, zipHigh(b3, b7));
}

// @ts-ignore: decorator
@inline
function transpose2x2(src: usize, ss: usize, dst: usize, ds: usize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + ss);
  v128.store(dst, v128.shuffle<i64>(r0, r1, 0, 2));
  v128.store(dst + ds, v128.shuffle<i64>(r0, r1, 1, 3));
}

// @ts-ignore: decorator
@inline
function side<T>(): i32 {
  return sizeof<T>() == 1 ? 4 : <i32>(16 / sizeof<T>());
}

/** One block, `rows` x `cols`, of `transpose`. */
function transposeBlock<T>(rows: i32, cols: i32, src: usize, ss: usize, dst: usize, ds: usize): void {
  const k = side<T>();
  let c = 0;
  if (sizeof<T>() != 1) {
    for (; c + k <= cols; c += k) {
      const s0 = src + <usize>c * ss;
      const d0 = dst + <usize>c * sizeof<T>();
      let r = 0;
      for (; r + k <= rows; r += k) {
        if (sizeof<T>() == 4) transpose4x4(s0 + <usize>r * 4, ss, d0 + <usize>r * ds, ds);
        else if (sizeof<T>() == 8) transpose2x2(s0 + <usize>r * 8, ss, d0 + <usize>r * ds, ds);
        else transpose8x8(s0 + <usize>r * 2, ss, d0 + <usize>r * ds, ds);
      }
      for (; r < rows; r++) {
        gatherRun<T>(k, s0 + <usize>r * sizeof<T>(), ss, d0 + <usize>r * ds);
      }
    }
  }
  if (c < cols) {
    for (let r = 0; r < rows; r++) {
      const at = src + <usize>c * ss + <usize>r * sizeof<T>();
      gatherRun<T>(cols - c, at, ss, dst + <usize>r * ds + <usize>c * sizeof<T>());
    }
  }
}

/** A block whose rows are 64 bytes here and there, through 64 bytes a row at `t`: each line of either matrix is touched once. */
function transposeLines<T>(src: usize, ss: usize, dst: usize, ds: usize, t: usize): void {
  const k = <usize>side<T>();
  const lines: usize = 64 / sizeof<T>();
  for (let c: usize = 0; c < lines; c += k) {
    for (let r: usize = 0; r < lines; r += k) {
      const s0 = src + c * ss + r * sizeof<T>();
      const d0 = t + r * 64 + c * sizeof<T>();
      if (sizeof<T>() == 4) transpose4x4(s0, ss, d0, 64);
      else if (sizeof<T>() == 8) transpose2x2(s0, ss, d0, 64);
      else transpose8x8(s0, ss, d0, 64);
    }
  }
  for (let r: usize = 0; r < lines; r++) {
    const a0 = v128.load(t);
    const a1 = v128.load(t, 16);
    const a2 = v128.load(t, 32);
    const a3 = v128.load(t, 48);
    v128.store(dst, a0);
    v128.store(dst, a1, 16);
    v128.store(dst, a2, 32);
    v128.store(dst, a3, 48);
    dst += ds;
    t += 64;
  }
}

/**
 * dst[r, c] = src[c, r]: source rows of stride `ss` bytes become columns, destination rows lie `ds` bytes apart. `t` takes 2 KiB, or
 * is 0 where there is no such scratch.
 */
function transpose<T>(rows: i32, cols: i32, src: usize, ss: usize, dst: usize, ds: usize, t: usize): void {
  const block = sizeof<T>() == 1 || t == 0 ? 32 : <i32>(64 / sizeof<T>());
  for (let r = 0; r < rows; r += block) {
    const m = min(block, rows - r);
    for (let c = 0; c < cols; c += block) {
      const s0 = src + <usize>r * sizeof<T>() + <usize>c * ss;
      const d0 = dst + <usize>r * ds + <usize>c * sizeof<T>();
      const n = min(block, cols - c);
      if (sizeof<T>() != 1 && t != 0 && m == block && n == block) transposeLines<T>(s0, ss, d0, ds, t);
      else transposeBlock<T>(m, n, s0, ss, d0, ds);
    }
  }
}

/** All elements of a view whose axis `k`, not the last but one, is the one with stride 1. */
function transposePlanes<T>(ndim: i32, p: usize, k: i32, total: i32, src: usize, dst: usize, t: usize): void {
  const strides = p + (<usize>ndim << 2);
  const coords = strides + (<usize>ndim << 2);
  const outs = coords + (<usize>ndim << 2);
  let step = 1;
  for (let i = ndim - 1; i >= 0; i--) {
    store<i32>(coords + (<usize>i << 2), 0);
    store<i32>(outs + (<usize>i << 2), step);
    step *= load<i32>(p + (<usize>i << 2));
  }
  const last = <usize>(ndim - 1) << 2;
  const at = <usize>k << 2;
  const rows = load<i32>(p + at);
  const cols = load<i32>(p + last);
  const ss = <usize>load<i32>(strides + last) * sizeof<T>();
  const ds = <usize>load<i32>(outs + at) * sizeof<T>();
  for (let left = total / (rows * cols); left > 0; left--) {
    transpose<T>(rows, cols, src, ss, dst, ds, t);
    for (let i = ndim - 2; i >= 0; i--) {
      if (i == k) continue;
      const o = <usize>i << 2;
      const c = load<i32>(coords + o) + 1;
      const s = <usize>load<i32>(strides + o) * sizeof<T>();
      const d = <usize>load<i32>(outs + o) * sizeof<T>();
      if (c < load<i32>(p + o)) {
        store<i32>(coords + o, c);
        src += s;
        dst += d;
        break;
      }
      store<i32>(coords + o, 0);
      src -= <usize>(c - 1) * s;
      dst -= <usize>(c - 1) * d;
    }
  }
}

function gather<T>(n: i32, start: i32, ndim: i32, p: usize, src: usize, dst: usize, t: usize): void {
  if (n <= 0) return;
  if (ndim == 0) {
    store<T>(dst, load<T>(src));
    return;
  }
  const strides = p + (<usize>ndim << 2);
  const coords = strides + (<usize>ndim << 2);
  const last = <usize>(ndim - 1) << 2;
  const inner = load<i32>(p + last);
  const s = <usize>load<i32>(strides + last) * sizeof<T>();
  let planes = false;
  if (inner >= side<T>() && s != sizeof<T>() && s != 0) {
    let total = inner;
    let k = -1;
    for (let i = ndim - 2; i >= 0; i--) {
      const d = load<i32>(p + (<usize>i << 2));
      total *= d;
      if (load<i32>(strides + (<usize>i << 2)) == 1 && d >= side<T>()) k = i;
    }
    if (k >= 0 && k == ndim - 2) planes = true;
    else if (k >= 0 && start == 0 && n == total) {
      transposePlanes<T>(ndim, p, k, total, src, dst, t);
      return;
    }
  }
  let left = <u32>start;
  for (let i = ndim - 1; i >= 0; i--) {
    const o = <usize>i << 2;
    const d = load<u32>(p + o);
    const q = left / d;
    const c = left - q * d;
    store<i32>(coords + o, c);
    src += <usize>c * <usize>load<i32>(strides + o) * sizeof<T>();
    left = q;
  }
  let at = load<i32>(coords + last);
  for (;;) {
    if (planes && at == 0 && n >= inner * 2) {
      const o = <usize>(ndim - 2) << 2;
      const c = load<i32>(coords + o);
      const rows = min(n / inner, load<i32>(p + o) - c);
      transpose<T>(rows, inner, src, s, dst, <usize>inner * sizeof<T>(), t);
      dst += <usize>(rows * inner) * sizeof<T>();
      n -= rows * inner;
      // stand on the last row done, so that the step below finds the next
      store<i32>(coords + o, c + rows - 1);
      src += <usize>(rows - 1) * sizeof<T>();
    } else {
      const run = min(n, inner - at);
      gatherRun<T>(run, src, s, dst);
      dst += <usize>run * sizeof<T>();
      n -= run;
      src -= <usize>at * s;
      at = 0;
    }
    if (n <= 0) return;
    for (let i = ndim - 2; i >= 0; i--) {
      const o = <usize>i << 2;
      const c = load<i32>(coords + o) + 1;
      const step = <usize>load<i32>(strides + o) * sizeof<T>();
      if (c < load<i32>(p + o)) {
        store<i32>(coords + o, c);
        src += step;
        break;
      }
      store<i32>(coords + o, 0);
      src -= <usize>(c - 1) * step;
    }
  }
}

function scatter<T>(n: i32, start: i32, ndim: i32, p: usize, src: usize, dst: usize): void {
  if (n <= 0) return;
  if (ndim == 0) {
    store<T>(dst, load<T>(src));
    return;
  }
  const strides = p + (<usize>ndim << 2);
  const coords = strides + (<usize>ndim << 2);
  const last = <usize>(ndim - 1) << 2;
  const inner = load<i32>(p + last);
  const s = <usize>load<i32>(strides + last) * sizeof<T>();
  let left = <u32>start;
  for (let i = ndim - 1; i >= 0; i--) {
    const o = <usize>i << 2;
    const d = load<u32>(p + o);
    const q = left / d;
    const c = left - q * d;
    store<i32>(coords + o, c);
    dst += <usize>c * <usize>load<i32>(strides + o) * sizeof<T>();
    left = q;
  }
  let at = load<i32>(coords + last);
  for (;;) {
    const run = min(n, inner - at);
    scatterRun<T>(run, src, dst, s);
    src += <usize>run * sizeof<T>();
    n -= run;
    dst -= <usize>at * s;
    at = 0;
    if (n <= 0) return;
    for (let i = ndim - 2; i >= 0; i--) {
      const o = <usize>i << 2;
      const c = load<i32>(coords + o) + 1;
      const step = <usize>load<i32>(strides + o) * sizeof<T>();
      if (c < load<i32>(p + o)) {
        store<i32>(coords + o, c);
        dst += step;
        break;
      }
      store<i32>(coords + o, 0);
      dst -= <usize>(c - 1) * step;
    }
  }
}

/**
 * Elements `start..start+n` of a strided view, in row-major order, packed at `dst`; 2 KiB of scratch at `t`, which may be 0, make
 * transposes faster.
 */
export function gather_strided(
  size: i32, n: i32, start: i32, ndim: i32, p: usize, src: usize, dst: usize, t: usize,
): void {
  if (size == 4) gather<u32>(n, start, ndim, p, src, dst, t);
  else if (size == 2) gather<u16>(n, start, ndim, p, src, dst, t);
  else if (size == 1) gather<u8>(n, start, ndim, p, src, dst, t);
  else gather<u64>(n, start, ndim, p, src, dst, t);
}

/** Packed elements at `src`, written to positions `start..start+n` of a strided view. */
export function scatter_strided(size: i32, n: i32, start: i32, ndim: i32, p: usize, src: usize, dst: usize): void {
  if (size == 4) scatter<u32>(n, start, ndim, p, src, dst);
  else if (size == 2) scatter<u16>(n, start, ndim, p, src, dst);
  else if (size == 1) scatter<u8>(n, start, ndim, p, src, dst);
  else scatter<u64>(n, start, ndim, p, src, dst);
}

// @ts-ignore: decorator
@inline
function copyWords<T>(rows: i32, src: usize, ss: usize, dst: usize, ds: usize): void {
  for (; rows >= 4; rows -= 4) {
    store<T>(dst, load<T>(src));
    store<T>(dst + ds, load<T>(src + ss));
    store<T>(dst + 2 * ds, load<T>(src + 2 * ss));
    store<T>(dst + 3 * ds, load<T>(src + 3 * ss));
    src += 4 * ss;
    dst += 4 * ds;
  }
  for (; rows > 0; rows--) {
    store<T>(dst, load<T>(src));
    src += ss;
    dst += ds;
  }
}
/** `rows` runs of `bytes`, each end with its own distance from run to run. */
export function copy_rows(rows: i32, bytes: usize, src: usize, ss: usize, dst: usize, ds: usize): void {
  if (bytes == 4) return copyWords<u32>(rows, src, ss, dst, ds);
  if (bytes == 8) return copyWords<u64>(rows, src, ss, dst, ds);
  if (bytes == 2) return copyWords<u16>(rows, src, ss, dst, ds);
  for (; rows > 0; rows--) {
    copyBytes(bytes, src, dst);
    src += ss;
    dst += ds;
  }
}

/** Element offsets of all positions of a strided view, in row-major order, as i32. */
export function offsets(n: i32, ndim: i32, p: usize, dst: usize): void {
  if (n <= 0) return;
  const strides = p + (<usize>ndim << 2);
  const coords = strides + (<usize>ndim << 2);
  for (let i = 0; i < ndim; i++) store<i32>(coords + (<usize>i << 2), 0);
  let at = 0;
  for (; n > 0; n--) {
    store<i32>(dst, at);
    dst += 4;
    for (let i = ndim - 1; i >= 0; i--) {
      const o = <usize>i << 2;
      const c = load<i32>(coords + o) + 1;
      const step = load<i32>(strides + o);
      if (c < load<i32>(p + o)) {
        store<i32>(coords + o, c);
        at += step;
        break;
      }
      store<i32>(coords + o, 0);
      at -= (c - 1) * step;
    }
  }
}
