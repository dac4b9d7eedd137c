// NumPy's array files, one tensor each.
import { itemsize } from '../tensor/dtype.js';
import { DTypeError, FormatError } from '../tensor/errors.js';
import { allocateTensor, rowMajorTwin, withBytes } from '../tensor/storage-io.js';
import { Tensor } from '../tensor/tensor.js';
import { encodeHeader, headerLength, parseHeader, PRELUDE, type NpyHeader } from './npy-header.js';
import { writeTarget, type Target } from './safetensors-write.js';
import { chunkBytesOf, openSource, readExactly, type Source, type SourceOptions } from './source.js';

const CHUNK = 8 * 2 ** 20;

/** @internal A tensor out of the bytes of a file, piece by piece as they come. */
export class NpyReader {
  private header: NpyHeader | null = null;
  private target: ReturnType<typeof allocateTensor> | null = null;
  /** bytes that do not make a header, or an element, yet */
  private pending = new Uint8Array(0);
  /** data bytes that are in place */
  private done = 0;
  private needed = 0;
  /** for column-major data: the index of the next element, and where it goes */
  private index: number[] = [];
  private offset = 0;
  private steps: number[] = [];

  constructor(
    private readonly file: string,
    /** bytes of the file, which the data must not pass */
    private readonly size: number,
  ) {}
  /** Whether all data is there; more bytes are ignored. */
  get complete(): boolean {
    return this.target !== null && this.done === this.needed;
  }

  /** Takes the next bytes; they are not kept. @throws FormatError */
  push(piece: Uint8Array): void {
    if (this.complete) return;
    let bytes = piece;
    if (this.pending.length > 0) {
      bytes = new Uint8Array(this.pending.length + piece.length);
      bytes.set(this.pending);
      bytes.set(piece, this.pending.length);
    }
    const from = this.header === null ? this.start(bytes) : 0;
    if (from < 0) {
      this.pending = bytes.slice();
      return;
    }
    const width = itemsize(this.header!.dtype);
    const end = Math.min(bytes.length, from + this.needed - this.done);
    const whole = from + Math.floor((end - from) / width) * width;
    this.store(bytes.subarray(from, whole), width);
    this.pending = this.complete ? new Uint8Array(0) : bytes.slice(whole, end);
  }
  /** Reads the header once it is there. @returns where the data starts, -1 before that */
  private start(bytes: Uint8Array): number {
    if (bytes.length < PRELUDE) return -1;
    const length = headerLength(bytes, this.file);
    if (length > this.size) throw new FormatError(`[npy] the header must be complete, got the end of ${this.file}`);
    if (bytes.length < length) return -1;
    const header = parseHeader(bytes.subarray(0, length), this.file);
    const { dtype, shape } = header;
    this.needed = shape.reduce((p, d) => p * d, 1) * itemsize(dtype);
    if (this.needed > this.size - length) {
      throw new FormatError(`[npy] the data must have ${this.needed} bytes, got ${this.size - length} in ${this.file}`);
    }
    this.header = header;
    this.target = allocateTensor(shape, dtype);
    let step = itemsize(dtype);
    this.index = shape.map(() => 0);
    this.steps = new Array<number>(shape.length);
    for (let i = shape.length - 1; i >= 0; i--) {
      this.steps[i] = step;
      step *= shape[i]!;
    }
    return length;
  }
  private store(piece: Uint8Array, width: number): void {
    const { dtype, swapped, fortran, shape } = this.header!;
    const out = this.target!.bytes();
    if (swapped) piece = reversed(piece, dtype === 'complex64' ? 4 : width);
    if (!fortran || shape.length < 2) out.set(piece, this.done);
    else {
      for (let from = 0; from < piece.length; from += width) {
        for (let k = 0; k < width; k++) out[this.offset + k] = piece[from + k]!;
        for (let i = 0; i < shape.length; i++) {
          this.offset += this.steps[i]!;
          if (++this.index[i]! < shape[i]!) break;
          this.offset -= this.steps[i]! * shape[i]!;
          this.index[i] = 0;
        }
      }
    }
    this.done += piece.length;
    // kernels count on a bool being 0 or 1
    if (dtype === 'bool' && this.complete) for (let i = 0; i < out.length; i++) out[i] = out[i] === 0 ? 0 : 1;
  }
  /** The tensor. @throws FormatError if bytes are missing */
  finish(): Tensor {
    if (!this.complete) {
      const rule = this.header === null ? 'the header must be complete' : `the data must have ${this.needed} bytes`;
      this.abandon();
      throw new FormatError(`[npy] ${rule}, got the end of ${this.file}`);
    }
    return this.target!.tensor;
  }
  /** Gives back what was allocated. */
  abandon(): void {
    this.target?.tensor.dispose();
  }
}
/** Every `width` bytes in reverse order. */
function reversed(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += width) {
    for (let k = 0; k < width; k++) out[i + k] = bytes[i + width - 1 - k]!;
  }
  return out;
}

