// The way one group is run: tile by tile through the kernels, or by a generated kernel.
import type { Member, Operand } from '../../backend.js';
import { i32, PARAMS, TILE_BYTES, TILES } from '../../heap.js';
import { wasm } from '../runtime.js';
import { counted, counts, entryOf, kernelOf, type Entry, type Run } from './cache.js';
import { GATHER, TILE } from './operands.js';
import { describe, forgetLeaves, found } from './structure.js';
import { letGo, place, runTile, tileProgram, type TileProgram } from './tiles.js';

/** Elements of one call of a generated kernel: engines replace its first code by better code between calls only. */
const CHUNK = 16384;

/** A generated kernel and what it reads. */
interface Generated {
  readonly run: Run;
  readonly leaves: readonly Operand[];
  /** of each leaf: where its axes stand among the parameters, or -1 if it is read in place */
  readonly axes: readonly number[];
  /** the parameters: axes of gathered leaves */
  readonly params: Int32Array;
  readonly gathers: boolean;
}
function generated(run: Run): Generated {
  const n = found.leafCount;
  const axes = new Array<number>(n);
  for (let i = 0; i < n; i++) axes[i] = found.ways[i] === GATHER ? found.paramsAt[i]! : -1;
  const base = PARAMS >>> 2;
  return {
    run,
    leaves: found.leaves.slice(0, n),
    axes,
    params: i32.slice(base, base + found.params),
    gathers: found.params > 0,
  };
}

export class Program {
  private readonly entry: Entry;
  private readonly kernel: Generated | null;
  private readonly tiles: TileProgram | null;
  private first = true;

  constructor(members: readonly Member[], start: number, count: number, keep: boolean) {
    describe(members, start, count, false);
    const entry = (this.entry = entryOf());
    const run = counted(entry) ? kernelOf(entry, members, start, count, false) : null;
    this.kernel = run === null ? null : generated(run);
    forgetLeaves();
    this.tiles = run === null ? tileProgram(members, start, count, false, keep) : null;
  }
  /** Whether a kernel has been or should be generated since. */
  get outgrown(): boolean {
    return counted(this.entry) && this.kernel === null;
  }
  /** Computes the group's elements. Operands and the output may lie elsewhere than before. */
  run(out: Member): void {
    const { kernel, tiles } = this;
    const n = out.shape.size;
    if (kernel !== null) {
      counts.generated++;
      runGenerated(kernel, out, n);
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

function runGenerated({ run, leaves, axes, params, gathers }: Generated, out: Member, n: number): void {
  const base = PARAMS >>> 2;
  if (gathers) i32.set(params, base);
  const k = leaves.length;
  const addresses = base + params.length;
  for (let i = 0; i < k; i++) i32[addresses + i] = leaves[i]!.at;
  i32[addresses + k] = out.at;
  if (!gathers) {
    for (let at = 0; at < n; at += CHUNK) run(Math.min(CHUNK, n - at), at, addresses << 2);
    return;
  }
  // gathered leaves are read from tiles, so all addresses move
  const gather = wasm['gather_strided']!;
  for (let at = 0; at < n; at += TILE) {
    const m = Math.min(TILE, n - at);
    for (let i = 0, slot = TILES; i < k; i++) {
      const x = leaves[i]!;
      if (axes[i]! < 0) continue;
      const p = PARAMS + 4 * axes[i]!;
      const next = i + 1 < k ? nextParam(axes, i, params.length) : params.length;
      gather(x.type.size, m, at, (next - axes[i]!) >>> 2, p, x.at, slot);
      i32[addresses + i] = slot - at * x.type.size;
      slot += TILE_BYTES;
    }
    run(m, at, addresses << 2);
  }
}
function nextParam(axes: readonly number[], i: number, end: number): number {
  for (let j = i + 1; j < axes.length; j++) if (axes[j]! >= 0) return axes[j]!;
  return end;
}
