// The rig as these tests use it. They run under `npm run test:metal`, which builds it first; elsewhere they are skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

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
export const asked = process.env.LANEWISE_METAL_RIG === '1' && existsSync(`${native}build/rig.node`);
/** A suite that needs the rig. */
export const metal = (name: string, suite: () => void): void => {
  describe.skipIf(!asked)(name, suite);
};
export const built = (name: string): string => `${native}build/${name}.node`;
export const load = <T>(name: string): T => require(built(name)) as T;

export const folder = (path: string): string[] => readdirSync(native + path).filter((f) => f.endsWith('.metal'));
export const text = (path: string): string => readFileSync(native + path, 'utf8');
/** The lane orders of the runner. */
export const ORDERS = { forward: 0, reverse: 1, shuffled: 2 };
