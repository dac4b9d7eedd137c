// Functions with derivative rules of their own.
import { trace, type Node } from '../graph/node.js';
import { nodeOf } from '../ops/define.js';
import { zerosLike } from '../ops/select.js';
import { broadcastTo, moveaxis } from '../ops/shape.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkAxis, sameDims, showShapes } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { bundle, type Bundle, type BundleRule } from './bundle.js';
import { isPlain, leaves, mapTree } from './tree.js';
import { axesOf, type BatchAxes } from './vmap.js';
import { backward, fresh } from './walk.js';

/** The argument of a function that has one, else the list of them. */
export type Primals<A extends readonly unknown[]> = A extends readonly [infer X] ? X : A;
/** A tree with gradients in the places of tensors; null or nothing where none flows. */
export type Gradients<T> = T extends Tensor
  ? Tensor | null | undefined
  : T extends readonly unknown[] | Readonly<Record<string, unknown>>
    ? { readonly [K in keyof T]?: Gradients<T[K]> } | null | undefined
    : unknown;
/** Gradients of the arguments, given those of the results. */
export type CustomVjp<A extends readonly unknown[], R> = (
  primals: Primals<A>,
  cotangents: R,
  outputs: R,
) => Gradients<Primals<A>>;
/** What the results change by when the arguments change by `tangents`: linear in them. */
export type CustomJvp<A extends readonly unknown[], R> = (primals: Primals<A>, tangents: Primals<A>) => Gradients<R>;
/**
 * The results for a batch and their batch axes, from arguments of which each tensor has its batch as axis 0, or where `axes` has null none.
 */
export type CustomVmap<A extends readonly unknown[], R> = (
  primals: Primals<A>,
  axes: BatchAxes,
) => readonly [outputs: R, axes: BatchAxes];
export interface CustomRules<A extends readonly unknown[], R> {
  readonly vjp?: CustomVjp<A, R>;
  readonly jvp?: CustomJvp<A, R>;
  readonly vmap?: CustomVmap<A, R>;
}
/** A function that takes rules. */
export interface CustomFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Gives it the rule that `grad` and `vjp` follow. @returns the function itself */
  vjp(rule: CustomVjp<A, R>): this;
  /** Gives it the rule that `jvp` follows. @returns the function itself */
  jvp(rule: CustomJvp<A, R>): this;
  /** Gives it the rule that `vmap` follows. @returns the function itself */
  vmap(rule: CustomVmap<A, R>): this;
}

/** The tensors of `got` in the places where `wanted` has them. */
function aligned(what: string, wanted: unknown, got: unknown, into: (Tensor | null)[] = []): (Tensor | null)[] {
  const refuse = (found: string): never => {
    throw new LanewiseError(`[customFunction] ${what}, got ${found}`);
  };
  if (wanted instanceof Tensor) {
    if (got === null || got === undefined) into.push(null);
    else if (!(got instanceof Tensor)) refuse(`${Array.isArray(got) ? 'a list' : typeof got} for a tensor`);
    else if (!sameDims(wanted.shape, got.shape))
      throw new ShapeError(
        `[customFunction] ${what}, with their shapes, got ${showShapes([got.shape])} for ${showShapes([wanted.shape])}`,
      );
    else into.push(got);
  } else if (Array.isArray(wanted) || isPlain(wanted)) {
    if (leaves(wanted).length === 0) return into;
    if (got === null || got === undefined) leaves(wanted).forEach(() => into.push(null));
    else if (Array.isArray(wanted) !== Array.isArray(got) || (!Array.isArray(got) && !isPlain(got)))
      refuse(`${got instanceof Tensor ? 'a tensor' : Array.isArray(got) ? 'a list' : typeof got} for a tree`);
    else {
      const extra = Object.keys(got as object).find((k) => !Object.hasOwn(wanted, k));
      if (extra !== undefined) refuse(`one too many, '${extra}'`);
      for (const [k, x] of Object.entries(wanted)) aligned(what, x, (got as Record<string, unknown>)[k], into);
    }
  }
  return into;
}

