// Truth values, shifts, and comparisons of whole tensors.
import * as S from '../backends/reference/special.js';
import { promote, types } from '../tensor/dtype.js';
import { sameShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, bitwiseAnd, bitwiseOr, bitwiseXor, equal, lessEqual, multiply, sub } from './arithmetic.js';
import { binary, castTo, composite, constant, identity, nodeOf, operands, type Binary } from './define.js';
import { abs, isfinite, isnan } from './math.js';
import { all } from './reduce.js';

const truth = (name: string, x: TensorLike): Tensor => new Tensor(castTo(nodeOf(name, x), types.bool));
/** Elementwise `a && b`, bool. */
export const logicalAnd: Binary = /* @__PURE__ */ composite('logicalAnd', (a, b) =>
  bitwiseAnd(truth('logicalAnd', a), truth('logicalAnd', b)),
);
/** Elementwise `a || b`, bool. */
export const logicalOr: Binary = /* @__PURE__ */ composite('logicalOr', (a, b) =>
  bitwiseOr(truth('logicalOr', a), truth('logicalOr', b)),
);
/** Elementwise: exactly one is true, bool. */
export const logicalXor: Binary = /* @__PURE__ */ composite('logicalXor', (a, b) =>
  bitwiseXor(truth('logicalXor', a), truth('logicalXor', b)),
);

const shifted =
  (name: string, f: Binary): Binary =>
  (a, b) => {
    const [x, y] = operands(name, a, b);
    const common = promote(x.type, y.type);
    const type = common === types.bool ? types.uint8 : common;
    return f(new Tensor(castTo(x, type)), new Tensor(castTo(y, type)));
  };
const left: Binary = /* @__PURE__ */ binary({
  name: 'leftShift',
  domain: 'integer',
  reference: S.leftShift,
  vjp: 'none: integers',
});
const right: Binary = /* @__PURE__ */ binary({
  name: 'rightShift',
  domain: 'integer',
  reference: S.rightShift,
  vjp: 'none: integers',
});
/** Elementwise `a << b` of integers; 0 where b is not below the width. */
export const leftShift: Binary = /* @__PURE__ */ composite('leftShift', shifted('leftShift', left));
/** Elementwise `a >> b` of integers, keeping the sign of signed ones; all sign bits where b is not below the width. */
export const rightShift: Binary = /* @__PURE__ */ composite('rightShift', shifted('rightShift', right));

/** Elementwise `|a - b| <= atol + rtol * |b|`; infinities are close to themselves, NaN to NaN if `equalNan`. */
export const isclose: (a: TensorLike, b: TensorLike, rtol?: number, atol?: number, equalNan?: boolean) => Tensor =
  /* @__PURE__ */ composite('isclose', (a, b, rtol = 1e-5, atol = 1e-8, equalNan = false) => {
    const near = lessEqual(abs(sub(a, b)), add(multiply(abs(b), rtol), atol));
    const finite = bitwiseAnd(isfinite(a), isfinite(b));
    const close = bitwiseOr(bitwiseAnd(near, finite), equal(a, b));
    return equalNan ? bitwiseOr(close, bitwiseAnd(isnan(a), isnan(b))) : close;
  });
/** Whether all elements are close, a 0-d bool tensor. */
export const allclose: (a: TensorLike, b: TensorLike, rtol?: number, atol?: number, equalNan?: boolean) => Tensor =
  /* @__PURE__ */ composite('allclose', (a, b, rtol = 1e-5, atol = 1e-8, equalNan = false) =>
    all(isclose(a, b, rtol, atol, equalNan)),
  );
/** Whether shapes and all elements are equal, a 0-d bool tensor. */
export const arrayEqual: (a: TensorLike, b: TensorLike, equalNan?: boolean) => Tensor = /* @__PURE__ */ composite(
  'arrayEqual',
  (a, b, equalNan = false) => {
    const [x, y] = operands('arrayEqual', a, b);
    if (!sameShape(x.shape, y.shape)) return identity(constant(false, types.bool));
    const same = equal(a, b);
    return all(equalNan ? bitwiseOr(same, bitwiseAnd(isnan(a), isnan(b))) : same);
  },
);
