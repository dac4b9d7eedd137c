// Where specimens come from: a source of choices, the tensors drawn from it, and the roles of the other arguments.
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import { gather, sizeOf, widthOf, type Host, type Values } from './golden.js';
import { toTensor } from './layouts.js';
import { generator } from '../tensor/support.js';
import type { Smooth } from './specimens/recipe.js';

export const dtypes: readonly DType[] = [
  ...(['float32', 'int32', 'float64', 'complex64', 'float16', 'bfloat16', 'bool', 'uint8', 'int64', 'uint64'] as const),
  ...(['uint32', 'int8', 'uint16', 'int16'] as const),
];
export const isFloating = (t: DType): boolean =>
  t === 'float16' || t === 'bfloat16' || t === 'float32' || t === 'float64';
export const floats: readonly DType[] = dtypes.filter(isFloating);
export const inexact: readonly DType[] = [...floats, 'complex64'];
export const reals: readonly DType[] = dtypes.filter((t) => t !== 'complex64');
export const integers: readonly DType[] = reals.filter((t) => !isFloating(t) && t !== 'bool');
export const numbers: readonly DType[] = dtypes.filter((t) => t !== 'bool');

/** What the elements of an operand are like. */
export type Fill =
  /** everything, NaN and infinities too */
  | 'any'
  /** finite and of moderate size */
  | 'finite'
  /** as `finite`, without zeros */
  | 'nonzero'
  /** above zero */
  | 'positive'
  /** between 0 and 1 */
  | 'unit'
  /** whole numbers in [low, high) */
  | readonly [low: number, high: number];

/** An input: its elements, and how they lie in storage. */
export interface Operand {
  readonly host: Host;
  /** 0: row-major. Else the seed of order, steps, offsets and repeated axes. */
  readonly layout: number;
  /** axes along which all elements are equal, so that a layout may repeat them */
  readonly held: readonly number[];
}

/** What an argument means; tests of errors and the fuzzer make it wrong accordingly. */
export type Role = 'axis' | 'axes' | 'shape' | 'dtype' | 'index' | 'count' | 'number' | 'flag' | 'mode';
/** An argument with a meaning; the call gets `value`. */
export class Given {
  constructor(
    readonly role: Role,
    readonly value: unknown,
    /** of an axis the number of axes, of an index the size of the axis */
    readonly bound: number = 0,
  ) {}
}
/** An argument that goes to the call as it is, whatever lies inside. */
export class Raw {
  constructor(readonly value: unknown) {}
}
/** Stands for input `index` among the arguments. */
export class Ref {
  constructor(readonly index: number) {}
}

/** Shapes that are drawn; `size` bounds the number of elements. */
export interface Shaping {
  readonly min?: number;
  readonly max?: number;
  readonly size?: number;
  /** no axis of size 0 */
  readonly full?: boolean;
}
const SIZES = [2, 3, 1, 4, 5, 2, 3, 1, 7, 8, 4, 9, 16, 17, 0, 31, 33, 64, 65, 130, 257] as const;
const WILD = [NaN, Infinity, -Infinity, -0, 0, 1e-40, 3e38, -3e38, 1e300, 5e-324, 65504, 6e-8, 2 ** 24 + 1, 0.5, -2.5];

