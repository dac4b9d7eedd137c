// From recorded nodes to kernel calls: order, fused groups, storage reuse, release at last use.
import { madeOfNothing, type Backend, type Kernel, type Memo } from '../backends/backend.js';
import { alloc } from '../backends/heap.js';
import { pending } from '../backends/pending.js';
import { fallback } from '../backends/registry.js';
import { DisposedError, LanewiseError } from '../tensor/errors.js';
import { data, disposed, hole, nil, Node, relieve, running, trace } from './node.js';
import { deferRelief, drop, guard, keep, Storage } from './memory.js';
import { withOthers } from './together.js';

/** Most members of one fused group: what the scratch tiles can hold. */
const GROUP = 20;
/** Members that a reduction at the end counts for: it needs scratch of its own. */
const CLOSING = 2;

// Reused by every evaluation; `count` says how much of `order` is in use (setting `length` is slow).
const order: Node[] = [];
const stack: Node[] = [];
let count = 0;
let epoch = 0;
const idle = (): boolean => running.epoch === Infinity;
const begin = (): number => (running.epoch = epoch += 2);

function push(n: Node): void {
  if (n.mark >= epoch) return;
  if (n.store !== null) {
    n.mark = epoch; // an input: it must not be evicted meanwhile
    return;
  }
  if (n.prim === disposed) throw new DisposedError('[eval] the tensor was disposed');
  if (n.prim === hole)
    throw new LanewiseError(
      '[eval] a function that is being traced must not read values that depend on its arguments; return them, or compute outside of it',
    );
  stack.push(n);
}

/** Post-order without recursion. Marks: below epoch not seen, epoch opened, epoch + 1 emitted. */
function schedule(roots: readonly Node[]): void {
  count = 0;
  for (let r = 0; r < roots.length; r++) {
    roots[r]!.isRoot = true;
    push(roots[r]!);
    while (stack.length > 0) {
      const n = stack[stack.length - 1]!;
      if (n.mark >= epoch) {
        stack.pop();
        if (n.mark === epoch) {
          n.mark = epoch + 1;
          order[count++] = n;
        }
        continue;
      }
      n.mark = epoch;
      n.uses = 0;
      n.group = null;
      if (n.a !== null) push(n.a);
      if (n.b !== null) push(n.b);
      if (n.c !== null) push(n.c);
      if (n.rest !== null) for (let i = 0; i < n.rest.length; i++) push(n.rest[i]!);
    }
  }
  for (let i = 0; i < count; i++) {
    const n = order[i]!;
    if (n.a !== null) n.a.uses++;
    if (n.b !== null) n.b.uses++;
    if (n.c !== null) n.c.uses++;
    if (n.rest !== null) for (let j = 0; j < n.rest.length; j++) n.rest[j]!.uses++;
  }
}

/** Stands for "consumers in more than one group". */
const SPLIT = nil;
function join(x: Node | null, g: Node): void {
  if (x === null || x.store !== null || x.prim.elementwise === 0) return;
  if (x.group === null) x.group = g;
  else if (x.group !== g) x.group = SPLIT;
}
/**
 * Consumers first: an elementwise node all of whose consumers run in one group of its shape runs there too. Such a group can
 * have no other node between its members, so it runs where its last member stands. A reduction may be that last member.
 */
function fuse(): void {
  for (let i = count - 1; i >= 0; i--) {
    const n = order[i]!;
    let g = SPLIT;
    if (n.prim.elementwise > 0) {
      const of = n.group;
      if (
        of === null ||
        of === SPLIT ||
        n.isRoot ||
        (of.prim.elementwise > 0 ? of : of.a!).shape !== n.shape ||
        of.backend !== n.backend ||
        of.members >= GROUP ||
        !n.backend!.hasElementwise(n.prim, operandType(n))
      ) {
        g = n.group = n;
        n.link = null;
        n.members = n.backend!.hasElementwise(n.prim, operandType(n)) ? 1 : GROUP;
      } else {
        g = of;
        n.link = of.link;
        of.link = n;
        of.members++;
      }
    } else if (isClosing(n)) {
      g = n.group = n;
      n.link = null;
      n.members = CLOSING;
    }
    join(n.a, g);
    join(n.b, g);
    join(n.c, g);
    if (n.rest !== null) for (let j = 0; j < n.rest.length; j++) join(n.rest[j]!, g);
  }
}
/** A reduction that takes what is only made for it. */
function isClosing(n: Node): boolean {
  const { a, b, backend } = n;
  return a !== null && b === null && a.prim.elementwise > 0 && a.store === null && backend?.closes?.(n) === true;
}
/** The dtype that names the kernel: the last operand's, so that `select` goes by its values and not by its condition. */
const operandType = (n: Node): Node['type'] => (n.c ?? n.b ?? n.a)!.type;

