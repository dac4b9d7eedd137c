// What others import: their own work on the same harness.
export { compare, type Compared, type Comparison, type Timer } from './compare.js';
export type { Sample, Timed, Work } from './sampler.js';
export { fastMode, geometricMean, median, ratio, type Ratio } from './statistics.js';
