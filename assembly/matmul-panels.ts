// Matrix products: both operands packed into panels, a register tile of MR rows of two vectors, or of four where V8's
// revectoriser makes one 256-bit register of two vectors that lie side by side (the build `revectorised`, see wide.ts).
// T is the storage type (see matmul-load), E the type computed in: f32, or f64 for f64.
import { arePlain, isHalf, isPlain, load1, load4, normalF16 } from './matmul-load';
import { tileWide } from './matmul-wide';
import { madd, madd64 } from './simd';

/**
 * Rows of a tile. V8 has 15 registers for vectors: 12 sums of six rows, two vectors of B and one of A. Without fused multiply-add the
 * product needs one more, and a sum that is kept in memory in its place costs a third of the speed.
 */
export const MR: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** Rows of A and depth that stay in the second-level cache, columns of B in the third. */
export const MC: i32 = 32 * MR;
export const KC: i32 = 256;
export const NC: i32 = 2048;
/** Bytes of one step of a B panel. */
export const ROW: usize = isDefined(REVECTORISED) ? 64 : 32;
/** Bytes of a tile of results at the edge. */
export const TILE: usize = 8 * ROW;

// @ts-ignore: decorator
@inline
function columns<E>(): i32 {
  return <i32>(ROW / sizeof<E>());
}

// @ts-ignore: decorator
@inline
function mac<E>(a: v128, b: v128, c: v128): v128 {
  return sizeof<E>() == 4 ? madd(a, b, c) : madd64(a, b, c);
}

// @ts-ignore: decorator
@inline
function element<T, E>(p: usize): E {
  if (sizeof<E>() == 8) return <E>load<f64>(p);
  return <E>load1<T>(p);
}

// @ts-ignore: decorator
@inline
function put(c: usize, x: v128, y: v128): void {
  v128.store(c, x);
  v128.store(c, y, 16);
}

// @ts-ignore: decorator
@inline
function addTo<E>(c: usize, x: v128, y: v128): void {
  v128.store(c, v128.add<E>(v128.load(c), x));
  v128.store(c, v128.add<E>(v128.load(c, 16), y), 16);
}

/** C tile (+)= A panel [k][MR] * B panel [k][ROW bytes]; rows of C lie `ldc` bytes apart. */
function tile<E>(k: i32, pa: usize, pb: usize, c: usize, ldc: usize, add: bool): void {
  if (isDefined(REVECTORISED)) return tileWide(k, pa, pb, c, ldc, add);
  let c00 = i32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let c50 = c00;
  let c51 = c00;
  for (; k > 0; k--) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const a0 = v128.load_splat<E>(pa);
    c00 = mac<E>(a0, b0, c00);
    c01 = mac<E>(a0, b1, c01);
    const a1 = v128.load_splat<E>(pa, sizeof<E>());
    c10 = mac<E>(a1, b0, c10);
    c11 = mac<E>(a1, b1, c11);
    const a2 = v128.load_splat<E>(pa, 2 * sizeof<E>());
    c20 = mac<E>(a2, b0, c20);
    c21 = mac<E>(a2, b1, c21);
    const a3 = v128.load_splat<E>(pa, 3 * sizeof<E>());
    c30 = mac<E>(a3, b0, c30);
    c31 = mac<E>(a3, b1, c31);
    const a4 = v128.load_splat<E>(pa, 4 * sizeof<E>());
    c40 = mac<E>(a4, b0, c40);
    c41 = mac<E>(a4, b1, c41);
    if (MR == 6) {
      const a5 = v128.load_splat<E>(pa, 5 * sizeof<E>());
      c50 = mac<E>(a5, b0, c50);
      c51 = mac<E>(a5, b1, c51);
    }
    pa += MR * sizeof<E>();
    pb += ROW;
  }
  // one branch for all rows: one for each costs the loop above a tenth of its speed
  if (add) {
    addTo<E>(c, c00, c01);
    addTo<E>(c + ldc, c10, c11);
    addTo<E>(c + 2 * ldc, c20, c21);
    addTo<E>(c + 3 * ldc, c30, c31);
    addTo<E>(c + 4 * ldc, c40, c41);
    if (MR == 6) addTo<E>(c + 5 * ldc, c50, c51);
  } else {
    put(c, c00, c01);
    put(c + ldc, c10, c11);
    put(c + 2 * ldc, c20, c21);
    put(c + 3 * ldc, c30, c31);
    put(c + 4 * ldc, c40, c41);
    if (MR == 6) put(c + 5 * ldc, c50, c51);
  }
}