function element(fill: Fill, dtype: DType, random: () => number): number {
  const whole = !isFloating(dtype) && dtype !== 'complex64';
  const signed = !dtype.startsWith('u') && dtype !== 'bool';
  if (typeof fill === 'object') return fill[0] + Math.floor(random() * (fill[1] - fill[0]));
  if (dtype === 'bool') return random() < 0.5 && fill !== 'nonzero' && fill !== 'positive' ? 0 : 1;
  if (fill === 'unit') return whole ? Math.floor(random() * 2) : 0.05 + 0.9 * random();
  if (fill === 'positive') return whole ? 1 + Math.floor(random() * 6) : 0.25 + 3 * random();
  const r = random();
  if (fill === 'any' && r < 0.15) {
    if (!whole) return WILD[Math.floor(random() * WILD.length)]!;
    const bits = Number(/\d+/.exec(dtype)![0]) - (signed ? 1 : 0);
    const top = bits > 53 ? 2 ** 53 - 1 : 2 ** bits - 1;
    return [0, top, signed ? -top - (bits > 53 ? 0 : 1) : 0, top - 1][Math.floor(random() * 4)]!;
  }
  if (whole || r < 0.4) {
    const v = Math.floor(random() * (signed ? 13 : 9)) - (signed ? 6 : 0);
    return v === 0 && fill === 'nonzero' ? 1 : v;
  }
  return (0.3 + 4 * random()) * (random() < 0.5 ? -1 : 1);
}
const constructors: Readonly<Record<DType, new (n: number) => Values>> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
};
/** A value as float16 or bfloat16 holds it. */
function rounded(dtype: DType, x: number): number {
  if (dtype === 'bfloat16') {
    const bits = new Uint32Array(Float32Array.of(x).buffer);
    bits[0]! = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000;
    return Number.isNaN(x) ? NaN : new Float32Array(bits.buffer)[0]!;
  }
  if (dtype !== 'float16' || !Number.isFinite(x)) return x;
  const e = Math.max(Math.floor(Math.log2(Math.abs(x) || 1)), -14);
  const step = 2 ** (e - 10);
  const v = Math.round(x / step) * step;
  return Math.abs(v) > 65504 ? Math.sign(v) * Infinity : v;
}
/** Elements by a seed; seed 0 counts upwards within what the fill allows. */
function hostOf(shape: readonly number[], dtype: DType, fill: Fill, seed: number): Host {
  const width = widthOf(dtype);
  const values = new constructors[dtype](sizeOf(shape) * width);
  const random = generator(seed);
  for (let i = 0; i < values.length; i++) {
    let v: number;
    if (seed > 0) v = element(fill, dtype, random);
    else if (typeof fill === 'object') v = fill[0] + (i % (fill[1] - fill[0]));
    else if (fill === 'unit' && isFloating(dtype)) v = (1 + (i % 8)) / 9;
    else v = dtype === 'bool' ? 1 - (i % 2) : fill === 'positive' || fill === 'nonzero' ? 1 + (i % 6) : i % 7;
    const big = dtype === 'int64' || dtype === 'uint64';
    (values as Float64Array)[i] = (big ? BigInt(Math.trunc(v)) : rounded(dtype, v)) as number;
  }
  return { dtype, shape, values };
}
const SLOTS = 8191;
/** Places of an interval in random order, so that no two elements that are taken from it meet. */
class Places {
  private readonly order = Int32Array.from({ length: SLOTS }, (_, i) => i);
  private next = 0;
  constructor(private readonly random: () => number) {}
  /** A number in [low, high] that keeps away from the kinks and from all that were taken before. */
  take(low: number, high: number, kinks: readonly number[]): number {
    const apart = Math.min(0.04, (high - low) / 50);
    for (;;) {
      const i = this.next % SLOTS;
      const j = i + Math.floor(this.random() * (SLOTS - i));
      const slot = this.order[j]!;
      this.order[j] = this.order[i]!;
      this.order[i] = slot;
      this.next++;
      const v = low + ((high - low) * (slot + 0.5)) / SLOTS;
      if (!kinks.some((k) => Math.abs(v - k) < apart)) return v;
    }
  }
}
/** Where elements lie when the op is to be differentiated at them. */
function interval(fill: Fill, { within, distinct }: Smooth): readonly [number, number] {
  if (within !== undefined) return within;
  // all inputs from one interval, so that they differ from each other too
  if (distinct === true) return [-2, 2];
  if (typeof fill === 'object') return fill;
  if (fill === 'positive' || fill === 'nonzero') return [0.3, 3];
  return fill === 'unit' ? [0.05, 0.95] : [-2, 2];
}
/** The elements with axes `held` repeating their first slice. */
function repeated(x: Host, held: readonly number[]): Host {
  if (held.length === 0 || x.values.length === 0) return x;
  const from = new Int32Array(sizeOf(x.shape));
  for (let i = 0; i < from.length; i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let k = x.shape.length - 1; k >= 0; k--) {
      const d = x.shape[k]!;
      if (!held.includes(k)) at += (rest % d) * stride;
      stride *= d;
      rest = Math.floor(rest / d);
    }
    from[i] = at;
  }
  return gather(x, from, x.shape);
}

