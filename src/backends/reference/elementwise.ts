import { isFloat, type ElementType } from '../../tensor/dtype.js';
import { rowMajor, stridesOf } from '../../tensor/shape.js';
import type { KernelId, Member, Operand } from '../backend.js';
import { broadcastStrides, coerce, convert, load, offsets, store, type Value } from './access.js';
import { isTrue } from './values.js';

type Fn = (...x: readonly Value[]) => Value | boolean;

/** Whether the primitive can run here: it has a function on values, or is one of the two that need none. */
export const hasElementwise = (p: KernelId): boolean =>
  p.reference !== undefined || p.name === 'astype' || p.name === 'select';

function functionOf(m: Member, from: ElementType): Fn {
  const { name, reference } = m.prim;
  if (name === 'astype') return (x) => convert(from, m.type, x!);
  if (name === 'select') return (c, x, y) => (isTrue(c!) ? x! : y!);
  // the quotient is rounded before the floor is taken: in float32 1 // 0.1 is 10
  if (name === 'floorDivide' && isFloat(from))
    return (x, y) => Math.floor(coerce(from, (x as number) / (y as number)) as number);
  return reference as unknown as Fn;
}

/**
 * Runs members `from..from+count-1` in order, each for all its elements before the next. Values of members without storage are
 * kept rounded to their dtype, so that a fused group gives what its members give one by one.
 */
export function elementwise(members: readonly Member[], from: number, count: number): void {
  const kept = new Map<Operand, Value[]>();
  for (let k = from; k < from + count; k++) {
    const m = members[k]!;
    const operands = [m.a, m.b, m.c].filter((x): x is Operand => x !== null);
    const dims = m.shape.dims;
    const readers = operands.map((x) => {
      const values = kept.get(x);
      // what is kept lies row-major, whatever strides its view may state
      const strides = values === undefined ? stridesOf(x) : rowMajor(x.shape.dims);
      const at = offsets(dims, broadcastStrides(x.shape.dims, strides, dims));
      return values === undefined
        ? (i: number): Value => load(x.type, x.at, at[i]!)
        : (i: number): Value => values[at[i]!]!;
    });
    const f = functionOf(m, operands[0]!.type);
    const isOutput = k === from + count - 1;
    const values: Value[] = [];
    for (let i = 0; i < m.shape.size; i++) {
      // all operands of an element are read before it is written: the output may lie over one of them
      const y = f(...readers.map((read) => read(i)));
      if (isOutput) store(m.type, m.at, i, y);
      else values.push(coerce(m.type, y));
    }
    if (!isOutput) kept.set(m, values);
  }
}
