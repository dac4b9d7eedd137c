// The one graph. A Node is monomorphic: every field is set in the constructor, inputs stand inline.
import type { Backend, Member } from '../backends/backend.js';
import { alloc, stats } from '../backends/heap.js';
import type { ElementType } from '../tensor/dtype.js';
import { shapeOf, type Shape } from '../tensor/shape.js';
import { types } from '../tensor/dtype.js';
import { drop, guard, pressure, Storage } from './memory.js';
import type { Primitive } from './primitive.js';

/** A recorded op or data. Once evaluated as a root, a node is data: `prim` and inputs are null. */
export class Node implements Member {
  store: Storage | null = null;
  /** scratch of one evaluation */
  mark = 0;
  uses = 0;
  isRoot = false;
  /** the last member of the fused group this node runs in; itself when it is computed on its own */
  group: Node | null = null;
  /** the next member of the group, in order */
  link: Node | null = null;
  members = 0;
  slot = 0;
  /** recorded nodes that may still read this one */
  readers = 0;
  /** tensors that stand for this node */
  handles = 0;
  /** times computed; a released interior that is asked for again is worth keeping */
  runs = 0;
  /** unevaluated nodes below this one, the longest way */
  depth: number;
  constructor(
    public prim: Primitive,
    public a: Node | null,
    public b: Node | null,
    public c: Node | null,
    public rest: readonly Node[] | null,
    public attrs: unknown,
    readonly shape: Shape,
    /** `null`: row-major */
    readonly strides: readonly number[] | null,
    /** bytes from the storage's start */
    readonly offset: number,
    readonly type: ElementType,
    public backend: Backend | null,
  ) {
    let d = 0;
    if (a !== null) {
      a.readers++;
      if (a.store === null && a.depth > d) d = a.depth;
    }
    if (b !== null) {
      b.readers++;
      if (b.store === null && b.depth > d) d = b.depth;
    }
    if (c !== null) {
      c.readers++;
      if (c.store === null && c.depth > d) d = c.depth;
    }
    if (rest !== null) {
      for (const x of rest) {
        x.readers++;
        if (x.store === null && x.depth > d) d = x.depth;
      }
    }
    this.depth = d + 1;
    if (d > DEEP && stats.held > pressure.relief && trace.depth === 0) relieve.run(this);
  }
  get at(): number {
    return this.store!.ptr + this.offset;
  }
  get stored(): boolean {
    return this.store !== null;
  }
  /** Becomes `prim`, data or disposed: the history goes, its inputs have one reader less. */
  finish(prim: Primitive): void {
    this.prim = prim;
    if (this.a !== null) this.a.readers--;
    if (this.b !== null) this.b.readers--;
    if (this.c !== null) this.c.readers--;
    if (this.rest !== null) for (const x of this.rest) x.readers--;
    this.a = this.b = this.c = this.rest = null;
    this.attrs = null;
  }
  /** Gives its storage up for good; using it from now on is an error. */
  dispose(): void {
    if (this.prim === disposed) return;
    if (this.store !== null) drop(this.store);
    this.store = null;
    this.finish(disposed);
  }
  /** Lets a kept interior go, which can be computed again. @returns false if the running evaluation still needs it */
  evict(): boolean {
    if (this.store === null || this.prim === data || this.isRoot) return true;
    if (this.mark >= running.epoch) return false;
    drop(this.store);
    this.store = null;
    return true;
  }
}

const DEEP = 64;
/** Set by `evaluate.ts`: memory stayed short, and a long pending chain may be what holds it. */
export const relieve: { run: (n: Node) => void } = { run: () => {} };
/** Nodes marked with this epoch or a later one belong to the evaluation that runs; between evaluations none do. */
export const running = { epoch: Infinity };
/** `depth > 0` while a transform runs user code: evaluating must not cut the graph it traces. */
export const trace = { depth: 0 };

const leaf = (name: string, run: Primitive['run'] = null): Primitive => ({
  name,
  elementwise: 0,
  view: false,
  expensive: false,
  inPlace: false,
  run,
  resolved: [],
});
/** The primitive of plain data. */
export const data: Primitive = leaf('data', () => {}); // a node may become data after it was scheduled
/** The primitive of a tensor that was disposed. */
export const disposed: Primitive = leaf('disposed');
/** The primitive of an argument of a function that is traced for all values: it has none to read. */
export const hole: Primitive = leaf('hole');
/** An argument without a value. */
export const newHole = (shape: Shape, type: ElementType, strides: readonly number[] | null = null): Node =>
  new Node(hole, null, null, null, null, null, shape, strides, 0, type, null);

/** A leaf over a new block with undefined contents. */
export function newLeaf(shape: Shape, type: ElementType): Node {
  const n = new Node(data, null, null, null, null, null, shape, null, 0, type, null);
  const bytes = Math.max(shape.size * type.size, 1);
  n.store = new Storage(alloc(bytes), bytes);
  guard(n.store);
  return n;
}
export const nil: Node = new Node(data, null, null, null, null, null, shapeOf([]), null, 0, types.bool, null);
