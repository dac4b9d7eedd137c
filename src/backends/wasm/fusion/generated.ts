// Runs generated code on a group's operands.
import type { Operand } from '../../backend.js';
import { i32, PARAMS } from '../../heap.js';
import { wasm } from '../runtime.js';
import type { Code } from './cache.js';
import type { Tiles } from './closing.js';
import { isCall, type Port } from './layout.js';
import { GATHER, HELD, Repeats, WALK } from './operands.js';
import { found } from './structure.js';
import { beginMade, beginStep, give, giveAddress, ONCE } from '../threads/spread.js';

/** Elements of one call without tiles: engines replace a function's first code by better code between calls only. */
const CHUNK = 16384;

const none = new Int32Array(0);

/** Generated code and what it reads: the operands that `describe` found. */
export class Generated implements Tiles {
  private readonly leaves: readonly Operand[];
  /** axes of gathered operands, and of each where they begin */
  private readonly params: Int32Array;
  private readonly paramsAt: readonly number[];
  /** addresses of cells */
  private readonly cells: number[];
  readonly wide = true;
  /** elements of one step */
  readonly chunk: number;
  /** of each leaf whether it is gathered for the first tile only */
  private readonly once: readonly boolean[];

  constructor(
    private readonly code: Code,
    line: number,
  ) {
    this.leaves = found.leaves.slice(0, found.leafCount);
    const base = PARAMS >>> 2;
    this.params = found.params === 0 ? none : i32.slice(base, base + found.params);
    this.paramsAt = found.params === 0 ? [] : [...found.paramsAt.slice(0, found.leafCount), found.params];
    this.cells = code.cells.slice();
    const repeats = new Repeats(line);
    this.once = this.leaves.map(
      (_, i) => code.inputs[i]!.way === GATHER && repeats.has(this.paramsAt[i]!, this.axesOf(i)),
    );
    this.chunk = code.cells.every((at) => at === 0) ? CHUNK : repeats.chunk;
  }
  /** Address of the elements that the last step made, where the group closes. */
  get result(): number {
    return this.cells[this.code.out.cell]!;
  }
  /** Writes down where everything lies now. */
  place(out: number): void {
    const { leaves, code, cells, params } = this;
    const { tiles, stages } = code;
    for (let i = 0; i < leaves.length; i++) if (tiles[i]! < 0) cells[i] = leaves[i]!.at;
    if (code.out.way === WALK) cells[code.out.cell] = out;
    let p = PARAMS >>> 2;
    if (params.length > 0) i32.set(params, p);
    p += params.length;
    for (let s = 0; s < stages.length; s++) {
      const stage = stages[s]!;
      if (!isCall(stage)) for (let k = 0; k < stage.ports.length; k++) i32[p++] = cells[stage.ports[k]!.cell]!;
    }
  }
  /** Computes elements start..start+n-1, at most a chunk. */
  run(start: number, n: number): void {
    const { leaves, code, cells, params, paramsAt, once } = this;
    const { inputs, stages } = code;
    if (params.length > 0) {
      for (let i = 0; i < leaves.length; i++) {
        if (inputs[i]!.way !== GATHER || (start > 0 && once[i])) continue;
        const x = leaves[i]!;
        wasm['gather_strided']!(x.type.size, n, start, this.axesOf(i), PARAMS + 4 * paramsAt[i]!, x.at, cells[i]!, 0);
      }
    }
    let p = PARAMS + 4 * params.length;
    for (let s = 0; s < stages.length; s++) {
      const stage = stages[s]!;
      if (!isCall(stage)) {
        stage.run(n, start, p);
        p += 4 * stage.ports.length;
        continue;
      }
      const { kernel, operands, to } = stage;
      const o = this.at(to, start);
      const a = operands[0]!;
      if (operands.length === 1) kernel(n, this.at(a, start), o);
      else {
        const b = operands[1]!;
        kernel(n, this.at(a, start), a.way === HELD ? 0 : 1, this.at(b, start), b.way === HELD ? 0 : 1, o);
      }
    }
  }
  /** What `run` does, as steps for `spreadTiles`. */
  spread(): void {
    const { leaves, code, cells, params, paramsAt } = this;
    const { inputs, stages } = code;
    for (let i = 0; params.length > 0 && i < leaves.length; i++) {
      if (inputs[i]!.way !== GATHER) continue;
      const x = leaves[i]!;
      beginStep(wasm['gather_strided']!, 1, 1, this.once[i] ? ONCE : 0);
      give(x.type.size);
      give(0);
      give(0, 1);
      give(this.axesOf(i));
      giveAddress(PARAMS + 4 * paramsAt[i]!);
      giveAddress(x.at);
      giveAddress(cells[i]!);
      give(0);
    }
    const address = (port: Port): void => giveAddress(cells[port.cell]!, port.way === WALK ? port.type.size : 0);
    let p = PARAMS + this.cellBytes;
    let segment = 0;
    for (const stage of stages) {
      if (!isCall(stage)) {
        beginMade(code.made, segment++);
        give(0);
        give(0, 1);
        giveAddress(p);
        p += 4 * stage.ports.length;
        continue;
      }
      const { kernel, operands, to } = stage;
      beginStep(kernel, 0);
      give(0);
      for (const operand of operands) {
        address(operand);
        if (operands.length > 1) give(operand.way === HELD ? 0 : 1);
      }
      address(to);
    }
  }
  get cost(): number {
    return this.code.cost;
  }
  /** Steps at most. */
  get steps(): number {
    return this.leaves.length + this.code.stages.length;
  }
  /** Bytes of code that other threads need. */
  get codeBytes(): number {
    return this.code.made.binary.length;
  }
  /** Bytes at `PARAMS` before addresses of cells, and with them. */
  get cellBytes(): number {
    return 4 * this.params.length;
  }
  get paramBytes(): number {
    return this.code.stages.reduce((n, s) => (isCall(s) ? n : n + 4 * s.ports.length), this.cellBytes);
  }
  private axesOf(leaf: number): number {
    return (this.paramsAt[leaf + 1]! - this.paramsAt[leaf]!) >>> 2;
  }
  private at(port: Port, start: number): number {
    return this.cells[port.cell]! + (port.way === WALK ? start * port.type.size : 0);
  }
}
