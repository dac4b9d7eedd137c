// What decides whether a traced function may be replayed: everything about its arguments but the values of tensors.
import { current } from '../backends/registry.js';
import type { Node } from '../graph/node.js';
import { nodeOf } from '../ops/define.js';
import { LanewiseError } from '../tensor/errors.js';
import { Shape, sameDims } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { isPlain } from './tree.js';

const DEEPEST = 1000;
/** Objects whose own properties hold tensors and are changed in place, as a module's. */
export const isModule = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && typeof (x as { parameters?: unknown }).parameters === 'function';

/** The arguments of one call, taken apart. */
export class Signature {
  /** structure, plain values, and shape, dtype and strides of each tensor */
  readonly tokens: unknown[] = [current().name];
  readonly tensors: Tensor[] = [];
  /** which of the tensors are state: they keep their handles while the function is traced */
  readonly state: Set<number> = new Set();

  constructor(args: readonly unknown[], inputs: unknown) {
    this.walk(args, false, 0);
    this.walk(inputs, true, 0);
  }
  private walk(x: unknown, state: boolean, depth: number): void {
    const { tokens } = this;
    if (depth > DEEPEST)
      throw new LanewiseError(`[compile] a tree must be at most ${DEEPEST} deep, got a deeper one or a cycle`);
    if (x instanceof Tensor) {
      const n = nodeOf('compile', x);
      tokens.push(n.shape, n.type, layoutOf(n));
      if (state) this.state.add(this.tensors.length);
      this.tensors.push(x);
    } else if (Array.isArray(x)) {
      tokens.push(Array, x.length);
      for (const y of x) this.walk(y, state, depth + 1);
    } else if (x instanceof Map || x instanceof Set) {
      tokens.push(x.constructor, x.size);
      for (const y of x) this.walk(y, true, depth + 1);
    } else if (isPlain(x) || isModule(x) || (state && typeof x === 'object' && x !== null && !ArrayBuffer.isView(x))) {
      const own = state || !isPlain(x);
      const keys = Object.keys(x);
      tokens.push(isPlain(x) ? Object : x, keys.length);
      for (const k of keys) {
        tokens.push(k);
        this.walk((x as Record<string, unknown>)[k], own, depth + 1);
      }
    } else tokens.push(x);
  }
  /** @param sizes false: shapes of as many axes are taken for equal */
  matches(tokens: readonly unknown[], sizes = true): boolean {
    const own = this.tokens;
    if (own.length !== tokens.length) return false;
    for (let i = own.length - 1; i >= 0; i--) if (!sameToken(own[i], tokens[i], sizes)) return false;
    return true;
  }
}
/** Strides as a token; null for row-major ones. */
const layoutOf = (n: Node): string | null => (n.strides === null ? null : n.strides.join());
const sameToken = (a: unknown, b: unknown, sizes = true): boolean =>
  Object.is(a, b) ||
  (a instanceof Shape && b instanceof Shape && (sizes ? sameDims(a.dims, b.dims) : a.ndim === b.ndim));

/** Whether two nodes can stand for one hole. */
export const alike = (a: Node, b: Node): boolean =>
  a.type === b.type && sameToken(a.shape, b.shape) && layoutOf(a) === layoutOf(b);
