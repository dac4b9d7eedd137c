import { stridesOf } from '../../tensor/shape.js';
import { isInteger, type ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { coerce, load, split, store, toNumber, type Value } from './access.js';
import { add, isTrue, less, maximum, minimum, multiply } from './values.js';

/** The value of each element of a line, for every line over `axes`, in row-major order of the other axes. */
function eachLine(call: Call, axes: readonly number[], use: (line: Value[], out: number) => void): void {
  const a = call.a!;
  const { outer, inner } = split(a.shape.dims, stridesOf(a), axes);
  outer.forEach((o, out) =>
    use(
      Array.from(inner, (i) => load(a.type, a.at, o + i)),
      out,
    ),
  );
}
const axesOf = (call: Call): readonly number[] => (call.attrs as { axes: readonly number[] }).axes;

/** Sums run in double precision or exactly in integers; an integer product is wrapped at each step to stay small. */
const fold =
  (start: (type: ElementType) => Value, step: (x: Value, y: Value) => Value): Kernel =>
  (call) => {
    const wraps = isInteger(call.type);
    const next = (x: Value, y: Value): Value => (wraps ? coerce(call.type, step(x, y)) : step(x, y));
    eachLine(call, axesOf(call), (line, out) => store(call.type, call.at, out, line.reduce(next, start(call.type))));
  };
/** The extreme of a non-empty line. */
const extreme =
  (step: (x: Value, y: Value) => Value): Kernel =>
  (call) =>
    eachLine(call, axesOf(call), (line, out) => {
      store(
        call.type,
        call.at,
        out,
        line.reduce((x, y) => step(x, y)),
      );
    });
/** `m + log(sum(exp(x - m)))` with the maximum `m`; an infinite maximum is the answer itself. */
function logSumExp(line: readonly number[]): number {
  const most = line.reduce((x, y) => Math.max(x, y), -Infinity);
  if (!Number.isFinite(most)) return most;
  return most + Math.log(line.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

/** The first extreme element; the first NaN beats all. */
const argExtreme =
  (beats: (x: Value, y: Value) => boolean): Kernel =>
  (call) =>
    eachLine(call, [(call.attrs as { axis: number }).axis], (line, out) => {
      let best = 0;
      line.forEach((x, i) => {
        const held = line[best]!;
        if (held === held && (x !== x || beats(x, held))) best = i;
      });
      store(call.type, call.at, out, BigInt(best));
    });

/** 0 or 1 of a type */
const unit =
  (x: 0 | 1) =>
  (type: ElementType): Value =>
    coerce(type, x);

/** Reductions over attrs.axes (argreduce: attrs.axis); the output is row-major over the other axes. */
export const reductions: Readonly<Record<string, Kernel>> = {
  reduce_sum: fold(unit(0), add),
  reduce_prod: fold(unit(1), multiply),
  reduce_max: extreme(maximum),
  reduce_min: extreme(minimum),
  reduce_all: (call) => eachLine(call, axesOf(call), (line, out) => store(call.type, call.at, out, line.every(isTrue))),
  reduce_any: (call) => eachLine(call, axesOf(call), (line, out) => store(call.type, call.at, out, line.some(isTrue))),
  logsumexp: (call) =>
    eachLine(call, axesOf(call), (line, out) => store(call.type, call.at, out, logSumExp(line.map(toNumber)))),
  argreduce_max: argExtreme((x, y) => less(y, x)),
  argreduce_min: argExtreme(less),
};
