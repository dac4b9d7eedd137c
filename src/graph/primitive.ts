import type { KernelId } from '../backends/backend.js';
import type { Node } from './node.js';

/** What the scheduler needs to know of a primitive. Rows add signatures, rules and references. */
export interface Primitive extends KernelId {
  /** shares its input's storage and runs no kernel */
  readonly view: boolean;
  /** kept once it has been computed a second time, so that nothing expensive runs more than twice */
  readonly expensive: boolean;
  /** may write over its first input when nobody else needs it */
  readonly inPlace: boolean;
  /** computes the node in place of a kernel, and releases its inputs */
  readonly run: ((n: Node) => void) | null;
}
