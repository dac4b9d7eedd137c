// What others import: their own work on the same harness.
export { fastMode, geometricMean, median, ratio, type Ratio } from './statistics.js';