/** Gives a node's storage up. */
export function forget(n: Node): void {
  drop(n.store!);
  n.store = null;
}
function release(x: Node | null): void {
  if (x === null || --x.uses > 0 || x.mark !== epoch + 1 || x.isRoot || x.store === null) return;
  if (x.prim.expensive && x.runs > 1) {
    if (x.store.guard === null) {
      guard(x.store);
      keep(x);
    }
    return;
  }
  forget(x);
}
/** After a node has run: what it was the last to need goes. */
export function releaseInputs(n: Node): void {
  release(n.a);
  release(n.b);
  release(n.c);
  if (n.rest !== null) for (let j = 0; j < n.rest.length; j++) release(n.rest[j]!);
}

/** A whole block of the output's size, made by this evaluation, that nobody else holds; the caller checks that it dies. */
function mayOverwrite(x: Node | null, out: Node): boolean {
  return (
    x !== null &&
    x.mark === epoch + 1 &&
    !x.isRoot &&
    x.store !== null &&
    x.store.refs === 1 &&
    x.store.guard === null &&
    x.offset === 0 &&
    x.strides === null &&
    x.shape === out.shape &&
    x.type.size === out.type.size &&
    !(x.prim.expensive && x.runs > 1)
  );
}
/** Gives `n` the storage of `x`. */
export function share(n: Node, x: Node): void {
  n.store = x.store;
  n.store!.refs++;
}
/** An own block for a node's elements. */
export function newStorage(n: Node): Storage {
  const bytes = n.shape.size * n.type.size || 1;
  const at = pending === null || madeOfNothing(n) ? -1 : pending.take(n.backend, bytes);
  return new Storage(at < 0 ? alloc(bytes) : at, bytes);
}

const group: Node[] = [];
/** How often `x` is read by the first `size` members of `group`. */
export function readsOf(x: Node, group: readonly Node[], size: number): number {
  let reads = 0;
  for (let i = 0; i < size; i++) {
    const m = group[i]!;
    if (m.a === x) reads++;
    if (m.b === x) reads++;
    if (m.c === x) reads++;
  }
  return reads;
}
function runGroup(n: Node): void {
  let size = 0;
  for (let m = n.link; m !== null; m = m.link) group[size++] = m;
  group[size++] = n;
  let over: Node | null = null;
  for (let i = 0; i < size && over === null && n.prim.elementwise > 0; i++) {
    const m = group[i]!;
    if (mayOverwrite(m.a, n) && m.a!.uses === readsOf(m.a!, group, size)) over = m.a;
    else if (mayOverwrite(m.b, n) && m.b!.uses === readsOf(m.b!, group, size)) over = m.b;
    else if (mayOverwrite(m.c, n) && m.c!.uses === readsOf(m.c!, group, size)) over = m.c;
  }
  const s = over !== null ? over.store! : newStorage(n);
  if (over !== null) s.refs++;
  // the output has no storage yet as far as the group can see: `stored` tells members from data
  runElementwise(n.backend!, group, size, n, s);
  for (let i = 0; i < size; i++) {
    const m = group[i]!;
    m.runs++;
    releaseInputs(m);
    m.link = null;
    group[i] = nil;
  }
}
/** Runs the members of a group, the last of which is `out`, into `s`. */
export function runElementwise(
  b: Backend,
  members: readonly Node[],
  size: number,
  out: Node,
  s: Storage,
  memo: Memo | null = null,
): void {
  out.store = s;
  if (out.shape.size === 0) return;
  if (pending !== null) for (let i = 0; i < size; i++) admitInputs(b, members[i]!);
  if (out.prim.elementwise === 0 || b.hasElementwise(out.prim, operandType(out))) b.elementwise(members, 0, size, memo);
  else fallback(b, out.prim.name).elementwise(members, 0, size);
}

/** Nodes that wrote over donated data: they cannot be computed again, so they stay as if they had been asked for. */
const writers: Node[] = [];
/** Data that only this node will ever read again: its handle moved on (`set`), and no other recorded node has it as input. */
const isDonated = (x: Node, n: Node): boolean =>
  trace.depth === 0 &&
  (x.prim === data || writers.includes(x)) &&
  x.handles === 0 &&
  x.readers === 1 &&
  x.store !== null &&
  x.store.refs === 1 &&
  x.offset === 0 &&
  x.strides === null &&
  x.shape === n.shape;

