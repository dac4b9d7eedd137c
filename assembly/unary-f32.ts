// unary_<op>_f32 for the transcendental functions of the math-f32 files.
import { expNormal, sigmoidNormal, vcosh, vexp, vexpm1, vsigmoid, vsinh, vtanh } from './math-f32';
import { BINARY, DECIMAL, NATURAL, vacosh, vasinh, vatanh, vlog1p, vlogBase } from './math-f32-log';
import { verf, verfinv } from './math-f32-special';
import { COSINE, SINE, TANGENT, vacos, vasin, vatan, vtrig } from './math-f32-trig';

const EXP = -1;
const EXPM1 = 0;
const SIGMOID = 1;
const TANH = 2;
const SINH = 3;
const COSH = 4;
const LOG = 5;
const LOG2 = 6;
const LOG10 = 7;
const LOG1P = 8;
const SIN = 9;
const COS = 10;
const TAN = 11;
const ARCSIN = 12;
const ARCCOS = 13;
const ARCTAN = 14;
const ARCSINH = 15;
const ARCCOSH = 16;
const ARCTANH = 17;
const ERF = 18;
const ERFINV = 19;

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128): v128 {
  if (op == EXPM1) return vexpm1(x);
  if (op == TANH) return vtanh(x);
  if (op == SINH) return vsinh(x);
  if (op == COSH) return vcosh(x);
  if (op == LOG) return vlogBase(NATURAL, x);
  if (op == LOG2) return vlogBase(BINARY, x);
  if (op == LOG10) return vlogBase(DECIMAL, x);
  if (op == LOG1P) return vlog1p(x);
  if (op == SIN) return vtrig(SINE, x);
  if (op == COS) return vtrig(COSINE, x);
  if (op == TAN) return vtrig(TANGENT, x);
  if (op == ARCSIN) return vasin(x);
  if (op == ARCCOS) return vacos(x);
  if (op == ARCTAN) return vatan(x);
  if (op == ARCSINH) return vasinh(x);
  if (op == ARCCOSH) return vacosh(x);
  if (op == ARCTANH) return vatanh(x);
  if (op == ERF) return verf(x);
  return verfinv(x);
}

/** Four results before the first store: their chains of operations overlap, and they share the loads of their constants. */
// @ts-ignore: decorator
@inline
function map(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  while (o + 64 <= end) {
    const y0 = apply(op, v128.load(a));
    const y1 = apply(op, v128.load(a, 16));
    const y2 = apply(op, v128.load(a, 32));
    const y3 = apply(op, v128.load(a, 48));
    v128.store(o, y0);
    v128.store(o, y1, 16);
    v128.store(o, y2, 32);
    v128.store(o, y3, 48);
    a += 64;
    o += 64;
  }
  rest(op, end, a, o);
}
/** One vector at a time: all that long operations of two halves gain from. */
// @ts-ignore: decorator
@inline
function rest(op: i32, end: usize, a: usize, o: usize): void {
  while (o < end) {
    v128.store(o, apply(op, v128.load(a)));
    a += 16;
    o += 16;
  }
}

