// What a traced function did: the graph, where its inputs come from, and where its outputs go.
import { newHole, type Node } from '../graph/node.js';
import { nodeOf } from '../ops/define.js';
import { types } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import { shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { places, put, type Path } from './containers.js';
import { alike, type Signature } from './signature.js';
import { Trace } from './trace.js';
import { isPlain } from './tree.js';

/** A place in a result: a tensor that the function makes, by number. */
export class Made {
  constructor(readonly index: number) {}
}
/** A place in a result: an argument that is given back. */
export class Given {
  constructor(readonly index: number) {}
}
export type Place = Made | Given | Tensor;
export const holeFor = (n: Node): Node => newHole(n.shape, n.type, n.strides);

/** Sees a function that is traced without values. */
class CompileTrace extends Trace {
  /** holes for the keys that it draws */
  readonly keys: Node[] = [];
  /** tensors from outside whose values it read, and what they stood for */
  readonly pins: [Tensor, Node][] = [];
  constructor(
    private readonly state: ReadonlySet<Tensor>,
    private readonly openState: (t: Tensor) => Node,
  ) {
    super(holeFor);
  }
  /** The hole of a tensor from outside. */
  enter(t: Tensor): Node {
    return this.original(t)?.inside ?? this.take(t, this.openState(t));
  }
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

/** What a function did with one set of arguments. */
export class Recording {
  readonly holes: Node[] = [];
  readonly outputs: Node[] = [];
  /** the output of each tensor that is made; several may be one */
  readonly made: number[] = [];
  /** where the value of a hole comes from: a tensor of the signature, a captured tensor, or (null) the next key */
  readonly sources: (number | Tensor | null)[] = [];
  readonly captures: readonly Tensor[];
  readonly captureHoles: readonly Node[];
  readonly pins: readonly (readonly [Tensor, Node])[];
  /** pairs of places in the signature where one tensor stood */
  readonly aliases: readonly (readonly [number, number])[];
  readonly result: unknown;
  /** tensors from outside that get a new value */
  readonly changes: readonly (readonly [Given | Tensor, number])[];
  /** places in the trees of state that get another tensor */
  readonly puts: readonly (readonly [Path, Place])[];

  /**
   * @param open a node without a value for the tensor at a place of the signature
   * @param sample the trees of state are put back: it is run only to compare
   */
  constructor(
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    fn: (...args: any[]) => unknown,
    args: readonly unknown[],
    state: unknown,
    signature: Signature,
    open: (n: Node, place: number) => Node = holeFor,
    sample = false,
  ) {
    const { tensors } = signature;
    const stateTensors = new Set(tensors.filter((_, i) => signature.state.has(i)));
    const t = new CompileTrace(stateTensors, (x) => open(x.node, tensors.indexOf(x)));
    const given = new Map<Tensor, Given>();
    const aliases: (readonly [number, number])[] = [];
    this.aliases = aliases;
    const inside: Tensor[] = [];
    tensors.forEach((x, i) => {
      if (!signature.state.has(i)) {
        this.hole(open(nodeOf('compile', x), i), i);
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
    let kept = false;
    try {
      const result = t.run(() => fn(...opened));
      const after = places(state);
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
      kept = !sample;
    } finally {
      if (!kept) for (const [path, x] of before) put(state, path, x);
    }
    this.pins = t.pins;
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
  /** Whether what it read or uses is no longer what it was: then it can never be repeated again. */
  get stale(): boolean {
    const { captures, pins } = this;
    for (let i = 0; i < captures.length; i++) if (!captures[i]!.alive) return true;
    for (let i = 0; i < pins.length; i++) if (pins[i]![0].node !== pins[i]![1]) return true;
    return false;
  }
  /** Whether tensors of its signature stand where they stood, and those from outside look as they did. */
  fits(tensors: readonly Tensor[]): boolean {
    const { aliases, captures, captureHoles } = this;
    for (let i = 0; i < aliases.length; i++) if (tensors[aliases[i]![0]] !== tensors[aliases[i]![1]]) return false;
    for (let i = 0; i < captures.length; i++) if (!alike(captures[i]!.node, captureHoles[i]!)) return false;
    return true;
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
