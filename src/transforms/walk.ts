// Backwards through what was recorded.
import { Node, trace } from '../graph/node.js';
import { identity, nodeOf, vjpOf, type Recorded } from '../ops/define.js';
import { add } from '../ops/arithmetic.js';
import { astype } from '../ops/math.js';
import { sumTo } from '../ops/reduce.js';
import { isInexact } from '../tensor/dtype.js';
import { zerosLike } from '../ops/select.js';
import { LanewiseError } from '../tensor/errors.js';
import { Tensor } from '../tensor/tensor.js';
import { memberOf, type Bundle } from './bundle.js';

/** Runs user code whose ops must stay recorded: evaluation inside keeps its history. */
export function traced<T>(fn: () => T): T {
  trace.depth++;
  try {
    return fn();
  } finally {
    trace.depth--;
  }
}
/** A tensor of its own over the same data, so that nested transforms never meet. */
export const fresh = (x: Tensor): Tensor => identity(nodeOf('trace', x));

/** The inputs of a node, in order. */
export const inputsOf = (n: Node): Node[] => {
  const member = memberOf(n);
  if (member !== null) return [...member.bundle.inputs, ...member.bundle.results];
  const list: Node[] = [];
  if (n.a !== null) list.push(n.a);
  if (n.b !== null) list.push(n.b);
  if (n.c !== null) list.push(n.c);
  if (n.rest !== null) list.push(...n.rest);
  return list;
};

/** Nodes that lie between `from` and `to`, inputs first. An explicit stack: chains may be deep. */
export function between(from: readonly Node[], to: readonly Node[]): Node[] {
  const depends = new Map<Node, boolean>();
  for (const n of from) depends.set(n, true);
  const order: Node[] = [];
  const stack: Node[] = [...to];
  const opened = new Set<Node>();
  while (stack.length > 0) {
    const n = stack[stack.length - 1]!;
    if (depends.has(n)) {
      stack.pop();
      continue;
    }
    const inputs = inputsOf(n);
    if (!opened.has(n)) {
      opened.add(n);
      for (const x of inputs) if (!depends.has(x)) stack.push(x);
      continue;
    }
    stack.pop();
    const d = inputs.some((x) => depends.get(x) === true);
    depends.set(n, d);
    if (d) order.push(n);
  }
  return order;
}

/**
 * Cotangents of `from` for cotangents of `to`; null where nothing flows. `rules` says which rules of functions that have their own are
 * followed.
 * @throws LanewiseError for an op without a derivative rule
 */
export function backward(
  name: string,
  from: readonly Node[],
  to: readonly Node[],
  cotangents: readonly Tensor[],
  rules: 'reverse' | 'forward' = 'reverse',
): (Tensor | null)[] {
  const flowing = new Map<Node, Tensor>();
  const meet = (n: Node, g: Tensor | null | undefined): void => {
    if (g === null || g === undefined || !isInexact(n.type)) return;
    const fitted = g.node.type === n.type ? g : astype(g, n.type.name);
    const held = flowing.get(n);
    flowing.set(n, held === undefined ? fitted : add(held, fitted));
  };
  to.forEach((n, i) => meet(n, cotangents[i]));
  const order = between(from, to);
  const first = new Map<Bundle, Node>();
  for (const n of order) {
    const member = memberOf(n);
    if (member !== null && !first.has(member.bundle)) first.set(member.bundle, n);
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const n = order[i]!;
    const member = memberOf(n);
    if (member !== null) {
      const { inputs, outputs, results, [rules]: rule } = member.bundle;
      if (rule === null) meet(results[member.index]!, flowing.get(n));
      else if (first.get(member.bundle) === n && outputs.some((y) => flowing.has(y))) {
        // the other outputs lie behind this one: what flows to them is known
        const ys = outputs.map((y) => new Tensor(y));
        const gs = ys.map((y) => flowing.get(y.node) ?? zerosLike(y));
        const given = rule(
          inputs.map((x) => new Tensor(x)),
          gs,
          ys,
        );
        inputs.forEach((x, k) => meet(x, given[k]));
      }
      continue;
    }
    const g = flowing.get(n);
    if (g === undefined) continue;
    flowing.delete(n);
    if (!isInexact(n.type)) continue; // integers and bool carry no gradient
    const rule = vjpOf(n.prim);
    if (rule === undefined) throw new LanewiseError(`[${name}] the op '${n.prim.name}' has no derivative rule`);
    if (typeof rule === 'string') continue;
    const inputs = inputsOf(n);
    const recorded: Recorded = { inputs: inputs.map((x) => new Tensor(x)), output: new Tensor(n), attrs: n.attrs };
    const gs = rule(g, recorded);
    inputs.forEach((x, k) => {
      const gx = gs[k];
      if (gx === undefined || gx === null || !isInexact(x.type)) return;
      meet(x, n.prim.elementwise > 0 ? sumTo(gx, x.shape.dims) : gx);
    });
  }
  return from.map((n) => flowing.get(n) ?? null);
}
