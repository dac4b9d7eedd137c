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
