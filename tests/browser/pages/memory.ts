// Loops that hold or give back memory.
import * as lw from 'lanewise';

const MIB = 2 ** 20;
const mib = (bytes: number): number => Math.round(bytes / MIB);
const megabyte = (value: number): lw.Tensor =>
  lw
    .full([MIB / 4], value)
    .add(0)
    .eval();
export interface Run {
  readonly steps: number;
  /** MiB held after each tenth of the steps */
  readonly curve: readonly number[];
  readonly peak: number;
  readonly milliseconds: number;
  readonly value: unknown;
}
type Await = 'data' | 'asyncEval' | 'resolved promise';

/** x = x / 2 + 1 on 1 MB, nothing disposed, awaiting each step. */
export async function awaiting(steps: number, how: Await, living = 0): Promise<Run> {
  const kept = Array.from({ length: living }, (_, i) => megabyte(i));
  let x = lw.zeros([MIB / 4]);
  lw.memory.resetPeak();
  const curve: number[] = [];
  const start = performance.now();
  for (let i = 1; i <= steps; i++) {
    x = x.mul(0.5).add(1);
    if (how === 'data') await x.data();
    else if (how === 'asyncEval') await lw.asyncEval(x);
    else await Promise.resolve(x.eval());
    if (i % Math.ceil(steps / 10) === 0) curve.push(mib(lw.memory.active()));
  }
  const milliseconds = Math.round(performance.now() - start);
  const value = x.at(0).item();
  if (kept.some((t, i) => t.at(-1).item() !== i)) throw new Error('a living tensor changed');
  return { steps, curve, peak: mib(lw.memory.peak()), milliseconds, value };
}

interface Ending {
  readonly steps: number;
  readonly name: string;
  readonly message: string;
  readonly needed: number;
  readonly held: number;
  readonly limit: number;
}
function plainLoop(steps: number): Ending | null {
  let x = lw.zeros([MIB / 4]);
  for (let i = 1; i <= steps; i++) {
    try {
      x = x.mul(0.5).add(1).eval();
    } catch (e) {
      if (!(e instanceof lw.OutOfMemoryError)) throw e;
      return { steps: i, name: e.name, message: e.message, needed: e.needed, held: e.held, limit: e.limit };
    }
  }
  return null;
}
/** The same loop without awaiting, below a limit; then a long one that awaits, in the same page. */
export async function synchronous(limit: number | null): Promise<{ end: Ending | null; sum: unknown; after: Run }> {
  if (limit !== null) lw.memory.setLimit(limit * MIB);
  const end = plainLoop(5000);
  const sum = lw.array([1, 2, 3]).mul(2).sum().item();
  await lw.asyncEval(lw.ones([4]));
  return { end, sum, after: await awaiting(1000, 'asyncEval') };
}

/** Synchronous loops that say what they are done with. */
export function scoped(steps: number, how: 'tidy' | 'using' | 'dispose'): Run {
  let x = megabyte(0);
  lw.memory.resetPeak();
  const curve: number[] = [];
  const start = performance.now();
  for (let i = 1; i <= steps; i++) {
    if (how === 'using') {
      using last = x;
      x = last.mul(0.5).add(1).eval();
    } else {
      const last = x;
      x = how === 'tidy' ? lw.tidy(() => last.mul(0.5).add(1)) : last.mul(0.5).add(1).eval();
      last.dispose();
    }
    if (i % Math.ceil(steps / 10) === 0) curve.push(mib(lw.memory.active()));
  }
  const milliseconds = Math.round(performance.now() - start);
  return { steps, curve, peak: mib(lw.memory.peak()), milliseconds, value: x.at(0).item() };
}
