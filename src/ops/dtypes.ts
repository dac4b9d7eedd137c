// What can be asked about dtypes. A dtype is its name; so is a category of them.
import { integerLimits } from '../backends/reference/access.js';
import { isFloat, isInexact, isInteger, promote, types, type DType, type ElementType } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { Tensor } from '../tensor/tensor.js';
import { checkType } from './define.js';

/** Limits of a floating dtype. Those of complex64 are its parts'. */
export interface FloatInfo {
  readonly dtype: DType;
  /** bits of one number */
  readonly bits: number;
  /** least and greatest finite number */
  readonly min: number;
  readonly max: number;
  /** distance from 1 to the next larger number */
  readonly eps: number;
  /** least positive number with full precision */
  readonly smallestNormal: number;
}
/** Limits of an integer dtype, bigints for 64 bits. */
export interface IntegerInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly min: number | bigint;
  readonly max: number | bigint;
}
/** Bits of the significand after its leading one, and the exponent of the least normal number. */
const formats: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  float16: [10, -14],
  bfloat16: [7, -126],
  float32: [23, -126],
  float64: [52, -1022],
};
/** Limits of a floating or complex dtype. @throws DTypeError for any other */
export function finfo(dtype: DType): FloatInfo {
  const t = checkType('finfo', dtype);
  if (!isInexact(t)) throw new DTypeError(`[finfo] the dtype must be floating or complex, got ${t.name}`);
  const part = isFloat(t) ? t : types.float32;
  const [digits, least] = formats[part.name]!;
  const max = (2 - 2 ** -digits) * 2 ** (1 - least);
  return { dtype: part.name, bits: part.size * 8, min: -max, max, eps: 2 ** -digits, smallestNormal: 2 ** least };
}
/** Limits of an integer dtype. @throws DTypeError for any other */
export function iinfo(dtype: DType): IntegerInfo {
  const t = checkType('iinfo', dtype);
  if (!isInteger(t)) throw new DTypeError(`[iinfo] the dtype must be an integer dtype, got ${t.name}`);
  const [min, max] = integerLimits(t);
  const wide = t.size === 8;
  return { dtype: t.name, bits: t.size * 8, min: wide ? min : Number(min), max: wide ? max : Number(max) };
}

/** A kind of dtypes: `generic` holds all, `number` all but bool, `inexact` those with fractions. */
export type DTypeCategory =
  'generic' | 'number' | 'integer' | 'signedinteger' | 'unsignedinteger' | 'inexact' | 'floating' | 'complexfloating';
/** Each category and the one it is part of. */
const parents: Readonly<Record<DTypeCategory, DTypeCategory | null>> = {
  generic: null,
  number: 'generic',
  integer: 'number',
  signedinteger: 'integer',
  unsignedinteger: 'integer',
  inexact: 'number',
  floating: 'inexact',
  complexfloating: 'inexact',
};
const isCategory = (x: string): x is DTypeCategory => Object.hasOwn(parents, x);
const categoryOf = (t: ElementType): DTypeCategory =>
  (
    ({
      bool: 'generic',
      uint: 'unsignedinteger',
      int: 'signedinteger',
      float: 'floating',
      complex: 'complexfloating',
    }) as const
  )[t.category];
/** Whether a dtype or category is, or is part of, another. A dtype is part of no other dtype. */
export function issubdtype(a: DType | DTypeCategory, b: DType | DTypeCategory): boolean {
  if (!isCategory(b))
    return checkType('issubdtype', b).name === a || (!isCategory(a) && checkType('issubdtype', a).name === b);
  let c: DTypeCategory | null = isCategory(a) ? a : categoryOf(checkType('issubdtype', a));
  while (c !== null && c !== b) c = parents[c];
  return c === b;
}

/** Kinds of the array API standard. */
export type DTypeKind =
  'bool' | 'signed integer' | 'unsigned integer' | 'integral' | 'real floating' | 'complex floating' | 'numeric';
const kinds: Readonly<Record<DTypeKind, (t: ElementType) => boolean>> = {
  bool: (t) => t.category === 'bool',
  'signed integer': (t) => t.category === 'int',
  'unsigned integer': (t) => t.category === 'uint',
  integral: isInteger,
  'real floating': isFloat,
  'complex floating': (t) => t.category === 'complex',
  numeric: (t) => t.category !== 'bool',
};
/** Whether a dtype is of a kind of the array API standard, is a given dtype, or either of several. */
export function isdtype(dtype: DType, kind: DType | DTypeKind | readonly (DType | DTypeKind)[]): boolean {
  const t = checkType('isdtype', dtype);
  const list = typeof kind === 'string' ? [kind] : kind;
  if (!Array.isArray(list))
    throw new DTypeError(`[isdtype] a kind must be a text or a list of them, got ${typeof kind}`);
  return list
    .map((k: DType | DTypeKind) => {
      if (Object.hasOwn(kinds, k)) return kinds[k as DTypeKind](t);
      if (Object.hasOwn(types, k)) return k === t.name;
      const known = Object.keys(kinds).join(', ');
      throw new DTypeError(`[isdtype] a kind must be a dtype or one of ${known}, got ${String(k)}`);
    })
    .includes(true);
}
/** Whether promotion would turn `from` into `to`: the two together have the dtype `to`. */
export function canCast(from: Tensor | DType, to: DType): boolean {
  const a = checkType('canCast', from instanceof Tensor ? from.dtype : from);
  const b = checkType('canCast', to);
  return promote(a, b) === b;
}
