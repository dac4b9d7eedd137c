// Elementwise operations on two operands.
import * as C from '../backends/reference/complex.js';
import * as S from '../backends/reference/special.js';
import { promote, types } from '../tensor/dtype.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';
import { binary, composite, operands, type Binary } from './define.js';
import { conjugate, exp, floor, log, log1p, negative, sigmoid, square } from './math.js';
import { where } from './select.js';

type Num = number & bigint;

/** Elementwise `a + b`. bool: or. Integers wrap. */
export const add: Binary = /* @__PURE__ */ binary({
  name: 'add',
  domain: 'all',
  reference: (x: Num, y: Num) => x + y,
  complex: C.add,
  vjp: (g) => [g, g],
});
/** Elementwise `a - b`. Integers wrap. */
export const subtract: Binary = /* @__PURE__ */ binary({
  name: 'subtract',
  domain: 'all',
  reference: (x: Num, y: Num) => x - y,
  complex: C.sub,
  vjp: (g) => [g, negative(g)],
});
/** Elementwise `a * b`. bool: and. Integers wrap. */
export const multiply: Binary = /* @__PURE__ */ binary({
  name: 'multiply',
  domain: 'all',
  reference: (x: Num, y: Num) => x * y,
  complex: C.mul,
  vjp: (g, { inputs: [x, y] }) => [multiply(g, conjugate(y!)), multiply(g, conjugate(x!))],
});
/** Elementwise `a / b`; integers and bool become float32 first. */
export const divide: Binary = /* @__PURE__ */ binary({
  name: 'divide',
  domain: 'inexact',
  compute: 'inexact',
  reference: (x: number, y: number) => x / y,
  complex: C.div,
  vjp: (g, { inputs: [, y], output }) => {
    const gx = divide(g, conjugate(y!));
    return [gx, negative(multiply(gx, conjugate(output)))];
  },
});
/** Elementwise quotient rounded down, `floor(a / b)`; 0 where an integer divisor is 0. */
export const floorDivide: Binary = /* @__PURE__ */ composite('floorDivide', (a, b) => {
  const [x, y] = operands('floorDivide', a, b);
  // the quotient of half types is rounded before the floor
  return promote(x.type, y.type).half ? floor(divide(a, b)) : quotient(a, b);
});
const quotient: Binary = /* @__PURE__ */ binary({
  name: 'floorDivide',
  domain: 'real',
  reference: S.floorDivide,
  vjp: 'none: piecewise constant',
});
/** Elementwise remainder with the divisor's sign; 0 where an integer divisor is 0. */
export const remainder: Binary = /* @__PURE__ */ binary({
  name: 'remainder',
  domain: 'real',
  reference: S.remainder,
  vjp: (g, { inputs: [x, y] }) => [g, negative(multiply(g, floor(divide(x!, y!))))],
});
/** `[floorDivide(a, b), remainder(a, b)]`. */
export const divmod: (a: TensorLike, b: TensorLike) => [Tensor, Tensor] = /* @__PURE__ */ composite(
  'divmod',
  (a, b) => [floorDivide(a, b), remainder(a, b)],
);
/** Elementwise `a ** b`. Integers wrap; a negative integer exponent gives 0. */
export const power: Binary = /* @__PURE__ */ binary({
  name: 'power',
  domain: 'all',
  reference: S.power,
  complex: C.pow,
  vjp: (g, { inputs: [x, y], output }) => [
    // 0 ** -1 must not meet an exponent of 0, whose power is constant
    multiply(g, conjugate(multiply(y!, power(where(equal(y!, 0), 1, x!), subtract(y!, 1))))),
    // x ** y does not depend on y where x is 0
    multiply(g, conjugate(multiply(output, log(where(equal(x!, 0), 1, x!))))),
  ],
});
/** Elementwise larger operand; NaN wins. */
export const maximum: Binary = /* @__PURE__ */ binary({
  name: 'maximum',
  domain: 'all',
  reference: S.maximum,
  complex: C.max,
  vjp: (g, { inputs: [x, y] }) => {
    const first = greater(x!, y!);
    return [where(first, g, 0), where(first, 0, g)];
  },
});
/** Elementwise smaller operand; NaN wins. */
export const minimum: Binary = /* @__PURE__ */ binary({
  name: 'minimum',
  domain: 'all',
  reference: S.minimum,
  complex: C.min,
  vjp: (g, { inputs: [x, y] }) => {
    const first = less(x!, y!);
    return [where(first, g, 0), where(first, 0, g)];
  },
});
/** Elementwise angle of the point (b, a), in (-pi, pi]. */
export const arctan2: Binary = /* @__PURE__ */ binary({
  name: 'arctan2',
  domain: 'float',
  compute: 'inexact',
  reference: Math.atan2,
  vjp: (g, { inputs: [x, y] }) => {
    const t = divide(g, add(square(x!), square(y!)));
    return [multiply(t, y!), negative(multiply(t, x!))];
  },
});
/** Elementwise `log(exp(a) + exp(b))`, without overflow. */
export const logaddexp: Binary = /* @__PURE__ */ composite('logaddexp', (a, b) => {
  const [x, y] = operands('logaddexp', a, b);
  if (promote(x.type, y.type) !== types.complex64) return logOfSum(a, b);
  const top = maximum(a, b);
  return add(top, log1p(exp(subtract(minimum(a, b), top))));
});
const logOfSum: Binary = /* @__PURE__ */ binary({
  name: 'logaddexp',
  domain: 'float',
  compute: 'inexact',
  reference: S.logaddexp,
  vjp: (g, { inputs: [x, y] }) => {
    const d = subtract(x!, y!);
    return [multiply(g, sigmoid(d)), multiply(g, sigmoid(negative(d)))];
  },
});

