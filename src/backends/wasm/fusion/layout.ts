// How a group is cut where code is generated: what vectors say in a few instructions becomes segments, one function each; a
// transcendental stays the kernel it is, between two segments, on tiles. Calling it for every vector would cost more than the tile.
import { TILE_SLOTS } from '../../heap.js';
import { types, type ElementType } from '../../../tensor/dtype.js';
import type { Export } from '../runtime.js';
import { CLOSING_SLOTS } from './closing.js';
import { GATHER, HELD, WALK } from './operands.js';
import type { Step, Structure } from './structure.js';
import { lanesOf, wordOf } from './vocabulary.js';

/** A value of a segment: a member, or (without one) its operand as it is, rounded to its dtype. */
export interface Spoken {
  readonly step: Step | null;
  /** values before it, or `~i`: input i of the segment */
  readonly operands: readonly number[];
  readonly type: ElementType;
}
/** Where a segment reads or a stage writes: a cell, whose address is known when the group runs. */
export interface Port {
  readonly cell: number;
  readonly type: ElementType;
  readonly way: number;
}
/** One function to generate. */
export interface Segment {
  readonly inputs: readonly Port[];
  readonly values: readonly Spoken[];
  /** values that are stored, and where */
  readonly outputs: readonly (Port & { readonly value: number })[];
}
/** A kernel on tiles. */
export interface Call {
  readonly kernel: Export;
  readonly operands: readonly Port[];
  readonly to: Port;
}
/**
 * A group in stages. Cells: operands with storage first, then tiles, the output last (a tile too, if the group closes).
 */
export interface Layout {
  readonly stages: readonly (Segment | Call)[];
  readonly inputs: Structure['inputs'];
  /** which tile each cell is, or -1 */
  readonly tiles: readonly number[];
  readonly out: Port;
}
export const isCall = (stage: object): stage is Call => 'kernel' in stage;

interface Op {
  readonly step: Step | null;
  readonly spoken: boolean;
  /** ops before it, or `~i`: input i of the group */
  readonly operands: readonly number[];
  readonly type: ElementType;
  /** segments come before the kernels of the same stage */
  readonly stage: number;
}

/** In scratch tiles half types stay float32. */
const wide = (type: ElementType): ElementType => (type.half ? types.float32 : type);

/** Whether a member is generated and not called. */
function isSpoken(s: Step, operandTypes: readonly ElementType[]): boolean {
  return s.name === 'astype' || s.name === 'select' || wordOf(s.name, lanesOf(operandTypes[0]!)!) !== undefined;
}

/** Members in order, with what kernels need put in between. */
function opsOf({ inputs, steps }: Structure): Op[] {
  const ops: Op[] = [];
  const opOf: number[] = [];
  const add = (spoken: boolean, step: Step | null, operands: readonly number[], type: ElementType): number => {
    let stage = 0;
    for (const x of operands) {
      if (x < 0) continue;
      const before = ops[x]!;
      stage = Math.max(stage, before.stage + (spoken && !before.spoken ? 1 : 0));
    }
    return ops.push({ step, spoken, operands, type, stage }) - 1;
  };
  for (const s of steps) {
    const operands = s.operands.map((x) => (x < 0 ? x : opOf[x]!));
    const typeOf = (x: number): ElementType => (x < 0 ? inputs[~x]!.type : ops[x]!.type);
    if (isSpoken(s, operands.map(typeOf))) opOf.push(add(true, s, operands, s.type));
    else {
      // a kernel reads float32 for half types, and one that takes a single operand reads it element by element
      const read = operands.map((x) =>
        x < 0 && (inputs[~x]!.type.half || (operands.length === 1 && inputs[~x]!.way === HELD))
          ? add(true, null, [x], inputs[~x]!.type)
          : x,
      );
      const k = add(false, s, read, wide(s.type));
      opOf.push(s.type.half ? add(true, null, [k], s.type) : k);
    }
  }
  return ops;
}

/** What a segment saves: each value beyond the first, and the conversions of half types. */
const savesOf = ({ inputs, values }: Segment): number =>
  values.filter((v) => v.step !== null).length -
  1 +
  inputs.filter((x) => x.type.half).length +
  values.filter((v) => v.type.half).length;

/** @returns null if code for the group would save nothing, or some dtype is not known to generated kernels */
export function layOut(structure: Structure): Layout | null {
  const { inputs, steps, closes } = structure;
  if ([...inputs, ...steps].some((x) => lanesOf(x.type) === undefined)) return null;
  const ops = opsOf(structure);
  const last = ops.length - 1;
  const tiles = inputs.map(() => -1);
  let slots = 0;
  inputs.forEach((x, i) => {
    if (x.way === GATHER) tiles[i] = slots++;
  });
  const cells = new Map<number, number>();
  // what kernels make, and what they or later segments read, lies in a tile
  const isRead = (i: number): boolean =>
    ops.some((o) => o.operands.includes(i) && (!o.spoken || !ops[i]!.spoken || o.stage > ops[i]!.stage));
  ops.forEach((_, i) => {
    if (i !== last && isRead(i)) {
      cells.set(i, tiles.length);
      tiles.push(slots++);
    }
  });
  const out: Port = {
    cell: tiles.length,
    type: closes ? wide(ops[last]!.type) : ops[last]!.type,
    way: closes ? GATHER : WALK,
  };
  tiles.push(closes ? slots++ : -1);
  if (slots > TILE_SLOTS - CLOSING_SLOTS) return null;
  cells.set(last, out.cell);
  const portOf = (x: number): Port =>
    x < 0
      ? { cell: ~x, type: inputs[~x]!.type, way: inputs[~x]!.way }
      : { cell: cells.get(x)!, type: wide(ops[x]!.type), way: GATHER };

  const stages: (Segment | Call)[] = [];
  const end = Math.max(...ops.map((o) => o.stage));
  for (let stage = 0; stage <= end; stage++) {
    const mine = [...ops.keys()].filter((i) => ops[i]!.stage === stage);
    const spoken = mine.filter((i) => ops[i]!.spoken);
    if (spoken.length > 0) {
      const outside: number[] = [];
      const refer = (x: number): number => {
        const own = spoken.indexOf(x);
        if (own >= 0) return own;
        const seen = outside.indexOf(x);
        return ~(seen >= 0 ? seen : outside.push(x) - 1);
      };
      const values = spoken.map((i) => ({ ...ops[i]!, operands: ops[i]!.operands.map(refer) }));
      const outputs = spoken.flatMap((i, value) =>
        i === last ? [{ ...out, value }] : cells.has(i) ? [{ ...portOf(i), value }] : [],
      );
      stages.push({ inputs: outside.map(portOf), values, outputs });
    }
    for (const i of mine) {
      const { spoken, step, operands } = ops[i]!;
      if (!spoken)
        stages.push({ kernel: step!.kernel, operands: operands.map(portOf), to: i === last ? out : portOf(i) });
    }
  }
  if (!stages.some((s) => !isCall(s) && savesOf(s) > 0)) return null;
  return { stages, inputs, tiles, out };
}
