// Results that share their work: what lies between is released at its last use, so the first that is asked for brings the others.
import type { Node } from './node.js';

const sets = new WeakMap<Node, readonly Node[]>();
/** Whether there ever was a set: programs without gradients look nothing up. */
let any = false;

/** From now on the evaluation of one of `nodes` computes all that are still pending then, in this order. */
export function together(nodes: readonly Node[]): void {
  const pending = nodes.filter((n) => n.store === null);
  if (pending.length < 2) return;
  any = true;
  for (const n of pending) sets.set(n, pending);
}
/** The roots and what is computed with them, in that order; null if that is nothing that `misses` finds missing. */
export function withOthers(roots: readonly Node[], misses: (n: Node) => boolean): readonly Node[] | null {
  if (!any) return null;
  const asked = new Set(roots);
  const all = new Set<Node>();
  let more = false;
  for (const root of roots) {
    for (const n of sets.get(root) ?? []) {
      sets.delete(n); // it holds the others, whose data may be large
      const missing = misses(n);
      if (missing || asked.has(n)) all.add(n);
      more ||= missing;
    }
  }
  if (!more) return null;
  for (const root of roots) all.add(root);
  return [...all];
}
