// Rotary position embedding: a table of cosines and sines, one row a position, applied to all heads.
import { load1, load4 } from './matmul-load';

/**
 * Table [T][2][n]: cos and sin of start + t * step. `angles`: f64 [cos start, sin start, cos step, sin step] for each of the n
 * frequencies; a turn multiplies complex numbers in f64, so that the error after t turns stays about t * 1e-16.
 */
function table<E>(T: i32, n: i32, angles: usize, to: usize): void {
  const half = <usize>n * sizeof<E>();
  for (let i = 0; i < n; i++) {
    let c = load<f64>(angles);
    let s = load<f64>(angles, 8);
    const dc = load<f64>(angles, 16);
    const ds = load<f64>(angles, 24);
    let at = to + <usize>i * sizeof<E>();
    for (let t = 0; t < T; t++) {
      store<E>(at, <E>c);
      store<E>(at + half, <E>s);
      const next = c * dc - s * ds;
      s = s * dc + c * ds;
      c = next;
      at += 2 * half;
    }
    angles += 32;
  }
}
export function rope_table_f32(T: i32, n: i32, angles: usize, to: usize): void {
  table<f32>(T, n, angles, to);
}
export function rope_table_f64(T: i32, n: i32, angles: usize, to: usize): void {
  table<f64>(T, n, angles, to);
}

/** T rows of D elements, `ld` bytes apart, the first 2 n rotated; out is packed f32. */
function rotate<T>(rows: i32, D: i32, n: i32, pairs: bool, x: usize, ld: usize, tab: usize, o: usize): void {
  const half = (<usize>n) << 2;
  const far = <usize>n * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    let p = x;
    let c = tab;
    let i = 0;
    if (pairs) {
      for (; i + 4 <= n; i += 4) {
        const a = load4<T>(p);
        const b = load4<T>(p + 4 * sizeof<T>());
        const even = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
        const odd = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
        const cos = v128.load(c);
        const sin = v128.load(c + half);
        const y0 = f32x4.sub(f32x4.mul(even, cos), f32x4.mul(odd, sin));
        const y1 = f32x4.add(f32x4.mul(even, sin), f32x4.mul(odd, cos));
        v128.store(o, v128.shuffle<i32>(y0, y1, 0, 4, 1, 5));
        v128.store(o, v128.shuffle<i32>(y0, y1, 2, 6, 3, 7), 16);
        p += 8 * sizeof<T>();
        c += 16;
        o += 32;
      }
      for (; i < n; i++) {
        const a = load1<T>(p);
        const b = load1<T>(p + sizeof<T>());
        const cos = load<f32>(c);
        const sin = load<f32>(c + half);
        store<f32>(o, a * cos - b * sin);
        store<f32>(o, a * sin + b * cos, 4);
        p += 2 * sizeof<T>();
        c += 4;
        o += 8;
      }
    } else {
      for (; i + 4 <= n; i += 4) {
        const a = load4<T>(p);
        const b = load4<T>(p + far);
        const cos = v128.load(c);
        const sin = v128.load(c + half);
        v128.store(o, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)));
        v128.store(o + half, f32x4.add(f32x4.mul(a, sin), f32x4.mul(b, cos)));
        p += 4 * sizeof<T>();
        c += 16;
        o += 16;
      }
      for (; i < n; i++) {
        const a = load1<T>(p);
        const b = load1<T>(p + far);
        const cos = load<f32>(c);
        const sin = load<f32>(c + half);
        store<f32>(o, a * cos - b * sin);
        store<f32>(o + half, a * sin + b * cos);
        p += sizeof<T>();
        c += 4;
        o += 4;
      }
      p += far;
      o += half;
    }
    for (let k = 2 * n; k < D; k++) {
      store<f32>(o, load1<T>(p));
      p += sizeof<T>();
      o += 4;
    }
    x += ld;
    tab += 2 * half;
  }
}

export function rope_f32(T: i32, D: i32, n: i32, pairs: bool, x: usize, ld: usize, tab: usize, o: usize): void {
  rotate<f32>(T, D, n, pairs, x, ld, tab, o);
}
export function rope_f16(T: i32, D: i32, n: i32, pairs: bool, x: usize, ld: usize, tab: usize, o: usize): void {
  rotate<i16>(T, D, n, pairs, x, ld, tab, o);
}
export function rope_bf16(T: i32, D: i32, n: i32, pairs: bool, x: usize, ld: usize, tab: usize, o: usize): void {
  rotate<u16>(T, D, n, pairs, x, ld, tab, o);
}
export function rope_f64(T: i32, D: i32, n: i32, pairs: bool, x: usize, ld: usize, tab: usize, o: usize): void {
  const far: usize = pairs ? 8 : (<usize>n) << 3;
  const step: usize = pairs ? 16 : 8;
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < n; i++) {
      const at = <usize>i * step;
      const a = load<f64>(x + at);
      const b = load<f64>(x + at + far);
      const cos = load<f64>(tab + ((<usize>i) << 3));
      const sin = load<f64>(tab + ((<usize>(n + i)) << 3));
      store<f64>(o + at, a * cos - b * sin);
      store<f64>(o + at + far, a * sin + b * cos);
    }
    for (let k = (<usize>n) << 4; k < (<usize>D) << 3; k += 8) store<f64>(o + k, load<f64>(x + k));
    x += ld;
    o += (<usize>D) << 3;
    tab += (<usize>n) << 4;
  }
}
