// Functions whose intermediate values are computed again for the gradient.
import { Node, trace } from '../graph/node.js';
import { differentiate, identity, nodeOf, primitive } from '../ops/define.js';
import { nextKey } from '../random/state.js';
import { LanewiseError } from '../tensor/errors.js';
import { Tensor, watched } from '../tensor/tensor.js';
import { bundle } from './bundle.js';
import { rerecord } from './record.js';
import { Trace } from './trace.js';
import { leaves, mapTree } from './tree.js';
import { backward } from './walk.js';

/** A view that exists only once other tensors have been computed. */
const afterPrimitive = differentiate(primitive({ name: 'after', view: true }), (g) => [g]);
const after = (x: Node, others: readonly Node[]): Node =>
  new Node(afterPrimitive, x, null, null, others, null, x.shape, x.strides, x.offset, x.type, null);

const viewOf = (n: Node): Node => identity(n).node;
/** Sees all that a function draws on: its arguments, other tensors, random keys. */
class CheckpointTrace extends Trace {
  readonly inputs: Node[] = [];
  /** what stands for the inputs inside of the function */
  readonly inside: Node[] = [];
  constructor() {
    super((n) => this.enter(n));
  }
  enter(n: Node): Node {
    const view = viewOf(n);
    this.inputs.push(n);
    this.inside.push(view);
    return view;
  }
  override drawn(): Node {
    return this.enter(watched(this.outer, nextKey));
  }
}

/**
 * `fn`, of whose work only arguments and results are kept for the gradient: what lies between is computed a second time, when the
 * backward pass gets there. Memory for time, as in MLX. Gradients also reach tensors that `fn` uses without being given them, such as the
 * parameters of a module whose method it is. Random numbers are the same both times.
 *
 * @throws LanewiseError if `fn` is async
 *
 * ```ts
 * const block = checkpoint((x: Tensor) => layer.forward(x));
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function checkpoint<A extends readonly any[], R>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    if (trace.depth === 0) return fn(...args);
    const t = new CheckpointTrace();
    const opened = mapTree(args as unknown, (x) => {
      const own = new Tensor(t.enter(nodeOf('checkpoint', x)));
      t.made(own);
      return own;
    }) as A;
    const result = t.run(() => fn(...opened), true);
    if (result instanceof Promise)
      throw new LanewiseError('[checkpoint] the function must not be async, got a promise');
    const made = leaves(result).filter((x) => t.isOwn(x));
    const { inputs, inside } = t;
    const results = made.map((x) => x.node);
    const { outputs } = bundle({
      inputs,
      results,
      reverse: (xs, cotangents) => {
        const gs = cotangents.map((g) => g.node);
        const again = xs.map((x) => after(x.node, gs));
        return backward('checkpoint', again, rerecord(inside, again, results), cotangents);
      },
      forward: null,
      batch: null,
    });
    let k = 0;
    return mapTree(result, (x) => (t.isOwn(x) ? new Tensor(outputs[k++]!) : x));
  };
}
