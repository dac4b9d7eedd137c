// What the ops of this folder ask of their operands.
import type { Node } from '../graph/node.js';
import { castTo } from '../ops/define.js';
import { isFloat, promote, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';

/** Half types as float32, the others as they are. */
export const wide = (t: Tensor): Tensor => new Tensor(castTo(t.node, t.node.type.half ? types.float32 : t.node.type));
/** The common dtype of those that are given. @throws DTypeError unless it is a floating one */
export function floatType(name: string, nodes: readonly (Node | null)[]): ElementType {
  const present = nodes.filter((n): n is Node => n !== null);
  const type = present.reduce((t, n) => promote(t, n.type), present[0]!.type);
  if (!isFloat(type))
    throw new DTypeError(
      `[${name}] the operands must have floating dtypes, got ${present.map((n) => n.type.name).join(', ')}`,
    );
  return type;
}
/** A plain number that goes to the kernel as it is. */
export function checkNumber(name: string, what: string, x: number): void {
  if (typeof x !== 'number') throw new LanewiseError(`[${name}] ${what} must be a number, got ${showValue(x)}`);
}
