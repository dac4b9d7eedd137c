// Selecting the likeliest tokens of a 128k vocabulary without sorting it: a histogram finds the one bin in which the
// boundary lies, and only that bin is sorted.

const BINS = 1024;
/** Bins per unit of logit: the histogram reaches 32 below the maximum, everything lower shares the last bin. */
const SCALE = 32;
// Reused by every call: allocating them costs more than a small vocabulary's whole selection.
const mass = new Float64Array(BINS);
const counts = new Int32Array(BINS);

function binOf(value: number, max: number): number {
  const bin = (max - value) * SCALE;
  return bin < BINS - 1 ? bin | 0 : BINS - 1;
}

/** Indices whose value lies in `bin`, largest value first, then smallest index. */
function sortedBin(values: Float32Array, max: number, bin: number): number[] {
  const members: number[] = [];
  for (let i = 0; i < values.length; i++) if (binOf(values[i]!, max) === bin) members.push(i);
  return members.sort((a, b) => (values[a]! === values[b]! ? a - b : values[b]! > values[a]! ? 1 : -1));
}

/**
 * The smallest logit that nucleus sampling keeps: a token stays while the probability of all likelier ones together is
 * below `p`. Equal logits stay together.
 * @param values logits, of which `max` is the largest
 */
export function topPThreshold(values: Float32Array, max: number, p: number): number {
  mass.fill(0);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = Math.exp(values[i]! - max);
    mass[binOf(values[i]!, max)]! += weight;
    total += weight;
  }
  let above = 0;
  let bin = 0;
  while (bin < BINS - 1 && above + mass[bin]! < p * total) above += mass[bin++]!;
  let threshold = -Infinity;
  for (const index of sortedBin(values, max, bin)) {
    if (above >= p * total) break;
    threshold = values[index]!;
    above += Math.exp(threshold - max);
  }
  return threshold;
}

/**
 * Sets all but the `k` largest values to -Infinity; of equal ones the first stay.
 * @param values logits, of which `max` is the largest
 */
export function keepTopK(values: Float32Array, max: number, k: number): void {
  if (k >= values.length) return;
  counts.fill(0);
  for (let i = 0; i < values.length; i++) counts[binOf(values[i]!, max)]!++;
  let above = 0;
  let bin = 0;
  while (above + counts[bin]! < k) above += counts[bin++]!;
  const dropped = sortedBin(values, max, bin).slice(k - above);
  for (let i = 0; i < values.length; i++) if (binOf(values[i]!, max) > bin) values[i] = -Infinity;
  for (const index of dropped) values[index] = -Infinity;
}
