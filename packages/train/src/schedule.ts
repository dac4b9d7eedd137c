import type { TrainConfig } from './config.js';

/**
 * The learning rate of each step of the optimizer, counted from 0. It rises on a line from `start` to the largest rate in `warmup` steps;
 * the rest goes down to `end` on half a cosine, `end + (rate - end) (1 + cos(pi t)) / 2`, on a line, or stays.
 */
export function learningRates({ steps, schedule, optimizer }: TrainConfig): (step: number) => number {
  const { name, warmup, start, end } = schedule;
  const rate = optimizer.learningRate;
  const most = steps - warmup;
  return (step) => {
    if (step < warmup) return start + (rate - start) * (step / warmup);
    const t = Math.min(step - warmup, most) / most;
    if (name === 'constant') return rate;
    return end + (rate - end) * (name === 'linear' ? 1 - t : 0.5 * (1 + Math.cos(Math.PI * t)));
  };
}
