/** Comparisons of numbers, or of bigints. */
export const COMPARISONS: Record<string, <T extends number | bigint>(x: T, y: T) => boolean> = {
  equal: (x, y) => x === y,
  notEqual: (x, y) => x !== y,
  less: (x, y) => x < y,
  lessEqual: (x, y) => x <= y,
  greater: (x, y) => x > y,
  greaterEqual: (x, y) => x >= y,
};
