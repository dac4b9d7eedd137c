// The way one group is run: tile by tile through the kernels, or by generated code; a reduction may take what it makes.
import type { Call, Member } from '../../backend.js';
import { codeOf, counted, counts, entryOf, type Entry } from './cache.js';
import { close, lineOf, type Shared, type Tiles } from './closing.js';
import { Generated } from './generated.js';
import { describe, forgetLeaves } from './structure.js';
import { letGo, paramBytes, place, runTile, spreadSteps, tileProgram, type TileProgram } from './tiles.js';
import { isSmall, lanesFor, MOST_CODE, MOST_STEPS, beginTiles, spreadTiles } from '../threads/spread.js';

/** Nanoseconds of one kernel on one element. */
const COST = 0.5;

/** A group by the kernels of its members. */
class ByKernels implements Tiles {
  readonly wide = false;
  constructor(private readonly program: TileProgram) {}
  get chunk(): number {
    return this.program.chunk;
  }
  get result(): number {
    return this.program.result;
  }
  place(to: number): void {
    place(this.program, to);
  }
  run(start: number, n: number): void {
    runTile(this.program, start, n);
  }
  spread(): void {
    spreadSteps(this.program);
  }
  get steps(): number {
    return this.program.steps;
  }
  get cost(): number {
    return COST * this.program.steps;
  }
  get paramBytes(): number {
    return paramBytes(this.program);
  }
  get cellBytes(): number {
    return this.paramBytes;
  }
  get codeBytes(): number {
    return 0;
  }
  letGo(): void {
    letGo(this.program);
  }
}

export class Program {
  private readonly entry: Entry;
  private readonly closes: boolean;
  private readonly size: number;
  private readonly work: Generated | ByKernels;

  /** @param keep whether it will run more than once */
  constructor(members: readonly Member[], start: number, count: number, keep: boolean) {
    const closes = (this.closes = members[start + count - 1]!.prim.elementwise === 0);
    const own = closes ? count - 1 : count;
    this.size = members[start + own - 1]!.shape.size;
    describe(members, start, own, closes);
    const entry = (this.entry = entryOf());
    const out = members[start + count - 1]!;
    const line = closes ? lineOf(out as Call) : 0;
    const code = counted(entry) ? codeOf(entry, members, start, own, closes) : null;
    this.work =
      code === null ? new ByKernels(tileProgram(members, start, own, closes, line, keep)) : new Generated(code, line);
    forgetLeaves();
  }
  /** Whether code has been or should be generated since. */
  get outgrown(): boolean {
    return counted(this.entry) && !(this.work instanceof Generated);
  }
  /** Computes the group's elements. Operands and the output may lie elsewhere than before. */
  run(out: Member): void {
    const { work, size } = this;
    if (work instanceof Generated) counts.generated++;
    else counts.tiles++;
    work.place(out.at);
    const shared = this.share();
    if (this.closes) {
      counts.closed++;
      close(work, out, shared);
    } else if (shared !== null) {
      beginTiles();
      work.spread();
      const { lanes, params, cells, cost } = shared;
      spreadTiles(lanes, { n: size, tile: work.chunk, line: 1, params, cells }, cost);
    } else for (let at = 0; at < size; at += work.chunk) work.run(at, Math.min(work.chunk, size - at));
  }
  /** What other threads get of it; null if this one does all. */
  private share(): Shared | null {
    const { work, size } = this;
    const cost = size * (work.cost + (this.closes ? COST : 0));
    if (isSmall(cost) || work.steps > MOST_STEPS - 2 || work.codeBytes > MOST_CODE) return null;
    const lanes = lanesFor(cost);
    return lanes === 1 ? null : { lanes, params: work.paramBytes, cells: work.cellBytes, cost };
  }
  /** Holds no operand beyond its run. */
  letGo(): void {
    if (!(this.work instanceof Generated)) this.work.letGo();
  }
}
