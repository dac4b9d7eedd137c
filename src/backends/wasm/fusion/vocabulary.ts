// What a generated kernel can say: primitives as instructions on four 32-bit lanes, the same ones in the same order as the kernels
// in assembly/, so that the bits are the same. What takes more than a few instructions stays a kernel.
import type { ElementType } from '../../../tensor/dtype.js';
import type { Body } from './encoder.js';
import { narrow, roundTo, widen } from './halves.js';
import { F, I, S } from './instructions.js';

/** What four lanes hold: float32 (half types too, rounded), int32, uint32, or all ones where a bool is true. */
export type Lanes = 'f' | 'i' | 'u' | 'm';
const lanes: Readonly<Record<string, Lanes>> = { f32: 'f', f16: 'f', bf16: 'f', i32: 'i', u32: 'u', b8: 'm' };
/** How elements of `type` are held; undefined where generated kernels do not know it. */
export const lanesOf = (type: ElementType): Lanes | undefined => lanes[type.code];

const ONE = 0x3f800000;
const INFINITE = 0x7f800000;
const NEGATIVE = 0x80000000;

/** Leaves the result of a primitive on locals x and y on the stack. */
type Emit = (b: Body, x: number, y: number) => void;
export interface Word {
  readonly emit: Emit;
  readonly result: Lanes;
  /** where the kernel has its operands change places if the first is held and the second walks */
  readonly commutes: boolean;
  /** it makes of what a half type can hold what it can hold */
  readonly exact: boolean;
}

const one =
  (code: number): Emit =>
  (b, x) =>
    b.get(x).simd(code);
const two =
  (code: number): Emit =>
  (b, x, y) =>
    b.get(x).get(y).simd(code);
/** The primitive whose kernel is compared with, or has for its other operand, a constant. */
const beside =
  (code: number, bits: number): Emit =>
  (b, x) =>
    b.get(x).splat(bits).simd(code);
/** pmax or pmin, but a NaN in y wins: as `maxf` and `minf` of assembly/binary-loops.ts. */
const extreme =
  (code: number): Emit =>
  (b, x, y) =>
    b.get(y).get(x).get(y).simd(code).get(y).get(y).simd(F.ne).simd(S.bitselect);
const same: Emit = (b, x) => b.get(x);
const words = (
  result: Lanes,
  table: Readonly<Record<string, Emit>>,
  commuting: readonly string[] = [],
  exact: readonly string[] = [],
) =>
  Object.entries(table).map(([name, emit]): [string, Word] => [
    name,
    { emit, result, commutes: commuting.includes(name), exact: exact.includes(name) },
  ]);

const floats: readonly [string, Word][] = [
  ...words(
    'f',
    {
      add: two(F.add),
      subtract: two(F.sub),
      multiply: two(F.mul),
      divide: two(F.div),
      maximum: extreme(F.pmax),
      minimum: extreme(F.pmin),
      floorDivide: (b, x, y) => b.get(x).get(y).simd(F.div).simd(F.floor),
      negative: one(F.neg),
      abs: one(F.abs),
      square: (b, x) => b.get(x).get(x).simd(F.mul),
      sqrt: one(F.sqrt),
      rsqrt: (b, x) => b.splat(ONE).get(x).simd(F.sqrt).simd(F.div),
      floor: one(F.floor),
      ceil: one(F.ceil),
      round: one(F.nearest),
      sign: (b, x) => {
        b.get(x).splat(0).simd(F.gt).splat(ONE).simd(S.and);
        b.get(x).splat(0).simd(F.lt).splat(ONE).simd(S.and).simd(F.sub);
      },
    },
    ['add', 'multiply', 'maximum', 'minimum'],
    ['maximum', 'minimum', 'negative', 'abs', 'floor', 'ceil', 'round', 'sign'],
  ),
  ...words('m', {
    equal: two(F.eq),
    notEqual: two(F.ne),
    less: two(F.lt),
    lessEqual: two(F.le),
    greater: two(F.gt),
    greaterEqual: two(F.ge),
    logicalNot: beside(F.eq, 0),
    isnan: (b, x) => b.get(x).get(x).simd(F.ne),
    isposinf: beside(F.eq, INFINITE),
    isneginf: beside(F.eq, INFINITE | NEGATIVE),
    isinf: (b, x) => b.get(x).simd(F.abs).splat(INFINITE).simd(F.eq),
  }),
];
const integers = (signed: boolean): readonly [string, Word][] => [
  ...words(signed ? 'i' : 'u', {
    add: two(I.add),
    subtract: two(I.sub),
    multiply: two(I.mul),
    maximum: two(signed ? I.max : I.maxU),
    minimum: two(signed ? I.min : I.minU),
    bitwiseAnd: two(S.and),
    bitwiseOr: two(S.or),
    bitwiseXor: two(S.xor),
    bitwiseInvert: one(S.not),
    negative: one(I.neg),
    abs: signed ? one(I.abs) : same,
    square: (b, x) => b.get(x).get(x).simd(I.mul),
    floor: same,
    ceil: same,
    round: same,
    sign: signed
      ? (b, x) => b.get(x).splat(0).simd(I.lt).get(x).splat(0).simd(I.gt).simd(I.sub)
      : (b, x) => b.get(x).splat(0).simd(I.ne).splat(1).simd(S.and),
  }),
  ...words('m', {
    equal: two(I.eq),
    notEqual: two(I.ne),
    less: two(signed ? I.lt : I.ltU),
    lessEqual: two(signed ? I.le : I.leU),
    greater: two(signed ? I.gt : I.gtU),
    greaterEqual: two(signed ? I.ge : I.geU),
    logicalNot: beside(I.eq, 0),
  }),
];
const bools = words('m', {
  bitwiseAnd: two(S.and),
  bitwiseOr: two(S.or),
  bitwiseXor: two(S.xor),
  equal: two(I.eq),
  notEqual: two(I.ne),
  logicalNot: one(S.not),
  bitwiseInvert: one(S.not),
});
const vocabulary: Readonly<Record<Lanes, ReadonlyMap<string, Word>>> = {
  f: new Map(floats),
  i: new Map(integers(true)),
  u: new Map(integers(false)),
  m: new Map(bools),
};
/** The instructions of primitive `name` on operands that are held as `of`; undefined where only its kernel can do it. */
export const wordOf = (name: string, of: Lanes): Word | undefined => vocabulary[of].get(name);

