// A schedule worked out once: what runs, into which storage, and what dies after it.
import type { Memo } from '../backends/backend.js';
import { DisposedError } from '../tensor/errors.js';
import { callKernel, forget, newStorage, readsOf, runElementwise, scheduled, share } from './evaluate.js';
import type { Node } from './node.js';

/** One node that gets storage: a view, a kernel, or a fused group with its output. */
class Step implements Memo {
  kept: unknown = null;
  constructor(
    readonly node: Node,
    /** the members of a group, the output last */
    readonly members: readonly Node[] | null,
    /** whose storage the node takes over or looks into; null for a block of its own */
    readonly from: Node | null,
    /** what nobody needs afterwards */
    readonly frees: readonly Node[],
  ) {}
}

/** What is known of a block before there is one. */
class Block {
  /** nodes that look into it */
  refs = 0;
  /** @param own it is made by the schedule, and not a result of it */
  constructor(readonly own: boolean) {}
}

/** Follows storage through a schedule as `evaluate` would. */
class Steps {
  readonly steps: Step[] = [];
  private readonly blocks = new Map<Node, Block>();
  /** uses still to come */
  private readonly uses: Map<Node, number>;
  private frees: Node[] = [];
  constructor(nodes: readonly Node[]) {
    this.uses = new Map(nodes.map((n) => [n, n.uses]));
    for (const n of nodes) if (n.group === null || n.group === n) this.add(n);
  }
  private add(n: Node): void {
    this.frees = [];
    let members: Node[] | null = null;
    let from: Node | null = null;
    if (n.prim.view) {
      from = n.a!;
      this.own(n, this.blocks.get(from) ?? new Block(false));
      this.release([n]);
    } else {
      if (n.prim.elementwise > 0 || (n.group === n && n.link !== null)) {
        members = [];
        for (let m = n.link; m !== null; m = m.link) members.push(m);
        members.push(n);
        if (n.prim.elementwise > 0) from = this.donor(n, members);
      } else if (n.prim.inPlace && this.dies(n.a!, 1, n)) from = n.a;
      this.own(n, from === null ? new Block(true) : this.blocks.get(from)!);
      this.release(members ?? [n]);
    }
    this.steps.push(new Step(n, members, from, this.frees));
  }
  private own(n: Node, block: Block): void {
    block.refs++;
    this.blocks.set(n, block);
  }
  /** An operand of the group that nobody reads after it, and whose block fits the output. */
  private donor(out: Node, members: readonly Node[]): Node | null {
    for (const m of members) {
      for (const x of [m.a, m.b, m.c])
        if (x !== null && this.dies(x, readsOf(x, members, members.length), out)) return x;
    }
    return null;
  }
  /** Whether `reads` are the last ones of a block that `out` may have. */
  private dies(x: Node, reads: number, out: Node): boolean {
    const block = this.blocks.get(x);
    return (
      block !== undefined &&
      block.own &&
      block.refs === 1 &&
      !x.isRoot &&
      this.uses.get(x) === reads &&
      x.offset === 0 &&
      x.strides === null &&
      x.shape === out.shape &&
      x.type.size === out.type.size
    );
  }
  private release(readers: readonly Node[]): void {
    for (const { a, b, c, rest } of readers) for (const x of [a, b, c, ...(rest ?? [])]) if (x !== null) this.read(x);
  }
  private read(x: Node): void {
    const left = this.uses.get(x);
    if (left === undefined) return; // an input
    this.uses.set(x, left - 1);
    const block = this.blocks.get(x);
    if (left > 1 || x.isRoot || block === undefined) return;
    block.refs--;
    this.blocks.delete(x);
    this.frees.push(x);
  }
}

/** What computes `outputs` from `holes` and data. Its nodes are never finished, and its leaves never donated. */
export class Schedule {
  /** what is computed, inputs first */
  readonly nodes: readonly Node[];
  /** what it is computed from */
  readonly leaves: readonly Node[];
  private readonly steps: readonly Step[];

  constructor(holes: readonly Node[], outputs: readonly Node[]) {
    const nodes = (this.nodes = scheduled(holes, outputs));
    const own = new Set(nodes);
    const leaves = new Set<Node>();
    for (const { a, b, c, rest } of nodes) {
      for (const x of [a, b, c, ...(rest ?? [])]) if (x !== null && !own.has(x)) leaves.add(x);
    }
    for (const x of leaves) x.handles++;
    this.leaves = [...leaves];
    this.steps = new Steps(nodes).steps;
  }
  /** Runs it inside the evaluation that goes on. Its leaves must have storage; its outputs keep theirs. */
  run(): void {
    const { leaves, steps } = this;
    for (let i = 0; i < leaves.length; i++)
      if (leaves[i]!.store === null) throw new DisposedError('[compile] a tensor that the function made was disposed');
    try {
      for (let i = 0; i < steps.length; i++) run(steps[i]!);
    } catch (e) {
      for (const n of this.nodes) if (n.store !== null) forget(n);
      throw e;
    }
  }
}
function run(step: Step): void {
  const { node: n, members, from, frees } = step;
  if (from !== null) share(n, from);
  else n.store = newStorage(n);
  if (members !== null) runElementwise(n.backend!, members, members.length, n, n.store!, step);
  else if (!n.prim.view) callKernel(n);
  for (let i = 0; i < frees.length; i++) forget(frees[i]!);
}
