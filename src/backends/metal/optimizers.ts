// Steps of optimizers in one pass: see native/metal/kernels/optimizer.metal.
import type { Call, View } from '../backend.js';
import { f32Bits, launch } from './launch.js';
import { dense } from './movement.js';
import { rangeOf } from './rows.js';

/** attrs { moments, scalars }; a = parameter, b = gradient, c and rest = the moments before, which `moments` may lie on */
const step =
  (name: string) =>
  (call: Call): boolean => {
    const { moments, scalars } = call.attrs as { moments: readonly View[]; scalars: readonly number[] };
    const operands = [call.a!, call.b!, call.c!, ...(call.rest ?? [])];
    if (operands.some((v) => v.type !== call.type)) return false;
    const from = operands.map(dense);
    if (from.includes(null)) return false;
    const to = [call, ...moments];
    const ranges = [...(from as View[]), ...to].map(rangeOf);
    return launch(`${name}_${call.type.code}`, ranges, [call.shape.size, ...scalars.map(f32Bits)], to.length);
  };

export const optimizers = {
  adam_step: step('adam_step'),
  lion_step: step('lion_step'),
  sgd_step: step('sgd_step'),
};