/** The tensor of an operand, stored as its layout says. */
export function tensorOf({ host, layout, held }: Operand): Tensor {
  const { shape } = host;
  if (layout === 0 || shape.length === 0) {
    if (layout % 2 === 0) return toTensor(host);
    return toTensor(gather(host, [-1, 0, -1], [3])).at(1);
  }
  const random = generator(layout);
  const below = (n: number): number => Math.floor(random() * n);
  const axes = shape.map((_, k) => k);
  const order = [...axes];
  if (random() < 0.5) for (let i = order.length - 1; i > 0; i--) order.push(...order.splice(below(i + 1), 1));
  const plan = axes.map((k) => ({
    d: held.includes(k) && shape[k]! > 0 ? 1 : shape[k]!,
    step: [1, 1, 1, -1, 2, -2, 3][below(7)]!,
    before: below(4) === 0 ? 1 + below(3) : 0,
    after: below(4) === 0 ? 1 + below(2) : 0,
  }));
  const lengths = plan.map((p) => p.before + p.after + (p.d === 0 ? 0 : (p.d - 1) * Math.abs(p.step) + 1));
  const stored = order.map((k) => lengths[k]!);
  const from = new Int32Array(sizeOf(stored)).fill(-1);
  const strides = axes.map(() => 1);
  const logical = axes.map(() => 1);
  for (let i = order.length - 2; i >= 0; i--) strides[order[i]!] = strides[order[i + 1]!]! * stored[i + 1]!;
  for (let i = axes.length - 2; i >= 0; i--) logical[i] = logical[i + 1]! * shape[i + 1]!;
  const place = (k: number, to: number, at: number): void => {
    if (k === axes.length) {
      from[to] = at;
      return;
    }
    const { d, step, before } = plan[k]!;
    for (let p = 0; p < d; p++) {
      const q = before + (step > 0 ? p * step : (d - 1 - p) * -step);
      place(k + 1, to + q * strides[k]!, at + p * logical[k]!);
    }
  };
  place(0, 0, 0);
  const slices = order.map((k) => {
    const { d, step, before } = plan[k]!;
    const end = before + (d - 1) * Math.abs(step);
    if (d === 0) return lw.slice(before, before);
    return step > 0 ? lw.slice(before, end + 1, step) : lw.slice(end, before === 0 ? null : before - 1, step);
  });
  const view = toTensor(gather(host, from, stored)).at(...slices);
  const back = axes.map((k) => order.indexOf(k));
  return lw.broadcastTo(lw.transpose(view, back), shape);
}

