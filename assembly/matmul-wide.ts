// The register tile of six rows of sixteen f32 lanes. On 128-bit registers it spills; V8's revectoriser joins the two halves of each
// 32 bytes into one 256-bit register, and then its 12 accumulators, 2 vectors of B and 1 of A just fit. It wants K in steps of two.
import { madd } from './simd';

// @ts-ignore: decorator
@inline
function put4(c: usize, x: v128, y: v128, z: v128, w: v128): void {
  v128.store(c, x);
  v128.store(c, y, 16);
  v128.store(c, z, 32);
  v128.store(c, w, 48);
}

// @ts-ignore: decorator
@inline
function addTo4(c: usize, x: v128, y: v128, z: v128, w: v128): void {
  v128.store(c, f32x4.add(v128.load(c), x));
  v128.store(c, f32x4.add(v128.load(c, 16), y), 16);
  v128.store(c, f32x4.add(v128.load(c, 32), z), 32);
  v128.store(c, f32x4.add(v128.load(c, 48), w), 48);
}

/** C tile (+)= A panel [k][6] * B panel [k][16]; rows of C lie `ldc` bytes apart. */
export function tileWide(k: i32, pa: usize, pb: usize, c: usize, ldc: usize, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  let c20 = c00;
  let c21 = c00;
  let c22 = c00;
  let c23 = c00;
  let c30 = c00;
  let c31 = c00;
  let c32 = c00;
  let c33 = c00;
  let c40 = c00;
  let c41 = c00;
  let c42 = c00;
  let c43 = c00;
  let c50 = c00;
  let c51 = c00;
  let c52 = c00;
  let c53 = c00;
  for (; k >= 2; k -= 2) {
    {
      const b0 = v128.load(pb);
      const b1 = v128.load(pb, 16);
      const b2 = v128.load(pb, 32);
      const b3 = v128.load(pb, 48);
      const a0 = v128.load32_splat(pa);
      c00 = madd(a0, b0, c00);
      c01 = madd(a0, b1, c01);
      c02 = madd(a0, b2, c02);
      c03 = madd(a0, b3, c03);
      const a1 = v128.load32_splat(pa, 4);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      c12 = madd(a1, b2, c12);
      c13 = madd(a1, b3, c13);
      const a2 = v128.load32_splat(pa, 8);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
      c22 = madd(a2, b2, c22);
      c23 = madd(a2, b3, c23);
      const a3 = v128.load32_splat(pa, 12);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
      c32 = madd(a3, b2, c32);
      c33 = madd(a3, b3, c33);
      const a4 = v128.load32_splat(pa, 16);
      c40 = madd(a4, b0, c40);
      c41 = madd(a4, b1, c41);
      c42 = madd(a4, b2, c42);
      c43 = madd(a4, b3, c43);
      const a5 = v128.load32_splat(pa, 20);
      c50 = madd(a5, b0, c50);
      c51 = madd(a5, b1, c51);
      c52 = madd(a5, b2, c52);
      c53 = madd(a5, b3, c53);
    }
    {
      const b0 = v128.load(pb, 64);
      const b1 = v128.load(pb, 80);
      const b2 = v128.load(pb, 96);
      const b3 = v128.load(pb, 112);
      const a0 = v128.load32_splat(pa, 24);
      c00 = madd(a0, b0, c00);
      c01 = madd(a0, b1, c01);
      c02 = madd(a0, b2, c02);
      c03 = madd(a0, b3, c03);
      const a1 = v128.load32_splat(pa, 28);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      c12 = madd(a1, b2, c12);
      c13 = madd(a1, b3, c13);
      const a2 = v128.load32_splat(pa, 32);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
      c22 = madd(a2, b2, c22);
      c23 = madd(a2, b3, c23);
      const a3 = v128.load32_splat(pa, 36);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
      c32 = madd(a3, b2, c32);
      c33 = madd(a3, b3, c33);
      const a4 = v128.load32_splat(pa, 40);
      c40 = madd(a4, b0, c40);
      c41 = madd(a4, b1, c41);
      c42 = madd(a4, b2, c42);
      c43 = madd(a4, b3, c43);
      const a5 = v128.load32_splat(pa, 44);
      c50 = madd(a5, b0, c50);
      c51 = madd(a5, b1, c51);
      c52 = madd(a5, b2, c52);
      c53 = madd(a5, b3, c53);
    }
    pa += 48;
    pb += 128;
  }
  if (k > 0) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const b2 = v128.load(pb, 32);
    const b3 = v128.load(pb, 48);
    const a0 = v128.load32_splat(pa);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(pa, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    const a2 = v128.load32_splat(pa, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c22 = madd(a2, b2, c22);
    c23 = madd(a2, b3, c23);
    const a3 = v128.load32_splat(pa, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c32 = madd(a3, b2, c32);
    c33 = madd(a3, b3, c33);
    const a4 = v128.load32_splat(pa, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    c42 = madd(a4, b2, c42);
    c43 = madd(a4, b3, c43);
    const a5 = v128.load32_splat(pa, 20);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    c52 = madd(a5, b2, c52);
    c53 = madd(a5, b3, c53);
  }
  if (add) {
    addTo4(c, c00, c01, c02, c03);
    addTo4(c + ldc, c10, c11, c12, c13);
    addTo4(c + 2 * ldc, c20, c21, c22, c23);
    addTo4(c + 3 * ldc, c30, c31, c32, c33);
    addTo4(c + 4 * ldc, c40, c41, c42, c43);
    addTo4(c + 5 * ldc, c50, c51, c52, c53);
  } else {
    put4(c, c00, c01, c02, c03);
    put4(c + ldc, c10, c11, c12, c13);
    put4(c + 2 * ldc, c20, c21, c22, c23);
    put4(c + 3 * ldc, c30, c31, c32, c33);
    put4(c + 4 * ldc, c40, c41, c42, c43);
    put4(c + 5 * ldc, c50, c51, c52, c53);
  }
}
