// Elementwise operations on one operand.
import * as C from '../backends/reference/complex.js';
import * as S from '../backends/reference/special.js';
import { isFloat, isInexact, isInteger, toInexact, types, type DType, type ElementType } from '../tensor/dtype.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, bitwiseAnd, div, equal, maximum, minimum, multiply, sub } from './arithmetic.js';
import { astypePrimitive, castTo, checkType, composite, identity, nodeOf, op, unary, type Unary } from './define.js';
import { where, zerosLike } from './select.js';

const bool = (): ElementType => types.bool;
const modulus = (t: ElementType): ElementType => (t.category === 'complex' ? types.float32 : t);

/** Elementwise `-x`. bool is refused, as in MLX. */
export const negative: Unary = /* @__PURE__ */ unary({
  name: 'negative',
  domain: 'number',
  reference: (x: number) => -x,
  complex: C.neg,
  vjp: (g) => [negative(g)],
});
/** `negative`. */
export const neg: Unary = /* @__PURE__ */ composite('neg', (x) => negative(x));
/** Elementwise absolute value; of complex numbers their modulus, float32. */
export const abs: Unary = /* @__PURE__ */ unary({
  name: 'abs',
  domain: 'all',
  result: modulus,
  reference: S.abs,
  complex: C.abs,
  vjp: (g, { inputs: [x] }) => [multiply(sign(x!), g)],
});
/** Elementwise -1, 0 or 1; of complex numbers `x / |x|`. */
export const sign: Unary = /* @__PURE__ */ composite('sign', (x) =>
  nodeOf('sign', x).type === types.complex64 ? direction(x) : realSign(x),
);
const realSign: Unary = /* @__PURE__ */ unary({
  name: 'sign',
  domain: 'real',
  reference: S.sign,
  vjp: 'none: piecewise constant',
});
const direction: Unary = /* @__PURE__ */ unary({
  name: 'sign',
  domain: 'complex',
  reference: S.sign,
  complex: C.sign,
  // only what is across the direction turns it
  vjp: (g, { inputs: [x], output }) => {
    const along = multiply(output, real(multiply(g, conjugate(output))));
    const length = abs(x!);
    return [where(equal(length, 0), 0, div(sub(g, along), where(equal(length, 0), 1, length)))];
  },
});
/** Elementwise `x * x`. */
export const square: Unary = /* @__PURE__ */ unary({
  name: 'square',
  domain: 'all',
  reference: (x: number) => x * x,
  complex: (x: C.Complex) => C.mul(x, x),
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(multiply(x!, 2)))],
});
/** Elementwise square root; relative error at most half an ulp. */
export const sqrt: Unary = /* @__PURE__ */ unary({
  name: 'sqrt',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.sqrt,
  complex: C.sqrt,
  vjp: (g, { output }) => [div(g, conjugate(multiply(output, 2)))],
});
/** Elementwise `1 / sqrt(x)`. */
export const rsqrt: Unary = /* @__PURE__ */ unary({
  name: 'rsqrt',
  domain: 'inexact',
  compute: 'inexact',
  reference: (x: number) => 1 / Math.sqrt(x),
  complex: (x: C.Complex) => C.div({ re: 1, im: 0 }, C.sqrt(x)),
  vjp: (g, { inputs: [x], output }) => [multiply(g, conjugate(multiply(div(output, x!), -0.5)))],
});
/** Elementwise `1 / x`. */
export const reciprocal: Unary = /* @__PURE__ */ composite('reciprocal', (x) => div(1, x));
/** Elementwise `exp(x)`. */
export const exp: Unary = /* @__PURE__ */ unary({
  name: 'exp',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.exp,
  complex: C.exp,
  vjp: (g, { output }) => [multiply(g, conjugate(output))],
});
/** Elementwise `exp(x) - 1`, exact near 0. */
export const expm1: Unary = /* @__PURE__ */ unary({
  name: 'expm1',
  domain: 'float',
  compute: 'inexact',
  reference: Math.expm1,
  vjp: (g, { output }) => [multiply(g, add(output, 1))],
});
/** Elementwise natural logarithm. */
export const log: Unary = /* @__PURE__ */ unary({
  name: 'log',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.log,
  complex: C.log,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(x!))],
});
/** Elementwise logarithm to base 2. */
export const log2: Unary = /* @__PURE__ */ unary({
  name: 'log2',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.log2,
  complex: C.log2,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(multiply(x!, Math.LN2)))],
});
/** Elementwise logarithm to base 10. */
export const log10: Unary = /* @__PURE__ */ unary({
  name: 'log10',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.log10,
  complex: C.log10,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(multiply(x!, Math.LN10)))],
});
/** Elementwise `log(1 + x)`, exact near 0. */
export const log1p: Unary = /* @__PURE__ */ unary({
  name: 'log1p',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.log1p,
  complex: C.log1p,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(add(x!, 1)))],
});
/** Elementwise sine of radians. */
export const sin: Unary = /* @__PURE__ */ unary({
  name: 'sin',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.sin,
  complex: C.sin,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(cos(x!)))],
});
/** Elementwise cosine of radians. */
export const cos: Unary = /* @__PURE__ */ unary({
  name: 'cos',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.cos,
  complex: C.cos,
  vjp: (g, { inputs: [x] }) => [negative(multiply(g, conjugate(sin(x!))))],
});
/** Elementwise tangent of radians. */
export const tan: Unary = /* @__PURE__ */ unary({
  name: 'tan',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.tan,
  complex: C.tan,
  vjp: (g, { output }) => [multiply(g, conjugate(add(square(output), 1)))],
});
/** Elementwise inverse sine, in radians. */
export const arcsin: Unary = /* @__PURE__ */ unary({
  name: 'arcsin',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.asin,
  complex: C.asin,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(rsqrt(sub(1, square(x!)))))],
});
/** Elementwise inverse cosine, in radians. */
export const arccos: Unary = /* @__PURE__ */ unary({
  name: 'arccos',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.acos,
  complex: C.acos,
  vjp: (g, { inputs: [x] }) => [negative(multiply(g, conjugate(rsqrt(sub(1, square(x!))))))],
});
/** Elementwise inverse tangent, in radians. */
export const arctan: Unary = /* @__PURE__ */ unary({
  name: 'arctan',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.atan,
  complex: C.atan,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(add(square(x!), 1)))],
});
/** Elementwise hyperbolic sine. */
export const sinh: Unary = /* @__PURE__ */ unary({
  name: 'sinh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.sinh,
  complex: C.sinh,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(cosh(x!)))],
});
/** Elementwise hyperbolic cosine. */
export const cosh: Unary = /* @__PURE__ */ unary({
  name: 'cosh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.cosh,
  complex: C.cosh,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(sinh(x!)))],
});
/** Elementwise hyperbolic tangent. */
export const tanh: Unary = /* @__PURE__ */ unary({
  name: 'tanh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.tanh,
  complex: C.tanh,
  vjp: (g, { output }) => [multiply(g, conjugate(sub(1, square(output))))],
});
/** Elementwise inverse hyperbolic sine. */
export const arcsinh: Unary = /* @__PURE__ */ unary({
  name: 'arcsinh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.asinh,
  complex: C.asinh,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(rsqrt(add(square(x!), 1))))],
});
/** Elementwise inverse hyperbolic cosine. */
export const arccosh: Unary = /* @__PURE__ */ unary({
  name: 'arccosh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.acosh,
  complex: C.acosh,
  vjp: (g, { inputs: [x] }) => [multiply(g, conjugate(multiply(rsqrt(sub(x!, 1)), rsqrt(add(x!, 1)))))],
});
/** Elementwise inverse hyperbolic tangent. */
export const arctanh: Unary = /* @__PURE__ */ unary({
  name: 'arctanh',
  domain: 'inexact',
  compute: 'inexact',
  reference: Math.atanh,
  complex: C.atanh,
  vjp: (g, { inputs: [x] }) => [div(g, conjugate(sub(1, square(x!))))],
});
/** Elementwise error function. */
export const erf: Unary = /* @__PURE__ */ unary({
  name: 'erf',
  domain: 'float',
  compute: 'inexact',
  reference: S.erf,
  vjp: (g, { inputs: [x] }) => [multiply(g, multiply(exp(negative(square(x!))), 2 / Math.sqrt(Math.PI)))],
});
/** Elementwise inverse of the error function. */
export const erfinv: Unary = /* @__PURE__ */ unary({
  name: 'erfinv',
  domain: 'float',
  compute: 'inexact',
  reference: S.erfinv,
  vjp: (g, { output }) => [multiply(g, multiply(exp(square(output)), Math.sqrt(Math.PI) / 2))],
});
/** Elementwise logistic function `1 / (1 + exp(-x))`. */
export const sigmoid: Unary = /* @__PURE__ */ unary({
  name: 'sigmoid',
  domain: 'inexact',
  compute: 'inexact',
  reference: S.sigmoid,
  complex: C.sigmoid,
  vjp: (g, { output }) => [multiply(g, conjugate(multiply(output, sub(1, output))))],
});
/** Elementwise largest integer not above x; integers stay. */
export const floor: Unary = /* @__PURE__ */ unary({
  name: 'floor',
  domain: 'real',
  reference: (x: number | bigint) => (typeof x === 'bigint' ? x : Math.floor(x)),
  vjp: 'none: piecewise constant',
});
/** Elementwise smallest integer not below x; integers stay. */
export const ceil: Unary = /* @__PURE__ */ unary({
  name: 'ceil',
  domain: 'real',
  reference: (x: number | bigint) => (typeof x === 'bigint' ? x : Math.ceil(x)),
  vjp: 'none: piecewise constant',
});
const rint: Unary = /* @__PURE__ */ unary({
  name: 'round',
  domain: 'all',
  reference: S.roundHalfEven,
  complex: (x: C.Complex) => ({ re: S.roundHalfEven(x.re), im: S.roundHalfEven(x.im) }),
  vjp: 'none: piecewise constant',
});
/** Elementwise nearest number with `decimals` places, halves to even. Integers stay. */
export const round: (x: TensorLike, decimals?: number) => Tensor = /* @__PURE__ */ op(
  'round',
  'composite',
  (x, decimals = 0) => {
    if (decimals === 0) return rint(x);
    const scale = 10 ** Math.abs(decimals);
    const n = nodeOf('round', x);
    if (isInteger(n.type) && decimals > 0) return identity(n);
    const type = isInteger(n.type) ? types.float32 : n.type;
    const t = new Tensor(castTo(n, type));
    const scaled = decimals > 0 ? div(rint(multiply(t, scale)), scale) : multiply(rint(div(t, scale)), scale);
    return astype(scaled, n.type.name);
  },
);

