// A graph once more on other inputs.
import { Node } from '../graph/node.js';
import { bundle, memberOf } from './bundle.js';
import { between } from './walk.js';

/** Nodes that are to `outputs` what `to` is to `from`; what does not depend on `from` is shared. */
export function rerecord(from: readonly Node[], to: readonly Node[], outputs: readonly Node[]): Node[] {
  const copies = new Map<Node, Node>();
  from.forEach((n, i) => copies.set(n, to[i]!));
  const of = <T extends Node | null>(n: T): T => (n === null ? n : ((copies.get(n) as T | undefined) ?? n));
  for (const n of between(from, outputs)) {
    if (copies.has(n)) continue;
    const member = memberOf(n);
    if (member !== null) {
      const { outputs: own, ...call } = member.bundle;
      const copy = bundle({ ...call, inputs: call.inputs.map(of), results: call.results.map(of) });
      own.forEach((y, i) => copies.set(y, copy.outputs[i]!));
      continue;
    }
    const a = of(n.a);
    // a view keeps its place inside of what it looks into
    const offset = n.prim.view ? a!.offset + n.offset - n.a!.offset : n.offset;
    const rest = n.rest === null ? null : n.rest.map(of);
    const copy = new Node(n.prim, a, of(n.b), of(n.c), rest, n.attrs, n.shape, n.strides, offset, n.type, n.backend);
    copies.set(n, copy);
  }
  return outputs.map(of);
}
