// A recorded graph for other shapes than those it was recorded with. The function is run once more on sizes that nothing else has, and what
// differs between the two graphs tells what each number comes from. A third run, on the sizes that were asked for, shows whether that is so.
import { u8 } from '../backends/heap.js';
import { settlePending } from '../backends/pending.js';
import { newHole, newLeaf, Node } from '../graph/node.js';
import { LanewiseError } from '../tensor/errors.js';
import { readElement, writeElement } from '../tensor/read.js';
import { shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { bundle, memberOf } from './bundle.js';
import { Given, Made, type Recording } from './recording.js';
import type { Signature } from './signature.js';
import { isPlain } from './tree.js';
import { inputsOf } from './walk.js';

/** Sizes of the second run: no product of those that occur, and prime, so that a product of them shows its factors. */
const PRIMES = [37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103];

/** A size that changes: in the first recording, in the second, and what it is to be. */
interface Size {
  readonly first: number;
  readonly second: number;
  readonly to: number;
}
/** The number that is for the new sizes what `a` is for the first and `b` for the second ones. */
function carriedNumber(a: number, b: number, sizes: readonly Size[]): number | undefined {
  if (Object.is(a, b)) return a;
  if (!Number.isInteger(a) || !Number.isInteger(b)) {
    const [m, n] = [Math.round(1 / a), Math.round(1 / b)];
    const reciprocal = Math.abs(a * m - 1) < 1e-2 && Math.abs(b * n - 1) < 1e-2;
    const count = reciprocal ? carriedNumber(m, n, sizes) : undefined;
    return count === undefined ? undefined : 1 / count;
  }
  let factor = b;
  let first = 1;
  let to = 1;
  for (const s of sizes) {
    while (factor !== 0 && factor % s.second === 0) {
      factor /= s.second;
      first *= s.first;
      to *= s.to;
    }
  }
  if (a === factor * first) return factor * to;
  for (const s of sizes) {
    const slope = (b - a) / (s.second - s.first);
    if (Number.isInteger(slope)) return a + slope * (s.to - s.first);
  }
  return undefined;
}

/** All that is still to be computed for `outputs`, inputs first. */
function below(outputs: readonly Node[], holes: ReadonlySet<Node>): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const n = stack[stack.length - 1]!;
    const open = done.has(n) || holes.has(n) || n.store !== null ? [] : inputsOf(n).filter((x) => !done.has(x));
    const next = open.filter((x) => !holes.has(x) && x.store === null);
    if (next.length > 0) {
      stack.push(...next);
      continue;
    }
    stack.pop();
    if (done.has(n) || holes.has(n) || n.store !== null) continue;
    done.add(n);
    order.push(n);
  }
  return order;
}
const differs = (): never => {
  throw new LanewiseError(
    '[compile] with shapeless the function must record the same ops for all shapes; compile it without, and each set of shapes is traced',
  );
};

