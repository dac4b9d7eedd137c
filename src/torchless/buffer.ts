// Elements that several tensors may share, as a Metal buffer behind an Arc was.
import { array, contiguous, ShapeError, slice, tidy, withDevice, zeros, type Tensor } from '../slim.js';
import { checkShape, showValue } from '../tensor/shape.js';
import { rebind, watched } from '../tensor/tensor.js';

/** Float32 elements on the heap that ops read: a `MetalTensor`, a batch, a window into a cache. */
export interface TensorSource {
  shape(): readonly number[];
  /** The values as they are now. As long as it lives the next write to the source copies: dispose it, or make it in a `tidy`. */
  tensor(): Tensor;
}

/** @throws ShapeError unless `n` is a whole number of at least `least` */
export function checkCount(op: string, what: string, n: number, least = 0): void {
  if (!Number.isSafeInteger(n) || n < least)
    throw new ShapeError(`[${op}] ${what} must be an integer of at least ${least}, got ${showValue(n)}`);
}
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/**
 * Float32 elements on the heap, written in place on the device that they were made for. Made by `Backend.createBuffer`,
 * `Backend.createBufferZeros` and `MetalMemoryPool`. They live until nobody holds the buffer any more, or until `dispose`; an
 * `lw.tidy` around does not touch them.
 */
export class MetalBuffer {
  readonly #elements: Tensor;
  private constructor(
    /** Lanewise's name of the device that its writes run on */
    readonly device: string,
    elements: Tensor,
  ) {
    this.#elements = elements;
  }
  /** @internal The values of the tensor that `make` records, flattened. */
  static of(device: string, make: () => Tensor): MetalBuffer {
    const flat = (): Tensor => withDevice(device, () => contiguous(make().reshape([-1])));
    return new MetalBuffer(
      device,
      watched(null, () => tidy(flat)),
    );
  }
  /** @internal `data` copied, or that many zeros. */
  static filled(op: string, device: string, from: Float32Array | number): MetalBuffer {
    if (typeof from !== 'number') return MetalBuffer.of(device, () => array(from));
    checkShape(op, [from]);
    return MetalBuffer.of(device, () => zeros([from]));
  }
  /** Bytes. */
  length(): number {
    return this.#elements.nbytes;
  }
  /** Elements. */
  get size(): number {
    return this.#elements.size;
  }
  /** All elements as they are now, in one axis. */
  tensor(): Tensor {
    return this.#elements.reshape([this.size]);
  }
  /** @internal Writes what `make` records over the elements from `start` on. It may read them: it is computed first. */
  write(start: number, make: () => Tensor): void {
    const old = this.#elements;
    tidy(() => {
      // apart, so that nothing of it still refers to the old contents, which can then be written over, or go
      const values = tidy(() => withDevice(this.device, () => make().reshape([-1])));
      if (values.size < old.size) withDevice(this.device, () => old.set(slice(start, start + values.size), values));
      else {
        // one handle in place of two, so that these contents go in their turn
        rebind(old, values.node);
        values.node.handles--;
      }
    });
  }
  /** @internal Writes `elements` over those from `start` on. */
  copyFrom(start: number, elements: Float32Array): void {
    this.write(start, () => array(elements));
  }
  /** Gives the memory back now. Every tensor over this buffer is unusable from then on. */
  dispose(): void {
    this.#elements.dispose();
  }
  get alive(): boolean {
    return this.#elements.alive;
  }
}
