// A graph that was recorded once, to be computed many times from other inputs.
import { types } from '../tensor/dtype.js';
import { scalar } from '../tensor/shape.js';
import { plan, releaseInputs, replay, type Schedule } from './evaluate.js';
import { drop, guard, Storage } from './memory.js';
import { data, disposed, Node, running } from './node.js';
import type { Primitive } from './primitive.js';

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
const callPrimitive = primitive('call', run);
/** One result of a call. It is data once the call has run. */
const partPrimitive = primitive('part', () => {});

/** More references than nodes can give back: a borrowed block is never freed, nor written over. */
const BORROWED = 2 ** 30;

/**
 * The way from holes to outputs. A call of it is one node, and one more for each output: nothing is checked, recorded or scheduled
 * anew.
 */
export class Plan {
  readonly schedule: Schedule;
  /** holes that are needed, as places in the list of all */
  private readonly used: readonly number[];
  private readonly holes: readonly Node[];
  /** outputs that are computed; the others are holes, or data */
  private readonly computed: readonly Node[];
  /** of each of them the hole whose storage it shares, or -1 */
  private readonly base: readonly number[];

  constructor(
    private readonly all: readonly Node[],
    private readonly outputs: readonly Node[],
  ) {
    this.schedule = plan(all, outputs);
    this.used = [...all.keys()].filter((i) => this.schedule.leaves.includes(all[i]!));
    const holes = (this.holes = this.used.map((i) => all[i]!));
    const within = new Set(this.schedule.nodes);
    this.computed = outputs.filter((n) => within.has(n));
    this.base = this.computed.map((n) => {
      let x = n;
      while (x.prim.view) x = x.a!;
      return holes.indexOf(x);
    });
  }
  /** Records a call: for each output its node. `all` has the shapes, dtypes and strides of the holes. */
  call(all: readonly Node[]): Node[] {
    const args = this.used.map((i) => all[i]!);
    const parts: Node[] = [];
    const call: Call = { plan: this, parts };
    const c =
      this.computed.length === 0
        ? null
        : new Node(callPrimitive, null, null, null, args, call, scalar, null, 0, types.bool, null);
    this.computed.forEach((n, i) => {
      const base = this.base[i]!;
      const offset = base < 0 ? n.offset : n.offset + args[base]!.offset;
      parts.push(new Node(partPrimitive, c, null, null, null, null, n.shape, n.strides, offset, n.type, null));
    });
    let k = 0;
    return this.outputs.map((n) => {
      if (n === this.computed[k]) return parts[k++]!;
      const hole = this.all.indexOf(n);
      return hole < 0 ? n : all[hole]!;
    });
  }
  /** Computes the parts of a call, inside the evaluation that goes on. */
  run(args: readonly Node[], parts: readonly Node[]): void {
    const { holes, computed, base } = this;
    for (let i = 0; i < holes.length; i++) {
      const x = args[i]!;
      const s = (holes[i]!.store = new Storage(x.at, x.store!.bytes));
      s.refs = BORROWED;
    }
    try {
      replay(this.schedule);
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
      part.finish(data);
    }
  }
}

function run(c: Node): void {
  const { plan, parts } = c.attrs as Call;
  const args = c.rest!;
  plan.run(args, parts);
  releaseInputs(c);
  c.finish(disposed);
  // what a handle stood for until this call gave it a new value
  for (const x of args) if (x.prim === data && x.handles === 0 && x.readers === 0) x.dispose();
}
