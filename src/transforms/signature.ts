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

/** What `walk` tells of arguments. */
interface Reader {
  /** structure, plain values, and shape, dtype and strides of each tensor. @returns false to end the walk */
  token(x: unknown): boolean;
  /** @param state it keeps its handle while the function is traced */
  tensor(x: Tensor, state: boolean): void;
}
/** Takes arguments apart. @returns false if the reader ended it */
function walk(x: unknown, state: boolean, depth: number, to: Reader): boolean {
  if (depth > DEEPEST)
    throw new LanewiseError(`[compile] a tree must be at most ${DEEPEST} deep, got a deeper one or a cycle`);
  if (x instanceof Tensor) {
    const n = nodeOf('compile', x);
    to.tensor(x, state);
    return to.token(n.shape) && to.token(n.type) && to.token(n.strides);
  }
  if (Array.isArray(x)) {
    if (!to.token(Array) || !to.token(x.length)) return false;
    for (let i = 0; i < x.length; i++) if (!walk(x[i], state, depth + 1, to)) return false;
    return true;
  }
  if (x instanceof Map || x instanceof Set) {
    if (!to.token(x.constructor) || !to.token(x.size)) return false;
    for (const y of x) if (!walk(y, true, depth + 1, to)) return false;
    return true;
  }
  if (isPlain(x) || isModule(x) || (state && typeof x === 'object' && x !== null && !ArrayBuffer.isView(x))) {
    const plain = isPlain(x);
    const keys = Object.keys(x);
    if (!to.token(plain ? Object : x) || !to.token(keys.length)) return false;
    for (const k of keys)
      if (!to.token(k) || !walk((x as Record<string, unknown>)[k], state || !plain, depth + 1, to)) return false;
    return true;
  }
  return to.token(x);
}

/** The arguments of one call, taken apart. */
export class Signature implements Reader {
  readonly tokens: unknown[] = [current().name];
  readonly tensors: Tensor[] = [];
  /** which of the tensors are state */
  readonly state: Set<number> = new Set();

  constructor(args: readonly unknown[], inputs: unknown) {
    walk(args, false, 0, this);
    walk(inputs, true, 0, this);
  }
  token(x: unknown): boolean {
    this.tokens.push(x);
    return true;
  }
  tensor(x: Tensor, state: boolean): void {
    if (state) this.state.add(this.tensors.length);
    this.tensors.push(x);
  }
  /** @param sizes false: shapes of as many axes are taken for equal */
  matches(tokens: readonly unknown[], sizes = true): boolean {
    const own = this.tokens;
    if (own.length !== tokens.length) return false;
    for (let i = own.length - 1; i >= 0; i--) if (!sameToken(own[i], tokens[i], sizes)) return false;
    return true;
  }
}
/** Compares arguments with tokens as it meets them. */
class Comparison implements Reader {
  readonly tensors: Tensor[] = [];
  at = 1;
  constructor(private readonly tokens: readonly unknown[]) {}
  token(x: unknown): boolean {
    return sameToken(x, this.tokens[this.at++], true);
  }
  tensor(x: Tensor): void {
    this.tensors.push(x);
  }
}
/** Whether the arguments are tensors, and nothing else, with these tokens. */
function arePlain(args: readonly unknown[], tokens: readonly unknown[]): args is Tensor[] {
  // the backend, an array and its length come before them, what stands for no inputs after them
  let k = 3;
  if (tokens.length !== k + 3 * args.length + 1 || tokens[tokens.length - 1] !== undefined) return false;
  for (let i = 0; i < args.length; i++) {
    const x = args[i];
    if (!(x instanceof Tensor)) return false;
    const n = nodeOf('compile', x);
    if (n.shape !== tokens[k++] || n.type !== tokens[k++] || n.strides !== tokens[k++]) return false;
  }
  return true;
}
/** The tensors of arguments whose signature has these tokens; null for others. */
export function tensorsOf(
  args: readonly unknown[],
  inputs: unknown,
  tokens: readonly unknown[],
): readonly Tensor[] | null {
  if (tokens[0] !== current().name) return null;
  if (inputs === undefined && arePlain(args, tokens)) return args;
  const c = new Comparison(tokens);
  const same = walk(args, false, 0, c) && walk(inputs, true, 0, c) && c.at === tokens.length;
  return same ? c.tensors : null;
}

const isSizes = (x: unknown): x is readonly number[] => Array.isArray(x);
/** Tokens are equal, or shapes or strides of equal numbers. */
function sameToken(a: unknown, b: unknown, sizes: boolean): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Shape) return b instanceof Shape && (sizes ? sameDims(a.dims, b.dims) : a.ndim === b.ndim);
  return isSizes(a) && isSizes(b) && sameDims(a, b);
}

/** Whether two nodes can stand for one hole. */
export const alike = (a: Node, b: Node): boolean =>
  a.type === b.type && sameToken(a.shape, b.shape, true) && sameToken(a.strides, b.strides, true);
