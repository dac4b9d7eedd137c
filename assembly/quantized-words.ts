// Affine codes of 2, 4 or 8 bits times one x: codes stay where they lie in 32-bit words. A mask takes one code of each of four words, which is
// then 2^(its place) times too large; x, spread to match, is as much too small.
import { ownMasks } from './own';
import { madd } from './simd';

/** Whether groups are whole vectors of such words. */
// @ts-ignore: decorator
@inline
export function inWords(bits: i32, group: i32): bool {
  return (bits == 2 || bits == 4 || bits == 8) && group * bits >= 128;
}

/** Spreads K elements of x: for each vector of words those of the first codes, those of the second, ... */
export function spreadWords(bits: i32, K: i32, x: usize, o: usize): void {
  const codes = 32 / bits;
  const masks = ownMasks();
  for (let k = 0; k < codes; k++) v128.store(masks + (<usize>k << 4), i32x4.splat(((1 << bits) - 1) << (bits * k)));
  const line = <usize>codes << 2;
  for (; K > 0; K -= 4 * codes) {
    let factor: f32 = 1;
    const inverse: f32 = <f32>1 / <f32>(1 << bits);
    for (let k = 0; k < codes; k++) {
      // the last codes are shifted down, for their mask would give negative numbers
      const f: f32 = k == codes - 1 ? 1 : factor;
      const p = x + (<usize>k << 2);
      store<f32>(o, load<f32>(p) * f);
      store<f32>(o, load<f32>(p + line) * f, 4);
      store<f32>(o, load<f32>(p + 2 * line) * f, 8);
      store<f32>(o, load<f32>(p + 3 * line) * f, 12);
      factor *= inverse;
      o += 16;
    }
    x += 4 * line;
  }
}

/** t[0..3] = four rows of codes, `ld` bytes apart, times the spread x, the scales (rows `ls` bytes apart) applied to the sums of groups. */
export function dotWords(bits: i32, groups: i32, group: i32, x: usize, w: usize, ld: usize, s: usize, ls: usize, t: usize): void {
  const masks = ownMasks(); // a vector for each code of a word
  const last = masks + ((<usize>(32 / bits) - 1) << 4);
  const vectors = (group * bits) >> 7;
  const down = 32 - bits;
  const ld3 = ld + ld + ld;
  let t0 = f32x4.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (; groups > 0; groups--) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let i = vectors; i > 0; i--) {
      const v0 = v128.load(w);
      const v1 = v128.load(w + ld);
      const v2 = v128.load(w + 2 * ld);
      const v3 = v128.load(w + ld3);
      let c: v128;
      for (let m = masks; m < last; m += 16) {
        const mask = v128.load(m);
        c = v128.load(x);
        a0 = madd(f32x4.convert_i32x4_s(v128.and(v0, mask)), c, a0);
        a1 = madd(f32x4.convert_i32x4_s(v128.and(v1, mask)), c, a1);
        a2 = madd(f32x4.convert_i32x4_s(v128.and(v2, mask)), c, a2);
        a3 = madd(f32x4.convert_i32x4_s(v128.and(v3, mask)), c, a3);
        x += 16;
      }
      c = v128.load(x);
      a0 = madd(f32x4.convert_i32x4_s(i32x4.shr_u(v0, down)), c, a0);
      a1 = madd(f32x4.convert_i32x4_s(i32x4.shr_u(v1, down)), c, a1);
      a2 = madd(f32x4.convert_i32x4_s(i32x4.shr_u(v2, down)), c, a2);
      a3 = madd(f32x4.convert_i32x4_s(i32x4.shr_u(v3, down)), c, a3);
      x += 16;
      w += 16;
    }
    t0 = madd(a0, v128.load32_splat(s), t0);
    t1 = madd(a1, v128.load32_splat(s + ls), t1);
    t2 = madd(a2, v128.load32_splat(s + 2 * ls), t2);
    t3 = madd(a3, v128.load32_splat(s + 3 * ls), t3);
    s += 4;
  }
  v128.store(t, t0);
  v128.store(t, t1, 16);
  v128.store(t, t2, 32);
  v128.store(t, t3, 48);
}