/** Converts the lanes on the stack. */
export function convert(b: Body, from: Lanes, to: Lanes): void {
  if (from === to) return;
  if (to === 'm') b.splat(0).simd(from === 'f' ? F.ne : I.ne);
  else if (from === 'm') b.splat(to === 'f' ? ONE : 1).simd(S.and);
  else if (to === 'f') b.simd(from === 'i' ? I.toFloat : I.toFloatU);
  else if (from === 'f') b.simd(to === 'i' ? I.fromFloat : I.fromFloatU);
}
/** Rounds float32 lanes on the stack to what `type` can hold. */
export function round(b: Body, type: ElementType): void {
  if (type.half) roundTo(b, type);
}

/** Loads four elements from the address on the stack; `held`: one, in all lanes. */
export function load(b: Body, type: ElementType, held: boolean): void {
  switch (type.code) {
    case 'f16':
    case 'bf16':
      if (held) b.simd(S.splat16, 0, 0).i32(16).simd(I.shrS);
      else b.simd(S.load16x4s, 0, 0);
      widen(b, type);
      break;
    case 'b8':
      if (held) b.simd(S.splat8, 0, 0);
      else b.simd(S.load32zero, 0, 0).simd(S.extend8u).simd(S.extend16u);
      b.splat(0).simd(I.ne);
      break;
    default:
      b.simd(held ? S.splat32 : S.load, 0, 0);
  }
}
/** Packs the lanes on the stack into the first bytes of a vector, as `type` lies in memory. */
export function pack(b: Body, type: ElementType, scratch: number): void {
  const twice = (code: number): void => void b.set(scratch).get(scratch).get(scratch).simd(code);
  if (type.half) {
    narrow(b, type);
    twice(S.narrow32u);
  } else if (type.code === 'b8') {
    b.splat(1).simd(S.and);
    twice(S.narrow32s);
    twice(S.narrow16u);
  }
}
const wholes: Readonly<Record<number, number>> = { 1: S.store32, 2: S.store64 };
const singles: Readonly<Record<number, number>> = { 1: S.store8, 2: S.store16, 4: S.store32 };
/** Stores four packed elements. */
export function storeAll(b: Body, type: ElementType, at: number, packed: number): void {
  b.get(at).get(packed);
  if (type.size === 4) b.simd(S.store, 0, 0);
  else b.simd(wholes[type.size]!, 0, 0, 0);
}
/** Stores one of them in its place. */
export function storeOne(b: Body, type: ElementType, at: number, packed: number, lane: number): void {
  b.get(at)
    .get(packed)
    .simd(singles[type.size]!, 0, lane * type.size, lane);
}
