// How an op is declared: one annotated const, made by a family constructor. The annotation is its type, the TSDoc its
// description; the row behind the function says everything else.
import type { Complex } from '../backends/backend.js';
import { current } from '../backends/registry.js';
import { disposed, newLeaf, Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { copyPrimitive, viewOf } from '../graph/views.js';
import {
  isFloat,
  isInexact,
  isInteger,
  promote,
  toInexact,
  types,
  type DType,
  type ElementType,
} from '../tensor/dtype.js';
import { DisposedError, DTypeError } from '../tensor/errors.js';
import { writeElement } from '../tensor/read.js';
import { broadcast, scalar, type Shape } from '../tensor/shape.js';
import { Tensor, watcher, type TensorLike } from '../tensor/tensor.js';
import { naming } from './named.js';

/** Call signatures shared by a family. A hover shows the signature itself, not the alias. */
export type Axes = number | readonly number[];
export type Unary = (x: TensorLike) => Tensor;
export type Binary = (a: TensorLike, b: TensorLike) => Tensor;

/** What the tests, the docs and the transforms read of an op. */
export interface Row {
  readonly name: string;
  readonly family: string;
  /** null for an op written in other ops */
  readonly primitive: Primitive | null;
}
const rows = new WeakMap<object, Row>();
/** The row behind an op function. */
export const rowOf = (fn: object): Row | undefined => rows.get(fn);

/** Names the function after its row and remembers the row. */
export function bind<F extends (...args: never[]) => unknown>(fn: F, row: Row): F {
  Object.defineProperty(fn, 'name', { value: row.name });
  rows.set(fn, row);
  return fn;
}

// ---- derivatives ----

/** A recorded op as its derivative rule sees it. */
export interface Recorded {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attrs: unknown;
}
/**
 * The cotangents of the inputs from that of the output: `g^T J`, of complex numbers `g` times the conjugate of the derivative. null
 * where none flows. An elementwise rule may leave a cotangent in the shape of the result: broadcasting is undone after it.
 */
export type Vjp = (g: Tensor, r: Recorded) => readonly (Tensor | null)[];
/** Why an op has no rule: no gradient flows through it. */
export type NoVjp = `none: ${string}`;
const rules = new WeakMap<Primitive, Vjp | NoVjp>();
/** The derivative rule of a primitive. */
export const vjpOf = (p: Primitive): Vjp | NoVjp | undefined => rules.get(p);
/** Gives a primitive its derivative rule. */
export function differentiate(p: Primitive, vjp: Vjp | NoVjp): Primitive {
  rules.set(p, vjp);
  return p;
}

export const primitive = (p: { readonly name: string } & Partial<Primitive>): Primitive => ({
  elementwise: 0,
  view: false,
  expensive: false,
  inPlace: false,
  run: null,
  resolved: [],
  ...p,
});

// ---- operands ----

const constants: Map<number | bigint, Node>[] = Object.values(types).map(() => new Map());
const CONSTANTS = 1024;
/** A 0-d leaf that holds a plain value; common ones are kept. */
export function constant(x: number | bigint | boolean | Complex, type: ElementType): Node {
  const key = typeof x === 'boolean' ? Number(x) : x;
  const cacheable = typeof key !== 'object' && !Object.is(key, -0);
  const cache = constants[type.index]!;
  if (cacheable) {
    const hit = cache.get(key);
    if (hit !== undefined) return hit;
  }
  const n = newLeaf(scalar, type);
  writeElement(type, n.at, x);
  n.handles++; // never donated
  if (cacheable && cache.size < CONSTANTS) cache.set(key, n);
  return n;
}
const isComplex = (x: unknown): x is Complex =>
  typeof x === 'object' && x !== null && typeof (x as Complex).re === 'number' && typeof (x as Complex).im === 'number';
/** Refuses what cannot stand for a tensor. */
export function checkValue(op: string, x: unknown): asserts x is number | bigint | boolean | Complex {
  if (typeof x === 'number' || typeof x === 'bigint' || typeof x === 'boolean' || isComplex(x)) return;
  const got = Array.isArray(x) ? 'an array (make it a tensor with array(...))' : x === null ? 'null' : typeof x;
  throw new DTypeError(`[${op}] an operand must be a tensor, a number, a bigint, a boolean or { re, im }, got ${got}`);
}
/** The dtype of a value that stands alone. */
export function ownType(x: number | bigint | boolean | Complex): ElementType {
  if (typeof x === 'number') return types.float32;
  if (typeof x === 'boolean') return types.bool;
  return typeof x === 'bigint' ? types.int64 : types.complex64;
}
/** The dtype of a plain value beside an operand of type `t`: that type, if the value can be one of its kind. */
function weakType(op: string, x: number | bigint | boolean | Complex, t: ElementType): ElementType {
  if (typeof x === 'object') return types.complex64;
  if (isInexact(t)) return t;
  if (typeof x === 'boolean') return t;
  if (typeof x === 'number' && !Number.isInteger(x)) return types.float32;
  if (t === types.bool) return weakType(op, x, typeof x === 'bigint' ? types.int64 : types.int32);
  const bits = BigInt(8 * t.size);
  const lo = t.category === 'int' ? -(1n << (bits - 1n)) : 0n;
  const hi = t.category === 'int' ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const v = BigInt(x);
  if (v < lo || v > hi) throw new DTypeError(`[${op}] a number beside ${t.name} must fit it, got ${x}`);
  return t;
}

/** The node of a tensor that has not been disposed. */
function living(op: string, x: Tensor): Node {
  const n = x.node;
  if (n.prim === disposed) throw new DisposedError(`[${op}] the tensor was disposed`);
  return watcher === null ? n : watcher.used(x);
}
/** The node of an operand that stands alone. */
export function nodeOf(op: string, x: TensorLike): Node {
  if (x instanceof Tensor) return living(op, x);
  checkValue(op, x);
  return constant(x, ownType(x));
}
// the two operands that `pair` found
let left: Node;
let right: Node;
function pair(op: string, a: TensorLike, b: TensorLike): void {
  if (a instanceof Tensor) {
    left = living(op, a);
    if (b instanceof Tensor) right = living(op, b);
    else {
      checkValue(op, b);
      right = constant(b, weakType(op, b, left.type));
    }
  } else if (b instanceof Tensor) {
    checkValue(op, a);
    right = living(op, b);
    left = constant(a, weakType(op, a, right.type));
  } else {
    left = nodeOf(op, a);
    right = nodeOf(op, b);
  }
}
differentiate(copyPrimitive, (g) => [g]);

export const astypePrimitive: Primitive = differentiate(primitive({ name: 'astype', elementwise: 1 }), (g) => [g]);
/** `n` converted, or itself. */
export const castTo = (n: Node, type: ElementType): Node =>
  n.type === type ? n : new Node(astypePrimitive, n, null, null, null, null, n.shape, null, 0, type, current());

const identityPrimitive: Primitive = differentiate(primitive({ name: 'identity', view: true }), (g) => [g]);
/** A node of its own over the same data. */
export const identityNode = (n: Node): Node => viewOf(identityPrimitive, n, null, n.shape, n.strides);
/** A tensor of its own over the same data: disposing one leaves the other. */
export const identity = (n: Node): Tensor => new Tensor(identityNode(n));

// ---- elementwise families ----

/** Which dtypes an elementwise op takes. */
export type Domain = 'all' | 'number' | 'real' | 'float' | 'inexact' | 'integer' | 'complex';
const domains: Record<Domain, { readonly has: (t: ElementType) => boolean; readonly text: string }> = {
  all: { has: () => true, text: 'any dtype' },
  number: { has: (t) => t.category !== 'bool', text: 'a number dtype' },
  real: { has: (t) => t.category !== 'complex', text: 'a real dtype' },
  float: { has: isFloat, text: 'a floating dtype' },
  inexact: { has: isInexact, text: 'a floating or complex dtype' },
  integer: { has: (t) => isInteger(t) || t.category === 'bool', text: 'an integer or bool dtype' },
  complex: { has: (t) => t.category === 'complex', text: 'complex64' },
};

type Scalar = (...x: never[]) => unknown;
/** The row of an elementwise primitive. */
export interface Elementwise {
  readonly name: string;
  /** dtypes the kernel computes in; others are refused after `compute` */
  readonly domain: Domain;
  /** `inexact`: integers and bool become float32 first. `keep`, the default: they stay. */
  readonly compute?: 'keep' | 'inexact';
  /** dtype of the result; the operands' by default */
  readonly result?: (t: ElementType) => ElementType;
  /** f64 reference on numbers, and on bigint where integers are in the domain */
  readonly reference: Scalar;
  /** the same on `{ re, im }`, where complex64 is in the domain */
  readonly complex?: Scalar;
  /** derivative rule, or why there is none */
  readonly vjp: Vjp | NoVjp;
}
function elementwisePrimitive(row: Elementwise, arity: 1 | 2): Primitive {
  const real = row.reference as (...x: unknown[]) => unknown;
  const complex = row.complex as ((...x: unknown[]) => unknown) | undefined;
  const reference = complex
    ? (...x: unknown[]): unknown => (typeof x[0] === 'object' ? complex(...x) : real(...x))
    : real;
  return differentiate(primitive({ name: row.name, elementwise: arity, reference: reference as Scalar }), row.vjp);
}
function refuse(row: Elementwise, got: string): never {
  throw new DTypeError(`[${row.name}] the operand must have ${domains[row.domain].text}, got ${got}`);
}

/* #__NO_SIDE_EFFECTS__ */
export function unary(row: Elementwise): Unary {
  const p = elementwisePrimitive(row, 1);
  const { has } = domains[row.domain];
  const inexact = row.compute === 'inexact';
  const result = row.result;
  const fn: Unary = (x) => {
    let n = nodeOf(row.name, x);
    const type = inexact ? toInexact(n.type) : n.type;
    if (!has(type)) refuse(row, n.type.name);
    n = castTo(n, type);
    const out = result === undefined ? type : result(type);
    return new Tensor(new Node(p, n, null, null, null, null, n.shape, null, 0, out, current()));
  };
  return bind(fn, { name: row.name, family: 'unary', primitive: p });
}

/** Two nodes in their common dtype, under an op's rules. */
/* #__NO_SIDE_EFFECTS__ */
export function binary(row: Elementwise): Binary {
  const p = elementwisePrimitive(row, 2);
  const { has } = domains[row.domain];
  const inexact = row.compute === 'inexact';
  const result = row.result;
  const fn: Binary = (a, b) => {
    pair(row.name, a, b);
    let x = left;
    let y = right;
    let type = x.type === y.type ? x.type : promote(x.type, y.type);
    if (inexact) type = toInexact(type);
    if (!has(type)) refuse(row, x.type === y.type ? x.type.name : `${x.type.name} and ${y.type.name}`);
    const shape = x.shape === y.shape ? x.shape : broadcast(row.name, x.shape, y.shape);
    if (x.type !== type) x = castTo(x, type);
    if (y.type !== type) y = castTo(y, type);
    const out = result === undefined ? type : result(type);
    return new Tensor(new Node(p, x, y, null, null, null, shape, null, 0, out, current()));
  };
  return bind(fn, { name: row.name, family: 'binary', primitive: p });
}

// ---- everything else ----

/** One node of a structured primitive, without a handle. */
export function recordNode(
  p: Primitive,
  inputs: readonly (Node | null)[],
  attrs: unknown,
  shape: Shape,
  type: ElementType,
  rest: readonly Node[] | null = null,
): Node {
  const n = inputs.length;
  const a = n > 0 ? inputs[0]! : null;
  const b = n > 1 ? inputs[1]! : null;
  const c = n > 2 ? inputs[2]! : null;
  return new Node(p, a, b, c, rest, attrs, shape, null, 0, type, current());
}
/** Records one node of a structured primitive. */
export const record = (
  p: Primitive,
  inputs: readonly (Node | null)[],
  attrs: unknown,
  shape: Shape,
  type: ElementType,
  rest: readonly Node[] | null = null,
): Tensor => new Tensor(recordNode(p, inputs, attrs, shape, type, rest));

/** An op with rules of its own. The name is the export's; `family` groups it in tests and docs. */
/* #__NO_SIDE_EFFECTS__ */
export function op<F extends (...args: never[]) => unknown>(
  name: string,
  family: string,
  fn: F,
  p: Primitive | null = null,
): F {
  return bind(naming(name, fn), { name, family, primitive: p });
}
/** An op written in other ops. */
/* #__NO_SIDE_EFFECTS__ */
export function composite<F extends (...args: never[]) => unknown>(name: string, body: F): F {
  return bind(naming(name, body), { name, family: 'composite', primitive: null });
}

/** The common dtype of tensors. */
export const commonType = (nodes: readonly Node[]): ElementType =>
  nodes.reduce((t, n) => promote(t, n.type), nodes[0]!.type);
/** A dtype as the user wrote it. */
export function checkType(op: string, dtype: DType): ElementType {
  const t = Object.hasOwn(types, dtype) ? types[dtype] : undefined;
  if (t === undefined) {
    throw new DTypeError(`[${op}] the dtype must be one of ${Object.keys(types).join(', ')}, got ${String(dtype)}`);
  }
  return t;
}
/** Two operands, weak values resolved, for ops outside the binary family. */
export function operands(op: string, a: TensorLike, b: TensorLike): readonly [Node, Node] {
  pair(op, a, b);
  return [left, right];
}
