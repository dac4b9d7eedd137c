// unary_<op>_f32 for the transcendental functions of math-f32.ts.
import { EXP_TABLE, vexp, vexpm1, vsigmoid, vtanh } from './math-f32';
import { madd, nmadd } from './simd';

const EXPM1 = 1;
const SIGMOID = 2;
const TANH = 3;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128): v128 {
  if (op == EXPM1) return vexpm1(x);
  if (op == SIGMOID) return vsigmoid(x);
  return vtanh(x);
}

// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  while (o < end) {
    v128.store(o, apply(op, v128.load(a)));
    a += 16;
    o += 16;
  }
}

export function unary_expm1_f32(n: i32, a: usize, o: usize): void {
  map(EXPM1, n, a, o);
}
export function unary_sigmoid_f32(n: i32, a: usize, o: usize): void {
  map(SIGMOID, n, a, o);
}
export function unary_tanh_f32(n: i32, a: usize, o: usize): void {
  map(TANH, n, a, o);
}

function expVectors(end: usize, a: usize, o: usize): void {
  while (o < end) {
    v128.store(o, vexp(v128.load(a)));
    a += 16;
    o += 16;
  }
}

/** The path of normal results, constants in locals; sixteen elements at a time fall back to `vexp` when one is outside. */
export function unary_exp_f32(n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  const log2e = v128.load32_splat(EXP_TABLE + 8);
  const magic = v128.load32_splat(EXP_TABLE + 12);
  const high = v128.load32_splat(EXP_TABLE + 16);
  const low = v128.load32_splat(EXP_TABLE + 20);
  const c4 = v128.load32_splat(EXP_TABLE + 24);
  const c3 = v128.load32_splat(EXP_TABLE + 28);
  const c2 = v128.load32_splat(EXP_TABLE + 32);
  const c1 = v128.load32_splat(EXP_TABLE + 36);
  const c0 = v128.load32_splat(EXP_TABLE + 40);
  const one = v128.load32_splat(EXP_TABLE + 44);
  const limit = f32x4.splat(87.33);
  while (o + 64 <= end) {
    const x0 = v128.load(a);
    const x1 = v128.load(a, 16);
    const x2 = v128.load(a, 32);
    const x3 = v128.load(a, 48);
    const outside = v128.or(
      v128.or(f32x4.gt(f32x4.abs(x0), limit), f32x4.gt(f32x4.abs(x1), limit)),
      v128.or(f32x4.gt(f32x4.abs(x2), limit), f32x4.gt(f32x4.abs(x3), limit)),
    );
    if (v128.any_true(outside)) expVectors(o + 64, a, o);
    else {
      v128.store(o, expNormal(x0, log2e, magic, high, low, c4, c3, c2, c1, c0, one));
      v128.store(o, expNormal(x1, log2e, magic, high, low, c4, c3, c2, c1, c0, one), 16);
      v128.store(o, expNormal(x2, log2e, magic, high, low, c4, c3, c2, c1, c0, one), 32);
      v128.store(o, expNormal(x3, log2e, magic, high, low, c4, c3, c2, c1, c0, one), 48);
    }
    a += 64;
    o += 64;
  }
  expVectors(end, a, o);
}

// @ts-ignore: decorator
@inline
function expNormal(
  x: v128,
  log2e: v128,
  magic: v128,
  high: v128,
  low: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
  one: v128,
): v128 {
  const t = madd(x, log2e, magic);
  const m = f32x4.sub(t, magic);
  const r = nmadd(m, low, nmadd(m, high, x));
  let p = madd(c4, r, c3);
  p = madd(p, r, c2);
  p = madd(p, r, c1);
  p = madd(p, r, c0);
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), one);
  return f32x4.mul(p, i32x4.add(i32x4.shl(t, 23), one));
}
