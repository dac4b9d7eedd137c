// Other names that MLX has for the same ops.
import type { Tensor, TensorLike } from '../tensor/tensor.js';
import { arctan2, power } from './arithmetic.js';
import { composite, type Binary, type Unary } from './define.js';
import { leftShift, rightShift } from './logic.js';
import { arccos, arccosh, arcsin, arcsinh, arctan, arctanh, conjugate } from './math.js';
import { variance, type VarianceArgs } from './reduce.js';
import { cumprod, cumsum } from './scan.js';
import { transpose } from './shape.js';

/** `arccos`. */
export const acos: Unary = /* @__PURE__ */ composite('acos', (x) => arccos(x));
/** `arccosh`. */
export const acosh: Unary = /* @__PURE__ */ composite('acosh', (x) => arccosh(x));
/** `arcsin`. */
export const asin: Unary = /* @__PURE__ */ composite('asin', (x) => arcsin(x));
/** `arcsinh`. */
export const asinh: Unary = /* @__PURE__ */ composite('asinh', (x) => arcsinh(x));
/** `arctan`. */
export const atan: Unary = /* @__PURE__ */ composite('atan', (x) => arctan(x));
/** `arctan2`. */
export const atan2: Binary = /* @__PURE__ */ composite('atan2', (a, b) => arctan2(a, b));
/** `arctanh`. */
export const atanh: Unary = /* @__PURE__ */ composite('atanh', (x) => arctanh(x));
/** `conjugate`. */
export const conj: Unary = /* @__PURE__ */ composite('conj', (x) => conjugate(x));
/** `power`. */
export const pow: Binary = /* @__PURE__ */ composite('pow', (a, b) => power(a, b));
/** `leftShift`. */
export const bitwiseLeftShift: Binary = /* @__PURE__ */ composite('bitwiseLeftShift', (a, b) => leftShift(a, b));
/** `rightShift`. */
export const bitwiseRightShift: Binary = /* @__PURE__ */ composite('bitwiseRightShift', (a, b) => rightShift(a, b));
type Scan = (x: TensorLike, axis?: number | null, reverse?: boolean, inclusive?: boolean) => Tensor;
/** `cumsum`. */
export const cumulativeSum: Scan = /* @__PURE__ */ composite('cumulativeSum', (x, axis, reverse, inclusive) =>
  cumsum(x, axis, reverse, inclusive),
);
/** `cumprod`. */
export const cumulativeProd: Scan = /* @__PURE__ */ composite('cumulativeProd', (x, axis, reverse, inclusive) =>
  cumprod(x, axis, reverse, inclusive),
);
/** `transpose`. */
export const permuteDims: (x: TensorLike, axes?: readonly number[] | null) => Tensor = /* @__PURE__ */ composite(
  'permuteDims',
  (x, axes) => transpose(x, axes),
);
/** `variance`. */
const var_: (x: TensorLike, ...args: VarianceArgs) => Tensor = /* @__PURE__ */ composite(
  'var',
  (x: TensorLike, ...args: VarianceArgs) => variance(x, ...args),
);
export { var_ as var };