/** While a device works: `b` is about to read what `n` is made of. */
function admitInputs(b: Backend, n: Node): void {
  admit(b, n.a);
  admit(b, n.b);
  admit(b, n.c);
  if (n.rest !== null) for (let i = 0; i < n.rest.length; i++) admit(b, n.rest[i]!);
}
const admit = (b: Backend, x: Node | null): void => {
  if (x !== null && x.store !== null) pending?.admit(b, x.store.ptr);
};
/** Runs the kernel of a node that has storage. */
export function callKernel(n: Node): void {
  const b = n.backend!;
  if (pending !== null) admitInputs(b, n);
  const kernel: Kernel = b.kernels[n.prim.name] ?? fallback(b, n.prim.name).kernels[n.prim.name]!;
  kernel(n);
}
function runKernel(n: Node): void {
  let donated = false;
  if (n.prim.inPlace && n.a!.uses === 1 && mayOverwrite(n.a, n)) share(n, n.a!);
  else if (n.prim.inPlace && isDonated(n.a!, n)) {
    share(n, n.a!);
    donated = true;
  } else n.store = newStorage(n);
  callKernel(n);
  if (donated) {
    const before = writers.indexOf(n.a!);
    if (before >= 0) writers.splice(before, 1);
    n.isRoot = true;
    writers.push(n);
    n.a!.dispose();
  }
}

function execute(nodes: readonly Node[], size: number): void {
  for (let i = 0; i < size; i++) {
    const n = nodes[i]!;
    if (n.group !== null && n.group !== n) continue; // runs with the last member of its group
    if (n.prim.view) {
      pending?.check(n.a!.store!.ptr);
      share(n, n.a!);
      n.runs++;
      release(n.a);
      if (n.rest !== null) for (let j = 0; j < n.rest.length; j++) release(n.rest[j]!);
    } else if (n.prim.elementwise > 0 || (n.group === n && n.link !== null)) runGroup(n);
    else if (n.prim.run !== null) n.prim.run(n);
    else {
      runKernel(n);
      n.runs++;
      releaseInputs(n);
    }
  }
}

/** Expensive interiors whose block a root view holds anyway: they stay too, so that another view of one computes nothing again. */
const bases: Node[] = [];
function keepBases(roots: readonly Node[]): void {
  for (let i = 0; i < roots.length; i++) {
    if (!roots[i]!.prim.view) continue;
    let x = roots[i]!.a!;
    while (x.prim.view && x.store === null) x = x.a!;
    if (!x.prim.expensive || x.store !== null || x.isRoot) continue;
    x.isRoot = true;
    bases.push(x);
  }
}

/** From here on plain data: the history goes, and the storage hangs on a guard. */
function settleRoot(n: Node): void {
  n.isRoot = false;
  if (n.store!.guard === null) guard(n.store!);
  if (trace.depth === 0) n.finish(data);
}

const stored = (x: Node | null): boolean => x === null || x.store !== null;
function allStored(list: readonly Node[] | null): boolean {
  if (list !== null) for (let i = 0; i < list.length; i++) if (list[i]!.store === null) return false;
  return true;
}
/** One op on data, which writes over nothing: nothing to schedule, nothing dies. */
function isSingle(n: Node): boolean {
  const p = n.prim;
  if (p.elementwise === 0 && (p.view || p.inPlace || p.run !== null || p === disposed || p === hole)) return false;
  return stored(n.a) && stored(n.b) && stored(n.c) && allStored(n.rest);
}
function single(n: Node): void {
  const mark = begin();
  if (n.a !== null) n.a.mark = mark; // it must not be evicted meanwhile
  if (n.b !== null) n.b.mark = mark;
  if (n.c !== null) n.c.mark = mark;
  if (n.rest !== null) for (let i = 0; i < n.rest.length; i++) n.rest[i]!.mark = mark;
  group[0] = n;
  try {
    n.store = newStorage(n);
    if (n.prim.elementwise > 0) runElementwise(n.backend!, group, 1, n, n.store);
    else callKernel(n);
  } catch (e) {
    failure.last = e;
    if (n.store !== null) forget(n);
    throw e;
  } finally {
    running.epoch = Infinity;
    group[0] = nil;
  }
  n.runs++;
  settleRoot(n);
}
/** What a view looks into, through other views; null if that is yet to be computed, or more than that. */
function dataBelow(n: Node): Node | null {
  let x = n;
  while (x.store === null && x.prim.view && x.rest === null) x = x.a!;
  return x.store === null ? null : x;
}
/** The call of a plan that a node is, or is a part of. */
const callOf = (n: Node): Node => n.a ?? n;
/** Whether it is a result of a plan's call, all of whose arguments are data. */
export const isCallOnData = (n: Node): boolean => n.prim.run !== null && n.prim !== data && allStored(callOf(n).rest);
/** A plan's call, all of whose arguments are data: it gives all of its results their storage. */
function runCall(n: Node): void {
  const mark = begin();
  const call = callOf(n);
  const args = call.rest!;
  for (let i = 0; i < args.length; i++) args[i]!.mark = mark;
  try {
    call.prim.run!(call);
  } catch (e) {
    failure.last = e;
    throw e;
  } finally {
    running.epoch = Infinity;
  }
}

