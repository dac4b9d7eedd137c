// Steps in one pass over a parameter and its moments, written over them where nobody else can see it.
import { current, fallback } from '../backends/registry.js';
import { data, newLeaf, Node } from '../graph/node.js';
import { nodeOf, primitive } from '../ops/define.js';
import { types } from '../tensor/dtype.js';
import { lasting, type Tensor } from '../tensor/tensor.js';
import type { Slots } from './state.js';

/** A step as a kernel does it: on float32, float16 and bfloat16, computed in float32. */
export interface StepKernel {
  readonly name: 'sgd_step' | 'adam_step' | 'lion_step';
  /** the moments, in the kernel's order */
  readonly slots: readonly string[];
  readonly scalars: readonly number[];
}
const dtypes: ReadonlySet<unknown> = new Set([types.float32, types.float16, types.bfloat16]);

/** A node for the next value of `n`: over its storage, if it is known to nobody but its one tensor. */
function successor(n: Node, inPlace: boolean): Node {
  const alone = n.prim === data && n.handles === 1 && n.readers === 0 && n.store!.refs === 1;
  if (!inPlace || !alone || n.offset !== 0 || n.strides !== null) return newLeaf(n.shape, n.type);
  const next = new Node(data, null, null, null, null, null, n.shape, null, 0, n.type, null);
  next.store = n.store!;
  next.store.refs++;
  return next;
}

/**
 * Runs a step on computed tensors. The moments change in place, the parameter with `inPlace`.
 * @returns the new values, or null if the kernels do not take them
 */
export function fusedStep(
  kernel: StepKernel,
  gradient: Tensor,
  parameter: Tensor,
  slots: Slots,
  inPlace: boolean,
): { readonly parameter: Tensor; readonly slots: Slots } | null {
  const [p, g, ...moments] = [parameter, gradient, ...kernel.slots.map((name) => slots[name]!)].map((t) =>
    nodeOf('optimizers', t),
  );
  const alike = (n: Node): boolean => n.type === p!.type && n.shape.dims.join() === p!.shape.dims.join();
  if (!dtypes.has(p!.type) || ![g!, ...moments].every(alike)) return null;
  const to = successor(p!, inPlace);
  const after = moments.map((n) => successor(n, true));
  const backend = current();
  const run = backend.kernels[kernel.name] ?? fallback(backend, kernel.name).kernels[kernel.name]!;
  run({
    at: to.at,
    shape: to.shape,
    strides: null,
    type: to.type,
    prim: primitive({ name: kernel.name }),
    a: p!,
    b: g!,
    c: moments[0]!,
    rest: moments.slice(1),
    attrs: { moments: after, scalars: kernel.scalars },
  });
  return {
    parameter: lasting(to),
    slots: Object.fromEntries(kernel.slots.map((name, i) => [name, lasting(after[i]!)])),
  };
}
