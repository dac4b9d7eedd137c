// What a function does with tensors, seen while it runs once.
import { trace, type Node } from '../graph/node.js';
import { Tensor, watched, watcher, type Watcher } from '../tensor/tensor.js';

/** A tensor from outside that the function uses. */
interface Taken {
  /** what it stood for */
  readonly before: Node;
  /** what it stands for while the function runs */
  readonly inside: Node;
}
/** A tensor from outside that the function gave a new value. */
export interface Changed {
  readonly tensor: Tensor;
  readonly to: Node;
}

/**
 * Runs a function once. Tensors from outside stand for other nodes meanwhile, which `open` makes, so that all they bring in is known:
 * those that the caller names from the start, others from their first use.
 */
export class Trace implements Watcher {
  private readonly own = new WeakSet<Tensor>();
  private readonly taken = new Map<Tensor, Taken>();
  /** tensors from outside, in the order in which they were first used */
  readonly captures: Tensor[] = [];
  readonly changed: Changed[] = [];
  /** who watches the caller */
  protected readonly outer: Watcher | null;
  constructor(private readonly open: (n: Node) => Node) {
    this.outer = watcher;
  }

  made(t: Tensor): void {
    this.own.add(t);
  }
  /** Whether the function made the handle. */
  isOwn(t: Tensor): boolean {
    return this.own.has(t);
  }
  used(t: Tensor): Node {
    if (!this.own.has(t) && !this.taken.has(t)) {
      this.take(t);
      this.captures.push(t);
    }
    return t.node;
  }
  read(t: Tensor): Node {
    return t.node;
  }
  drawn(): Node | null {
    return null;
  }
  seeded(): void {}
  /** Lets a tensor from outside stand for a node of this trace. */
  protected take(t: Tensor, inside?: Node): Node {
    this.outer?.used(t);
    const before = t.node;
    inside ??= this.open(before);
    this.taken.set(t, { before, inside });
    t.node = inside;
    return inside;
  }
  /** What a tensor from outside stood for before. */
  protected original(t: Tensor): Taken | undefined {
    return this.taken.get(t);
  }
  /**
   * Runs `fn`, then gives the tensors from outside their own values again, or with `keep` leaves those changed that it changed. If it
   * throws, they are as before.
   */
  run<T>(fn: () => T, keep = false): T {
    trace.depth++;
    let done = false;
    try {
      const result = watched(this, fn);
      done = true;
      return result;
    } finally {
      trace.depth--;
      for (const [tensor, { before, inside }] of this.taken) {
        const to = tensor.node;
        tensor.node = before;
        if (to === inside || to === before || !done) continue;
        if (keep) {
          before.handles--;
          tensor.node = to;
        } else this.changed.push({ tensor, to });
      }
    }
  }
}
