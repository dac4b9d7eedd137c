// Walsh-Hadamard transforms in place: butterflies over each power of two, then the odd factor's matrix across them.

/** n a power of two of at least 4, f32. */
function butterflies(n: i32, o: usize): void {
  const end = o + (<usize>n << 2);
  const s1 = f32x4(1, -1, 1, -1);
  const s2 = f32x4(1, 1, -1, -1);
  for (let p = o; p < end; p += 16) {
    let v = v128.load(p);
    v = f32x4.add(v128.shuffle<i32>(v, v, 1, 0, 3, 2), f32x4.mul(v, s1));
    v = f32x4.add(v128.shuffle<i32>(v, v, 2, 3, 0, 1), f32x4.mul(v, s2));
    v128.store(p, v);
  }
  let h: usize = 16;
  const size = <usize>n << 2;
  for (; h << 2 <= size; h <<= 2) {
    for (let q = o; q < end; q += h << 2) {
      for (let p = q; p < q + h; p += 16) {
        const a = v128.load(p);
        const b = v128.load(p + h);
        const c = v128.load(p + 2 * h);
        const d = v128.load(p + 3 * h);
        const ab = f32x4.add(a, b);
        const cd = f32x4.add(c, d);
        const ba = f32x4.sub(a, b);
        const dc = f32x4.sub(c, d);
        v128.store(p, f32x4.add(ab, cd));
        v128.store(p + h, f32x4.add(ba, dc));
        v128.store(p + 2 * h, f32x4.sub(ab, cd));
        v128.store(p + 3 * h, f32x4.sub(ba, dc));
      }
    }
  }
  if (h < size) {
    for (let p = o; p < o + h; p += 16) {
      const a = v128.load(p);
      const b = v128.load(p + h);
      v128.store(p, f32x4.add(a, b));
      v128.store(p + h, f32x4.sub(a, b));
    }
  }
}

/**
 * `rows` rows of m * n f32, n a power of two, each times the Hadamard matrix and `scale`. Bit k of word j of `signs` is set where
 * entry (j, k) of the matrix of m is -1. `work`: room for 4 * m f32.
 */
export function hadamard_rows(rows: i32, n: i32, m: i32, scale: f32, signs: usize, o: usize, work: usize): void {
  const stride = <usize>n << 2;
  const sv = f32x4.splat(scale);
  for (; rows > 0; rows--) {
    for (let k = 0; k < m; k++) {
      const p = o + <usize>k * stride;
      if (n >= 4) butterflies(n, p);
      else if (n == 2) {
        const a = load<f32>(p);
        const b = load<f32>(p, 4);
        store<f32>(p, a + b);
        store<f32>(p, a - b, 4);
      }
    }
    for (let i = 0; i < n; i += 4) {
      const p = o + (<usize>i << 2);
      const wide = i + 4 <= n;
      for (let j = 0; j < m; j++) {
        const bits = load<u32>(signs + (<usize>j << 2));
        let sum = f32x4.splat(0);
        for (let k = 0; k < m; k++) {
          const q = p + <usize>k * stride;
          const v = wide ? v128.load(q) : n == 2 ? v128.load64_zero(q) : v128.load32_zero(q);
          sum = f32x4.add(sum, v128.xor(v, i32x4.splat(<i32>(((bits >> k) & 1) << 31))));
        }
        v128.store(work + (<usize>j << 4), f32x4.mul(sum, sv));
      }
      for (let j = 0; j < m; j++) {
        const q = p + <usize>j * stride;
        const v = v128.load(work + (<usize>j << 4));
        if (wide) v128.store(q, v);
        else if (n == 2) v128.store64_lane(q, v, 0);
        else v128.store32_lane(q, v, 0);
      }
    }
    o += <usize>m * stride;
  }
}