interface Graph {
  readonly holes: readonly Node[];
  readonly outputs: readonly Node[];
}
/** Two recordings side by side. Without sizes they must be equal. */
class Carrier {
  private readonly copies = new Map<Node, Node>();
  private op = '';
  constructor(
    private readonly first: Graph,
    private readonly second: Graph,
    private readonly sizes: readonly Size[],
  ) {}
  private number(a: number, b: number): number {
    const n = carriedNumber(a, b, this.sizes);
    if (n === undefined)
      throw new LanewiseError(
        `[compile] with shapeless '${this.op}' must take no number from the shapes but sizes, their products and multiples, got one that is ${a} here and ${b} there`,
      );
    return n;
  }
  /** Attributes, or the places of a result. */
  value(a: unknown, b: unknown): unknown {
    if (Object.is(a, b)) return a;
    if (typeof a === 'number' && typeof b === 'number') return this.number(a, b);
    if ((a instanceof Made && b instanceof Made) || (a instanceof Given && b instanceof Given))
      return a.index === b.index ? a : differs();
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length ? a.map((x, i) => this.value(x, b[i])) : differs();
    if (isPlain(a) && isPlain(b) && Object.keys(a).join() === Object.keys(b).join())
      return Object.fromEntries(Object.entries(a).map(([k, x]) => [k, this.value(x, b[k])]));
    return differs();
  }
  private numbers(a: readonly number[], b: readonly number[]): number[] {
    return a.length === b.length ? a.map((x, i) => this.number(x, b[i]!)) : differs();
  }
  /** A constant: the same in both, or one number that comes from the sizes. */
  private leaf(a: Node, b: Node): Node {
    if (a === b) return a;
    if (a.type !== b.type || a.store === null || b.store === null || a.strides !== null || b.strides !== null)
      return differs();
    const bytes = a.shape.size * a.type.size;
    settlePending();
    if (a.shape.size === b.shape.size && u8.subarray(a.at, a.at + bytes).every((x, i) => x === u8[b.at + i])) return a;
    if (a.shape.size !== 1 || b.shape.size !== 1) return differs();
    const [x, y] = [readElement(a.type, a.at), readElement(b.type, b.at)];
    if (typeof x === 'boolean' || typeof x === 'object' || typeof y === 'boolean' || typeof y === 'object')
      return differs();
    const n = newLeaf(a.shape, a.type);
    writeElement(a.type, n.at, this.number(Number(x), Number(y)));
    n.handles++; // never donated
    return n;
  }
  private of(a: Node, b: Node): Node {
    const copy = this.copies.get(a);
    if (copy !== undefined) return copy;
    const leaf = this.leaf(a, b);
    this.copies.set(a, leaf);
    return leaf;
  }
  private node(a: Node, b: Node): Node {
    const of = (x: Node | null, y: Node | null): Node | null => (x === null || y === null ? null : this.of(x, y));
    const strides = a.strides === null || b.strides === null ? null : this.numbers(a.strides, b.strides);
    if ((a.strides === null) !== (b.strides === null)) differs();
    return new Node(
      a.prim,
      of(a.a, b.a),
      of(a.b, b.b),
      of(a.c, b.c),
      a.rest === null ? null : a.rest.map((x, i) => this.of(x, b.rest![i]!)),
      this.value(a.attrs, b.attrs),
      shapeOf(this.numbers(a.shape.dims, b.shape.dims)),
      strides,
      this.number(a.offset, b.offset),
      a.type,
      a.backend,
    );
  }
  /** The outputs of the first recording, with `holes` in the place of its own. */
  outputs(holes: readonly Node[]): Node[] {
    const { first, second, copies } = this;
    first.holes.forEach((h, i) => copies.set(h, holes[i]!));
    const order = below(first.outputs, new Set(first.holes));
    const other = below(second.outputs, new Set(second.holes));
    if (order.length !== other.length) differs();
    const place = new Map([...second.holes, ...other].map((n, i) => [n, i]));
    const own = new Map([...first.holes, ...order].map((n, i) => [n, i]));
    order.forEach((a, i) => {
      const b = other[i]!;
      const [from, to] = [inputsOf(a), inputsOf(b)];
      const wired = from.length === to.length && from.every((x, k) => own.get(x) === place.get(to[k]!));
      if (a.prim !== b.prim || a.type !== b.type || !wired) differs();
      if (copies.has(a)) return;
      this.op = a.prim.name;
      const [member, twin] = [memberOf(a), memberOf(b)];
      if (member === null || twin === null) {
        copies.set(a, this.node(a, b));
        return;
      }
      const { outputs: results, ...call } = member.bundle;
      const made = bundle({
        ...call,
        inputs: call.inputs.map((x, k) => this.of(x, twin.bundle.inputs[k]!)),
        results: call.results.map((x, k) => this.of(x, twin.bundle.results[k]!)),
      });
      results.forEach((y, k) => copies.set(y, made.outputs[k]!));
    });
    return first.outputs.map((n, i) => this.of(n, second.outputs[i]!));
  }
}

