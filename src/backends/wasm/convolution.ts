import { types, type ElementType } from '../../tensor/dtype.js';
import { normalStrides, rowMajor, shapeOf, stridesOf } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { i32, u8 } from '../heap.js';
import { panelBytes } from './product.js';
import { dense, gatherTo, scoped, temp, wasm } from './runtime.js';
import { lanesFor, spreadRange } from './threads/spread.js';

/** What the row records; lists have one entry per spatial axis. */
interface Attrs {
  readonly stride: readonly number[];
  readonly low: readonly number[];
  readonly kernelDilation: readonly number[];
  readonly inputDilation: readonly number[];
  readonly groups: number;
  readonly flip: boolean;
}

/** The same with three spatial axes; strides in elements, the channels of the input are neighbours. */
interface Convolution {
  readonly type: ElementType;
  /** the type the kernels compute in */
  readonly wide: ElementType;
  readonly x: number;
  readonly inputs: readonly number[];
  readonly inputStrides: readonly number[];
  /** weight [outputs, depth, height, width, channels of a group], reversed where it is flipped */
  readonly weight: View;
  readonly to: number;
  readonly outputs: readonly number[];
  readonly groups: number;
}

/**
 * Along one axis the outputs `start + i * period` see the taps `tap + j * every` only, each at an element of the undilated
 * input: `position + i * step + j * tapStep`.
 */