/** The first four rows of a tile, or two, which is what the last panel of A may hold; rows ROW bytes apart. */
function tileOf4<E>(k: i32, pa: usize, pb: usize, c: usize): void {
  let c00 = i32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (; k > 0; k--) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const a0 = v128.load_splat<E>(pa);
    c00 = mac<E>(a0, b0, c00);
    c01 = mac<E>(a0, b1, c01);
    const a1 = v128.load_splat<E>(pa, sizeof<E>());
    c10 = mac<E>(a1, b0, c10);
    c11 = mac<E>(a1, b1, c11);
    const a2 = v128.load_splat<E>(pa, 2 * sizeof<E>());
    c20 = mac<E>(a2, b0, c20);
    c21 = mac<E>(a2, b1, c21);
    const a3 = v128.load_splat<E>(pa, 3 * sizeof<E>());
    c30 = mac<E>(a3, b0, c30);
    c31 = mac<E>(a3, b1, c31);
    pa += MR * sizeof<E>();
    pb += ROW;
  }
  put(c, c00, c01);
  put(c + ROW, c10, c11);
  put(c + 2 * ROW, c20, c21);
  put(c + 3 * ROW, c30, c31);
}
function tileOf2<E>(k: i32, pa: usize, pb: usize, c: usize): void {
  let c00 = i32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  for (; k > 0; k--) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const a0 = v128.load_splat<E>(pa);
    c00 = mac<E>(a0, b0, c00);
    c01 = mac<E>(a0, b1, c01);
    const a1 = v128.load_splat<E>(pa, sizeof<E>());
    c10 = mac<E>(a1, b0, c10);
    c11 = mac<E>(a1, b1, c11);
    pa += MR * sizeof<E>();
    pb += ROW;
  }
  put(c, c00, c01);
  put(c + ROW, c10, c11);
}

/** `k` neighbouring elements of each of MR rows to [k][MR]; of five rows the last address is not read. */
export function packLines<T, E>(k: i32, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize, d: usize): void {
  if (sizeof<E>() == 4) {
    for (; k >= 4; k -= 4) {
      const r0 = load4<T>(p0);
      const r1 = load4<T>(p1);
      const r2 = load4<T>(p2);
      const r3 = load4<T>(p3);
      const r4 = load4<T>(p4);
      const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const t2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      if (MR == 6) {
        const r5 = load4<T>(p5);
        const u0 = v128.shuffle<i32>(r4, r5, 0, 4, 1, 5);
        const u1 = v128.shuffle<i32>(r4, r5, 2, 6, 3, 7);
        v128.store(d, v128.shuffle<i64>(t0, t2, 0, 2));
        v128.store64_lane(d, u0, 0, 16);
        v128.store(d, v128.shuffle<i64>(t0, t2, 1, 3), 24);
        v128.store64_lane(d, u0, 1, 40);
        v128.store(d, v128.shuffle<i64>(t1, t3, 0, 2), 48);
        v128.store64_lane(d, u1, 0, 64);
        v128.store(d, v128.shuffle<i64>(t1, t3, 1, 3), 72);
        v128.store64_lane(d, u1, 1, 88);
        p5 += 4 * sizeof<T>();
      } else {
        v128.store(d, v128.shuffle<i64>(t0, t2, 0, 2));
        v128.store32_lane(d, r4, 0, 16);
        v128.store(d, v128.shuffle<i64>(t0, t2, 1, 3), 20);
        v128.store32_lane(d, r4, 1, 36);
        v128.store(d, v128.shuffle<i64>(t1, t3, 0, 2), 40);
        v128.store32_lane(d, r4, 2, 56);
        v128.store(d, v128.shuffle<i64>(t1, t3, 1, 3), 60);
        v128.store32_lane(d, r4, 3, 76);
      }
      p0 += 4 * sizeof<T>();
      p1 += 4 * sizeof<T>();
      p2 += 4 * sizeof<T>();
      p3 += 4 * sizeof<T>();
      p4 += 4 * sizeof<T>();
      d += 4 * MR * 4;
    }
  }
  for (; k > 0; k--) {
    store<E>(d, element<T, E>(p0));
    store<E>(d, element<T, E>(p1), sizeof<E>());
    store<E>(d, element<T, E>(p2), 2 * sizeof<E>());
    store<E>(d, element<T, E>(p3), 3 * sizeof<E>());
    store<E>(d, element<T, E>(p4), 4 * sizeof<E>());
    if (MR == 6) {
      store<E>(d, element<T, E>(p5), 5 * sizeof<E>());
      p5 += sizeof<T>();
    }
    p0 += sizeof<T>();
    p1 += sizeof<T>();
    p2 += sizeof<T>();
    p3 += sizeof<T>();
    p4 += sizeof<T>();
    d += MR * sizeof<E>();
  }
}

