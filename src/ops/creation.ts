// Tensors from nothing, and from JavaScript values.
import { newLeaf, type Node } from '../graph/node.js';
import { u8 } from '../backends/heap.js';
import { types, type DType, type ElementType } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { writeElement, type Element } from '../tensor/read.js';
import { checkShape, MAX_AXES, shapeOf, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import type { Complex } from '../backends/backend.js';
import { add, equal, greaterEqual, multiply, sub } from './arithmetic.js';
import {
  castTo,
  checkType,
  composite,
  constant,
  differentiate,
  identity as sameData,
  nodeOf,
  op,
  ownType,
  primitive,
  record,
} from './define.js';
import { broadcastTo, reshape } from './shape.js';
import { stack } from './join.js';

/** What `array` makes a tensor of. */
export type ArrayLikeData = Element | Tensor | ArrayBufferView | readonly ArrayLikeData[];

const typedArrays: readonly (readonly [string, DType])[] = [
  ['Uint8Array', 'uint8'],
  ['Uint8ClampedArray', 'uint8'],
  ['Uint16Array', 'uint16'],
  ['Uint32Array', 'uint32'],
  ['BigUint64Array', 'uint64'],
  ['Int8Array', 'int8'],
  ['Int16Array', 'int16'],
  ['Int32Array', 'int32'],
  ['BigInt64Array', 'int64'],
  ['Float16Array', 'float16'],
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
];
function fromView(view: ArrayBufferView): Node {
  const name = (view as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? 'DataView';
  const dtype = typedArrays.find(([n]) => n === name)?.[1];
  if (dtype === undefined) throw new DTypeError(`[array] the data must be a typed array of numbers, got a ${name}`);
  const type = types[dtype];
  const n = newLeaf(checkShape('array', [view.byteLength / type.size]), type);
  u8.set(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength), n.at);
  return n;
}

const isComplex = (x: unknown): x is Complex => typeof x === 'object' && x !== null && 're' in x && 'im' in x;
/** Whether tensors or typed arrays lie anywhere in nested arrays. */
const holdsTensors = (x: unknown, depth = 0): boolean =>
  x instanceof Tensor ||
  ArrayBuffer.isView(x) ||
  (Array.isArray(x) && depth < MAX_AXES && x.some((y) => holdsTensors(y, depth + 1)));
/** Rank of the kinds of plain values; a mixture takes the highest. */
function kindOf(x: unknown): 0 | 1 | 2 | 3 {
  if (typeof x === 'boolean') return 0;
  if (typeof x === 'bigint') return 1;
  if (typeof x === 'number') return 2;
  if (isComplex(x)) return 3;
  const got = x === null ? 'null' : typeof x;
  throw new DTypeError(`[array] elements must be numbers, booleans, bigints, { re, im } or tensors, got ${got}`);
}
const kinds: readonly ElementType[] = [types.bool, types.int64, types.float32, types.complex64];

function fromNested(data: readonly ArrayLikeData[], dtype: ElementType | null): Node {
  const dims: number[] = [];
  for (let x: ArrayLikeData = data; Array.isArray(x); x = x[0] as ArrayLikeData) {
    dims.push(x.length);
    if (x.length === 0 || dims.length > MAX_AXES) break;
  }
  checkShape('array', dims);
  const flat: Element[] = [];
  let kind = 0;
  const walk = (x: ArrayLikeData, axis: number): void => {
    if (axis === dims.length) {
      if (Array.isArray(x)) throw ragged(dims, axis);
      kind = Math.max(kind, kindOf(x));
      flat.push(x as Element);
      return;
    }
    if (!Array.isArray(x) || x.length !== dims[axis]) throw ragged(dims, axis);
    for (const y of x as readonly ArrayLikeData[]) walk(y, axis + 1);
  };
  walk(data, 0);
  const type = dtype ?? (flat.length === 0 ? types.float32 : kinds[kind]!);
  const n = newLeaf(checkShape('array', dims), type);
  for (let i = 0; i < flat.length; i++) writeElement(type, n.at + i * type.size, flat[i]!);
  return n;
}
const ragged = (dims: readonly number[], axis: number): ShapeError =>
  new ShapeError(
    `[array] nested arrays must have equal lengths, got a part that does not fit ${showShape(dims)} at axis ${axis}`,
  );

/**
 * A tensor of JavaScript values: a number, boolean, bigint or `{ re, im }`, arrays of them nested by axis, a typed array, or
 * tensors (stacked). Numbers are float32, booleans bool, bigints int64, typed arrays keep their type, unless `dtype` says
 * otherwise.
 */
export const array: (data: ArrayLikeData, dtype?: DType) => Tensor = /* @__PURE__ */ op(
  'array',
  'creation',
  (data, dtype) => {
    const type = dtype === undefined ? null : checkType('array', dtype);
    const as = (n: Node): Tensor => (type === null || type === n.type ? sameData(n) : new Tensor(castTo(n, type)));
    if (data instanceof Tensor) return as(nodeOf('array', data));
    if (ArrayBuffer.isView(data)) return type === null ? new Tensor(fromView(data)) : as(fromView(data));
    if (!Array.isArray(data)) {
      const x = data as Element;
      kindOf(x);
      const own = type ?? ownType(x);
      const n = newLeaf(shapeOf([]), own);
      writeElement(own, n.at, x);
      return new Tensor(n);
    }
    if (holdsTensors(data)) return as(stack((data as readonly ArrayLikeData[]).map((x) => array(x))).node);
    return new Tensor(fromNested(data as readonly ArrayLikeData[], type));
  },
);

/** A tensor of `shape` filled with `value`; float32 unless the value or `dtype` says otherwise. Takes no memory of its own size. */
export const full: (shape: readonly number[], value: TensorLike, dtype?: DType) => Tensor = /* @__PURE__ */ op(
  'full',
  'creation',
  (shape, value, dtype) => {
    const n = nodeOf('full', value);
    const type = dtype === undefined ? n.type : checkType('full', dtype);
    const x = value instanceof Tensor ? castTo(n, type) : constant(value, type);
    return broadcastTo(new Tensor(x), checkShape('full', shape).dims);
  },
);
/** Zeros, float32 by default. */
export const zeros: (shape: readonly number[], dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'zeros',
  (shape, dtype = 'float32') => full(shape, 0, dtype),
);
/** Ones, float32 by default. */
export const ones: (shape: readonly number[], dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'ones',
  (shape, dtype = 'float32') => full(shape, 1, dtype),
);

const arangePrimitive = differentiate(primitive({ name: 'arange' }), 'none: constant');
function range(start: number, stop: number, step: number, type: ElementType): Tensor {
  if (![start, stop, step].every(Number.isFinite)) {
    throw new ShapeError(`[arange] start, stop and step must be finite, got ${start}, ${stop} and ${step}`);
  }
  if (step === 0) throw new ShapeError('[arange] the step must not be 0, got 0');
  const n = Math.max(0, Math.ceil((stop - start) / step));
  return record(arangePrimitive, [], { start, step }, checkShape('arange', [n]), type);
}
/**
 * `start, start + step, ...` below `stop`; `arange(stop)` starts at 0. int32 when all three are integers (int64 where
 * one does not fit), else float32.
 * Length `ceil((stop - start) / step)`.
 */
export const arange: (
  ...args:
    | [stop: number, dtype?: DType]
    | [start: number, stop: number, dtype?: DType]
    | [start: number, stop: number, step: number, dtype?: DType]
) => Tensor = /* @__PURE__ */ op(
  'arange',
  'creation',
  (...args) => {
    const numbers = args.filter((x): x is number => typeof x === 'number');
    const dtype = args.find((x): x is DType => typeof x === 'string');
    const [start, stop, step] =
      numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
    const small = [start, stop, step].every((x) => Math.abs(x) < 2 ** 31);
    const own = numbers.every(Number.isInteger) ? (small ? types.int32 : types.int64) : types.float32;
    const type = dtype === undefined ? own : checkType('arange', dtype);
    if (type === types.bool) throw new DTypeError('[arange] the dtype must be a number dtype, got bool');
    return range(start, stop, step, type);
  },
  arangePrimitive,
);
/** `num` evenly spaced values from `start` to `stop`, both included: `(1 - t) * start + t * stop`. float32 by default. */
export const linspace: (start: number, stop: number, num?: number, dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'linspace',
  (start, stop, num = 50, dtype = 'float32') => {
    if (!Number.isInteger(num) || num < 0)
      throw new ShapeError(`[linspace] the count must be an integer of at least 0, got ${num}`);
    const out = checkType('linspace', dtype);
    if (num === 1) return full([1], start, dtype);
    const type = out === types.float64 ? out : types.float32;
    const t = multiply(range(0, num, 1, type), 1 / (num - 1));
    const x = add(multiply(sub(1, t), start), multiply(t, stop));
    return out === type ? x : new Tensor(castTo(x.node, out));
  },
);
/** Ones on the diagonal with `k` above (or, negative, below) the main one of an (n, m) matrix, else zeros. */
export const eye: (n: number, m?: number | null, k?: number, dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'eye',
  (n, m = null, k = 0, dtype = 'float32') => {
    const [rows, columns] = sides('eye', n, m);
    return mask('eye', equal, rows, columns, k, dtype);
  },
);
/** The identity matrix of size n. */
export const identity: (n: number, dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'identity',
  (n, dtype = 'float32') => eye(n, n, 0, dtype),
);
/** Ones at and below the diagonal with `k` above the main one of an (n, m) matrix, else zeros. */
export const tri: (n: number, m?: number | null, k?: number, dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'tri',
  (n, m = null, k = 0, dtype = 'float32') => {
    const [rows, columns] = sides('tri', n, m);
    return mask('tri', greaterEqual, rows, columns, k, dtype);
  },
);
function sides(name: string, n: number, m: number | null): readonly [number, number] {
  const [rows, columns] = checkShape(name, [n, m ?? n]).dims as readonly [number, number];
  return [rows, columns];
}
function mask(name: string, compare: typeof equal, rows: number, columns: number, k: number, dtype: DType): Tensor {
  if (!Number.isInteger(k)) throw new ShapeError(`[${name}] the diagonal must be an integer, got ${k}`);
  const i = reshape(range(0, rows, 1, types.int32), [rows, 1]);
  const j = range(0, columns, 1, types.int32);
  return new Tensor(castTo(compare(add(i, k), j).node, checkType(name, dtype)));
}
/** Coordinate grids of 1-D tensors; `indexing` 'xy' (default) exchanges the first two axes, 'ij' keeps their order. */
export const meshgrid: (arrays: readonly TensorLike[], sparse?: boolean, indexing?: 'xy' | 'ij') => Tensor[] =
  /* @__PURE__ */ composite('meshgrid', (arrays, sparse = false, indexing = 'xy') => {
    const xs = arrays.map((x) => reshape(x, [-1]));
    const n = xs.length;
    const place = (i: number): number => (indexing === 'xy' && n > 1 && i < 2 ? 1 - i : i);
    const dims = new Array<number>(n);
    xs.forEach((x, i) => (dims[place(i)] = x.size));
    return xs.map((x, i) => {
      const own = dims.map((_, a) => (a === place(i) ? x.size : 1));
      const y = reshape(x, own);
      return sparse ? y : broadcastTo(y, dims);
    });
  });
