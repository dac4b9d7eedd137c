// Gradients of functions of tensors and trees of tensors.
import { trace, type Node } from '../graph/node.js';
import { together } from '../graph/together.js';
import { onesLike, zerosLike } from '../ops/select.js';
import { isInexact } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showShapes, showValue } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { leaves, mapTree } from './tree.js';
import { backward, fresh, traced } from './walk.js';

/** Which arguments a gradient is taken of. */
export type Argnums = number | readonly number[];
/** A function of trees of tensors. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Traceable<A extends readonly any[] = any[], R = any> = (...args: A) => R;

/** The arguments with fresh tensors in the chosen ones, and the nodes of those in the order of their choice. */
function opened<A extends readonly unknown[]>(name: string, args: A, chosen: readonly number[]): [A, Node[]] {
  const inside: unknown[] = [...args];
  const nodes: Node[] = [];
  for (const i of chosen) {
    if (typeof args[i] !== 'object' || args[i] === null)
      throw new DTypeError(`[${name}] a gradient is taken of a tensor or a tree of tensors, got ${showValue(args[i])}`);
    inside[i] = mapTree(args[i], (x) => {
      if (!isInexact(x.node.type))
        throw new DTypeError(`[${name}] a gradient is taken of floating or complex tensors, got ${x.dtype}`);
      const t = fresh(x);
      nodes.push(t.node);
      return t;
    });
  }
  return [inside as unknown as A, nodes];
}
function checkArgnums(name: string, argnums: Argnums, count: number): readonly number[] {
  const list = typeof argnums === 'number' ? [argnums] : argnums;
  for (const i of list) {
    if (!Number.isInteger(i) || i < 0 || i >= count)
      throw new LanewiseError(
        `[${name}] argnums must name arguments that are given, 0 to ${count - 1}, got ${String(i)}`,
      );
  }
  if (list.length === 0 || new Set(list).size !== list.length)
    throw new LanewiseError(`[${name}] argnums must name each argument once, got [${list.join(', ')}]`);
  return list;
}
/** The scalar that is differentiated: the result, or the first of a list. */
function lossOf(name: string, result: unknown): Tensor {
  const loss = Array.isArray(result) ? (result[0] as unknown) : result;
  if (!(loss instanceof Tensor))
    throw new LanewiseError(`[${name}] the function must return a tensor, or a list that begins with one`);
  if (loss.size !== 1 || loss.ndim !== 0)
    throw new ShapeError(`[${name}] the function must return a tensor without axes, got ${showShape(loss.shape)}`);
  if (!isInexact(loss.node.type))
    throw new DTypeError(`[${name}] the function must return a floating dtype, got ${loss.dtype}`);
  return loss;
}

/** Value and gradients; the gradients have the trees of the chosen arguments, a list of them for a list of `argnums`. */
export type ValueAndGrad<A extends readonly unknown[], R, G> = (...args: A) => [value: R, grads: G];
/**
 * Makes of `fn` a function that returns its value and the gradients of it with respect to arguments `argnums`. `fn` returns a tensor without
 * axes, or a list that begins with one; what follows in the list is passed through. Arguments are tensors or trees of them. Value and
 * gradients share their work, so reading one computes them all.
 * @throws LanewiseError for an op without a derivative rule
 */
export function valueAndGrad<A extends readonly any[], R, const N extends Argnums = 0>( // eslint-disable-line @typescript-eslint/no-explicit-any
  fn: (...args: A) => R,
  argnums: N = 0 as N,
): ValueAndGrad<A, R, Grads<A, N>> {
  return (...args) => {
    const [value, grads] = differentiated(fn, argnums, args);
    // the gradients of the last layers first: what only they need is gone before the others begin
    if (trace.depth === 0) together([...leaves(value), ...leaves(grads).reverse()].map((t) => t.node));
    return [value, grads];
  };
}
/** Value and gradients of `fn` at `args`, as recorded. */
function differentiated<A extends readonly unknown[], R, const N extends Argnums>(
  fn: (...args: A) => R,
  argnums: N,
  args: A,
): [R, Grads<A, N>] {
  const chosen = checkArgnums('valueAndGrad', argnums, args.length);
  const [inside, from] = opened('valueAndGrad', args, chosen);
  return traced(() => {
    const value = fn(...inside);
    const loss = lossOf('valueAndGrad', value);
    const flowed = backward('valueAndGrad', from, [loss.node], [onesLike(loss)]);
    let k = 0;
    const grads = chosen.map((i) => mapTree(args[i] as unknown, (x) => flowed[k++] ?? zerosLike(x)));
    return [value, (typeof argnums === 'number' ? grads[0] : grads) as Grads<A, N>];
  });
}
/** The trees of the gradients. */
export type Grads<A extends readonly unknown[], N extends Argnums> = N extends number
  ? A[N]
  : { [K in keyof N]: N[K] extends number ? A[N[K]] : never };