/** `w` of `width` lines, `s` bytes apart, to [k][width], the missing ones zero. */
function packAny<T, E>(k: i32, w: i32, width: i32, p: usize, s: usize, step: usize, d: usize): void {
  if (w < width) memory.fill(d, 0, <usize>(k * width) * sizeof<E>());
  for (; k > 0; k--) {
    let q = p;
    let e = d;
    for (let i = 0; i < w; i++) {
      store<E>(e, element<T, E>(q));
      q += s;
      e += sizeof<E>();
    }
    p += step;
    d += <usize>width * sizeof<E>();
  }
}

/** Block [m x k] of A (strides in bytes) to panels of MR rows. */
export function packA<T, E>(m: i32, k: i32, a: usize, rs: usize, cs: usize, d: usize): void {
  for (let i = 0; i < m; i += MR) {
    const w = min(MR, m - i);
    const last = a + <usize>(w - 1) * rs;
    if (cs == sizeof<T>()) {
      // a row beyond the last repeats it
      const p2 = w > 2 ? a + 2 * rs : last;
      const p3 = w > 3 ? a + 3 * rs : last;
      packLines<T, E>(k, a, w > 1 ? a + rs : last, p2, p3, w > 4 ? a + 4 * rs : last, last, d);
    } else if (sizeof<E>() == 4 && rs == sizeof<T>()) {
      // rows beyond the last are what lies behind it
      let p = a;
      let e = d;
      for (let n = k; n > 0; n--) {
        v128.store(e, load4<T>(p));
        if (MR == 6) v128.store64_lane(e, load4<T>(p + 4 * sizeof<T>()), 0, 16);
        else store<f32>(e, load1<T>(p + 4 * sizeof<T>()), 16);
        p += cs;
        e += MR * 4;
      }
    } else packAny<T, E>(k, w, MR, a, rs, cs, d);
    a += <usize>MR * rs;
    d += <usize>(k * MR) * sizeof<E>();
  }
}

