import { isInteger, type ElementType } from '../../tensor/dtype.js';
import { rowMajor, stridesOf } from '../../tensor/shape.js';
import type { Kernel } from '../backend.js';
import { coerce, integerLimits, load, split, store, type Value } from './access.js';
import { logaddexp } from './special.js';
import { add, maximum, minimum, multiply } from './values.js';

/** 0 or 1 of a type */
const unit =
  (x: 0 | 1) =>
  (t: ElementType): Value =>
    coerce(t, x);
/** The value that no element is below (or, negated, above). */
const bound =
  (sign: -1 | 1) =>
  (t: ElementType): Value => {
    if (t.category === 'bool') return sign < 0 ? 0 : 1;
    if (isInteger(t)) return integerLimits(t)[sign < 0 ? 0 : 1];
    return t.category === 'complex' ? { re: sign * Infinity, im: sign * Infinity } : sign * Infinity;
  };

/** attrs { axis, reverse, inclusive }: running totals, kept in double precision and rounded on writing; integers wrap. */
const scan =
  (start: (t: ElementType) => Value, step: (x: Value, y: Value) => Value): Kernel =>
  (call) => {
    const a = call.a!;
    const dims = a.shape.dims;
    const { axis, reverse, inclusive } = call.attrs as { axis: number; reverse: boolean; inclusive: boolean };
    const from = split(dims, stridesOf(a), [axis]);
    const to = split(dims, rowMajor(dims), [axis]);
    const n = dims[axis]!;
    from.outer.forEach((o, line) => {
      let total = start(call.type);
      for (let k = 0; k < n; k++) {
        const i = reverse ? n - 1 - k : k;
        const x = load(a.type, a.at, o + from.inner[i]!);
        // the first element itself, not start + x: an integer line keeps its type and -0 its sign
        const next = k === 0 ? x : step(total, x);
        const sum = isInteger(call.type) ? coerce(call.type, next) : next;
        store(call.type, call.at, to.outer[line]! + to.inner[i]!, inclusive ? sum : total);
        total = sum;
      }
    });
  };

/** Running totals along attrs.axis. */
export const scans: Readonly<Record<string, Kernel>> = {
  cumulative_sum: scan(unit(0), add),
  cumulative_prod: scan(unit(1), multiply),
  cumulative_max: scan(bound(-1), maximum),
  cumulative_min: scan(bound(1), minimum),
  cumulative_logaddexp: scan(bound(-1), (x, y) => logaddexp(x as number, y as number)),
};
