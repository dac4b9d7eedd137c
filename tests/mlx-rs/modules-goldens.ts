// What tools/goldens/mlx_rs_modules.py writes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Array } from 'lanewise/mlx-rs';
import { setDefaultDevice } from '../../src/index.js';

setDefaultDevice('wasm');
export interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
type Named = Readonly<Record<string, Stored>>;
interface Goldens {
  readonly losses: Readonly<Record<string, { readonly inputs: readonly Stored[]; readonly result: Stored }>>;
  readonly optimizers: {
    readonly start: Named;
    readonly gradients: readonly Named[];
    readonly steps: Readonly<Record<string, readonly Named[]>>;
  };
  readonly layers: Readonly<Record<string, { readonly x: Stored; readonly result: Stored }>>;
  readonly training: {
    readonly weights: Named;
    readonly x: Stored;
    readonly y: Stored;
    readonly losses: Stored;
    readonly norms: Stored;
  };
}
const path = fileURLToPath(new URL('../goldens/mlx-rs/modules.json', import.meta.url));
export const goldens = JSON.parse(readFileSync(path, 'utf8')) as Goldens;

export const list = (a: Array): number[] => [...a.as_slice()];
export const read = ({ values, shape }: Stored): Array => Array.from_slice(values, shape);
export const named = (of: Named): Map<string, Array> => new Map(Object.entries(of).map(([k, v]) => [k, read(v)]));
/** Shape, and values within `tolerance` of each and of 1. */
export function expectNear(a: Array, want: Stored, tolerance: number): void {
  expect(a.shape()).toEqual(want.shape);
  const worst = Math.max(...list(a).map((v, i) => Math.abs(v - want.values[i]!) / (1 + Math.abs(want.values[i]!))));
  expect(worst).toBeLessThan(tolerance);
}
