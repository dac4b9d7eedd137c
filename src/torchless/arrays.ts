// What the backend's ops take and give: torchless's ndarray types, and what lies on the heap.
import { array, DTypeError, ShapeError, tidy, Tensor } from '../slim.js';
import { showShape, showValue } from '../tensor/shape.js';
import { MetalBuffer, type TensorSource } from './buffer.js';
import { MetalTensor } from './tensor.js';

/** `ndarray::Array2<f32>`: rows one after the other. */
export interface Array2 {
  readonly data: Float32Array;
  readonly shape: readonly [rows: number, cols: number];
}
/**
 * `Array2::from_shape_vec(shape, values)`.
 * @throws ShapeError unless there are `rows * cols` values
 */
export function array2(shape: readonly [rows: number, cols: number], values: ArrayLike<number>): Array2 {
  const made = { data: values instanceof Float32Array ? values : Float32Array.from(values), shape };
  checkArray2('array2', 'values', made);
  return made;
}

/** What is read as a vector. A `Float32Array` is `Array1<f32>`, or the view of one; it is copied to the heap by each call. */
export type Vector = Float32Array | Tensor | TensorSource;
/** What is read as a matrix. An `Array2` is copied to the heap by each call: give weights as a `MetalTensor`. */
export type Matrix = Array2 | Tensor | TensorSource;
/** What torchless takes as `&mut Array1<f32>`: written in place. */
export type VectorMut = Float32Array | Tensor | MetalTensor;
/** What torchless takes as `&mut Array2<f32>`. */
export type MatrixMut = Array2 | Tensor | MetalTensor;
/** The kind of array that an op gives for an operand: plain for plain, a tensor for a tensor, else a `MetalTensor`. */
export type Vectorlike<V> = V extends Float32Array ? Float32Array : V extends Tensor ? Tensor : MetalTensor;
/** The same for matrices. */
export type Matrixlike<M> = M extends Array2 ? Array2 : M extends Tensor ? Tensor : MetalTensor;

const isSource = (x: unknown): x is TensorSource =>
  typeof x === 'object' &&
  x !== null &&
  typeof (x as Partial<TensorSource>).tensor === 'function' &&
  typeof (x as Partial<TensorSource>).shape === 'function';
const isArray2 = (x: unknown): x is Array2 =>
  typeof x === 'object' && x !== null && (x as Partial<Array2>).data instanceof Float32Array && 'shape' in x;

function checkArray2(op: string, what: string, { data, shape }: Array2): void {
  const fits = Array.isArray(shape) && shape.length === 2 && shape.every((d) => Number.isSafeInteger(d) && d >= 0);
  if (!fits || shape[0] * shape[1] !== data.length) {
    const got = Array.isArray(shape) ? showShape(shape) : showValue(shape);
    throw new ShapeError(`[${op}] ${what} must have rows * cols elements, got ${data.length} for ${got}`);
  }
}
/** The sizes of an operand, checked: float32, and as many axes as asked for; any number of them for null. */
export function shapeOf(op: string, what: string, x: unknown, ndim: number | null): readonly number[] {
  let shape: readonly number[];
  if (x instanceof Float32Array) shape = [x.length];
  else if (x instanceof Tensor) {
    if (x.dtype !== 'float32') throw new DTypeError(`[${op}] ${what} must be float32, got ${x.dtype}`);
    ({ shape } = x);
  } else if (isSource(x)) shape = x.shape();
  else if (isArray2(x)) {
    checkArray2(op, what, x);
    ({ shape } = x);
  } else {
    const wanted = ndim === 1 ? 'a Float32Array' : 'an Array2';
    throw new DTypeError(`[${op}] ${what} must be ${wanted}, a Tensor or a MetalTensor, got ${showValue(x)}`);
  }
  if (ndim !== null && shape.length !== ndim)
    throw new ShapeError(`[${op}] ${what} must have ${ndim === 1 ? 'one axis' : 'two axes'}, got ${showShape(shape)}`);
  return shape;
}

/** The values of an operand that `shapeOf` let pass. */
export function read(x: Vector | Matrix): Tensor {
  if (x instanceof Tensor) return x;
  if (x instanceof Float32Array) return array(x);
  return isSource(x) ? x.tensor() : array(x.data).reshape(x.shape);
}
/** The same for what is written in place. */
export function shapeOfTarget(op: string, what: string, out: unknown, ndim: number): readonly number[] {
  if (isSource(out) && !(out instanceof Tensor) && !(out instanceof MetalTensor))
    throw new DTypeError(`[${op}] ${what} must be an array that can be written, got one that is only read`);
  return shapeOf(op, what, out, ndim);
}
/** Writes what `make` records over `out`, which has its shape. */
export function write(out: VectorMut | MatrixMut, make: () => Tensor): void {
  if (out instanceof Tensor) tidy(() => void out.set('...', make()));
  else if (out instanceof MetalTensor) out.write(make);
  else (out instanceof Float32Array ? out : out.data).set(values(make));
}
/** What `make` records, of that shape, in an array of its own of the kind of `like`. */
export function give(
  device: string,
  like: Vector | Matrix,
  shape: readonly number[],
  make: () => Tensor,
): Tensor | MetalTensor | Float32Array | Array2 {
  if (like instanceof Tensor) return tidy(make);
  if (isSource(like)) return MetalTensor.newWithShape(MetalBuffer.of(device, make), shape);
  return shape.length === 1 ? values(make) : { data: values(make), shape: [shape[0]!, shape[1]!] };
}
function values(make: () => Tensor): Float32Array {
  const made = tidy(make);
  const out = made.toTypedArray() as Float32Array;
  made.dispose();
  return out;
}