/** All outputs of a call are batched one after the other from the same inputs: the rule is asked once. */
function once(rule: NonNullable<Bundle['batch']>): NonNullable<Bundle['batch']> {
  let seen: readonly Tensor[] = [];
  let known: readonly Tensor[] = [];
  return (xs, mapped, size) => {
    if (xs.length !== seen.length || xs.some((x, i) => x.node !== seen[i]!.node))
      known = rule((seen = xs), mapped, size);
    return known;
  };
}

/**
 * `fn` with rules of its own: `vjp` for `grad` and `vjp`, `jvp` for `jvp`, `vmap` for `vmap`. Where it has none the rules of its ops hold, as
 * without. Rules get the arguments: the one alone if there is one, else a list; they return a tree like them (`vjp`) or like the results
 * (`jvp`), null for no gradient. Gradients by `vjp` go to arguments only, not to what `fn` uses besides.
 *
 * ```ts
 * const clipped = customFunction((x: Tensor) => x.clip(-1, 1)).vjp((x, g) => g); // straight through
 * ```
 * @throws LanewiseError if a rule returns another tree, ShapeError for another shape
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function customFunction<A extends readonly any[], R>(
  fn: (...args: A) => R,
  rules: CustomRules<A, R> = {},
): CustomFunction<A, R> {
  let { vjp, jvp, vmap } = rules;
  const call = (...args: A): R => {
    const result = fn(...args);
    if (trace.depth === 0 || (vjp ?? jvp ?? vmap) === undefined) return result;
    const primals = (args.length === 1 ? args[0] : args) as Primals<A>;
    const at = <T>(tree: T, tensors: readonly Tensor[]): T => mapTree(tree, (_, i) => tensors[i]!);
    const reverse: BundleRule | null =
      vjp === undefined
        ? null
        : (
            (rule) => (xs, gs, ys) =>
              aligned(
                'vjp must return a tree like the arguments',
                primals,
                rule(at(primals, xs), at(result, gs), at(result, ys)),
              )
          )(vjp);
    const forward: BundleRule | null =
      jvp === undefined
        ? null
        : ((rule) => (xs, gs) => {
            const tangents = xs.map((x) => fresh(zerosLike(x)));
            const moved = rule(at(primals, xs), at(primals, tangents));
            const out = aligned('jvp must return a tree like the results', result, moved);
            const reached = out.flatMap((y, i) => (y === null ? [] : [{ y, g: gs[i]! }]));
            return backward(
              'customFunction',
              tangents.map((x) => x.node),
              reached.map(({ y }) => y.node),
              reached.map(({ g }) => g),
            );
          })(jvp);
    const batch: Bundle['batch'] =
      vmap === undefined
        ? null
        : once((xs, mapped, size) => {
            const axes = mapTree(primals as unknown, (_, i) => (mapped[i] ? 0 : null)) as BatchAxes;
            const [out, places] = vmap!(at(primals, xs), axes);
            const all = leaves(out);
            const wanted = leaves(result).length;
            if (all.length !== wanted)
              throw new LanewiseError(
                `[customFunction] vmap must return as many tensors as the function, ${wanted}, got ${all.length}`,
              );
            const where = axesOf('the axes that vmap returns', out, places);
            return all.map((t, i) => {
              const axis = where[i] ?? null;
              if (axis === null) return broadcastTo(t, [size, ...t.shape]);
              return axis === 0 ? t : moveaxis(t, checkAxis('customFunction', axis, t.ndim), 0);
            });
          });
    const nodes = (tree: unknown): Node[] => leaves(tree).map((x) => nodeOf('customFunction', x));
    const { outputs } = bundle({ inputs: nodes(primals), results: nodes(result), reverse, forward, batch });
    return mapTree(result, (_, i) => new Tensor(outputs[i]!));
  };
  const custom = Object.assign(call, {
    vjp(rule: CustomVjp<A, R>) {
      vjp = rule;
      return custom;
    },
    jvp(rule: CustomJvp<A, R>) {
      jvp = rule;
      return custom;
    },
    vmap(rule: CustomVmap<A, R>) {
      vmap = rule;
      return custom;
    },
  }) as CustomFunction<A, R>;
  return custom;
}