/** Elementwise `!x`, bool. */
export const logicalNot: Unary = /* @__PURE__ */ unary({
  name: 'logicalNot',
  domain: 'all',
  result: bool,
  reference: (x: number | bigint) => !x && x === x,
  complex: (x: C.Complex) => x.re === 0 && x.im === 0,
  vjp: 'none: bool',
});
const nanCheck: Unary = /* @__PURE__ */ unary({
  name: 'isnan',
  domain: 'inexact',
  result: bool,
  reference: Number.isNaN,
  complex: (x: C.Complex) => Number.isNaN(x.re) || Number.isNaN(x.im),
  vjp: 'none: bool',
});
const infCheck: Unary = /* @__PURE__ */ unary({
  name: 'isinf',
  domain: 'inexact',
  result: bool,
  reference: (x: number) => x === Infinity || x === -Infinity,
  complex: (x: C.Complex) => Math.abs(x.re) === Infinity || Math.abs(x.im) === Infinity,
  vjp: 'none: bool',
});
const never = (x: TensorLike): Tensor => zerosLike(x, 'bool');
const inexact = (name: string, x: TensorLike): boolean => isInexact(nodeOf(name, x).type);
/** Elementwise test for NaN. */
export const isnan: Unary = /* @__PURE__ */ composite('isnan', (x) => (inexact('isnan', x) ? nanCheck(x) : never(x)));
/** Elementwise test for an infinity of either sign. */
export const isinf: Unary = /* @__PURE__ */ composite('isinf', (x) => (inexact('isinf', x) ? infCheck(x) : never(x)));
/** Elementwise test for +infinity; real dtypes. */
export const isposinf: Unary = /* @__PURE__ */ composite('isposinf', (x) =>
  inexact('isposinf', x) ? equal(x, Infinity) : never(x),
);
/** Elementwise test for -infinity; real dtypes. */
export const isneginf: Unary = /* @__PURE__ */ composite('isneginf', (x) =>
  inexact('isneginf', x) ? equal(x, -Infinity) : never(x),
);
/** Elementwise test for neither NaN nor infinite. */
export const isfinite: Unary = /* @__PURE__ */ composite('isfinite', (x) =>
  inexact('isfinite', x) ? bitwiseAnd(logicalNot(isnan(x)), logicalNot(isinf(x))) : logicalNot(never(x)),
);
/** Elementwise bits flipped, of integers; `!x` of bool. */
export const bitwiseInvert: Unary = /* @__PURE__ */ unary({
  name: 'bitwiseInvert',
  domain: 'integer',
  reference: (x: number | bigint) => (typeof x === 'bigint' ? ~x : x === 0),
  vjp: 'none: integers or bool',
});
const conj: Unary = /* @__PURE__ */ unary({
  name: 'conjugate',
  domain: 'complex',
  reference: (x: number) => x,
  complex: (x: C.Complex) => ({ re: x.re, im: -x.im }),
  vjp: (g) => [conjugate(g)],
});
/** Elementwise complex conjugate; real tensors stay. */
export const conjugate: Unary = /* @__PURE__ */ composite('conjugate', (x) => {
  const n = nodeOf('conjugate', x);
  return n.type === types.complex64 ? conj(x) : identity(n);
});
const realPart: Unary = /* @__PURE__ */ unary({
  name: 'real',
  domain: 'complex',
  result: modulus,
  reference: (x: number) => x,
  complex: (x: C.Complex) => x.re,
  vjp: (g) => [astype(g, 'complex64')],
});
const imagPart: Unary = /* @__PURE__ */ unary({
  name: 'imag',
  domain: 'complex',
  result: modulus,
  reference: () => 0,
  complex: (x: C.Complex) => x.im,
  vjp: (g) => [multiply(g, { re: 0, im: 1 })],
});
/** Elementwise real part; real tensors stay. */
export const real: Unary = /* @__PURE__ */ composite('real', (x) => {
  const n = nodeOf('real', x);
  return n.type === types.complex64 ? realPart(x) : identity(n);
});
/** Elementwise imaginary part; zeros of real tensors. */
export const imag: Unary = /* @__PURE__ */ composite('imag', (x) =>
  nodeOf('imag', x).type === types.complex64 ? imagPart(x) : zerosLike(x),
);

