// One step of an optimizer on a parameter, its gradient and its moments.
import type { Call, Kernel, View } from '../backend.js';
import { readNumbers, store } from './access.js';

/** New value of a parameter and of its moments from the old ones. */
type Rule = (p: number, g: number, moments: readonly number[], scalars: readonly number[]) => readonly number[];

/** attrs { moments, scalars }; a = parameter, b = gradient, c and rest = the moments before, which `moments` may lie on */
const step =
  (rule: Rule): Kernel =>
  (call: Call) => {
    const { moments, scalars } = call.attrs as { moments: readonly View[]; scalars: readonly number[] };
    const [p, g, ...from] = [call.a!, call.b!, call.c!, ...(call.rest ?? [])].map(readNumbers);
    const rounded = scalars.map(Math.fround);
    for (let i = 0; i < call.shape.size; i++) {
      const before = from.map((m) => m[i]!);
      const [next, ...after] = rule(p![i]!, g![i]!, before, rounded);
      store(call.type, call.at, i, next!);
      moments.forEach((m, k) => store(m.type, m.at, i, after[k]!));
    }
  };

export const optimizers: Readonly<Record<string, Kernel>> = {
  /** scalars: momentum, keep, rate, penalty, look */
  sgd_step: step((p, g, [v], [momentum, keep, rate, penalty, look]) => {
    const x = penalty === 0 ? g : g + penalty! * p;
    const v1 = momentum! * v! + keep! * x;
    return [p - rate! * (look === 0 ? v1 : x + look! * v1), v1];
  }),
  /** scalars: b1, 1 - b1, b2, 1 - b2, rate, scale, eps, decay */
  adam_step: step((p, g, [m, v], [b1, r1, b2, r2, rate, scale, eps, decay]) => {
    const m1 = b1! * m! + r1! * g;
    const v1 = b2! * v! + r2! * g * g;
    return [decay! * p - (rate! * m1) / (Math.sqrt(v1) * scale! + eps!), m1, v1];
  }),
  /** scalars: b1, 1 - b1, b2, 1 - b2, rate, decay */
  lion_step: step((p, g, [m], [b1, r1, b2, r2, rate, decay]) => {
    const sign = Math.sign(b1! * m! + r1! * g) || 0; // 0 for NaN
    return [decay! * p - rate! * sign, b2! * m! + r2! * g];
  }),
};