/**
 * The tensor of an `.npy` file: format 1.0 to 3.0, row-major or column-major, either byte order. Two raw bytes an element (`V2`) are
 * bfloat16, as MLX writes it. What follows the data is ignored, as NumPy does.
 * @throws FormatError for a header that breaks the format, elements without a dtype here (complex128, text, objects), missing data
 */
export async function loadNpy(source: Source, options: SourceOptions = {}): Promise<Tensor> {
  const opened = await openSource(source, options);
  try {
    const chunk = chunkBytesOf(options);
    const staging = new Uint8Array(Math.min(chunk, opened.size));
    const reader = new NpyReader(opened.name, opened.size);
    try {
      for (let at = 0; at < opened.size && !reader.complete; at += chunk) {
        reader.push(await readExactly(opened, at, Math.min(at + chunk, opened.size), staging));
      }
    } catch (error) {
      reader.abandon();
      throw error;
    }
    return reader.finish();
  } finally {
    await opened.close();
  }
}

/** @internal The bytes of a file in chunks; each is valid until the next one is asked for. */
export function* npyChunks(tensor: Tensor): Generator<Uint8Array> {
  yield encodeHeader(tensor.dtype, tensor.shape);
  const twin = rowMajorTwin(tensor);
  try {
    const staging = new Uint8Array(Math.min(CHUNK, tensor.nbytes));
    for (let from = 0; from < tensor.nbytes; from += staging.length) {
      const piece = staging.subarray(0, Math.min(staging.length, tensor.nbytes - from));
      withBytes(twin, (bytes) => piece.set(bytes.subarray(from, from + piece.length)));
      yield piece;
    }
  } finally {
    if (twin !== tensor) twin.dispose();
  }
}
/** @internal Bytes of the file of a tensor. */
export const npySize = (tensor: Tensor): number => encodeHeader(tensor.dtype, tensor.shape).length + tensor.nbytes;
/** @internal @throws DTypeError for what is no tensor */
export function checkTensor(op: string, what: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor)) {
    throw new DTypeError(`[${op}] ${what} must be a tensor, got ${x === null ? 'null' : typeof x}`);
  }
}

/** An `.npy` file in memory, byte for byte as NumPy writes it; bfloat16 as two raw bytes an element, as in MLX. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  checkTensor('npy', 'what is written', tensor);
  const file = new Uint8Array(npySize(tensor));
  let at = 0;
  for (const piece of npyChunks(tensor)) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}
/** Writes `encodeNpy(tensor)` in chunks, to a path, a handle or a stream as `saveSafetensors` does. */
export async function saveNpy(target: Target, tensor: Tensor): Promise<void> {
  checkTensor('npy', 'what is written', tensor);
  await writeTarget(target, npyChunks(tensor), npySize(tensor));
}
