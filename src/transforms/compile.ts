// Functions that are traced once and replayed.
import { evaluate } from '../graph/evaluate.js';
import { data, trace, type Node } from '../graph/node.js';
import { Plan } from '../graph/plan.js';
import { identity, nodeOf } from '../ops/define.js';
import { nextKey } from '../random/state.js';
import { LanewiseError } from '../tensor/errors.js';
import { Shape } from '../tensor/shape.js';
import { rebind, Tensor } from '../tensor/tensor.js';
import { put } from './containers.js';
import { rerecord } from './record.js';
import { Given, Made, Recording, type Place } from './recording.js';
import { Family, type Carried } from './shapeless.js';
import { Signature, tensorsOf } from './signature.js';
import { isPlain } from './tree.js';
import { between, inputsOf } from './walk.js';

/** Most plans one function keeps. */
const PLANS = 64;
/** From how many sets of shapes on the cost of tracing is worth a warning. */
const MANY = 4;

/** A recording that can be repeated for one signature. */
class Traced {
  private readonly plan: Plan;
  private readonly holes: readonly Node[];
  private readonly outputs: readonly Node[];
  private readonly result: unknown;
  /** the tensors it makes that only look into one that is there: an argument, a constant, the same output once more */
  private readonly views: readonly boolean[];
  constructor(
    readonly recording: Recording,
    readonly tokens: readonly unknown[],
    { holes, outputs, result }: Carried = recording,
  ) {
    this.holes = holes;
    this.outputs = outputs;
    this.result = result;
    const moving = between(holes, outputs);
    this.fold(moving);
    const computed = new Set(moving);
    const { made } = recording;
    this.views = made.map((k, i) => made.indexOf(k) < i || !computed.has(outputs[k]!));
    this.plan = new Plan(holes, outputs);
  }
  /** What depends on no hole is computed now, once. */
  private fold(moving: readonly Node[]): void {
    const known = new Set([...moving, ...this.holes]);
    // also what is only kept, and may be evicted: from now on it is data
    const fixed = new Set(moving.flatMap(inputsOf).filter((n) => !known.has(n) && n.prim !== data));
    if (fixed.size > 0) evaluate([...fixed]);
  }

  fits(signature: Signature): boolean {
    return signature.matches(this.tokens) && this.recording.fits(signature.tensors);
  }
  /** The tensors of arguments that it was made for; null for others. */
  tensorsOf(args: readonly unknown[], inputs: unknown): readonly Tensor[] | null {
    const tensors = tensorsOf(args, inputs, this.tokens);
    return tensors !== null && this.recording.fits(tensors) ? tensors : null;
  }
  /** The function's work on the tensors of a signature: its result, and what it does to its state. */
  call(tensors: readonly Tensor[], inputs: unknown, outputs: unknown): unknown {
    const { sources, changes, puts } = this.recording;
    const from: Node[] = [];
    for (let i = 0; i < sources.length; i++) {
      const s = sources[i]!;
      from.push(s === null ? nextKey() : nodeOf('compile', s instanceof Tensor ? s : tensors[s]!));
    }
    const nodes = trace.depth > 0 ? rerecord(this.holes, from, this.outputs) : this.plan.call(from);
    return this.result instanceof Made && changes.length === 0 && puts.length === 0
      ? this.tensor(this.result.index, nodes)
      : this.finish(tensors, nodes, { inputs, outputs });
  }
  /** The tree of results, and what the function changed. */
  private finish(tensors: readonly Tensor[], nodes: readonly Node[], state: unknown): unknown {
    const { changes, puts, made } = this.recording;
    const tensorOf: Tensor[] = [];
    const at = (p: Place): Tensor => {
      if (p instanceof Made) return (tensorOf[p.index] ??= this.tensor(p.index, nodes));
      return p instanceof Given ? tensors[p.index]! : p;
    };
    for (const [to, i] of changes) {
      const n = nodes[made[i]!]!;
      rebind(at(to), this.views[i] ? identity(n).node : n); // no handle but this one, so that the next call can free it
    }
    for (const [path, p] of puts) put(state, path, at(p));
    return filled(this.result, at);
  }
  /** The tensor with number `i` of those it makes, from the nodes of its outputs. */
  private tensor(i: number, nodes: readonly Node[]): Tensor {
    const n = nodes[this.recording.made[i]!]!;
    return this.views[i] ? identity(n) : new Tensor(n);
  }
}

function filled(x: unknown, at: (p: Place) => Tensor): unknown {
  if (x instanceof Made || x instanceof Given || x instanceof Tensor) return at(x);
  if (Array.isArray(x)) return x.map((y) => filled(y, at));
  if (isPlain(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, filled(v, at)]));
  return x;
}