/**
 * Makes of `fn` a function that returns the gradients of its value with respect to arguments `argnums`: of the tree of one argument, or a
 * list. `grad(grad(fn))` is the second derivative of a function of one number.
 * @throws LanewiseError for an op without a derivative rule
 */
export function grad<A extends readonly any[], const N extends Argnums = 0>( // eslint-disable-line @typescript-eslint/no-explicit-any
  fn: (...args: A) => unknown,
  argnums: N = 0 as N,
): (...args: A) => Grads<A, N> {
  return (...args) => differentiated(fn, argnums, args)[1];
}

const listOf = (x: unknown): Tensor[] => leaves(x);
function matching(name: string, what: string, given: readonly Tensor[], wanted: readonly Tensor[]): void {
  if (given.length !== wanted.length)
    throw new LanewiseError(
      `[${name}] one ${what} is needed for each of ${wanted.length} tensors, got ${given.length}`,
    );
  given.forEach((t, i) => {
    if (t.ndim !== wanted[i]!.ndim || t.shape.some((d, k) => d !== wanted[i]!.shape[k]))
      throw new ShapeError(
        `[${name}] a ${what} must have the shape of its tensor, got ${showShapes([t.shape, wanted[i]!.shape])}`,
      );
  });
}

/**
 * The results of `fn` at `primals`, and the products of `cotangents` with its Jacobian: one tensor for each primal.
 * @throws ShapeError if a cotangent has not the shape of its result
 */
export function vjp(
  fn: (...primals: Tensor[]) => Tensor | readonly Tensor[],
  primals: readonly Tensor[],
  cotangents: readonly Tensor[],
): [outputs: Tensor[], vjps: Tensor[]] {
  const inside = primals.map(fresh);
  const from = inside.map((t) => t.node); // `set` in `fn` gives a handle another node
  return traced(() => {
    const outputs = listOf(fn(...inside));
    matching('vjp', 'cotangent', cotangents, outputs);
    const flowed = backward(
      'vjp',
      from,
      outputs.map((t) => t.node),
      cotangents,
    );
    return [outputs, flowed.map((g, i) => g ?? zerosLike(primals[i]!))];
  });
}
/**
 * The results of `fn` at `primals`, and the products of its Jacobian with `tangents`: one tensor for each result. It is the transpose of the
 * transpose: the vector-Jacobian product is linear in its cotangent, and is differentiated with respect to that.
 * @throws ShapeError if a tangent has not the shape of its primal
 */
export function jvp(
  fn: (...primals: Tensor[]) => Tensor | readonly Tensor[],
  primals: readonly Tensor[],
  tangents: readonly Tensor[],
): [outputs: Tensor[], jvps: Tensor[]] {
  matching('jvp', 'tangent', tangents, primals);
  const inside = primals.map(fresh);
  const from = inside.map((t) => t.node);
  return traced(() => {
    const outputs = listOf(fn(...inside));
    const dummies = outputs.map((t) => fresh(zerosLike(t)));
    const flowed = backward(
      'jvp',
      from,
      outputs.map((t) => t.node),
      dummies,
      'forward',
    );
    const reached = flowed.flatMap((g, i) => (g === null ? [] : [{ g, tangent: tangents[i]! }]));
    const back = backward(
      'jvp',
      dummies.map((t) => t.node),
      reached.map(({ g }) => g.node),
      reached.map(({ tangent }) => tangent),
    );
    return [outputs, back.map((t, i) => t ?? zerosLike(outputs[i]!))];
  });
}