/** A source of choices: the numbers of a list, then zeros. Lower numbers make simpler specimens. */
export class Draw {
  readonly inputs: Operand[] = [];
  /** the dtype of most inputs */
  readonly type: DType;
  private next = 0;
  private places: Places | null = null;
  constructor(
    private readonly choices: readonly number[],
    types: readonly DType[],
    /** what keeps elements inside the domain and away from kinks: for derivatives */
    readonly smooth: Smooth | null = null,
    /** other elements in the same shapes */
    private readonly variant = 0,
  ) {
    this.type = this.pick(types);
  }
  private take(): number {
    return this.choices[this.next++] ?? 0;
  }
  /** An integer in [low, high], `low` the simplest. */
  int(low: number, high: number): number {
    return high <= low ? low : low + (this.take() % (high - low + 1));
  }
  /** One of a list, the first the simplest. */
  pick<T>(list: readonly T[]): T {
    return list[this.take() % list.length]!;
  }
  /** True once in `n` times, false the simplest. */
  rarely(n: number): boolean {
    return this.take() % n === n - 1;
  }
  flag(): boolean {
    return this.take() % 2 === 1;
  }
  shape({ min = 0, max = 4, size = 240, full = false }: Shaping = {}): number[] {
    const rank = Math.max(min, Math.min(max, this.pick([1, 2, 3, 0, 2, 4, 1, 3])));
    let left = size;
    return Array.from({ length: rank }, () => {
      let d: number = this.pick(SIZES);
      if (d === 0 && (full || this.smooth !== null)) d = 1;
      if (d > left) d = left >= 2 ? 2 : 1;
      left = Math.floor(left / Math.max(d, 1));
      return d;
    });
  }
  /** A shape that broadcasts with `shape`. */
  partner(shape: readonly number[]): number[] {
    const kind = this.int(0, 3);
    if (kind === 0) return [...shape];
    const from = kind === 3 ? this.int(0, shape.length) : 0;
    return shape.slice(from).map((d) => ((kind === 2 || kind === 3) && this.flag() ? 1 : d));
  }
  /** A new input; `varied` ones have no axis along which all is equal. */
  tensor(shape: readonly number[], fill: Fill = 'finite', asked: DType = this.type, varied = false): Ref {
    // numbers that are differentiated all have the dtype that differences are taken in
    const turns = this.smooth !== null && typeof fill === 'string';
    const dtype = turns && (asked !== 'bool' || this.smooth.within !== undefined) ? this.type : asked;
    const seed = this.take() + this.variant;
    const layout = this.pick([0, 0, 1]) * (1 + this.take());
    const held: number[] = [];
    if (layout > 0 && this.rarely(4) && !varied && this.smooth?.distinct !== true)
      shape.forEach((d, k) => d > 1 && (layout >> k) % 2 === 1 && held.push(k));
    this.inputs.push({ host: repeated(this.elements(shape, dtype, fill, seed), held), layout, held });
    return new Ref(this.inputs.length - 1);
  }
  private elements(shape: readonly number[], dtype: DType, fill: Fill, seed: number): Host {
    const host = hostOf(shape, dtype, fill, seed);
    if (this.smooth === null || !(isFloating(dtype) || dtype === 'complex64')) return host;
    const span = interval(fill, this.smooth);
    // steps in complex64 are long, so that numbers whose order counts lie further apart
    const apart = dtype === 'complex64' && this.smooth.distinct === true ? 8 : 1;
    const [low, high] = [span[0] * apart, span[1] * apart];
    this.places ??= new Places(generator(seed + 1));
    for (let i = 0; i < host.values.length; i++)
      (host.values as Float64Array)[i] = this.places.take(low, high, this.smooth.kinks ?? []);
    return host;
  }
  /** An input, or a plain number beside one. */
  operand(shape: readonly number[], fill: Fill = 'finite', dtype: DType = this.type): Ref | number {
    return this.rarely(8) ? this.int(1, 3) : this.tensor(shape, fill, dtype);
  }
  axis(ndim: number): Given {
    return new Given('axis', this.axisOf(ndim), ndim);
  }
  axisOf(ndim: number): number {
    const a = this.int(0, ndim - 1);
    return this.flag() ? a - ndim : a;
  }
  /** One axis, several or `null`. */
  axes(ndim: number): Given {
    const kind = ndim === 0 ? 0 : this.int(0, 2);
    if (kind === 0) return new Given('axes', null, ndim);
    if (kind === 1) return new Given('axes', this.axisOf(ndim), ndim);
    const list = Array.from({ length: ndim }, (_, i) => i).filter(() => this.flag());
    return new Given(
      'axes',
      list.length === 0 ? [this.axisOf(ndim)] : list.map((a) => (this.flag() ? a - ndim : a)),
      ndim,
    );
  }
  given(role: Role, value: unknown, bound = 0): Given {
    // a result in another dtype would be rounded, or be no number
    if (role === 'dtype' && this.smooth !== null && inexact.includes(value as DType)) return new Given(role, this.type);
    return new Given(role, value, bound);
  }
  /** Whole numbers in `[-size, size)`, as a tensor or as nested arrays. */
  indices(shape: readonly number[], size: number): unknown {
    if (this.rarely(3) && shape.length === 1)
      return new Given(
        'index',
        Array.from({ length: shape[0]! }, () => this.int(0, 2 * size - 1) - size),
        size,
      );
    const dtype = this.pick(['int32', 'uint32', 'int64', 'int8', 'uint8', 'int16'] as const);
    return this.tensor(shape, [dtype.startsWith('u') ? 0 : -size, size], dtype);
  }
}
