// torchless::kernels::metal::tensor: shapes over shared buffers.
import { ShapeError, slice, type Tensor } from '../slim.js';
import { checkShape, showShape } from '../tensor/shape.js';
import { checkCount, MetalBuffer, sizeOf, type TensorSource } from './buffer.js';

/** Bytes of an element: everything here is float32, as in torchless. */
const BYTES = 4;

/** @throws ShapeError unless `elements` from `start` on lie in the buffer */
function checkFits(op: string, buffer: MetalBuffer, start: number, elements: number): void {
  if (!(buffer instanceof MetalBuffer))
    throw new ShapeError(`[${op}] the first argument must be a MetalBuffer, got another value`);
  if (start + elements > buffer.size) {
    throw new ShapeError(
      `[${op}] the buffer must hold at least ${start + elements} elements, got ${buffer.size} (${buffer.length()} bytes)`,
    );
  }
}

/**
 * A shape over float32 elements of a `MetalBuffer`. Tensors over one buffer, `clone`s and `row`s among them, see each other's writes;
 * `reshape` changes this one alone.
 */
export class MetalTensor implements TensorSource {
  readonly #buffer: MetalBuffer;
  readonly #start: number;
  #shape: readonly number[];
  private constructor(op: string, buffer: MetalBuffer, shape: readonly number[], start = 0) {
    checkFits(op, buffer, start, checkShape(op, shape).size);
    this.#buffer = buffer;
    this.#shape = [...shape];
    this.#start = start;
  }
  /** The first `len` elements of `buffer`. @throws ShapeError if it holds fewer; torchless read past its end */
  static new1d(buffer: MetalBuffer, len: number): MetalTensor {
    return new MetalTensor('MetalTensor.new1d', buffer, [len]);
  }
  /** `rows * cols` elements, row by row. @throws ShapeError if the buffer holds fewer */
  static new2d(buffer: MetalBuffer, rows: number, cols: number): MetalTensor {
    return new MetalTensor('MetalTensor.new2d', buffer, [rows, cols]);
  }
  /** `d0 * d1 * d2` elements, the last axis innermost. @throws ShapeError if the buffer holds fewer */
  static new3d(buffer: MetalBuffer, d0: number, d1: number, d2: number): MetalTensor {
    return new MetalTensor('MetalTensor.new3d', buffer, [d0, d1, d2]);
  }
  /** Any shape, row-major. @throws ShapeError if the buffer holds fewer elements */
  static newWithShape(buffer: MetalBuffer, shape: readonly number[]): MetalTensor {
    return new MetalTensor('MetalTensor.newWithShape', buffer, shape);
  }
  /** @internal Part of a buffer, from element `start` on. */
  static within(op: string, buffer: MetalBuffer, shape: readonly number[], start: number): MetalTensor {
    return new MetalTensor(op, buffer, shape, start);
  }
  buffer(): MetalBuffer {
    return this.#buffer;
  }
  shape(): readonly number[] {
    return this.#shape;
  }
  ndim(): number {
    return this.#shape.length;
  }
  /** Number of elements. */
  len(): number {
    return sizeOf(this.#shape);
  }
  isEmpty(): boolean {
    return this.len() === 0;
  }
  /** `[rows, cols]` of a tensor with two axes, else null. */
  shape2d(): readonly [rows: number, cols: number] | null {
    const [rows, cols] = this.#shape;
    return this.ndim() === 2 ? [rows!, cols!] : null;
  }
  /** Size of the first axis, 0 where there is none. */
  nrows(): number {
    return this.#shape[0] ?? 0;
  }
  /** Size of the second axis; of the first where it is the only one, as in torchless. */
  ncols(): number {
    return this.#shape[1] ?? this.nrows();
  }
  /** Gives this tensor another shape, in place. @throws ShapeError unless the number of elements stays */
  reshape(newShape: readonly number[]): void {
    const { size } = checkShape('MetalTensor.reshape', newShape);
    if (size !== this.len()) {
      throw new ShapeError(
        `[MetalTensor.reshape] the new shape must have the same number of elements, got ${showShape(newShape)} for ${showShape(this.#shape)}`,
      );
    }
    this.#shape = [...newShape];
  }
  /** Bytes of the elements, `4 * len()`; the buffer may be larger. */
  memoryBytes(): number {
    return this.len() * BYTES;
  }
  /** Another tensor over the same buffer. */
  clone(): MetalTensor {
    return new MetalTensor('MetalTensor.clone', this.#buffer, this.#shape, this.#start);
  }
  /**
   * Row `i` of a tensor with two axes as a tensor of its own over the same elements: what is written to it, `softmaxView` for one, is
   * written here.
   * @throws ShapeError unless there are two axes and `i` is one of the rows
   */
  row(i: number): MetalTensor {
    const shape = this.shape2d();
    if (shape === null)
      throw new ShapeError(`[MetalTensor.row] the tensor must have two axes, got ${showShape(this.#shape)}`);
    const [rows, cols] = shape;
    if (!Number.isInteger(i) || i < 0 || i >= rows)
      throw new ShapeError(`[MetalTensor.row] the row must be below ${rows}, got ${i}`);
    return new MetalTensor('MetalTensor.row', this.#buffer, [cols], this.#start + i * cols);
  }
  tensor(): Tensor {
    return this.#buffer
      .tensor()
      .at(slice(this.#start, this.#start + this.len()))
      .reshape(this.#shape);
  }
  /** @internal Writes what `make` records, of this shape, in place. */
  write(make: () => Tensor): void {
    this.#buffer.write(this.#start, make);
  }
  /** The elements, copied: memory that grows, and that threads share, is not lent out. */
  toVec(): Float32Array {
    return this.tensor().toTypedArray() as Float32Array;
  }
  /** `toVec()`. */
  asSlice(): Float32Array {
    return this.toVec();
  }
  /** Lends the elements to `edit` and takes them back when it returns. */
  asSliceMut(edit: (elements: Float32Array) => void): void {
    const elements = this.toVec();
    edit(elements);
    this.copyFrom(elements);
  }
  /** Writes `elements` over those of this tensor. @throws ShapeError unless there are `len()` of them */
  copyFrom(elements: Float32Array): void {
    if (elements.length !== this.len()) {
      throw new ShapeError(
        `[MetalTensor.copyFrom] there must be as many elements as the tensor has, ${this.len()}, got ${elements.length}`,
      );
    }
    this.#buffer.copyFrom(this.#start, elements);
  }
  /** `toVec()`, for code that awaits. */
  async data(): Promise<Float32Array> {
    return (await this.tensor().data()) as Float32Array;
  }
  /** Gives the memory of the buffer back now, of every tensor over it. */
  dispose(): void {
    this.#buffer.dispose();
  }
  toString(): string {
    return `MetalTensor { shape: [${this.#shape.join(', ')}], len: ${this.len()}, memory_bytes: ${this.memoryBytes()} }`;
  }
}

/** Tensors of one shape that lie one behind the other in one buffer, for products of batches: `tensor()` has the batch in front. */
export class MetalTensorBatch implements TensorSource {
  readonly #buffer: MetalBuffer;
  readonly #batch: number;
  readonly #shape: readonly number[];
  /** @throws ShapeError if the buffer holds fewer than `batchSize * product(tensorShape)` elements */
  constructor(buffer: MetalBuffer, batchSize: number, tensorShape: readonly number[]) {
    const op = 'MetalTensorBatch';
    checkCount(op, 'the batch size', batchSize);
    checkFits(op, buffer, 0, checkShape(op, [batchSize, ...checkShape(op, tensorShape).dims]).size);
    this.#buffer = buffer;
    this.#batch = batchSize;
    this.#shape = [...tensorShape];
  }
  buffer(): MetalBuffer {
    return this.#buffer;
  }
  batchSize(): number {
    return this.#batch;
  }
  /** The shape of each tensor. */
  tensorShape(): readonly number[] {
    return this.#shape;
  }
  /** The batch, then the shape of each tensor. */
  shape(): readonly number[] {
    return [this.#batch, ...this.#shape];
  }
  elementsPerTensor(): number {
    return sizeOf(this.#shape);
  }
  totalElements(): number {
    return this.#batch * this.elementsPerTensor();
  }
  memoryBytes(): number {
    return this.totalElements() * BYTES;
  }
  /** Tensor `i` of the batch, over the same elements. @throws ShapeError unless `i` is below the batch size */
  get(i: number): MetalTensor {
    const op = 'MetalTensorBatch.get';
    if (!Number.isInteger(i) || i < 0 || i >= this.#batch)
      throw new ShapeError(`[${op}] the index must be below the batch size, ${this.#batch}, got ${i}`);
    return MetalTensor.within(op, this.#buffer, this.#shape, i * this.elementsPerTensor());
  }
  tensor(): Tensor {
    return this.#buffer.tensor().at(slice(0, this.totalElements())).reshape(this.shape());
  }
  toString(): string {
    return `MetalTensorBatch { batch_size: ${this.#batch}, tensor_shape: [${this.#shape.join(', ')}], total_elements: ${this.totalElements()} }`;
  }
}