/** Four vectors of a step each, from four of a column each. */
// @ts-ignore: decorator
@inline
function putAcross(r0: v128, r1: v128, r2: v128, r3: v128, d: usize): void {
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(d, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(d, v128.shuffle<i64>(t0, t2, 1, 3), ROW);
  v128.store(d, v128.shuffle<i64>(t1, t3, 0, 2), 2 * ROW);
  v128.store(d, v128.shuffle<i64>(t1, t3, 1, 3), 3 * ROW);
}
/** Four columns of unit row stride to one vector of each step; `k` a multiple of 4. */
function packColumns4<T>(k: i32, p0: usize, p1: usize, p2: usize, p3: usize, d: usize): void {
  let step: usize = 0;
  const end = <usize>k * sizeof<T>();
  while (step < end) {
    if (isHalf<T>() && step + 16 <= end && arePlain(p0 + step, p1 + step, p2 + step, p3 + step)) {
      putAcross(normalF16(p0 + step), normalF16(p1 + step), normalF16(p2 + step), normalF16(p3 + step), d);
      step += 8;
      d += 4 * ROW;
      putAcross(normalF16(p0 + step), normalF16(p1 + step), normalF16(p2 + step), normalF16(p3 + step), d);
    } else putAcross(load4<T>(p0 + step), load4<T>(p1 + step), load4<T>(p2 + step), load4<T>(p3 + step), d);
    step += 4 * sizeof<T>();
    d += 4 * ROW;
  }
}

/** Rows of B that are packed side by side: so many streams of memory are read in order, and each panel gets whole cache lines. */
const STREAMS: i32 = 8;
/** Block [k x n] of B with unit column stride to panels; columns beyond the last are what lies behind it. */
function packRows<T>(k: i32, n: i32, b: usize, rs: usize, d: usize): void {
  const nr = columns<f32>();
  const panel = <usize>k * ROW;
  for (; k > 0; k -= STREAMS) {
    const rows = min(k, STREAMS);
    let p = b;
    let e = d;
    for (let j = 0; j < n; j += nr) {
      let q = p;
      let f = e;
      for (let r = rows; r > 0; r--) {
        for (let i: usize = 0; i < ROW; i += 32) {
          const h = q + (i >> 2) * sizeof<T>();
          if (isHalf<T>() && isPlain(h)) {
            v128.store(f + i, normalF16(h));
            v128.store(f + i, normalF16(h + 8), 16);
          } else {
            v128.store(f + i, load4<T>(h));
            v128.store(f + i, load4<T>(h + 4 * sizeof<T>()), 16);
          }
        }
        q += rs;
        f += ROW;
      }
      p += <usize>nr * sizeof<T>();
      e += panel;
    }
    b += <usize>STREAMS * rs;
    d += <usize>STREAMS * ROW;
  }
}

/** Block [k x n] of B (strides in bytes) to panels of ROW bytes a step. */
export function packB<T, E>(k: i32, n: i32, b: usize, rs: usize, cs: usize, d: usize): void {
  if (sizeof<E>() == 4 && cs == sizeof<T>()) return packRows<T>(k, n, b, rs, d);
  const nr = columns<E>();
  for (let j = 0; j < n; j += nr) {
    const w = min(nr, n - j);
    let done = 0;
    if (sizeof<E>() == 4 && rs == sizeof<T>()) {
      done = k & ~3;
      const last = b + <usize>(w - 1) * cs;
      for (let v = 0; v < nr; v += 4) {
        // a column beyond the last repeats it
        const p = v < w ? b + <usize>v * cs : last;
        const p1 = v + 1 < w ? p + cs : last;
        const p2 = v + 2 < w ? p + 2 * cs : last;
        packColumns4<T>(done, p, p1, p2, v + 3 < w ? p + 3 * cs : last, d + (<usize>v << 2));
      }
    }
    packAny<T, E>(k - done, w, nr, b + <usize>done * rs, cs, rs, d + <usize>done * ROW);
    b += <usize>nr * cs;
    d += <usize>k * ROW;
  }
}

/** The valid corner [m x n] of a finished tile at `t`. */
function edge<E>(m: i32, n: i32, t: usize, c: usize, ldc: usize, add: bool): void {
  const whole = <usize>n * sizeof<E>() & ~15;
  const end = <usize>n * sizeof<E>();
  for (; m > 0; m--) {
    let j: usize = 0;
    for (; j < whole; j += 16) {
      const v = v128.load(t + j);
      v128.store(c + j, add ? v128.add<E>(v128.load(c + j), v) : v);
    }
    for (; j < end; j += sizeof<E>()) {
      const v = load<E>(t + j);
      store<E>(c + j, add ? load<E>(c + j) + v : v);
    }
    t += ROW;
    c += ldc;
  }
}

/** C [m x n] (+)= packed A * packed B, panel by panel; `t`: room for TILE bytes. */
export function block<E>(m: i32, n: i32, k: i32, wa: usize, wb: usize, t: usize, c: usize, ldc: usize, add: bool): void {
  const nr = columns<E>();
  for (let j = 0; j < n; j += nr) {
    const w = min(nr, n - j);
    let pa = wa;
    let cc = c + (<usize>j) * sizeof<E>();
    for (let i = 0; i < m; i += MR) {
      if (w == nr && m - i >= MR) tile<E>(k, pa, wb, cc, ldc, add);
      else {
        if (isDefined(REVECTORISED) || m - i > 4) tile<E>(k, pa, wb, t, ROW, false);
        else if (m - i > 2) tileOf4<E>(k, pa, wb, t);
        else tileOf2<E>(k, pa, wb, t);
        edge<E>(min(MR, m - i), w, t, cc, ldc, add);
      }
      pa += <usize>(k * MR) * sizeof<E>();
      cc += <usize>MR * ldc;
    }
    wb += <usize>k * ROW;
  }
}

/**
 * C[M,N] = A[M,K] * B[K,N], added to C when `add`. Strides of A and B in bytes, rows of C `ldc` bytes apart.
 * `w`: room for TILE bytes and the panels, min(M,MC) to the next MR + min(N,2048) to the next panel, times min(K,256).
 */
export function gemm<A, B, E>(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  ars: usize,
  acs: usize,
  b: usize,
  brs: usize,
  bcs: usize,
  c: usize,
  ldc: usize,
  w: usize,
  add: bool,
): void {
  const wa = w + TILE;
  const rows = (min(M, MC) + MR - 1) / MR;
  const wb = wa + <usize>(rows * MR * min(K, KC)) * sizeof<E>();
  for (let j = 0; j < N; j += NC) {
    const n = min(NC, N - j);
    for (let p = 0; p < K; p += KC) {
      const k = min(KC, K - p);
      packB<B, E>(k, n, b + <usize>p * brs + <usize>j * bcs, brs, bcs, wb);
      for (let i = 0; i < M; i += MC) {
        const m = min(MC, M - i);
        packA<A, E>(m, k, a + <usize>i * ars + <usize>p * acs, ars, acs, wa);
        block<E>(m, n, k, wa, wb, w, c + <usize>i * ldc + (<usize>j) * sizeof<E>(), ldc, add || p > 0);
      }
    }
  }
}
