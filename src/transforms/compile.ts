// Functions that are traced once and replayed.
import { evaluate } from '../graph/evaluate.js';
import { newHole, trace, type Node } from '../graph/node.js';
import { Plan } from '../graph/plan.js';
import { identity, nodeOf } from '../ops/define.js';
import { nextKey } from '../random/state.js';
import { types } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import { shapeOf, Shape } from '../tensor/shape.js';
import { rebind, Tensor } from '../tensor/tensor.js';
import { places, put, type Path } from './containers.js';
import { rerecord } from './record.js';
import { alike, Signature } from './signature.js';
import { Trace } from './trace.js';
import { isPlain } from './tree.js';
import { between, inputsOf } from './walk.js';

/** Most plans one function keeps. */
const PLANS = 64;
/** From how many sets of shapes on the cost of tracing is worth a warning. */
const MANY = 4;

/** A place in a result: a tensor that the function makes, by number. */
class Made {
  constructor(readonly index: number) {}
}
/** A place in a result: an argument that is given back. */
class Given {
  constructor(readonly index: number) {}
}
type Place = Made | Given | Tensor;
const holeFor = (n: Node): Node => newHole(n.shape, n.type, n.strides);

/** Sees a function that is traced without values. */
class CompileTrace extends Trace {
  /** holes for the keys that it draws */
  readonly keys: Node[] = [];
  /** tensors from outside whose values it read, and what they stood for */
  readonly pins: [Tensor, Node][] = [];
  constructor(private readonly state: ReadonlySet<Tensor>) {
    super(holeFor);
  }
  /** The hole of a tensor of the state. */
  enter(t: Tensor): Node {
    return this.original(t)?.inside ?? this.take(t);
  }
  /** Whether a tensor comes from outside, and is no argument. */
  override read(t: Tensor): Node {
    const taken = this.original(t);
    if (this.isOwn(t) || this.state.has(t) || (taken !== undefined && t.node !== taken.inside)) return t.node;
    const n = taken?.before ?? this.outer?.read(t) ?? t.node;
    this.pins.push([t, n]);
    return n;
  }
  override drawn(): Node {
    const hole = newHole(shapeOf([2]), types.uint32);
    this.keys.push(hole);
    return hole;
  }
  override seeded(): void {
    throw new LanewiseError('[compile] a compiled function must not seed the random numbers; do it outside');
  }
}

/** A function as it was traced for one signature. */
class Traced {
  readonly tokens: readonly unknown[];
  private readonly plan: Plan;
  private readonly holes: Node[] = [];
  private readonly outputs: Node[] = [];
  /** the output of each tensor that is made; several may be one */
  private readonly made: number[] = [];
  /** of those, the ones that only look into a tensor that is there: an argument, a constant, the same output once more */
  private readonly views: readonly boolean[];
  /** where the value of a hole comes from: a tensor of the signature, a captured tensor, or (null) the next key */
  private readonly sources: (number | Tensor | null)[] = [];
  private readonly captures: readonly Tensor[];
  private readonly captureHoles: readonly Node[];
  private readonly pins: readonly (readonly [Tensor, Node])[];
  /** pairs of places in the signature where one tensor stood */
  private readonly aliases: readonly (readonly [number, number])[];
  private readonly result: unknown;
  /** tensors from outside that get a new value */
  private readonly changes: readonly (readonly [Given | Tensor, number])[];
  /** places in the trees of state that get another tensor */
  private readonly puts: readonly (readonly [Path, Place])[];

  constructor(fn: (...args: never[]) => unknown, args: readonly unknown[], state: unknown, signature: Signature) {
    const { tensors } = signature;
    this.tokens = signature.tokens;
    const stateTensors = new Set(tensors.filter((_, i) => signature.state.has(i)));
    const t = new CompileTrace(stateTensors);
    const given = new Map<Tensor, Given>();
    const aliases: (readonly [number, number])[] = [];
    this.aliases = aliases;
    const inside: Tensor[] = [];
    tensors.forEach((x, i) => {
      if (!signature.state.has(i)) {
        this.hole(holeFor(nodeOf('compile', x)), i);
        const own = new Tensor(this.holes[this.holes.length - 1]!);
        t.made(own);
        given.set(own, new Given(i));
        inside.push(own);
        return;
      }
      const first = given.get(x);
      if (first !== undefined) aliases.push([first.index, i]);
      else {
        given.set(x, new Given(i));
        this.hole(t.enter(x), i);
      }
    });
    const before = places(state);
    const opened = withTensors(args, inside);
    let after: [Path, Tensor][];
    try {
      const result = t.run(() => fn(...(opened as never[])));
      after = places(state);
      if (result instanceof Promise) throw new LanewiseError('[compile] the function must not be async, got a promise');
      this.captures = t.captures;
      this.captureHoles = t.captures.map((x) => t.enter(x));
      this.captures.forEach((x, i) => this.hole(this.captureHoles[i]!, x));
      for (const key of t.keys) this.hole(key, null);
      const places_ = new Map<Tensor, Place>(given);
      const placeOf = (x: Tensor): Place => {
        let place = places_.get(x);
        if (place === undefined) {
          place = t.isOwn(x) ? this.make(x.node) : x;
          places_.set(x, place);
        }
        return place;
      };
      this.result = template(result, placeOf);
      this.changes = t.changed.map(({ tensor, to }) => {
        const g = given.get(tensor);
        return [g ?? tensor, this.make(to).index];
      });
      const old = new Map(before.map(([path, x]) => [path.join('\0'), x]));
      this.puts = after.flatMap(([path, x]) => (old.get(path.join('\0')) === x ? [] : [[path, placeOf(x)] as const]));
      this.refuseChangedArguments(given, inside);
    } catch (e) {
      for (const [path, x] of before) put(state, path, x);
      throw e;
    }
    this.pins = t.pins;
    const moving = this.fold();
    this.views = this.made.map((k, i) => this.made.indexOf(k) < i || !moving.has(this.outputs[k]!));
    this.plan = new Plan(this.holes, this.outputs);
  }
  private hole(n: Node, source: number | Tensor | null): void {
    this.holes.push(n);
    this.sources.push(source);
  }
  private make(n: Node): Made {
    let k = this.outputs.indexOf(n);
    if (k < 0) k = this.outputs.push(n) - 1;
    return new Made(this.made.push(k) - 1);
  }
  /** An argument has a handle of its own inside, so a new value would be lost. */
  private refuseChangedArguments(given: ReadonlyMap<Tensor, Given>, inside: readonly Tensor[]): void {
    for (const x of inside) {
      const hole = this.holes[this.sources.indexOf(given.get(x)!.index)];
      if (x.alive && x.node !== hole)
        throw new LanewiseError(
          '[compile] the function must not set its arguments; return the new value, or list the tensor among the inputs',
        );
    }
  }
  /** What depends on no hole is computed now, once. */
  private fold(): ReadonlySet<Node> {
    const moving = between(this.holes, this.outputs);
    const known = new Set([...moving, ...this.holes]);
    const fixed = new Set(moving.flatMap(inputsOf).filter((n) => !known.has(n) && n.store === null));
    if (fixed.size > 0) evaluate([...fixed]);
    return new Set(moving);
  }

