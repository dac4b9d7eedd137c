import type { Kernel } from '../backend.js';
import { TILES } from '../heap.js';
import { exportsOf, walk, walkAxis } from './layout.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** Nanoseconds for one element. */
const COST = 1;

/** attrs { axis, reverse, inclusive } */
function scan(name: string): Kernel {
  const of = exportsOf(name);
  return (call) => {
    if (call.shape.size === 0) return;
    const { axis, reverse, inclusive } = call.attrs as { axis: number; reverse: boolean; inclusive: boolean };
    walkAxis(call.a!, axis);
    const flags = (reverse ? 1 : 0) + (inclusive ? 2 : 0);
    const { outer, n, inner, at } = walk;
    const step = n * inner * call.type.size;
    const cost = call.shape.size * COST;
    const args = [outer, n, inner, flags, at, call.at, TILES];
    spreadRange(lanesFor(cost), of(call.type), outer, 0, args, [0, 0, 0, 0, step, step, 0], 1, cost, {
      scratch: 1 << 6,
    });
  };
}

export const scans: Record<string, Kernel> = {
  cumulative_sum: scan('cumulative_sum'),
  cumulative_prod: scan('cumulative_prod'),
  cumulative_max: scan('cumulative_max'),
  cumulative_min: scan('cumulative_min'),
  cumulative_logaddexp: scan('cumulative_logaddexp'),
};