interface Phase {
  readonly start: number;
  readonly period: number;
  readonly count: number;
  readonly tap: number;
  readonly every: number;
  readonly taps: number;
  readonly position: number;
  readonly step: number;
  readonly tapStep: number;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The phases of an axis; one where the input is not dilated. Phases without taps are left out: their outputs are zero. */
function phasesOf(outputs: number, taps: number, c: Omit<Attrs, 'groups' | 'flip'>, axis: number): Phase[] {
  const [stride, low] = [c.stride[axis]!, c.low[axis]!];
  const [dilation, spread] = [c.kernelDilation[axis]!, c.inputDilation[axis]!];
  const period = spread / gcd(stride, spread);
  const every = spread / gcd(dilation, spread);
  const first = new Map<number, number>();
  for (let tap = 0; tap < Math.min(every, taps); tap++) first.set((tap * dilation) % spread, tap);
  const found: Phase[] = [];
  for (let start = 0; start < Math.min(period, outputs); start++) {
    // the taps that meet an element, not a zero between two
    const need = (low - start * stride) % spread;
    const tap = first.get(need < 0 ? need + spread : need);
    if (tap === undefined) continue;
    const count = Math.ceil((outputs - start) / period);
    const own = Math.ceil((taps - tap) / every);
    found.push({
      start,
      period,
      count,
      tap,
      every,
      taps: own,
      position: (start * stride - low + tap * dilation) / spread,
      step: count === 1 ? 1 : (stride * period) / spread,
      tapStep: own === 1 ? 1 : (dilation * every) / spread,
    });
  }
  return found;
}

const product = (list: readonly number[]): number => list.reduce((n, d) => n * d, 1);
const numbers = (values: readonly number[]): number => {
  const at = temp(values.length * 4);
  values.forEach((v, i) => (i32[(at >>> 2) + i] = v));
  return at;
};

/** Nanoseconds of a multiplication and an addition in packed panels. */
const MULTIPLIED = 0.06;

/** Fills rows `r..r+m` of the outputs, in the type computed in; rows lie `pitch` bytes apart. */
type Rows = (r: number, m: number, to: number, pitch: number) => void;

/** Rows as matrix products, group by group. */
function products(c: Convolution, geometry: number, rows: number, w: View): Rows {
  const { type, wide, groups } = c;
  const at = dense(w);
  const columns = w.shape.dims[0]! / groups;
  const depth = product(w.shape.dims.slice(1));
  const bytes = 2176 + panelBytes(rows, columns, depth, wide.size);
  const threads = lanesFor(rows * columns * depth * groups * MULTIPLIED);
  const own = { work: 1 << 9, workBytes: bytes };
  const work = temp(bytes * threads);
  const gemm = wasm[`conv_gemm_${type.code}`]!;
  const channels = w.shape.dims[4]!;
  return (r, m, to, pitch) => {
    for (let i = 0; i < groups; i++) {
      const x = c.x + i * channels * type.size;
      const part = at + i * columns * depth * type.size;
      const args = [geometry, x, r, m, columns, depth, part, to + i * columns * wide.size, pitch, work];
      const steps = [0, 0, 1, 0, 0, 0, 0, pitch, 0, 0];
      spreadRange(threads, gemm, m, 3, args, steps, 96, m * columns * depth * MULTIPLIED, own, 1);
    }
  };
}

/** The weight as [outputs of a channel, taps, channels] in the type computed in. */
function weightsByTap(c: Convolution, w: View): number {
  const [outputs, taps] = [w.shape.dims[0]!, product(w.shape.dims.slice(1))];
  const channels = c.inputs[4]!;
  const [each, s] = [outputs / channels, stridesOf(w)];
  const n = outputs * taps;
  const at = temp(n * c.wide.size);
  const to = c.type === c.wide ? at : temp(n * c.type.size);
  const dims = [each, ...w.shape.dims.slice(1, 4), channels];
  const strides = [s[0]!, s[1]!, s[2]!, s[3]!, s[0]! * each];
  gatherTo({ at: w.at, shape: shapeOf(dims), strides, type: c.type }, 0, n, to);
  if (to !== at) wasm['cast']!(n, c.type.index, c.wide.index, to, at);
  return at;
}

/** Rows where each output has one input channel: lanes are channels, or positions where there is one channel. */
function lanes(c: Convolution, geometry: number, w: View, limit: number, line: number): Rows {
  const { type, wide } = c;
  const channels = c.inputs[4]!;
  const each = w.shape.dims[0]! / channels;
  const taps = product(w.shape.dims.slice(1));
  const at = weightsByTap(c, w);
  const single = channels === 1;
  const bytes = Math.ceil((16 + (single ? (4096 + w.shape.dims[3]!) * wide.size : taps * 8)) / 16) * 16;
  const threads = lanesFor(limit * channels * each * taps * MULTIPLIED * 4);
  const work = temp(bytes * threads);
  const own = { work: 1 << 6, workBytes: bytes };
  const f = wasm[`conv_${single ? 'single' : 'depthwise'}_${type.code}`]!;
  // pieces of whole lines of outputs, which the kernels take together
  const kernel = (r: number, m: number, weight: number, to: number): void => {
    const args = [geometry, c.x, r, m, weight, to, work];
    const cost = m * channels * taps * MULTIPLIED * 4;
    spreadRange(threads, f, m, 3, args, [0, 0, 1, 0, 0, channels * wide.size, 0], line, cost, own);
  };
  if (each === 1) return (r, m, to) => kernel(r, m, at, to);
  const parts = temp(each * limit * channels * wide.size);
  return (r, m, to) => {
    const part = m * channels;
    for (let j = 0; j < each; j++) {
      kernel(r, m, at + j * taps * channels * wide.size, parts + j * part * wide.size);
    }
    const shape = shapeOf([part, each]);
    gatherTo({ at: parts, shape, strides: [1, part], type: wide }, 0, shape.size, to);
  };
}

/** Tiles of 2 x 2 outputs that pay for transforming the weights: 49 are level, 196 win by half. */
const LEAST_TILES = 64;
/** Bytes of transformed tiles that are worked on at a time. */
const TILES = 1 << 20;

/**
 * A convolution by 3 x 3 taps in steps of one, with channels enough, by Winograd's F(2x2, 3x3): 2.25 times fewer products.
 * False where it does not fit or pay. An infinity may reach its outputs as NaN.
 */
function winograd(c: Convolution, phases: readonly Phase[], geometry: number, w: View): boolean {
  const [n, depth, , , channels] = c.inputs as [number, number, number, number, number];
  const outputs = w.shape.dims[0]!;
  const [d, ...plane] = phases as [Phase, Phase, Phase];
  const fits = d.count === 1 && d.taps === 1 && depth === 1 && d.position === 0 && c.groups === 1;
  if (!fits || c.type !== types.float32 || channels % 4 !== 0 || outputs % 4 !== 0) return false;
  if (plane.some((p) => p.taps !== 3 || p.period !== 1 || p.step !== 1 || p.tapStep !== 1)) return false;
  const tiles = n * plane.reduce((count, p) => count * Math.ceil(p.count / 2), 1);
  if (channels < 16 || outputs < 16 || tiles < LEAST_TILES) return false;
  const step = Math.min(tiles, 192, Math.max(48, Math.floor(TILES / (64 * (channels + outputs)) / 6) * 6));
  const panels = temp(16 * channels * Math.ceil(outputs / 16) * 16 * 4);
  wasm['conv_prepare_f32']!(channels, outputs, dense(w), panels, temp(16 * channels * 16 * 4));
  const packed = (step + 5) * Math.min(channels, 256);
  const bytes = 576 + (channels + 16 * step * (channels + outputs) + packed) * 4;
  const cost = 16 * tiles * channels * outputs * MULTIPLIED;
  const lanes = lanesFor(cost);
  const args = [geometry, c.x, 0, tiles, channels, outputs, panels, c.to, step, temp(bytes * lanes)];
  const own = { work: 1 << 9, workBytes: bytes };
  spreadRange(lanes, wasm['conv_winograd_f32']!, tiles, 3, args, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 6, cost, own, 1);
  return true;
}

/** Bytes of results that wait to be rounded or moved to their places. */
const CHUNK = 1 << 20;

/** One phase of each axis: an ordinary convolution, whose outputs may lie apart. */
function runPhase(c: Convolution, [d, h, w]: readonly [Phase, Phase, Phase]): void {
  const { type, wide, groups } = c;
  const phases = [d, h, w];
  const given = stridesOf(c.weight);
  const dims = [c.weight.shape.dims[0]!, d.taps, h.taps, w.taps, c.weight.shape.dims[4]!];
  const shape = shapeOf(dims);
  const strides = given.map((s, i) => (i === 0 || i === 4 ? s : s * phases[i - 1]!.every));
  const from = phases.reduce((at, p, i) => at + p.tap * given[i + 1]! * type.size, c.weight.at);
  const weight: View = { at: from, shape, strides: normalStrides(shape, strides), type };
  const counts = phases.map((p) => p.count);
  const [channels, outputs] = [c.inputs[4]!, dims[0]!];
  const narrow = dims[4] === 1 && (channels > 1 ? groups === channels : w.step === 1 && w.tapStep === 1 && outputs < 4);
  const geometry = numbers([
    ...counts,
    ...c.inputs.slice(1, 4),
    ...phases.map((p) => p.taps),
    ...phases.map((p) => p.position),
    ...phases.map((p) => p.step),
    ...phases.map((p) => p.tapStep),
    ...c.inputStrides.slice(0, 4),
    narrow ? channels : dims[4]!,
  ]);
  if (winograd(c, phases, geometry, weight)) return;
  const rows = c.inputs[0]! * product(counts);
  const apart = phases.some((p) => p.period > 1);
  const direct = type === wide && !apart;
  const limit = Math.min(rows, Math.max(6, Math.floor(CHUNK / (outputs * wide.size))));
  const run = narrow ? lanes(c, geometry, weight, limit, counts[2]!) : products(c, geometry, rows, weight);
  const line = outputs * type.size;
  if (direct && (!narrow || outputs === channels)) {
    run(0, rows, c.to, line);
    return;
  }
  const chunk = direct ? 0 : temp(limit * outputs * wide.size);
  const rounded = type === wide || !apart ? chunk : temp(limit * line);
  const places = rowMajor(c.outputs).slice(0, 4);
  const pitches = numbers([places[0]! * type.size, ...phases.map((p, i) => places[i + 1]! * p.period * type.size)]);
  const start = phases.reduce((at, p, i) => at + p.start * places[i + 1]! * type.size, c.to);
  for (let r = 0; r < rows; r += limit) {
    const m = Math.min(limit, rows - r);
    const to = c.to + r * line;
    run(r, m, direct ? to : chunk, outputs * wide.size);
    if (type !== wide) wasm['cast']!(m * outputs, wide.index, type.index, chunk, apart ? rounded : to);
    if (apart) wasm['conv_scatter']!(geometry, pitches, r, m, line, rounded, start);
  }
}

/** A list per spatial axis with `fill` for the axes in front that are not there. */
const three = (list: readonly number[], fill: number): number[] => [
  ...Array<number>(3 - list.length).fill(fill),
  ...list,
];
/** A batch, three spatial axes, channels. */
const five = (dims: readonly number[], fill: number): number[] => [
  dims[0]!,
  ...three(dims.slice(1, -1), fill),
  dims[dims.length - 1]!,
];

/** `a` correlated with `b`, see the row. */
function correlate(call: Call): void {
  const { at: to, type } = call;
  const [a, b] = [call.a!, call.b!];
  const c = call.attrs as Attrs;
  if (call.shape.size === 0) return;
  const clear = (): void => void u8.fill(0, to, to + call.shape.size * type.size);
  if (a.shape.size === 0) {
    clear();
    return;
  }
  const inputs = five(a.shape.dims, 1);
  const neighbours = inputs[4] === 1 || stridesOf(a)[a.shape.ndim - 1] === 1;
  const inputStrides = five(neighbours ? stridesOf(a) : rowMajor(a.shape.dims), 0);
  const x = neighbours ? a.at : dense(a);
  const kernel = five(b.shape.dims, 1);
  const strides = five(stridesOf(b), 0);
  let w = b.at;
  if (c.flip) {
    for (let i = 1; i < 4; i++) {
      w += (kernel[i]! - 1) * strides[i]! * type.size;
      strides[i] = -strides[i]!;
    }
  }
  const weight: View = { at: w, shape: shapeOf(kernel), strides, type };
  const outputs = five(call.shape.dims, 1);
  const wide = type.half ? types.float32 : type;
  const all: Convolution = { type, wide, x, inputs, inputStrides, weight, to, outputs, groups: c.groups };
  const full = {
    stride: three(c.stride, 1),
    low: three(c.low, 0),
    kernelDilation: three(c.kernelDilation, 1),
    inputDilation: three(c.inputDilation, 1),
  };
  const [ds, hs, ws] = [0, 1, 2].map((i) => phasesOf(outputs[i + 1]!, kernel[i + 1]!, full, i)) as [
    Phase[],
    Phase[],
    Phase[],
  ];
  const covered = [ds, hs, ws].map((list) => list.reduce((n, p) => n + p.count, 0));
  if (covered.some((n, i) => n < outputs[i + 1]!)) clear();
  for (const d of ds) for (const h of hs) for (const v of ws) scoped(() => runPhase(all, [d, h, v]));
}

export const convolution: Readonly<Record<string, Kernel>> = { convolution: correlate };
