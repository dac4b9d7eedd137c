// Numbers and names that MLX has as constants.
/** The ratio of a circle's circumference to its diameter. */
export const pi = Math.PI;
/** The base of natural logarithms. */
export const e = Math.E;
/** Positive infinity. */
export const inf = Infinity;
/** Not a number. */
export const nan = NaN;
/** The limit of `1 + 1/2 + ... + 1/n - log(n)`. */
export const eulerGamma = 0.5772156649015329;
/** A new axis, in indices. */
export const newaxis = null;

/** The dtypes, which are their names; `bool` is a word of other languages, so it ends in `_` as in MLX. */
export const bool_ = 'bool';
export const uint8 = 'uint8';
export const uint16 = 'uint16';
export const uint32 = 'uint32';
export const uint64 = 'uint64';
export const int8 = 'int8';
export const int16 = 'int16';
export const int32 = 'int32';
export const int64 = 'int64';
export const float16 = 'float16';
export const float32 = 'float32';
export const float64 = 'float64';
export const bfloat16 = 'bfloat16';
export const complex64 = 'complex64';

/** The categories of dtypes, for `issubdtype`. */
export const generic = 'generic';
export const number = 'number';
export const integer = 'integer';
export const signedinteger = 'signedinteger';
export const unsignedinteger = 'unsignedinteger';
export const inexact = 'inexact';
export const floating = 'floating';
export const complexfloating = 'complexfloating';