/** What is to be computed for one signature. */
export interface Carried {
  readonly holes: readonly Node[];
  readonly outputs: readonly Node[];
  readonly result: unknown;
}
/** What two recordings say of other shapes: which sizes may change. */
interface Pair {
  readonly second: Recording;
  /** for each axis of each tensor the number of its size among those that change, or -1 */
  readonly axes: readonly (readonly number[])[];
  readonly sizes: readonly (readonly [first: number, second: number])[];
}
/** A function's recording, carried over to other shapes. */
export class Family {
  private readonly pairs: Pair[] = [];
  private readonly tokens: readonly unknown[];
  private readonly shapes: readonly (readonly number[])[];
  constructor(
    readonly first: Recording,
    signature: Signature,
  ) {
    this.tokens = signature.tokens;
    this.shapes = signature.tensors.map((x) => x.shape);
  }
  /** Whether a signature differs in sizes only, of which none is, or becomes, 0 or 1. */
  includes(signature: Signature): boolean {
    if (!signature.matches(this.tokens, false) || !this.first.fits(signature.tensors)) return false;
    return signature.tensors.every((x, i) => {
      const own = this.shapes[i]!;
      return x.shape.every(
        (d, k) => d === own[k] || (d > 1 && own[k]! > 1 && (x.node.strides ?? []).every((s) => s === 0)),
      );
    });
  }
  /** @param again runs the function once more, with such nodes for its tensors */
  carry(signature: Signature, again: (open: (n: Node, place: number) => Node) => Recording): Carried {
    let sizes: Size[] | null = null;
    let pair = this.pairs.find((p) => (sizes = this.sizesOf(p, signature)) !== null);
    if (pair === undefined) {
      pair = this.pairOf(signature, again);
      sizes = this.sizesOf(pair, signature);
      const told = this.built(pair.second, sizes!, signature.tensors);
      const third = again((n) => newHole(n.shape, n.type, n.strides));
      const check = new Carrier(told, third, []);
      check.outputs(told.holes);
      check.value(told.result, third.result);
      this.pairs.push(pair);
      return told;
    }
    return this.built(pair.second, sizes!, signature.tensors);
  }
  /** The first recording as it is. */
  same(): Carried {
    return this.built(this.first, [], []);
  }
  private built(second: Recording, sizes: readonly Size[], tensors: readonly Tensor[]): Carried {
    const { first } = this;
    const alike = first.made.join() === second.made.join() && first.sources.every((s, i) => s === second.sources[i]);
    if (!alike || first.changes.length !== second.changes.length || first.puts.length !== second.puts.length) differs();
    const carrier = new Carrier(first, second, sizes);
    const holes = first.holes.map((h, i) => {
      const s = first.sources[i];
      const shape = (typeof s === 'number' ? tensors[s]?.node.shape : undefined) ?? h.shape;
      return newHole(shape, h.type, h.strides);
    });
    return { holes, outputs: carrier.outputs(holes), result: carrier.value(first.result, second.result) };
  }
  private sizesOf({ axes, sizes }: Pair, { tensors }: Signature): Size[] | null {
    const to = sizes.map(() => 0);
    const fits = tensors.every((x, i) =>
      x.shape.every((d, k) => {
        const s = axes[i]![k]!;
        if (s < 0) return d === this.shapes[i]![k];
        if (to[s] === 0) to[s] = d;
        return to[s] === d;
      }),
    );
    return fits ? sizes.map(([first, second], i) => ({ first, second, to: to[i]! })) : null;
  }
  private pairOf({ tensors }: Signature, again: (open: (n: Node, place: number) => Node) => Recording): Pair {
    const sizes: [number, number][] = [];
    const known = new Map<string, number>();
    const axes = tensors.map((x, i) =>
      x.shape.map((d, k) => {
        const first = this.shapes[i]![k]!;
        if (d === first) return -1;
        const key = `${first} ${d}`;
        const number = known.get(key) ?? sizes.length;
        if (number === sizes.length) {
          const taken = new Set([...this.shapes.flat(), ...sizes.flat()]);
          sizes.push([first, PRIMES.find((p) => !taken.has(p)) ?? 107]);
          known.set(key, number);
        }
        return number;
      }),
    );
    const second = again((n, place) => {
      const dims = n.shape.dims.map((d, k) => ((axes[place]?.[k] ?? -1) < 0 ? d : sizes[axes[place]![k]!]![1]));
      return newHole(shapeOf(dims), n.type, n.strides);
    });
    return { second, axes, sizes };
  }
}
