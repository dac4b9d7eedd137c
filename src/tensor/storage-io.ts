// How bytes get into and out of tensors without passing through JavaScript numbers.
import * as heap from '../backends/heap.js';
import { settlePending } from '../backends/pending.js';
import { evaluateOne } from '../graph/evaluate.js';
import { newLeaf } from '../graph/node.js';
import { dense } from '../graph/views.js';
import { types, type DType } from './dtype.js';
import { checkShape } from './shape.js';
import { Tensor } from './tensor.js';

/**
 * A new tensor whose bytes the caller fills. `bytes()` is a fresh view at every call: the heap may grow between awaits, which
 * detaches older views.
 */
export function allocateTensor(shape: readonly number[], dtype: DType): { tensor: Tensor; bytes(): Uint8Array } {
  const n = newLeaf(checkShape('allocate', shape), types[dtype]);
  const tensor = new Tensor(n);
  return { tensor, bytes: () => heap.u8.subarray(n.at, n.at + tensor.nbytes) };
}

/** Evaluates, makes row-major, and hands the tensor's bytes to `use`; they are valid until the next allocation. */
export function withBytes<T>(t: Tensor, use: (bytes: Uint8Array) => T): T {
  const d = dense(t.node);
  evaluateOne(d);
  settlePending();
  return use(heap.u8.subarray(d.at, d.at + t.nbytes));
}

/** A row-major tensor of the same elements: `t` itself if it is one, else a new one, which the caller disposes. */
export function rowMajorTwin(t: Tensor): Tensor {
  const d = dense(t.node);
  return d === t.node ? t : new Tensor(d);
}