/** After a failure nothing of this evaluation may look computed, or stay held, but what cannot or need not be computed again. */
function abandon(roots: readonly Node[]): void {
  for (const w of writers) settleRoot(w);
  for (let i = 0; i < count; i++) {
    const n = order[i]!;
    n.link = null;
    if (n.store === null || n.prim === data) continue;
    if (n.store.guard === null || !n.prim.expensive) forget(n);
  }
  for (const r of roots) r.isRoot = false;
  for (const b of bases) b.isRoot = false;
  stack.length = 0;
  for (let i = 0; i < group.length; i++) group[i] = nil;
}

/** Computes one node. */
export function evaluateOne(n: Node): void {
  if (n.store !== null) {
    pending?.check(n.store.ptr);
    if (n.prim !== data) settleRoot(n); // a kept interior: from now on it must not depend on its inputs
    return;
  }
  if (idle()) {
    if (isSingle(n)) return single(n);
    if (n.prim.view) {
      const x = dataBelow(n);
      if (x !== null) {
        pending?.check(x.store!.ptr);
        share(n, x);
        n.runs++;
        return settleRoot(n);
      }
    } else if (isCallOnData(n)) return runCall(n);
  }
  evaluate([n]);
}

/** What the last evaluation that failed threw. */
export const failure: { last: unknown } = { last: null };
/** What nothing that is scheduled leads to. */
const isMissing = (n: Node): boolean => n.store === null && n.prim !== disposed && n.mark < epoch;
/** Computes the roots; what lies below them is released at its last use. */
export function evaluate(asked: readonly Node[]): void {
  if (!idle()) throw new LanewiseError('[eval] a kernel started another evaluation');
  let roots = asked;
  begin();
  try {
    schedule(roots);
    const more = withOthers(roots, isMissing);
    if (more !== null) {
      roots = more;
      begin();
      schedule(roots);
    }
    keepBases(roots);
    if (count > 1) fuse();
    else if (count === 1) {
      order[0]!.group = order[0]!.prim.elementwise > 0 ? order[0]! : null;
      order[0]!.link = null;
    }
    execute(order, count);
    for (let i = 0; i < roots.length; i++) if (roots[i]!.prim !== data) settleRoot(roots[i]!);
    for (const b of bases) if (b.prim !== data) settleRoot(b);
    for (const w of writers) if (w.prim !== data) settleRoot(w);
    for (let i = 0; i < count; i++) {
      const s = order[i]!.store;
      if (s !== null && s.guard === null) guard(s);
    }
  } catch (e) {
    failure.last = e;
    abandon(roots);
    throw e;
  } finally {
    if (writers.length > 0) writers.length = 0;
    if (bases.length > 0) bases.length = 0;
    for (let i = 0; i < count; i++) {
      order[i]!.group = null; // keep no dead graph reachable
      order[i] = nil;
    }
    count = 0;
    running.epoch = Infinity;
  }
}

/** What computes `outputs` from `holes` and data, inputs first, with groups and uses set; for `Schedule`. */
export function scheduled(holes: readonly Node[], outputs: readonly Node[]): Node[] {
  if (!idle()) throw new LanewiseError('[eval] a kernel started another evaluation');
  begin();
  for (const h of holes) h.store = fed;
  try {
    schedule(outputs);
    fuse();
    return order.slice(0, count);
  } finally {
    for (const h of holes) h.store = null;
    stack.length = 0;
    order.fill(nil, 0, count);
    count = 0;
    running.epoch = Infinity;
  }
}
/** Stands for the storage that a hole will have. */
const fed = new Storage(0, 0);

relieve.run = (n: Node): void => {
  if (!idle()) return;
  const inputs = [n.a, n.b, n.c, ...(n.rest ?? [])].filter((x): x is Node => x !== null && x.store === null);
  if (inputs.length > 0) evaluate(inputs);
  n.depth = 1;
  deferRelief();
};
