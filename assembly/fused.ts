// What generated kernels of fused groups import: the functions behind unary_<op>_f32 and binary_<op>_f32 on one vector, and half
// types as float32 lanes. They inline what the kernels inline, so that both give the same bits.
import { floatToBrain, floatToHalf, brainToFloat, halfToFloat } from './half';
import { vcosh, vexp, vexpm1, vsigmoid, vsinh, vtanh } from './math-f32';
import { BINARY, DECIMAL, NATURAL, vacosh, vasinh, vatanh, vlog1p, vlogBase } from './math-f32-log';
import { verf, verfinv, vlogaddexp, vpow } from './math-f32-special';
import { COSINE, SINE, TANGENT, vacos, vasin, vatan, vatan2, vtrig } from './math-f32-trig';

export function fused_exp(x: v128): v128 {
  return vexp(x);
}
export function fused_expm1(x: v128): v128 {
  return vexpm1(x);
}
export function fused_sigmoid(x: v128): v128 {
  return vsigmoid(x);
}
export function fused_tanh(x: v128): v128 {
  return vtanh(x);
}
export function fused_sinh(x: v128): v128 {
  return vsinh(x);
}
export function fused_cosh(x: v128): v128 {
  return vcosh(x);
}
export function fused_log(x: v128): v128 {
  return vlogBase(NATURAL, x);
}
export function fused_log2(x: v128): v128 {
  return vlogBase(BINARY, x);
}
export function fused_log10(x: v128): v128 {
  return vlogBase(DECIMAL, x);
}
export function fused_log1p(x: v128): v128 {
  return vlog1p(x);
}
export function fused_sin(x: v128): v128 {
  return vtrig(SINE, x);
}
export function fused_cos(x: v128): v128 {
  return vtrig(COSINE, x);
}
export function fused_tan(x: v128): v128 {
  return vtrig(TANGENT, x);
}
export function fused_arcsin(x: v128): v128 {
  return vasin(x);
}
export function fused_arccos(x: v128): v128 {
  return vacos(x);
}
export function fused_arctan(x: v128): v128 {
  return vatan(x);
}
export function fused_arcsinh(x: v128): v128 {
  return vasinh(x);
}
export function fused_arccosh(x: v128): v128 {
  return vacosh(x);
}
export function fused_arctanh(x: v128): v128 {
  return vatanh(x);
}
export function fused_erf(x: v128): v128 {
  return verf(x);
}
export function fused_erfinv(x: v128): v128 {
  return verfinv(x);
}
export function fused_power(x: v128, y: v128): v128 {
  return vpow(x, y);
}
export function fused_arctan2(x: v128, y: v128): v128 {
  return vatan2(x, y);
}
export function fused_logaddexp(x: v128, y: v128): v128 {
  return vlogaddexp(x, y);
}

/** float16 patterns in 32-bit lanes to float32. */
export function fused_widenHalf(x: v128): v128 {
  return halfToFloat(x);
}
/** float32 to float16 patterns in 32-bit lanes. */
export function fused_narrowHalf(x: v128): v128 {
  return floatToHalf(x);
}
export function fused_narrowBrain(x: v128): v128 {
  return floatToBrain(x);
}
/** The nearest float32 that is a float16. */
export function fused_roundHalf(x: v128): v128 {
  return halfToFloat(floatToHalf(x));
}
export function fused_roundBrain(x: v128): v128 {
  return brainToFloat(floatToBrain(x));
}
