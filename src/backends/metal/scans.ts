// Running results along an axis, the middle of [outer, n, inner].
import { isInteger, type ElementType } from '../../tensor/dtype.js';
import type { Call } from '../backend.js';
import { launch } from './launch.js';
import { dense } from './movement.js';
import { rangeOf } from './rows.js';
import { product } from './views.js';

interface Running {
  readonly axis: number;
  readonly reverse: boolean;
  readonly inclusive: boolean;
}

/** Sums and products of integers wrap, so they are those of their bits; those of bools never are sums. */
const wraps = (name: string, t: ElementType): boolean =>
  (name === 'sum' && isInteger(t)) || (name === 'prod' && (isInteger(t) || t.category === 'bool'));

/** attrs { axis, reverse, inclusive } */
const scan =
  (name: string) =>
  (call: Call): boolean => {
    const a = dense(call.a!);
    if (a === null) return false;
    const { axis, reverse, inclusive } = call.attrs as Running;
    const { dims } = call.shape;
    const layout = [product(dims.slice(0, axis)), dims[axis]!, product(dims.slice(axis + 1))];
    const code = wraps(name, call.type) ? `u${8 * call.type.size}` : call.type.code;
    const words = [...layout, Number(reverse), Number(inclusive)];
    return launch(`scan_${name}_${code}`, [rangeOf(a), rangeOf(call)], words);
  };

export const scans = {
  cumulative_sum: scan('sum'),
  cumulative_prod: scan('prod'),
  cumulative_max: scan('max'),
  cumulative_min: scan('min'),
  cumulative_logaddexp: scan('logaddexp'),
};
