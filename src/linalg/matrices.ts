// What the factorisations share: their operands' rules, and results that are parts of one packed node.
import type { Node } from '../graph/node.js';
import { asStrided } from '../ops/shape.js';
import { nodeOf } from '../ops/define.js';
import { types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';

const isReal = (t: ElementType): boolean => t === types.float32 || t === types.float64;

/** A node of at least two axes. */
export function atLeastMatrix(name: string, n: Node): Node {
  if (n.shape.ndim < 2) {
    throw new ShapeError(`[${name}] the operand must have at least two axes, got ${showShape(n.shape.dims)}`);
  }
  return n;
}
/** A node whose last two axes have one size. */
export function square(name: string, n: Node): Node {
  const { dims, ndim } = atLeastMatrix(name, n).shape;
  if (dims[ndim - 1] !== dims[ndim - 2]) {
    throw new ShapeError(`[${name}] the last two axes must have one size, got ${showShape(dims)}`);
  }
  return n;
}
/** Matrices of float32 or float64. */
export function realMatrix(name: string, x: TensorLike): Node {
  const n = nodeOf(name, x);
  if (!isReal(n.type)) {
    throw new DTypeError(`[${name}] the operand must have dtype float32 or float64, got ${n.type.name}`);
  }
  return atLeastMatrix(name, n);
}
/** Refuses a pair that does not promote to float32 or float64. */
export function checkPromoted(name: string, type: ElementType, a: Node, b: Node): void {
  if (!isReal(type)) {
    throw new DTypeError(
      `[${name}] the operands must promote to float32 or float64, got ${a.type.name} and ${b.type.name}`,
    );
  }
}

/** Rows and columns of a matrix, the axes before them, and how many matrices those hold. */
export interface Sizes {
  readonly batch: readonly number[];
  readonly count: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}
export function sizesOf(x: Node): Sizes {
  const { dims } = x.shape;
  const [m, n] = dims.slice(-2) as [number, number];
  const batch = dims.slice(0, -2);
  return { batch, count: batch.reduce((p, d) => p * d, 1), m, n, k: Math.min(m, n) };
}
/** The view of `dims` that begins `start` elements into a packed result. */
export const part = (packed: Node, dims: readonly number[], start: number): Tensor =>
  asStrided(new Tensor(packed), dims, null, start);