export function unary_expm1_f32(n: i32, a: usize, o: usize): void {
  map(EXPM1, n, a, o);
}
export function unary_tanh_f32(n: i32, a: usize, o: usize): void {
  map(TANH, n, a, o);
}
export function unary_sinh_f32(n: i32, a: usize, o: usize): void {
  map(SINH, n, a, o);
}
export function unary_cosh_f32(n: i32, a: usize, o: usize): void {
  map(COSH, n, a, o);
}
export function unary_log_f32(n: i32, a: usize, o: usize): void {
  map(LOG, n, a, o);
}
export function unary_log2_f32(n: i32, a: usize, o: usize): void {
  map(LOG2, n, a, o);
}
export function unary_log10_f32(n: i32, a: usize, o: usize): void {
  map(LOG10, n, a, o);
}
export function unary_log1p_f32(n: i32, a: usize, o: usize): void {
  map(LOG1P, n, a, o);
}
export function unary_sin_f32(n: i32, a: usize, o: usize): void {
  rest(SIN, o + (<usize>n << 2), a, o);
}
export function unary_cos_f32(n: i32, a: usize, o: usize): void {
  rest(COS, o + (<usize>n << 2), a, o);
}
export function unary_tan_f32(n: i32, a: usize, o: usize): void {
  rest(TAN, o + (<usize>n << 2), a, o);
}
export function unary_arcsin_f32(n: i32, a: usize, o: usize): void {
  map(ARCSIN, n, a, o);
}
export function unary_arccos_f32(n: i32, a: usize, o: usize): void {
  map(ARCCOS, n, a, o);
}
export function unary_arctan_f32(n: i32, a: usize, o: usize): void {
  map(ARCTAN, n, a, o);
}
export function unary_arcsinh_f32(n: i32, a: usize, o: usize): void {
  map(ARCSINH, n, a, o);
}
export function unary_arccosh_f32(n: i32, a: usize, o: usize): void {
  map(ARCCOSH, n, a, o);
}
export function unary_arctanh_f32(n: i32, a: usize, o: usize): void {
  map(ARCTANH, n, a, o);
}
export function unary_erf_f32(n: i32, a: usize, o: usize): void {
  map(ERF, n, a, o);
}
export function unary_erfinv_f32(n: i32, a: usize, o: usize): void {
  map(ERFINV, n, a, o);
}

/** Where e^x and e^-x are normal numbers. */
const NORMAL: f32 = 87.33;

// @ts-ignore: decorator
@inline
function normal(op: i32, x: v128): v128 {
  return op == EXP ? expNormal(x) : sigmoidNormal(x);
}
/** The same within NORMAL, so that a result does not depend on what lies beside it. */
// @ts-ignore: decorator
@inline
function any(op: i32, x: v128): v128 {
  const inside = f32x4.le(f32x4.abs(x), f32x4.splat(NORMAL));
  return v128.bitselect(normal(op, x), op == EXP ? vexp(x) : vsigmoid(x), inside);
}
// @ts-ignore: decorator
@inline
function anyVectors(op: i32, end: usize, a: usize, o: usize): void {
  while (o < end) {
    v128.store(o, any(op, v128.load(a)));
    a += 16;
    o += 16;
  }
}
function expVectors(end: usize, a: usize, o: usize): void {
  anyVectors(EXP, end, a, o);
}
function sigmoidVectors(end: usize, a: usize, o: usize): void {
  anyVectors(SIGMOID, end, a, o);
}
// @ts-ignore: decorator
@inline
function vectors(op: i32, end: usize, a: usize, o: usize): void {
  if (op == EXP) expVectors(end, a, o);
  else sigmoidVectors(end, a, o);
}
/** The path of normal numbers; sixteen elements at a time take the other when one is outside. */
// @ts-ignore: decorator
@inline
function mapNormal(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + (<usize>n << 2);
  const limit = f32x4.splat(NORMAL);
  while (o + 64 <= end) {
    const x0 = v128.load(a);
    const x1 = v128.load(a, 16);
    const x2 = v128.load(a, 32);
    const x3 = v128.load(a, 48);
    const most = f32x4.pmax(
      f32x4.pmax(f32x4.abs(x0), f32x4.abs(x1)),
      f32x4.pmax(f32x4.abs(x2), f32x4.abs(x3)),
    );
    // NaN may be passed over here: it goes through either path
    if (v128.any_true(f32x4.gt(most, limit))) vectors(op, o + 64, a, o);
    else {
      const y0 = normal(op, x0);
      const y1 = normal(op, x1);
      const y2 = normal(op, x2);
      const y3 = normal(op, x3);
      v128.store(o, y0);
      v128.store(o, y1, 16);
      v128.store(o, y2, 32);
      v128.store(o, y3, 48);
    }
    a += 64;
    o += 64;
  }
  vectors(op, end, a, o);
}
export function unary_exp_f32(n: i32, a: usize, o: usize): void {
  mapNormal(EXP, n, a, o);
}
export function unary_sigmoid_f32(n: i32, a: usize, o: usize): void {
  mapNormal(SIGMOID, n, a, o);
}
