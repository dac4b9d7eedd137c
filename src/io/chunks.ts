// A file about to be written, cut into chunks of one size, so that no more than one of them is held beside the tensors.
import { rowMajorTwin, withBytes } from '../tensor/storage-io.js';
import { Tensor } from '../tensor/tensor.js';

/** Bytes, a tensor, or a tensor that is made when its turn comes and freed once it is written. */
export type Part = Uint8Array | Tensor | (() => Tensor | Promise<Tensor>);

const CHUNK = 8 * 2 ** 20;

/** The bytes of `parts` in order, `size` in all. Each chunk is valid until the next one is asked for. */
export async function* chunksOf(parts: Iterable<Part>, size: number): AsyncGenerator<Uint8Array> {
  const staging = new Uint8Array(Math.min(CHUNK, size));
  let used = 0;
  const pieces = function* (length: number, copy: (from: number, to: Uint8Array) => void): Generator<Uint8Array> {
    for (let from = 0; from < length;) {
      const step = Math.min(length - from, staging.length - used);
      copy(from, staging.subarray(used, used + step));
      from += step;
      used += step;
      if (used === staging.length) {
        yield staging;
        used = 0;
      }
    }
  };
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      yield* pieces(part.length, (from, to) => to.set(part.subarray(from, from + to.length)));
      continue;
    }
    const tensor = part instanceof Tensor ? part : await part();
    // made row-major once, not for every chunk
    const twin = rowMajorTwin(tensor);
    try {
      yield* pieces(tensor.nbytes, (from, to) =>
        withBytes(twin, (bytes) => to.set(bytes.subarray(from, from + to.length))),
      );
    } finally {
      if (twin !== tensor) twin.dispose();
      if (tensor !== part) tensor.dispose();
    }
  }
  if (used > 0) yield staging.subarray(0, used);
}
