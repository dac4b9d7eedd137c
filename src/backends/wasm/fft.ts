import { OutOfMemoryError } from '../../tensor/errors.js';
import type { Call, Kernel } from '../backend.js';
import { i32 } from '../heap.js';
import { halfOf, planOf, trimPlans } from './fft-plan.js';
import { dense, releaseTemps, temp, wasm } from './runtime.js';
import { lanesFor, spreadCalls } from './threads/spread.js';

/** What the row records: see `src/fft/transform.ts`. */
interface Attrs {
  readonly axis: number;
  readonly n: number;
  readonly inverse: boolean;
  readonly real: boolean;
  readonly scale: number;
}
/** Numbers in the planes of one block that stay in the fastest cache with their scratch. */
const BLOCK = 4096;
/** Lengths from which one sequence at a time fills the vectors as well as four do. */
const ALONE = 64;
/** Bytes that passes may write beyond the end of a plane. */
const SPILL = 1024;
/** Bytes of the list that the kernel reads, and nanoseconds for one element and each doubling of the length. */
const LIST = 128;
const COST = 0.5;

/** Codes of the kernel's kinds: odd lengths of a real transform are whole complex ones. */
function kindOf({ real, inverse, n }: Attrs): number {
  if (!real) return 0;
  return (inverse ? 3 : 1) + (n % 2);
}

/** How many sequences go through the passes together. */
function lanesOf(n: number, length: number, outer: number, inner: number): number {
  const fitting = Math.max(4, Math.floor(BLOCK / length) & ~3);
  if (inner > 1) return Math.min(inner, Math.max(fitting, 8));
  return n % 4 === 0 && n >= ALONE ? 1 : Math.min(outer, fitting);
}

function run(call: Call): void {
  const attrs = call.attrs as Attrs;
  const { axis, n, inverse, real } = attrs;
  const kind = kindOf(attrs);
  const dims = call.shape.dims;
  const outer = dims.slice(0, axis).reduce((p, d) => p * d, 1);
  const inner = dims.slice(axis + 1).reduce((p, d) => p * d, 1);
  const length = call.a!.shape.dims[axis]!;
  const have = Math.min(length, real && inverse ? Math.floor(n / 2) + 1 : n);
  const paired = kind === 1 || kind === 3;
  const complex = paired ? n / 2 : n;
  const plan = planOf(complex);
  const half = paired ? halfOf(n).at : 0;
  const lanes = lanesOf(complex, plan.length, outer, inner);
  const plane = Math.ceil((Math.max(plan.length, complex + 1) * lanes) / 4) * 16 + SPILL;
  const out = dims[axis]!;
  const block = inner === 1 && lanes > 1 ? Math.max(have, out) * lanes * 8 : 0;
  const src = dense(call.a!);
  const cost = outer * inner * plan.length * Math.log2(plan.length + 1) * COST;
  const threads = lanesFor(cost);
  // each call takes whole groups of sequences that go through the passes together, so that the groups are the same for any number
  const group = inner > 1 ? 1 : lanes;
  const size = threads === 1 ? outer : Math.ceil(outer / group / threads) * group;
  const count = Math.ceil(outer / size);
  const bytes = 4 * plane + block;
  const work = temp(bytes * count);
  const lists = temp(LIST * count);
  const [row, to] = [length * inner * call.a!.type.size, out * inner * call.type.size];
  const fill = (i: number, x: number[]): void => {
    const start = i * size;
    const first = work + i * bytes;
    const shape = [kind, inverse ? 1 : 0, complex, plan.at, half, Math.min(size, outer - start), inner, lanes];
    const places = [length, have, out, src + start * row, call.at + start * to];
    i32.set([...shape, ...places, first, first + 2 * plane, plane, first + 4 * plane], (lists + i * LIST) >>> 2);
    x[0] = lists + i * LIST;
    x[1] = attrs.scale;
  };
  spreadCalls(threads, wasm['fft_run']!, 2, count, cost, fill);
}

/** attrs: `Attrs`; the axis of the input is cropped, or taken to go on with zeros, to what the length asks for. */
function fourier(call: Call): void {
  if (call.shape.size === 0) return;
  try {
    run(call);
  } catch (e) {
    // kept plans are the first to go when memory is short
    if (!(e instanceof OutOfMemoryError)) throw e;
    releaseTemps();
    trimPlans(0);
    run(call);
  } finally {
    trimPlans();
  }
}

export const fft: Readonly<Record<string, Kernel>> = { fft: fourier };
