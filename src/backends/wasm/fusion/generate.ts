// A fused group as one WebAssembly function: every operand is read once, every result stays in a register.
import { types, type ElementType } from '../../../tensor/dtype.js';
import { Body, encode, I32, V128 } from './encoder.js';
import type { Step, Structure } from './structure.js';
import { convert, lanesOf, load, pack, round, storeAll, storeOne, wordOf, S, type Lanes } from './vocabulary.js';

/** Parameters of `run`: elements, the first of them, and where the operands' addresses stand, the output's last. */
const N = 0;
const START = 1;
const ADDRESSES = 2;
const PARAMETERS = 3;

/** i32 instructions. */
const ADD = 0x6a;
const SUB = 0x6b;
const SHL = 0x74;
const GT_S = 0x4a;
const GE_S = 0x4e;

interface Value {
  readonly local: number;
  readonly lanes: Lanes;
}

/** Leaves the result of a step on the stack; null where generated kernels lack a word for it. */
function emit(b: Body, s: Step, operands: readonly Value[], held: (i: number) => boolean): Lanes | null {
  const lanes = lanesOf(s.type);
  if (lanes === undefined || operands.some((x) => x === undefined)) return null;
  const [x, y, z] = operands;
  if (s.name === 'astype') {
    b.get(x!.local);
    convert(b, x!.lanes, lanes);
    if (s.type !== s.operandType) round(b, s.type);
    return lanes;
  }
  if (s.name === 'select') {
    b.get(y!.local).get(z!.local).get(x!.local);
    if (x!.lanes !== 'm') return null;
    b.simd(S.bitselect);
    return lanes;
  }
  const word = wordOf(s.name, x!.lanes);
  if (word === undefined || word.result !== lanes || (y !== undefined && y.lanes !== x!.lanes)) return null;
  // as the kernels do, which matters for the sign of the larger of two zeros
  if (word.commutes && held(s.operands[0]!) && !held(s.operands[1]!)) word.emit(b, y!.local, x!.local);
  else word.emit(b, x!.local, y === undefined ? x!.local : y.local);
  round(b, s.type);
  return lanes;
}

const shiftOf = (type: ElementType): number => Math.log2(type.size);
/** What the group stores: where it is reduced, half types stay float32. */
export const storedType = ({ steps, closes }: Structure): ElementType => {
  const { type } = steps[steps.length - 1]!;
  return closes && type.half ? types.float32 : type;
};

/**
 * The module of a group: `run(n, start, addresses)` computes elements start..start+n-1, n > 0, and stores nothing beyond them.
 * @returns null if some member has to run as a kernel
 */
export function generate(structure: Structure, shared: boolean): Uint8Array<ArrayBuffer> | null {
  const { inputs, steps } = structure;
  if (inputs.some((x) => lanesOf(x.type) === undefined)) return null;
  const stored = storedType(structure);
  if (lanesOf(stored) === undefined) return null;
  const b = new Body(PARAMETERS);
  const pointers = [...inputs, stored].map(() => b.local(I32));
  const values: Value[] = inputs.map((x) => ({ local: b.local(V128), lanes: lanesOf(x.type)! }));
  const results: Value[] = [];
  const scratch = b.local(V128);
  const to = pointers[inputs.length]!;

  inputs.forEach((x, i) => {
    b.get(ADDRESSES).load(4 * i);
    if (x.held) load(b, x.type, true);
    else b.get(START).i32(shiftOf(x.type)).op(SHL).op(ADD);
    b.set(x.held ? values[i]!.local : pointers[i]!);
  });
  b.get(ADDRESSES).load(4 * inputs.length);
  b.get(START).i32(shiftOf(stored)).op(SHL).op(ADD).set(to);

  b.loop();
  inputs.forEach((x, i) => {
    if (x.held) return;
    b.get(pointers[i]!);
    load(b, x.type, false);
    b.set(values[i]!.local);
  });
  const held = (ref: number): boolean => ref < 0 && inputs[~ref]!.held;
  for (const s of steps) {
    const lanes = emit(
      b,
      s,
      s.operands.map((ref) => (ref < 0 ? values[~ref]! : results[ref]!)),
      held,
    );
    if (lanes === null) return null;
    const local = b.local(V128);
    b.set(local);
    results.push({ local, lanes });
  }
  b.get(results[results.length - 1]!.local);
  pack(b, stored, scratch);
  b.set(scratch);
  b.get(N).i32(4).op(GE_S).if();
  storeAll(b, stored, to, scratch);
  b.else();
  // the rest of a row: a whole vector would spill over what comes next
  for (let lane = 0; lane < 3; lane++) {
    if (lane > 0) b.get(N).i32(lane).op(GT_S).if();
    storeOne(b, stored, to, scratch, lane);
    if (lane > 0) b.end();
  }
  b.end();
  [...inputs, { type: stored, held: false }].forEach((x, i) => {
    if (!x.held)
      b.get(pointers[i]!)
        .i32(4 * x.type.size)
        .op(ADD)
        .set(pointers[i]!);
  });
  b.get(N).i32(4).op(SUB).set(N);
  b.get(N).i32(0).op(GT_S).again().end();
  return encode(PARAMETERS, b, shared);
}
