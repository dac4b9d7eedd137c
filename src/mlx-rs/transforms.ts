// mlx_rs::transforms
import * as lw from '../slim.js';
import { Array, tensorOf, wrap, type Operand, type Opt } from './array.js';
import { onDevice } from './device-variants.js';
import type { StreamLike } from './device.js';

export * as compile from './compile.js';

type Tree = object | null | undefined;
const tensors = (outputs: unknown): unknown => {
  if (outputs instanceof Array) return outputs.tensor;
  if (outputs instanceof Map) return [...outputs.values()].map(tensors);
  if (typeof outputs !== 'object' || outputs === null) return null;
  return Symbol.iterator in outputs
    ? [...(outputs as Iterable<unknown>)].map(tensors)
    : Object.values(outputs).map(tensors);
};
/** Computes all arrays of the tree in one pass. */
export function eval_(outputs: Tree): void {
  lw.eval(tensors(outputs));
}
/** Computes all arrays of the tree; resolves when they are there. */
export async function async_eval(outputs: Tree): Promise<void> {
  await lw.asyncEval(tensors(outputs));
}
export { eval_ as eval };
/** Computes the parameters of a module, or any tree of arrays. */
export const eval_params: (params: Tree) => void = eval_;
/** Computes the parameters of a module, or any tree of arrays; resolves when they are there. */
export const async_eval_params: (params: Tree) => Promise<void> = async_eval;
/** The array as a constant: no gradient flows through it. */
export const stop_gradient = (a: Operand): Array => wrap(lw.stopGradient(tensorOf(a)));
/** `stop_gradient` with a stream. */
export const stop_gradient_device = onDevice('stop_gradient', (a) => stop_gradient(a as Operand)) as (
  a: Operand,
  stream: StreamLike,
) => Array;

// ---- derivatives ----

/** `&[Array]` */
type Slice = readonly Array[];
/** `Fn(&[Array]) -> Vec<Array>` */
type Many = (args: Array[]) => Slice;
/** `Fn(&Array) -> Array` */
type One = (x: Array) => Array;
/** Parameters by name. */
export type KeyedParameters = ReadonlyMap<string, Array>;
/** Gradients by name. */
export type KeyedGrad = Map<string, Array>;

const wraps = (ts: readonly lw.Tensor[]): Array[] => ts.map(wrap);
const bare = (list: Slice): lw.Tensor[] => list.map((a) => a.tensor);
/** The function on tensors; its first result is differentiated. */
const onTensors =
  (f: Many) =>
  (...ts: lw.Tensor[]): lw.Tensor[] =>
    bare(f(wraps(ts)));

/**
 * Values and gradients with respect to the arguments `argnums`, by default the first. The first value is differentiated. Gradients come in
 * the order of the arguments, as in MLX, whatever the order of `argnums` is.
 */
export function value_and_grad_with_argnums(
  f: Many,
  argnums?: Opt<readonly number[]>,
): (args: Slice) => [values: Array[], grads: Array[]] {
  const both = lw.valueAndGrad(
    onTensors(f),
    [...(argnums ?? [0])].sort((p, q) => p - q),
  );
  return (args) => {
    const [values, grads] = both(...bare(args));
    return [wraps(values), wraps(grads as unknown as lw.Tensor[])];
  };
}
/** Values and the gradient with respect to the first argument. */
export const value_and_grad = (f: Many): ((args: Slice) => [values: Array[], grads: Array[]]) =>
  value_and_grad_with_argnums(f);
/** What `grad` makes: of a list the gradients as a list, of one array its gradient. */
interface Gradient {
  (args: Array): Array;
  (args: Slice): Array[];
}
/** The gradients with respect to the arguments `argnums`, by default the first. `f` takes a list, or one array. */
export function grad_with_argnums(f: Many | One, argnums?: Opt<readonly number[]>): Gradient {
  const ofList = value_and_grad_with_argnums(f as Many, argnums);
  const ofOne = value_and_grad_with_argnums(([x]) => [(f as One)(x!)], argnums);
  return ((args: Array | Slice) => (args instanceof Array ? ofOne([args])[1][0]! : ofList(args)[1])) as Gradient;
}
/** The gradient with respect to the first argument. In 0.21 a list of argument numbers followed. */
export const grad = (f: Many | One, argnums?: Opt<readonly number[]>): Gradient => grad_with_argnums(f, argnums);
/** Values, and gradients of the first of them with respect to named parameters. Other arguments are passed on. */
export function keyed_value_and_grad<A>(
  f: (parameters: Map<string, Array>, args: A) => Slice,
): (parameters: KeyedParameters, args: A) => [values: Array[], grads: KeyedGrad] {
  return (parameters, args) => {
    const names = [...parameters.keys()];
    const named = (ts: readonly lw.Tensor[]): Map<string, Array> =>
      new Map(names.map((name, i) => [name, wrap(ts[i]!)]));
    const both = lw.valueAndGrad((ts: lw.Tensor[]) => bare(f(named(ts), args)));
    const [values, grads] = both(bare([...parameters.values()]));
    return [wraps(values), named(grads)];
  };
}
type Products = [values: Array[], products: Array[]];
/** Values of `f` at the primals, and the products of its Jacobian with the tangents. */
export function jvp(f: Many, primals: Slice, tangents: Slice): Products {
  const [values, products] = lw.jvp(onTensors(f), bare(primals), bare(tangents));
  return [wraps(values), wraps(products)];
}
/** `jvp` of a function that returns a `Result`: here it throws. */
export const fallible_jvp: typeof jvp = jvp;
/** Values of `f` at the primals, and the products of the cotangents with its Jacobian. */
export function vjp(f: Many, primals: Slice, cotangents: Slice): Products {
  const [values, products] = lw.vjp(onTensors(f), bare(primals), bare(cotangents));
  return [wraps(values), wraps(products)];
}
/** `vjp` of a function that returns a `Result`: here it throws. */
export const fallible_vjp: typeof vjp = vjp;
