// A segment of a fused group as one WebAssembly function: every operand is read once, every result stays in a register.
import type { ElementType } from '../../../tensor/dtype.js';
import { Body, I32, V128 } from './encoder.js';
import { S } from './instructions.js';
import type { Segment, Spoken } from './layout.js';
import { HELD, WALK } from './operands.js';
import { convert, lanesOf, load, pack, round, storeAll, storeOne, wordOf } from './vocabulary.js';

/** Parameters: elements, the first of them, and where the addresses stand, of inputs and then of outputs. */
const N = 0;
const START = 1;
const ADDRESSES = 2;
export const PARAMETERS = 3;

/** i32 instructions. */
const ADD = 0x6a;
const SUB = 0x6b;
const SHL = 0x74;
const GT_S = 0x4a;
const GE_S = 0x4e;

interface Value {
  readonly local: number;
  readonly type: ElementType;
}

/** Leaves a value on the stack. */
function speak(b: Body, v: Spoken, operands: readonly Value[], held: (operand: number) => boolean): void {
  const [x, y, z] = operands as [Value, Value?, Value?];
  const { step } = v;
  const lanes = lanesOf(x.type)!;
  if (step === null || step.name === 'astype') {
    b.get(x.local);
    convert(b, lanes, lanesOf(v.type)!);
    if (x.type !== v.type) round(b, v.type);
  } else if (step.name === 'select') b.get(y!.local).get(z!.local).get(x.local).simd(S.bitselect);
  else {
    const word = wordOf(step.name, lanes)!;
    // as the kernels do, which matters for the sign of the larger of two zeros
    const turned = word.commutes && held(v.operands[0]!) && !held(v.operands[1]!);
    if (turned) word.emit(b, y!.local, x.local);
    else word.emit(b, x.local, (y ?? x).local);
    if (!word.exact) round(b, v.type);
  }
}
const shiftOf = (type: ElementType): number => Math.log2(type.size);

/**
 * The function of a segment: `(n, start, addresses)` computes elements start..start+n-1, n > 0. To what is no scratch tile it
 * stores nothing beyond them.
 */
export function generate({ inputs, values, outputs }: Segment): Body {
  const b = new Body(PARAMETERS);
  const ports = [...inputs, ...outputs];
  const pointers = ports.map(() => b.local(I32));
  const read: Value[] = inputs.map((x) => ({ local: b.local(V128), type: x.type }));
  ports.forEach((x, i) => {
    b.get(ADDRESSES).load(4 * i);
    if (x.way === HELD) load(b, x.type, true);
    else if (x.way === WALK) b.get(START).i32(shiftOf(x.type)).op(SHL).op(ADD);
    b.set(x.way === HELD ? read[i]!.local : pointers[i]!);
  });

  b.loop();
  inputs.forEach((x, i) => {
    if (x.way === HELD) return;
    b.get(pointers[i]!);
    load(b, x.type, false);
    b.set(read[i]!.local);
  });
  const held = (operand: number): boolean => operand < 0 && inputs[~operand]!.way === HELD;
  const results: Value[] = [];
  for (const v of values) {
    const operands = v.operands.map((x) => (x < 0 ? read[~x]! : results[x]!));
    speak(b, v, operands, held);
    const local = b.local(V128);
    b.set(local);
    results.push({ local, type: v.type });
  }
  outputs.forEach((x, k) => {
    const to = pointers[inputs.length + k]!;
    const packed = b.local(V128);
    b.get(results[x.value]!.local);
    pack(b, x.type, packed);
    b.set(packed);
    if (x.way === WALK) storeWithin(b, x.type, to, packed);
    else storeAll(b, x.type, to, packed);
  });
  ports.forEach((x, i) => {
    if (x.way !== HELD)
      b.get(pointers[i]!)
        .i32(4 * x.type.size)
        .op(ADD)
        .set(pointers[i]!);
  });
  b.get(N).i32(4).op(SUB).set(N);
  b.get(N).i32(0).op(GT_S).again().end();
  return b;
}
/** Stores as many of four packed elements as there are: a whole vector would spill over what comes after the last ones. */
function storeWithin(b: Body, type: ElementType, to: number, packed: number): void {
  b.get(N).i32(4).op(GE_S).if();
  storeAll(b, type, to, packed);
  b.else();
  storeOne(b, type, to, packed, 0);
  for (let lane = 1; lane < 3; lane++) {
    b.get(N).i32(lane).op(GT_S).if();
    storeOne(b, type, to, packed, lane);
    b.end();
  }
  b.end();
}