/** Elementwise `a & b` of integers or bool. */
export const bitwiseAnd: Binary = /* @__PURE__ */ binary({
  name: 'bitwiseAnd',
  domain: 'integer',
  reference: (x: Num, y: Num) => x & y,
  vjp: 'none: integers or bool',
});
/** Elementwise `a | b` of integers or bool. */
export const bitwiseOr: Binary = /* @__PURE__ */ binary({
  name: 'bitwiseOr',
  domain: 'integer',
  reference: (x: Num, y: Num) => x | y,
  vjp: 'none: integers or bool',
});
/** Elementwise `a ^ b` of integers or bool. */
export const bitwiseXor: Binary = /* @__PURE__ */ binary({
  name: 'bitwiseXor',
  domain: 'integer',
  reference: (x: Num, y: Num) => x ^ y,
  vjp: 'none: integers or bool',
});
const bool = (): typeof types.bool => types.bool;
/** Elementwise `a == b`; NaN equals nothing. */
export const equal: Binary = /* @__PURE__ */ binary({
  name: 'equal',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x === y,
  complex: C.equal,
  vjp: 'none: bool',
});
/** Elementwise `a != b`. */
export const notEqual: Binary = /* @__PURE__ */ binary({
  name: 'notEqual',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x !== y,
  complex: (x: C.Complex, y: C.Complex) => !C.equal(x, y),
  vjp: 'none: bool',
});
/** Elementwise `a < b`; complex numbers go by real, then imaginary part. */
export const less: Binary = /* @__PURE__ */ binary({
  name: 'less',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x < y,
  complex: C.less,
  vjp: 'none: bool',
});
/** Elementwise `a <= b`. */
export const lessEqual: Binary = /* @__PURE__ */ binary({
  name: 'lessEqual',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x <= y,
  complex: C.lessEqual,
  vjp: 'none: bool',
});
/** Elementwise `a > b`. */
export const greater: Binary = /* @__PURE__ */ binary({
  name: 'greater',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x > y,
  complex: (x: C.Complex, y: C.Complex) => C.less(y, x),
  vjp: 'none: bool',
});
/** Elementwise `a >= b`. */
export const greaterEqual: Binary = /* @__PURE__ */ binary({
  name: 'greaterEqual',
  domain: 'all',
  result: bool,
  reference: (x: Num, y: Num) => x >= y,
  complex: (x: C.Complex, y: C.Complex) => C.lessEqual(y, x),
  vjp: 'none: bool',
});

/** `subtract`. */
export const sub: Binary = /* @__PURE__ */ composite('sub', (a, b) => subtract(a, b));
/** `multiply`. */
export const mul: Binary = /* @__PURE__ */ composite('mul', (a, b) => multiply(a, b));
/** `divide`. */
export const div: Binary = /* @__PURE__ */ composite('div', (a, b) => divide(a, b));
/** `remainder`. */
export const mod: Binary = /* @__PURE__ */ composite('mod', (a, b) => remainder(a, b));
