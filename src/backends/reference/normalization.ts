import { AxisError } from '../../tensor/errors.js';
import { rowMajor } from '../../tensor/shape.js';
import type { Call, Kernel } from '../backend.js';
import { readNumbers, split, store } from './access.js';

/** Replaces each line over `axes` by `f` of it. */
function mapLines(call: Call, axes: readonly number[], f: (line: number[]) => readonly number[]): void {
  const x = readNumbers(call.a!);
  const { outer, inner } = split(call.shape.dims, rowMajor(call.shape.dims), axes);
  for (const o of outer) {
    const y = f(Array.from(inner, (i) => x[o + i]!));
    inner.forEach((i, k) => store(call.type, call.at, o + i, y[k]!));
  }
}
const lastAxis = (call: Call): number[] => [call.shape.ndim - 1];
const mean = (line: readonly number[]): number => line.reduce((sum, x) => sum + x, 0) / line.length;
const epsOf = (call: Call): number => (call.attrs as { eps: number }).eps;

const smoothingOf = (call: Call): number => (call.attrs as { smoothing: number }).smoothing;
/** Calls `f` with each row of scores, its class and its number. @throws AxisError for a class that is not there */
function lossLines(call: Call, f: (line: readonly number[], hit: number, i: number) => void): void {
  const x = readNumbers(call.a!);
  const dims = call.a!.shape.dims;
  const n = dims[dims.length - 1]!;
  readNumbers(call.b!).forEach((index, i) => {
    const hit = index < 0 ? index + n : index;
    if (hit < 0 || hit >= n) {
      const place = `axis ${dims.length - 1} with size ${n}`;
      throw new AxisError(`[nn.losses.crossEntropy] index ${index} is out of bounds for ${place}`);
    }
    f(Array.from(x.subarray(i * n, i * n + n)), hit, i);
  });
}

/** Softmax, cross-entropy and the two norms. */
export const normalization: Readonly<Record<string, Kernel>> = {
  /** `exp(x - max) / sum(exp(x - max))`; zeros where every element is -inf, NaN where one is NaN or +inf. */
  softmax: (call) =>
    mapLines(call, (call.attrs as { axes: readonly number[] }).axes, (line) => {
      const most = line.reduce((x, y) => Math.max(x, y), -Infinity);
      if (most === -Infinity) return line.map(() => 0);
      const powers = line.map((x) => Math.exp(x - most));
      const sum = powers.reduce((s, x) => s + x, 0);
      return powers.map((x) => x / sum);
    }),
  /** `x - max - log(sum(exp(x - max)))` */
  log_softmax: (call) =>
    mapLines(call, (call.attrs as { axes: readonly number[] }).axes, (line) => {
      const most = line.reduce((x, y) => Math.max(x, y), -Infinity);
      const rest = Math.log(line.reduce((s, x) => s + Math.exp(x - most), 0));
      return line.map((x) => x - most - rest);
    }),
  /** `logsumexp(x) - (1 - smoothing) x[class] - smoothing mean(x)` over the last axis */
  cross_entropy: (call) =>
    lossLines(call, (line, hit, i) => {
      const s = smoothingOf(call);
      const most = line.reduce((x, y) => Math.max(x, y), -Infinity);
      const total = Math.log(line.reduce((sum, x) => sum + Math.exp(x - most), 0));
      const rest = s === 0 ? 0 : s * mean(line.map((x) => x - most));
      store(call.type, call.at, i, total - (1 - s) * (line[hit]! - most) - rest);
    }),
  /** `g (softmax(x) - (1 - smoothing) [class] - smoothing / n)` over the last axis */
  cross_entropy_grad: (call) => {
    const g = readNumbers(call.c!);
    lossLines(call, (line, hit, i) => {
      const s = smoothingOf(call);
      const most = line.reduce((x, y) => Math.max(x, y), -Infinity);
      const powers = line.map((x) => Math.exp(x - most));
      const sum = powers.reduce((a, b) => a + b, 0);
      powers.forEach((p, k) => {
        const d = p / sum - (k === hit ? 1 - s : 0) - s / line.length;
        store(call.type, call.at, i * line.length + k, g[i]! * d);
      });
    });
  },
  /** `x / sqrt(mean(x^2) + eps) * weight` over the last axis */
  rms_norm: (call) => {
    const w = call.b === null ? null : readNumbers(call.b);
    mapLines(call, lastAxis(call), (line) => {
      const scale = 1 / Math.sqrt(mean(line.map((x) => x * x)) + epsOf(call));
      return line.map((x, i) => x * scale * (w === null ? 1 : w[i]!));
    });
  },
  /** `(x - mean) / sqrt(mean((x - mean)^2) + eps) * weight + bias` over the last axis */
  layer_norm: (call) => {
    const w = call.b === null ? null : readNumbers(call.b);
    const bias = call.c === null ? null : readNumbers(call.c);
    mapLines(call, lastAxis(call), (line) => {
      const centre = mean(line);
      const scale = 1 / Math.sqrt(mean(line.map((x) => (x - centre) ** 2)) + epsOf(call));
      return line.map((x, i) => (x - centre) * scale * (w === null ? 1 : w[i]!) + (bias === null ? 0 : bias[i]!));
    });
  },
};