/** Options of `compile`. */
export interface CompileOptions {
  /** state that the function reads: trees of tensors, modules, or functions that give them. It is looked through at each call. */
  readonly inputs?: unknown;
  /** state in which the function puts tensors: like `inputs`, which need not be listed again */
  readonly outputs?: unknown;
  /**
   * Sizes may change without a trace for each. When the first other sizes come `fn` runs twice more, to find out which numbers come from
   * them, and from then on for none. It must record the same ops for all sizes, and take no numbers from them but sizes, their products,
   * multiples and reciprocals. Sizes of 0 and 1, other numbers of axes and other dtypes are traced on their own.
   */
  readonly shapeless?: boolean;
}
const resolve = (state: unknown): unknown => {
  const one = (x: unknown): unknown => (typeof x === 'function' ? (x as () => unknown)() : x);
  const x = one(state);
  return Array.isArray(x) && x.some((y) => typeof y === 'function') ? x.map(one) : x;
};
const shapesOf = (tokens: readonly unknown[]): readonly unknown[] => tokens.filter((x) => x instanceof Shape);

/**
 * Makes of `fn` a function that runs it once for each set of shapes, dtypes and plain arguments, and from then on repeats the work it
 * recorded: `fn` is not called again, nothing is checked or scheduled anew, and values are equal bit for bit. Results are lazy. It may
 * be used in any transform, and use them.
 *
 * - Arguments are tensors, trees of them, modules, and plain values; another plain value is another trace.
 * - Tensors that `fn` uses from outside are read at each call, and those that it changes (`set`, an optimizer) are changed at each call. To
 *   put another tensor into a variable or property is not seen, unless a tree with that property is listed in `inputs`.
 * - Draws without a key continue the global sequence at each call.
 * - The rest of what `fn` does (counting, printing, reading the clock) happens while it is traced only, and it must not read values
 *   that depend on its arguments. It returns a tree of tensors and plain values.
 *
 * ```ts
 * const step = compile((x: Tensor, y: Tensor) => {
 *   const [loss, grads] = lossAndGrad(x, y);
 *   optimizer.update(model, grads);
 *   return loss;
 * }, { inputs: [model, optimizer.state] });
 * ```
 * @throws LanewiseError if `fn` is async, sets an argument, reads a value, returns something else, or with `shapeless` cannot be carried
 * over to other sizes
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function compile<A extends readonly any[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => R {
  if (typeof fn !== 'function') throw new LanewiseError(`[compile] a function is needed, got ${typeof fn}`);
  const known: Traced[] = [];
  const families: Family[] = [];
  const tracing: Signature[] = [];
  let shapes = 0;
  const warn = (signature: Signature): void => {
    const own = shapesOf(signature.tokens);
    const seen = known.some((k) => {
      const others = shapesOf(k.tokens);
      return others.length === own.length && others.every((s, i) => s === own[i]);
    });
    if (!seen && ++shapes === MANY)
      console.warn(
        `[compile] '${fn.name}' is traced for the ${MANY}th set of shapes, and each trace costs more than a plain call: ` +
          'pad its arguments to a few sizes, or compile it with { shapeless: true }',
      );
  };
  const record = (
    args: A,
    state: unknown,
    signature: Signature,
    open?: (n: Node, place: number) => Node,
  ): Recording => {
    if (tracing.some((s) => s.matches(signature.tokens)))
      throw new LanewiseError('[compile] the function must not call itself with the arguments it is traced for');
    tracing.push(signature);
    try {
      return new Recording(fn, args, state, signature, open, open !== undefined);
    } finally {
      tracing.pop();
    }
  };
  const carried = (args: A, state: unknown, signature: Signature): Traced => {
    let family = families.find((f) => f.includes(signature));
    if (family !== undefined) {
      const other = family.carry(signature, (open) => record(args, state, signature, open));
      return new Traced(family.first, signature.tokens, other);
    }
    family = new Family(record(args, state, signature), signature);
    families.unshift(family);
    if (families.length > PLANS) families.pop();
    return new Traced(family.first, signature.tokens, family.same());
  };
  /** A call for which the last trace does not stand. */
  const search = (args: A, inputs: unknown, outputs: unknown): R => {
    const state = { inputs, outputs };
    const signature = new Signature(args, inputs);
    for (let i = 0; i < known.length; i++) {
      const k = known[i]!;
      if (k.recording.stale) {
        known.splice(i--, 1);
        families.splice(0, families.length, ...families.filter((f) => f.first !== k.recording));
      } else if (k.fits(signature)) {
        if (i > 0) known.unshift(...known.splice(i, 1));
        return k.call(signature.tensors, inputs, outputs) as R;
      }
    }
    if (options.shapeless !== true) warn(signature);
    const k =
      options.shapeless === true
        ? carried(args, state, signature)
        : new Traced(record(args, state, signature), signature.tokens);
    known.unshift(k);
    if (known.length > PLANS) known.pop();
    return k.call(signature.tensors, inputs, outputs) as R;
  };
  const compiled = (...args: A): R => {
    const inputs = options.inputs === undefined ? undefined : resolve(options.inputs);
    const outputs = options.outputs === undefined ? undefined : resolve(options.outputs);
    const last = known[0];
    if (last !== undefined && !last.recording.stale) {
      const tensors = last.tensorsOf(args, inputs);
      if (tensors !== null) return last.call(tensors, inputs, outputs) as R;
    }
    return search(args, inputs, outputs);
  };
  Object.defineProperty(compiled, 'name', { value: fn.name });
  return compiled;
}
