// The way one group is run: tile by tile through the kernels, or by generated code.
import type { Member } from '../../backend.js';
import { codeOf, counted, counts, entryOf, type Entry } from './cache.js';
import { Generated } from './generated.js';
import { TILE } from './operands.js';
import { describe, forgetLeaves } from './structure.js';
import { letGo, place, runTile, tileProgram, type TileProgram } from './tiles.js';

export class Program {
  private readonly entry: Entry;
  private readonly generated: Generated | null;
  private readonly tiles: TileProgram | null;
  private first = true;

  constructor(members: readonly Member[], start: number, count: number, keep: boolean) {
    describe(members, start, count, false);
    const entry = (this.entry = entryOf());
    const code = counted(entry) ? codeOf(entry, members, start, count, false) : null;
    this.generated = code === null ? null : new Generated(code);
    forgetLeaves();
    this.tiles = code === null ? tileProgram(members, start, count, false, keep) : null;
  }
  /** Whether code has been or should be generated since. */
  get outgrown(): boolean {
    return counted(this.entry) && this.generated === null;
  }
  /** Computes the group's elements. Operands and the output may lie elsewhere than before. */
  run(out: Member): void {
    const { generated, tiles } = this;
    const n = out.shape.size;
    if (generated !== null) {
      counts.generated++;
      generated.place(out.at);
      const step = generated.chunk;
      for (let at = 0; at < n; at += step) generated.run(at, Math.min(step, n - at));
      return;
    }
    counts.tiles++;
    if (!this.first) place(tiles!, out.at);
    this.first = false;
    for (let at = 0; at < n; at += TILE) runTile(tiles!, at, Math.min(TILE, n - at));
  }
  /** Holds no operand beyond its run. */
  letGo(): void {
    if (this.tiles !== null) letGo(this.tiles);
  }
}