  /** Whether what it read, and the tensors that it uses, are what they were: if not, it can never be replayed again. */
  get stale(): boolean {
    return this.captures.some((x) => !x.alive) || this.pins.some(([x, n]) => x.node !== n);
  }
  fits(signature: Signature): boolean {
    const { tensors } = signature;
    return (
      signature.matches(this.tokens) &&
      this.aliases.every(([i, j]) => tensors[i] === tensors[j]) &&
      this.captures.every((x, i) => alike(x.node, this.captureHoles[i]!))
    );
  }
  /** The function's work on the tensors of a signature: its result, and what it does to its state. */
  call({ tensors }: Signature, state: unknown): unknown {
    const from = this.sources.map((s) =>
      s === null ? nextKey() : nodeOf('compile', s instanceof Tensor ? s : tensors[s]!),
    );
    const nodes = trace.depth > 0 ? rerecord(this.holes, from, this.outputs) : this.plan.call(from);
    const made: Tensor[] = [];
    const make = (i: number): Tensor => {
      const n = nodes[this.made[i]!]!;
      return this.views[i] ? identity(n) : new Tensor(n);
    };
    const at = (p: Place): Tensor => {
      if (p instanceof Made) return (made[p.index] ??= make(p.index));
      return p instanceof Given ? tensors[p.index]! : p;
    };
    for (const [to, i] of this.changes) {
      const n = nodes[this.made[i]!]!;
      rebind(at(to), this.views[i] ? identity(n).node : n); // no handle but this one, so that the next call can free it
    }
    for (const [path, p] of this.puts) put(state, path, at(p));
    return filled(this.result, at);
  }
}

/** The arguments with other tensors in their plain trees; modules stay, with their own. */
function withTensors(args: readonly unknown[], tensors: readonly Tensor[]): unknown[] {
  let i = 0;
  const go = (x: unknown): unknown => {
    if (x instanceof Tensor) return tensors[i++];
    if (Array.isArray(x)) return x.map(go);
    if (isPlain(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, go(v)]));
    return x;
  };
  return args.map(go);
}
/** A result with its tensors' places. */
function template(result: unknown, placeOf: (x: Tensor) => Place): unknown {
  if (result instanceof Tensor) return placeOf(result);
  if (Array.isArray(result)) return result.map((x) => template(x, placeOf));
  if (isPlain(result)) return Object.fromEntries(Object.entries(result).map(([k, v]) => [k, template(v, placeOf)]));
  if ((typeof result === 'object' && result !== null) || typeof result === 'function') {
    const got = typeof result === 'function' ? 'a function' : `an object of class ${result.constructor.name}`;
    throw new LanewiseError(`[compile] the function must return a tree of tensors and plain values, got ${got}`);
  }
  return result;
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
 * @throws LanewiseError if `fn` is async, sets an argument, or returns something else
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function compile<A extends readonly any[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => R {
  if (typeof fn !== 'function') throw new LanewiseError(`[compile] a function is needed, got ${typeof fn}`);
  const known: Traced[] = [];
  const tracing: Signature[] = [];
  let shapes = 0;
  const traceFor = (args: A, state: unknown, signature: Signature): Traced => {
    if (tracing.some((s) => s.matches(signature.tokens)))
      throw new LanewiseError('[compile] the function must not call itself with the arguments it is traced for');
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
    tracing.push(signature);
    try {
      return new Traced(fn as (...args: never[]) => unknown, args, state, signature);
    } finally {
      tracing.pop();
    }
  };
  const compiled = (...args: A): R => {
    const inputs = resolve(options.inputs);
    const state = [inputs, resolve(options.outputs)];
    const signature = new Signature(args, inputs);
    for (let i = 0; i < known.length; i++) {
      const k = known[i]!;
      if (k.stale) known.splice(i--, 1);
      else if (k.fits(signature)) {
        if (i > 0) known.unshift(...known.splice(i, 1));
        return k.call(signature, state) as R;
      }
    }
    const k = traceFor(args, state, signature);
    known.unshift(k);
    if (known.length > PLANS) known.pop();
    return k.call(signature, state) as R;
  };
  Object.defineProperty(compiled, 'name', { value: fn.name });
  return compiled;
}
