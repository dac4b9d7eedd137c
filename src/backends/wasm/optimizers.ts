import type { Call, Kernel, View } from '../backend.js';
import { exportsOf } from './layout.js';
import { dense } from './runtime.js';

/** attrs { moments, scalars }; a = parameter, b = gradient, c and rest = the moments before, which `moments` may lie on */
const step = (name: string): Kernel => {
  const kernelOf = exportsOf(name);
  return (call: Call): void => {
    const { moments, scalars } = call.attrs as { moments: readonly View[]; scalars: readonly number[] };
    const from = [call.a!, call.b!, call.c!, ...(call.rest ?? [])].map(dense);
    kernelOf(call.type)(call.shape.size, ...from, call.at, ...moments.map((m) => m.at), ...scalars);
  };
};

export const optimizers: Record<string, Kernel> = {
  sgd_step: step('sgd_step'),
  adam_step: step('adam_step'),
  lion_step: step('lion_step'),
};
