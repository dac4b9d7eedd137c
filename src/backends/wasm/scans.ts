import type { Kernel } from '../backend.js';
import { TILES } from '../heap.js';
import { exportsOf, walk, walkAxis } from './layout.js';

/** attrs { axis, reverse, inclusive } */
function scan(name: string): Kernel {
  const of = exportsOf(name);
  return (call) => {
    if (call.shape.size === 0) return;
    const { axis, reverse, inclusive } = call.attrs as { axis: number; reverse: boolean; inclusive: boolean };
    walkAxis(call.a!, axis);
    const flags = (reverse ? 1 : 0) + (inclusive ? 2 : 0);
    of(call.type)(walk.outer, walk.n, walk.inner, flags, walk.at, call.at, TILES);
  };
}

export const scans: Record<string, Kernel> = {
  cumulative_sum: scan('cumulative_sum'),
  cumulative_prod: scan('cumulative_prod'),
  cumulative_max: scan('cumulative_max'),
  cumulative_min: scan('cumulative_min'),
  cumulative_logaddexp: scan('cumulative_logaddexp'),
};