/** Radians as degrees, `x * 180 / pi`. */
export const degrees: Unary = /* @__PURE__ */ composite('degrees', (x) =>
  multiply(floating('degrees', x), 180 / Math.PI),
);
/** Degrees as radians, `x * pi / 180`. */
export const radians: Unary = /* @__PURE__ */ composite('radians', (x) =>
  multiply(floating('radians', x), Math.PI / 180),
);
const floating = (name: string, x: TensorLike): Tensor => {
  const n = nodeOf(name, x);
  return new Tensor(castTo(n, toInexact(n.type)));
};

/** `x` converted to `dtype`. Float to integer truncates and saturates, NaN becomes 0; complex to real drops the imaginary part. */
export const astype: (x: TensorLike, dtype: DType) => Tensor = /* @__PURE__ */ op(
  'astype',
  'cast',
  (x, dtype) => {
    const n = nodeOf('astype', x);
    const type = checkType('astype', dtype);
    return n.type === type ? identity(n) : new Tensor(castTo(n, type));
  },
  astypePrimitive,
);
/** Elementwise `min(max(x, low), high)`; `null` leaves an end open. */
export const clip: (x: TensorLike, low: TensorLike | null, high: TensorLike | null) => Tensor =
  /* @__PURE__ */ composite('clip', (x, low, high) => {
    let y = x;
    if (low !== null) y = maximum(y, low);
    if (high !== null) y = minimum(y, high);
    return y === x || !(y instanceof Tensor) ? identity(nodeOf('clip', y)) : y;
  });
/** NaN becomes `nan`, the infinities the largest and smallest finite number unless given. */
export const nanToNum: (x: TensorLike, nan?: number, posinf?: number | null, neginf?: number | null) => Tensor =
  /* @__PURE__ */ composite('nanToNum', (x, nan = 0, posinf = null, neginf = null) => {
    const n = nodeOf('nanToNum', x);
    if (!isFloat(n.type)) return identity(n);
    const t = new Tensor(n);
    const big = { float16: 65504, bfloat16: 3.3895313892515355e38, float32: 3.4028234663852886e38 } as Partial<
      Record<DType, number>
    >;
    const top = big[n.type.name] ?? Number.MAX_VALUE;
    return where(isnan(t), nan, where(isposinf(t), posinf ?? top, where(isneginf(t), neginf ?? -top, t)));
  });
