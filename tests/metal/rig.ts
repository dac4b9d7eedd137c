// The rig as these tests use it. They run under `npm run test:metal`, which builds it first; vitest.config.ts leaves them out elsewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { MetalAddon } from '../../native/metal/index.js';

export interface Rig {
  compile(source: string, file: string): string[];
  run(
    source: string,
    file: string,
    kernel: string,
    buffers: ArrayBufferView[],
    groups: number[],
    threads: number[],
    options: { order?: number; check?: boolean },
  ): string[];
  set(name: string, value: number): void;
  counts(): Record<'objects' | 'buffers' | 'bytes' | 'wrapped' | 'commands' | 'encoders' | 'foundation', number>;
  reports(): string[];
}

const require = createRequire(import.meta.url);
const native = fileURLToPath(new URL('../../native/metal/', import.meta.url));
/** On a Mac kernels run on its GPU, which takes no switches and finds nothing: only values are compared. */
const isMac = process.platform === 'darwin';
const gpu: Partial<Rig> = { set: () => {}, reports: () => [] };
export const built = (name: string): string =>
  isMac && name === 'metal' ? `${native}metal.node` : `${native}build/${name}.node`;
export const load = <T>(name: string): T => (isMac && name === 'rig' ? gpu : require(built(name))) as T;

export const folder = (path: string): string[] => readdirSync(native + path).filter((f) => f.endsWith('.metal'));
export const text = (path: string): string => readFileSync(native + path, 'utf8');
/** The addon for the tests of a file, with a changed kernel in the place of one where rig/mutate.mjs asks whether they notice. */
export function kernelsUnderTest(): { addon: MetalAddon; rig: Rig } {
  const addon = load<MetalAddon>('metal');
  const mutant = process.env['LANEWISE_METAL_MUTANT'];
  if (mutant !== undefined) addon.define(basename(mutant, '.metal'), readFileSync(mutant, 'utf8'));
  afterAll(() => addon.close());
  return { addon, rig: load<Rig>('rig') };
}
/** The lane orders of the runner. */
export const ORDERS = { forward: 0, reverse: 1, shuffled: 2 };
/** Declares tests once for each order of lanes, after which the checker must have found nothing. */
export function inEveryOrder(rig: Rig, declare: () => void): void {
  describe.each(Object.entries(ORDERS))('lanes %s', (_, order) => {
    beforeAll(() => rig.set('order', order));
    afterAll(() => {
      expect(rig.reports()).toEqual([]);
    });
    declare();
  });
}

type Data = ArrayBufferView;
/** A small heap for one test: a memory that the addon works on, filled from the bottom. */
export class Bench {
  readonly memory: WebAssembly.Memory;
  private top = 1024;

  constructor(
    readonly addon: MetalAddon,
    { copy = false, pages = 64, shared = true } = {},
  ) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared });
    addon.attach(this.memory, copy);
  }
  /** Room for `bytes`, aligned to 16. @returns its address */
  take(bytes: number): number {
    const at = this.top;
    this.top += (bytes + 31) & ~15;
    return at;
  }
  put(data: Data): [at: number, bytes: number] {
    const at = this.take(data.byteLength);
    new Uint8Array(this.memory.buffer, at, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return [at, data.byteLength];
  }
  /** Encodes one call and waits. @returns the bytes of its output */
  run(kernel: string, inputs: readonly Data[], outBytes: number, words: readonly number[]): Uint8Array {
    const at = this.take(outBytes);
    this.encode(kernel, [...inputs.map((x) => this.put(x)), [at, outBytes]], words);
    this.addon.wait();
    return new Uint8Array(this.memory.buffer, at, outBytes).slice();
  }
  encode(kernel: string, ranges: readonly (readonly [number, number])[], words: readonly number[]): boolean {
    const bits = Uint32Array.from(words, (w) => w >>> 0);
    return this.addon.encode(this.addon.kernel(kernel), Uint32Array.from(ranges.flat()), bits);
  }
}
/** The bits of a float32, as constants of a kernel hold it. */
export const f32Bits = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0]!;
export const asF32 = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.buffer);
