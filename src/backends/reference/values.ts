// Arithmetic on any kind of value, as the structured kernels need it.
import type { Complex } from '../backend.js';
import type { Value } from './access.js';
import * as complex from './complex.js';
import * as special from './special.js';

type Real = number | bigint;
/** A function of two values of one kind: of two reals or of two complex numbers. */
const either =
  <T>(real: (x: never, y: never) => T, twin: (z: Complex, w: Complex) => T) =>
  (x: Value, y: Value): T =>
    typeof x === 'object' ? twin(x, y as Complex) : real(x as never, y as never);

/** `x + y`; integers do not wrap before they are stored. */
export const add: (x: Value, y: Value) => Value = either<Value>((x: number, y: number) => x + y, complex.add);
/** `x * y`; integers do not wrap before they are stored. */
export const multiply: (x: Value, y: Value) => Value = either<Value>((x: number, y: number) => x * y, complex.mul);
/** The greater of the two, complex numbers in lexicographic order; NaN wins. */
export const maximum: (x: Value, y: Value) => Value = either<Value>(special.maximum<Real>, complex.max);
/** The lesser of the two, complex numbers in lexicographic order; NaN wins. */
export const minimum: (x: Value, y: Value) => Value = either<Value>(special.minimum<Real>, complex.min);
/** `x < y`, complex numbers in lexicographic order; false beside NaN. */
export const less: (x: Value, y: Value) => boolean = either((x: Real, y: Real) => x < y, complex.less);
/** Whether it, or one of its parts, is NaN. */
export const isNaN = (x: Value): boolean => (typeof x === 'object' ? complex.isNaN(x) : x !== x);
/** Not zero; NaN is true. */
export const isTrue = (x: Value): boolean => (typeof x === 'object' ? x.re !== 0 || x.im !== 0 : Number(x) !== 0);
/** The order of `sort`: ascending, complex numbers lexicographically, NaN last. */
export const compare = (x: Value, y: Value): number =>
  isNaN(x) || isNaN(y) ? Number(isNaN(x)) - Number(isNaN(y)) : less(x, y) ? -1 : less(y, x) ? 1 : 0;
