// A graph that was recorded once, to be computed many times from other inputs.
import { types } from '../tensor/dtype.js';
import { scalar } from '../tensor/shape.js';
import { releaseInputs } from './evaluate.js';
import { drop, guard, Storage } from './memory.js';
import { data, disposed, Node, running } from './node.js';
import type { Primitive } from './primitive.js';
import { Schedule } from './replay.js';

/** One call of a plan that has not run yet. */
interface Call {
  readonly plan: Plan;
  /** what stands for the computed outputs, in their order */
  readonly parts: readonly Node[];
}

const primitive = (name: string, run: (n: Node) => void): Primitive => ({
  name,
  elementwise: 0,
  view: false,
  expensive: false,
  inPlace: false,
  resolved: [],
  run,
});
/** A call with several results; each is a `part`, which is data once the call has run. */
const callPrimitive: Primitive = primitive('call', (c) => {
  const { plan, parts } = c.attrs as Call;
  run(c, plan, parts);
});
const partPrimitive = primitive('part', () => {});
/** A call that is its own only result. */
const solePrimitive = primitive('sole', (c) => run(c, c.attrs as Plan, [c]));

/** More references than nodes can give back: a borrowed block is never freed, nor written over. */
const BORROWED = 2 ** 30;

/**
 * The way from holes to outputs. A call of it is one node, and one more for each of several outputs: nothing is checked, recorded or
 * scheduled anew.
 */
export class Plan {
  private readonly schedule: Schedule;
  /** holes that are needed, as places in the list of all */
  private readonly used: readonly number[];
  private readonly holes: readonly Node[];
  /** what they are lent for a run */
  private readonly lent: readonly Storage[];
  /** outputs that are computed; the others are holes, or data */
  private readonly computed: readonly Node[];
  /** of each of them the hole whose storage it shares, or -1 */
  private readonly base: readonly number[];
  /** where each output comes from: -2 - k for the k-th that is computed, the place of a hole, or -1 for data */
  private readonly from: readonly number[];

  constructor(
    private readonly all: readonly Node[],
    private readonly outputs: readonly Node[],
  ) {
    this.schedule = new Schedule(all, outputs);
    const leaves = new Set(this.schedule.leaves);
    this.used = [...all.keys()].filter((i) => leaves.has(all[i]!));
    const holes = (this.holes = this.used.map((i) => all[i]!));
    this.lent = holes.map(() => new Storage(0, 0));
    const within = new Set(this.schedule.nodes);
    this.computed = outputs.filter((n) => within.has(n));
    this.base = this.computed.map((n) => {
      let x = n;
      while (x.prim.view) x = x.a!;
      return holes.indexOf(x);
    });
    let k = 0;
    this.from = outputs.map((n) => (n === this.computed[k] ? -2 - k++ : all.indexOf(n)));
  }
  /** Records a call: for each output its node. `all` has the shapes, dtypes and strides of the holes. */
  call(all: readonly Node[]): Node[] {
    const { used, computed, from, outputs } = this;
    const args: Node[] = [];
    for (let i = 0; i < used.length; i++) args.push(all[used[i]!]!);
    const parts: Node[] = [];
    if (computed.length === 1) parts.push(this.part(0, solePrimitive, null, args, this));
    else if (computed.length > 1) {
      const call: Call = { plan: this, parts };
      const c = new Node(callPrimitive, null, null, null, args, call, scalar, null, 0, types.bool, null);
      for (let i = 0; i < computed.length; i++) parts.push(this.part(i, partPrimitive, c, args, null));
    }
    const nodes: Node[] = [];
    for (let i = 0; i < from.length; i++) {
      const k = from[i]!;
      nodes.push(k === -1 ? outputs[i]! : k >= 0 ? all[k]! : parts[-2 - k]!);
    }
    return nodes;
  }
  /** What stands for the i-th output that is computed. */
  private part(i: number, p: Primitive, call: Node | null, args: readonly Node[], attrs: Plan | null): Node {
    const { shape, strides, offset, type } = this.computed[i]!;
    const base = this.base[i]!;
    const at = base < 0 ? offset : offset + args[base]!.offset;
    return new Node(p, call, null, null, call === null ? args : null, attrs, shape, strides, at, type, null);
  }
  /** Computes the parts of a call, inside the evaluation that goes on. */
  run(args: readonly Node[], parts: readonly Node[]): void {
    const { holes, lent, computed, base } = this;
    for (let i = 0; i < holes.length; i++) {
      const x = args[i]!;
      const s = (holes[i]!.store = lent[i]!);
      s.ptr = x.at;
      s.bytes = x.store!.bytes;
      s.refs = BORROWED;
    }
    try {
      this.schedule.run();
    } finally {
      for (let i = 0; i < holes.length; i++) holes[i]!.store = null;
    }
    for (let i = 0; i < computed.length; i++) {
      const n = computed[i]!;
      const part = parts[i]!;
      let s = n.store!;
      n.store = null;
      if (base[i]! >= 0) {
        s = args[base[i]!]!.store!;
        s.refs++;
      } else if (s.guard === null) guard(s);
      if (part.prim === disposed) {
        drop(s);
        continue;
      }
      part.store = s;
      part.mark = running.epoch; // an input from now on
      part.isRoot = false;
    }
  }
}

function run(c: Node, plan: Plan, parts: readonly Node[]): void {
  const args = c.rest!;
  plan.run(args, parts);
  releaseInputs(c);
  for (let i = 0; i < parts.length; i++) if (parts[i]!.store !== null) parts[i]!.finish(data);
  if (c.prim === callPrimitive) c.finish(disposed);
  // what a handle stood for until this call gave it a new value
  for (let i = 0; i < args.length; i++) {
    const x = args[i]!;
    if (x.prim === data && x.handles === 0 && x.readers === 0) x.dispose();
  }
}
