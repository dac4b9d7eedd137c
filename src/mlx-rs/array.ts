// mlx_rs::Array around a tensor of the core. Methods that are ops come from `methods.ts`.
import { AsSliceError } from './error.js';
import { Dtype, fromCore } from './dtype.js';
import { checkStream, type StreamLike } from './device.js';
import { toCore, type ArrayIndexOp } from './ranges.js';
import {
  array as tensor,
  arrayEqual,
  ShapeError,
  view,
  type Complex,
  type Element,
  type Tensor,
  type TypedArray,
} from '../slim.js';
import type { ArrayMethods, ArrayStatics, Files } from './methods.js';

/** `Option<T>`. */
export type Opt<T> = T | null | undefined;
/** Nested lists of plain values, as `array!` takes them. */
export type Data = number | boolean | bigint | Complex | TypedArray | readonly Data[];
/**
 * What an op takes for an array. A bare number with a whole value is an `i32`, any other an `f32`; both take part in promotion as
 * arrays without axes, as Rust's scalars do. `f32(2)` says what `2.0` says in Rust.
 */
export type Operand = Array | number | boolean | Complex;

/** The tensor behind an operand. */
export function tensorOf(x: Operand): Tensor {
  if (x instanceof Array) return x.tensor;
  if (typeof x === 'number')
    return tensor(x, Number.isInteger(x) && Math.abs(x) < 2 ** 31 && !Object.is(x, -0) ? 'int32' : 'float32');
  return tensor(x);
}
// eslint-disable-next-line @typescript-eslint/no-array-constructor
export const wrap = (t: Tensor): Array => new Array(t, true);

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Array extends ArrayMethods {}
/** `mlx_rs::Array`. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Array {
  constructor(
    /** The core's tensor. `index_mut` and the assigning operators replace it. */
    public tensor: Tensor,
    /** @internal whether no other handle stands for the tensor */
    private own = false,
  ) {}

  // ---- construction ----

  /** `bool`, without axes. */
  static from_bool(val: boolean): Array {
    return wrap(tensor(val));
  }
  /** Int32, without axes. */
  static from_int(val: number): Array {
    return wrap(tensor(val, 'int32'));
  }
  /** Float32, without axes. */
  static from_f32(val: number): Array {
    return wrap(tensor(val, 'float32'));
  }
  /** @deprecated the name in mlx-rs 0.21: write `from_f32` */
  static from_float(val: number): Array {
    return Array.from_f32(val);
  }
  /** Float64, without axes. */
  static from_f64(val: number): Array {
    return wrap(tensor(val, 'float64'));
  }
  /** Complex64, without axes. */
  static from_complex(val: Complex): Array {
    return wrap(tensor(val, 'complex64'));
  }
  /** Row-major data. A typed array brings its dtype; plain numbers are Float32 unless `dtype` says otherwise. */
  static from_slice(
    data: TypedArray | readonly (number | boolean | bigint | Complex)[],
    shape: readonly number[],
    dtype?: Opt<Dtype>,
  ): Array {
    const flat = dtype ? tensor(data, dtype.core) : tensor(data);
    if (flat.size !== shape.reduce((p, d) => p * d, 1)) {
      throw new ShapeError(
        `[from_slice] the data must fill the shape, got ${flat.size} elements for (${shape.join(',')})`,
      );
    }
    return wrap(flat.reshape(shape));
  }
  /** Float64 data, row-major. */
  static from_slice_f64(data: Float64Array<ArrayBuffer> | readonly number[], shape: readonly number[]): Array {
    return Array.from_slice(data, shape, Dtype.Float64);
  }
  /** The bytes of row-major data in the machine's order. */
  static from_raw_data(data: ArrayBuffer | ArrayBufferView, shape: readonly number[], dtype: Dtype): Array {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const size = shape.reduce((p, d) => p * d, 1);
    const want = size * tensor([], dtype.core).itemsize;
    if (bytes.length !== want) {
      throw new ShapeError(
        `[from_raw_data] the data must have ${want} bytes for (${shape.join(',')}), got ${bytes.length}`,
      );
    }
    if (size === 0) return wrap(tensor([], dtype.core).reshape(shape));
    return wrap(view(tensor(bytes), dtype.core).reshape(shape));
  }
  static from_iter(
    iter: Iterable<number | boolean | bigint | Complex>,
    shape: readonly number[],
    dtype?: Opt<Dtype>,
  ): Array {
    return Array.from_slice([...iter], shape, dtype);
  }
  static from_iter_f64(iter: Iterable<number>, shape: readonly number[]): Array {
    return Array.from_slice_f64([...iter], shape);
  }
  /** `Array::from(value)`: a scalar or nested lists, see {@link array}. */
  static from(value: Operand | Data): Array {
    if (value instanceof Array) return value.clone();
    return typeof value === 'number' ? wrap(tensorOf(value)) : array(value);
  }
  static from_scalar(val: number | boolean | Complex): Array {
    return wrap(tensorOf(val));
  }
  static from_nested(data: Data, dtype?: Opt<Dtype>): Array {
    return array(data, dtype);
  }

  // creation functions, bound in methods.ts
  declare static zeros: ArrayStatics['zeros'];
  declare static ones: ArrayStatics['ones'];
  declare static full: ArrayStatics['full'];
  declare static eye: ArrayStatics['eye'];
  declare static identity: ArrayStatics['identity'];
  declare static arange: ArrayStatics['arange'];
  declare static linspace: ArrayStatics['linspace'];
  declare static tri: ArrayStatics['tri'];
  declare static repeat: ArrayStatics['repeat'];
  declare static repeat_axis: ArrayStatics['repeat_axis'];
  declare static repeat_all: ArrayStatics['repeat_all'];
  declare static zeros_device: ArrayStatics['zeros_device'];
  declare static ones_device: ArrayStatics['ones_device'];
  declare static full_device: ArrayStatics['full_device'];
  declare static eye_device: ArrayStatics['eye_device'];
  declare static identity_device: ArrayStatics['identity_device'];
  declare static arange_device: ArrayStatics['arange_device'];
  declare static linspace_device: ArrayStatics['linspace_device'];
  declare static tri_device: ArrayStatics['tri_device'];
  declare static repeat_device: ArrayStatics['repeat_device'];
  declare static repeat_axis_device: ArrayStatics['repeat_axis_device'];
  declare static load_numpy: Files['load_numpy'];
  declare static load_safetensors: Files['load_safetensors'];
  declare static load_safetensors_with_metadata: Files['load_safetensors_with_metadata'];
  declare static save_safetensors: Files['save_safetensors'];
  declare static load_numpy_device: Files['load_numpy_device'];
  declare static load_safetensors_device: Files['load_safetensors_device'];
  declare static load_safetensors_with_metadata_device: Files['load_safetensors_with_metadata_device'];

  // ---- what it is ----

  shape(): number[] {
    return [...this.tensor.shape];
  }
  dtype(): Dtype {
    return fromCore(this.tensor.dtype);
  }
  ndim(): number {
    return this.tensor.ndim;
  }
  size(): number {
    return this.tensor.size;
  }
  nbytes(): number {
    return this.tensor.nbytes;
  }
  item_size(): number {
    return this.tensor.itemsize;
  }
  /** The size of one axis; negative axes count from the end. */
  dim(dim: number): number {
    const n = this.ndim();
    if (!Number.isInteger(dim) || dim < -n || dim >= n)
      throw new ShapeError(`[dim] the axis must be in [${-n}, ${n}), got ${dim}`);
    return this.tensor.shape[dim < 0 ? dim + n : dim]!;
  }
  /** Strides of the row-major elements, in elements. */
  strides(): number[] {
    const out = this.tensor.shape.map(() => 1);
    for (let i = out.length - 2; i >= 0; i--) out[i] = out[i + 1]! * this.tensor.shape[i + 1]!;
    return out;
  }

  // ---- reading ----

  /** Computes the value now. */
  eval(): void {
    this.tensor.eval();
  }
  /**
   * The only element, converted to `dtype` if one is given: `item::<f32>()` is `item(Dtype.Float32)`.
   * @throws ShapeError if there is not exactly one
   */
  item(): number;
  item<T extends Element = number>(dtype?: Opt<Dtype>): T;
  item(dtype?: Opt<Dtype>): Element {
    return (dtype ? this.tensor.astype(dtype.core) : this.tensor).item();
  }
  try_item<T extends Element = number>(dtype?: Opt<Dtype>): T {
    return this.item<T>(dtype);
  }
  /**
   * A copy of the elements, row-major whatever the strides are; 16-bit floats come as Float32Array.
   * @throws AsSliceError if `dtype` is given and is another than the array's
   */
  as_slice<T extends TypedArray = Float32Array<ArrayBuffer>>(dtype?: Opt<Dtype>): T {
    if (dtype && dtype !== this.dtype()) {
      throw new AsSliceError(`[as_slice] the dtype must be the array's, ${String(this.dtype())}, got ${String(dtype)}`);
    }
    return this.tensor.toTypedArray() as T;
  }
  try_as_slice<T extends TypedArray = Float32Array<ArrayBuffer>>(dtype?: Opt<Dtype>): T {
    return this.as_slice<T>(dtype);
  }
  as_slice_unchecked<T extends TypedArray = Float32Array<ArrayBuffer>>(dtype?: Opt<Dtype>): T {
    return this.as_slice<T>(dtype);
  }
  /** Whole-array equality, Rust's `==`: the same shape and elements. Elementwise comparison is `eq`. */
  equals(other: Operand): boolean {
    return arrayEqual(this.tensor, tensorOf(other)).item() as boolean;
  }
  toString(): string {
    return this.tensor.toString();
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
  /** The slices along the first axis. */
  *[Symbol.iterator](): IterableIterator<Array> {
    for (const t of this.tensor) yield wrap(t);
  }

  // ---- copies ----

  /** A handle of its own on the same data. */
  clone(): Array {
    this.own = false;
    return new Array(this.tensor);
  }
  /** The same as `clone`: data is never changed under another handle. */
  deep_clone(): Array {
    return this.clone();
  }
  /** Reversed axes. */
  t(): Array {
    return wrap(this.tensor.T);
  }

  // ---- indexing ----

  /** `a.index((0, 1..3))` is `a.index([0, range(1, 3)])`. */
  index(i: ArrayIndexOp | readonly ArrayIndexOp[]): Array {
    return wrap(this.tensor.at(...toCore(i)));
  }
  try_index(i: ArrayIndexOp | readonly ArrayIndexOp[]): Array {
    return this.index(i);
  }
  /** Lets this array stand for one with `value` at the places; clones keep the old values. */
  index_mut(i: ArrayIndexOp | readonly ArrayIndexOp[], value: Operand): void {
    this.unshared().set(toCore(i), tensorOf(value));
  }
  try_index_mut(i: ArrayIndexOp | readonly ArrayIndexOp[], value: Operand): void {
    this.index_mut(i, value);
  }

  index_device(i: ArrayIndexOp | readonly ArrayIndexOp[], stream: StreamLike): Array {
    checkStream('index', [stream]);
    return this.index(i);
  }
  try_index_device(i: ArrayIndexOp | readonly ArrayIndexOp[], stream: StreamLike): Array {
    return this.index_device(i, stream);
  }
  index_mut_device(i: ArrayIndexOp | readonly ArrayIndexOp[], value: Operand, stream: StreamLike): void {
    checkStream('index_mut', [stream]);
    this.index_mut(i, value);
  }
  try_index_mut_device(i: ArrayIndexOp | readonly ArrayIndexOp[], value: Operand, stream: StreamLike): void {
    this.index_mut_device(i, value, stream);
  }

  // ---- iterators ----

  /** `iter.sum::<Array>()`: all added up, elementwise; a Float32 zero of none. */
  static sum(iter: Iterable<Operand>): Array {
    return fold(iter, 0, (a, b) => a.add(b));
  }
  /** `iter.product::<Array>()`: all multiplied, elementwise; a Float32 one of none. */
  static product(iter: Iterable<Operand>): Array {
    return fold(iter, 1, (a, b) => a.multiply(b));
  }

  // ---- operators that assign ----

  /** `+=` */
  add_assign(rhs: Operand): void {
    this.become(this.tensor.add(tensorOf(rhs)));
  }
  /** `-=` */
  sub_assign(rhs: Operand): void {
    this.become(this.tensor.subtract(tensorOf(rhs)));
  }
  /** `*=` */
  mul_assign(rhs: Operand): void {
    this.become(this.tensor.multiply(tensorOf(rhs)));
  }
  /** `/=` */
  div_assign(rhs: Operand): void {
    this.become(this.tensor.divide(tensorOf(rhs)));
  }
  /** `%=` */
  rem_assign(rhs: Operand): void {
    this.become(this.tensor.remainder(tensorOf(rhs)));
  }
  private become(t: Tensor): void {
    this.tensor = t;
    this.own = true;
  }
  /** @internal The tensor, after making sure that no other handle stands for it. */
  unshared(): Tensor {
    if (!this.own) this.become(this.tensor.reshape(this.tensor.shape));
    return this.tensor;
  }
  /** @internal Lets this array stand for what `other` stands for. */
  assign(other: Array): void {
    other.own = false;
    this.tensor = other.tensor;
    this.own = false;
  }
  /** The core's tensor as an array. */
  static from_tensor(t: Tensor): Array {
    return new Array(t);
  }
}

function fold(iter: Iterable<Operand>, none: number, f: (a: Tensor, b: Tensor) => Tensor): Array {
  const all = [...iter].map(tensorOf);
  return wrap(all.length === 0 ? tensor(none, 'float32') : all.reduce(f));
}

/**
 * `array!`: nested lists as an array. JavaScript does not tell 1.0 from 1, so numbers are Float32; `array!([1, 2])` is
 * `array([1, 2], Dtype.Int32)`. Booleans are Bool, typed arrays keep their type.
 */
export function array(data: Data = [], dtype?: Opt<Dtype>): Array {
  const t = dtype ? tensor(data as Nested, dtype.core) : tensor(data as Nested);
  return wrap(t);
}
type Nested = Parameters<typeof tensor>[0];
/** A Float32 scalar, `2.0` or `2f32` in Rust. */
export const f32 = (x: number): Array => Array.from_f32(x);
/** An Int32 scalar, `2` or `2i32` in Rust. */
export const i32 = (x: number): Array => Array.from_int(x);
/** A complex number, `complex64::new(re, im)`. */
export const complex64 = (re: number, im: number): Complex => ({ re, im });
