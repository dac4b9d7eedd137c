import type { Call, Kernel, View } from '../backend.js';
import { exportsOf } from './layout.js';
import { dense } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** Nanoseconds for one element of the parameter. */
const COST = 1.5;
/** Elements that pieces are multiples of. */
const GRAIN = 4096;

/** attrs { moments, scalars }; a = parameter, b = gradient, c and rest = the moments before, which `moments` may lie on */
const step = (name: string): Kernel => {
  const kernelOf = exportsOf(name);
  return (call: Call): void => {
    const { moments, scalars } = call.attrs as { moments: readonly View[]; scalars: readonly number[] };
    const from = [call.a!, call.b!, call.c!, ...(call.rest ?? [])].map(dense);
    const n = call.shape.size;
    const addresses = [...from, call.at, ...moments.map((m) => m.at)];
    const steps = [0, ...addresses.map(() => call.type.size), ...scalars.map(() => 0)];
    const args = [n, ...addresses, ...scalars];
    spreadRange(lanesFor(n * COST), kernelOf(call.type), n, 0, args, steps, GRAIN, n * COST);
  };
};

export const optimizers: Record<string, Kernel> = {
  sgd_step: step('sgd_step'),
  adam_step: step('adam_step'),
  lion_step: step('lion_step'),
};
