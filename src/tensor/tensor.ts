/// <reference lib="esnext.disposable" preserve="true" />
// The handle a user holds. No op is named here: the methods come from the op table (`ops/methods.ts`), as a type that leaves
// nothing at run time.
import type { Complex } from '../backends/backend.js';
import { pending } from '../backends/pending.js';
import { drop, settle } from '../graph/memory.js';
import { evaluate, evaluateOne, isCallOnData } from '../graph/evaluate.js';
import { disposed, type Node, trace } from '../graph/node.js';
import { dense } from '../graph/views.js';
import type { TensorMethods } from '../ops/methods.js';
import type { DType } from './dtype.js';
import { DisposedError, LanewiseError, ShapeError } from './errors.js';
import { readElement, readTyped, toNested, type Element, type Nested, type TypedArray } from './read.js';
import { showShape } from './shape.js';
import { show } from './print.js';

/** `Symbol.dispose`, also where the engine does not have it yet. */
const disposeSymbol: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for('Symbol.dispose')) as typeof Symbol.dispose;

/** Anything an op accepts where a tensor is expected. Numbers, bigints and booleans are weak: they take the tensor's dtype. */
export type TensorLike = Tensor | number | bigint | boolean | Complex;

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Tensor extends TensorMethods {}
/**
 * An n-dimensional array. Operations are recorded and computed when a value is read, or by `eval`. Memory is reclaimed
 * without any call; `dispose`, `using` and `tidy` exist for those who want certainty.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Tensor {
  /** @internal Made by `array`, creation functions and ops, never by users. */
  constructor(
    /** @internal */
    public node: Node,
  ) {
    // the first handle owns the node; ops wrap arguments and constants in further ones, which own nothing
    if (node.handles++ === 0 && scope !== null) scope.made.push(this);
    if (watcher !== null) watcher.made(this);
  }

  /** Sizes of the axes. */
  get shape(): readonly number[] {
    return this.node.shape.dims;
  }
  get dtype(): DType {
    return this.node.type.name;
  }
  /** Number of axes. */
  get ndim(): number {
    return this.node.shape.ndim;
  }
  /** Number of elements. */
  get size(): number {
    return this.node.shape.size;
  }
  /** Bytes per element. */
  get itemsize(): number {
    return this.node.type.size;
  }
  /** Bytes of all elements, without gaps. */
  get nbytes(): number {
    return this.node.shape.size * this.node.type.size;
  }
  /** The axes in reverse order. */
  get T(): Tensor {
    return this.transpose();
  }
  /** The last two axes exchanged. */
  get mT(): Tensor {
    return this.matrixTranspose();
  }

  /** Computes the value now. @returns this tensor */
  eval(): this {
    evaluateOne(watcher === null ? this.node : watcher.read(this));
    return this;
  }
  /**
   * The only element: a number, a boolean, a bigint (64-bit integers) or `{ re, im }`.
   * @throws ShapeError if there is not exactly one
   */
  item(): Element {
    const n = this.living('item');
    if (n.shape.size !== 1)
      throw new ShapeError(`[item] the tensor must have exactly one element, got ${showShape(this.shape)}`);
    evaluateOne(n);
    return readElement(n.type, n.at);
  }
  /** Nested arrays of elements; a bare element where there are no axes. */
  tolist(): Nested {
    this.living('tolist');
    const flat = this.toTypedArray();
    return toNested(this.node.type, flat, this.shape);
  }
  /**
   * A copy of all elements in row-major order. float16 and bfloat16 come as Float32Array (exact), bool as Uint8Array,
   * complex64 as interleaved pairs in a Float32Array.
   */
  toTypedArray(): TypedArray {
    const d = dense(this.living('toTypedArray'));
    evaluateOne(d);
    return readTyped(d.type, d.at, d.shape.size);
  }
  /** Like `toTypedArray`, for code that awaits: in a browser it also lets the engine reclaim memory. */
  async data(): Promise<TypedArray> {
    const d = dense(this.living('data'));
    evaluateOne(d);
    if (pending !== null) {
      const store = d.store!;
      store.refs++; // the tensor may be disposed meanwhile
      const [at, { type, shape }] = [d.at, d];
      try {
        await pending.waitAsync();
        return readTyped(type, at, shape.size);
      } finally {
        drop(store);
      }
    }
    const out = readTyped(d.type, d.at, d.shape.size);
    await settle();
    return out;
  }
  private living(op: string): Node {
    if (this.node.prim === disposed) throw new DisposedError(`[${op}] the tensor was disposed`);
    return watcher === null ? this.node : watcher.read(this);
  }
  /**
   * Gives the storage back now. Using the tensor afterwards throws `DisposedError`, and so does reading what was recorded from it and is
   * not computed yet: `eval` that first.
   */
  dispose(): void {
    this.node.dispose();
  }
  [disposeSymbol](): void {
    this.dispose();
  }
  /** False after `dispose`. */
  get alive(): boolean {
    return this.node.prim !== disposed;
  }
  /** As MLX prints an array: at most three elements at each end of a long axis. Computes the value. */
  toString(): string {
    return this.alive ? show(this) : 'array(disposed)';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
  /** The slices along the first axis. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    if (this.ndim === 0) throw new ShapeError('[iterate] a tensor without axes has no elements to walk, got ()');
    for (let i = 0; i < this.shape[0]!; i++) yield this.at(i);
  }
}
/** The tensor behind a tree: a tensor, or arrays and plain objects of trees. */
export type Tree =
  Tensor | readonly Tree[] | { readonly [key: string]: Tree } | null | undefined | number | string | boolean;
const DEEPEST = 1000;
/** Every tensor of a tree, in order. */
export function leavesOf(tree: unknown, into: Tensor[] = [], depth = 0): Tensor[] {
  if (depth > DEEPEST)
    throw new LanewiseError(`[eval] a tree must be at most ${DEEPEST} deep, got a deeper one or a cycle`);
  if (tree instanceof Tensor) into.push(tree);
  else if (Array.isArray(tree)) for (const x of tree) leavesOf(x, into, depth + 1);
  else if (tree instanceof Map) for (const x of tree.values()) leavesOf(x, into, depth + 1);
  else if (typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype) {
    for (const x of Object.values(tree)) leavesOf(x, into, depth + 1);
  }
  return into;
}

function evaluateAll(tensors: readonly Tensor[]): void {
  const pending = new Set<Node>();
  for (const { node } of tensors) {
    if (node.store !== null || isCallOnData(node)) evaluateOne(node);
    else pending.add(node);
  }
  if (pending.size > 0) evaluate([...pending]);
}
/** Computes every tensor of the trees in one pass. */
export function evalTrees(...trees: readonly unknown[]): void {
  evaluateAll(leavesOf(trees));
}
/** Computes every tensor of the trees, then lets the engine reclaim memory where it needs turns for that. */
export async function asyncEval(...trees: readonly unknown[]): Promise<void> {
  evalTrees(...trees);
  await pending?.waitAsync();
  await settle();
  await Promise.resolve();
}

interface Scope {
  /** tensors whose nodes were made inside */
  readonly made: Tensor[];
  /** tensors that `set` gave a new value; those made outside live on */
  readonly changed: Set<Tensor>;
  /** what they stood for before */
  readonly replaced: Node[];
  readonly outer: Scope | null;
}
let scope: Scope | null = null;

function close(s: Scope, result: unknown): void {
  const { made, outer } = s;
  let changed: readonly Tensor[] = [];
  if (s.changed.size > 0) {
    const own = new Set(made);
    changed = [...s.changed].filter((t) => !own.has(t));
  }
  let keep = new Set<Node>();
  try {
    const all = leavesOf(result, [...changed]).filter((t) => t.alive);
    evaluateAll(all);
    keep = new Set(all.map((t) => t.node));
  } finally {
    for (let i = 0; i < made.length; i++) {
      const t = made[i]!;
      if (!keep.has(t.node)) t.dispose();
      else if (outer !== null) outer.made.push(t);
    }
    if (outer !== null) for (const t of changed) outer.changed.add(t);
    for (const n of s.replaced) {
      if (n.handles === 0 && n.readers === 0) n.dispose();
      else outer?.replaced.push(n);
    }
  }
}
/**
 * Runs `fn` and disposes every tensor made inside it that is not in the tree it returns. Returned tensors are evaluated. A
 * tensor from outside that `set` changes lives on. Tensors kept in outer variables without being returned are gone.
 *
 * `fn` must not be async: what other code makes while it waits would be caught as well.
 */
export function tidy<T>(fn: () => T): T {
  const s: Scope = { made: [], changed: new Set(), replaced: [], outer: scope };
  if (trace.depth > 0) return fn();
  scope = s;
  let result: T;
  try {
    result = fn();
  } catch (e) {
    scope = s.outer;
    try {
      close(s, null);
    } catch {
      // what `fn` threw is the cause
    }
    throw e;
  } finally {
    scope = s.outer;
  }
  if (result instanceof Promise) throw new LanewiseError('[tidy] the function must not be async, got a promise');
  close(s, result);
  return result;
}

/** @internal What a transform wants to know of the function it runs: which tensors from outside it uses, changes and reads. */
export interface Watcher {
  /** a handle was made */
  made(t: Tensor): void;
  /** @returns the node that an op takes for `t` */
  used(t: Tensor): Node;
  /** @returns the node whose value is read for `t` */
  read(t: Tensor): Node;
  /** @returns the key of the next draw without a key, or null if it is drawn as ever */
  drawn(): Node | null;
  /** the numbers drawn without a key are about to start anew */
  seeded(): void;
}
/** @internal Who watches, if anybody. */
export let watcher: Watcher | null = null;
/** @internal Runs `fn` under one watcher alone, or none: an outer `tidy` does not see what is made inside. */
export function watched<T>(by: Watcher | null, fn: () => T): T {
  const before = { watcher, scope };
  watcher = by;
  scope = null;
  try {
    return fn();
  } finally {
    ({ watcher, scope } = before);
  }
}

/** @internal Lets `t` stand for `n` from now on. */
export function rebind(t: Tensor, n: Node): void {
  if (!t.alive) throw new DisposedError('[set] the tensor was disposed');
  watcher?.used(t);
  scope?.replaced.push(t.node);
  t.node.handles--;
  n.handles++;
  t.node = n;
  scope?.changed.add(t);
}

/** @internal A tensor for `n` that lives on after every `tidy` it is made in. */
export function lasting(n: Node): Tensor {
  const outer = scope;
  scope = null;
  try {
    return new Tensor(n);
  } finally {
    scope = outer;
  }
}
