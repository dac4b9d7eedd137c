// Results of a function with derivative rules of its own.
import { Node } from '../graph/node.js';
import { primitive } from '../ops/define.js';
import type { Tensor } from '../tensor/tensor.js';

/** Cotangents of the inputs from those of the outputs; null where none flows. */
export type BundleRule = (
  inputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  outputs: readonly Tensor[],
) => readonly (Tensor | null)[];
/** One call of such a function. */
export interface Bundle {
  readonly inputs: readonly Node[];
  /** what the function computed */
  readonly results: readonly Node[];
  /** views of the results, which stand for them outside */
  readonly outputs: Node[];
  /** for gradients; null: they go the way of the function itself */
  readonly reverse: BundleRule | null;
  /** for `jvp`, as a rule in reverse: the transpose of what the function says */
  readonly forward: BundleRule | null;
  /** for `vmap`: the outputs with the batch as axis 0, from inputs of which those `mapped` have it; null: batched op by op */
  readonly batch: ((inputs: readonly Tensor[], mapped: readonly boolean[], size: number) => readonly Tensor[]) | null;
}
interface Member {
  readonly bundle: Bundle;
  readonly index: number;
}
/** A view that says where the gradient goes. For its value only the result is needed. */
const bundlePrimitive = primitive({ name: 'bundle', view: true });

/** The call that a node is an output of, and which one. */
export const memberOf = (n: Node): Member | null => (n.prim === bundlePrimitive ? (n.attrs as Member) : null);

/** Views of `results` through which gradients go by the rules. */
export function bundle(call: Omit<Bundle, 'outputs'>): Bundle {
  const made: Bundle = { ...call, outputs: [] };
  call.results.forEach((x, index) => {
    const member: Member = { bundle: made, index };
    const { shape, strides, offset, type } = x;
    made.outputs.push(new Node(bundlePrimitive, x, null, null, null, member, shape, strides, offset, type, null));
  });
  return made;
}
