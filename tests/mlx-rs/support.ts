// Tables of calls through the shim, compared with tests/goldens/mlx-rs/values.json, which tools/goldens/mlx_rs.py writes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as rs from 'lanewise/mlx-rs';
import { array as tensor, setDefaultDevice, type Complex, type DType } from '../../src/index.js';

setDefaultDevice('wasm');
interface Stored {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly (number | string | [number, number])[];
}
interface Goldens {
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly values: Readonly<Record<string, readonly Stored[]>>;
}
const read = (url: URL): string => readFileSync(fileURLToPath(url), 'utf8');
export const goldens = JSON.parse(read(new URL('../goldens/mlx-rs/values.json', import.meta.url))) as Goldens;
const surface = JSON.parse(read(new URL('../../tools/mlx-rs-surface.json', import.meta.url))) as {
  readonly path: string;
  readonly also: readonly string[];
}[];

const parts = (v: number | string | [number, number]): number[] =>
  Array.isArray(v) ? v.map(Number) : [Number(named(v))];
const named = (v: number | string): number | string => (v === 'inf' ? Infinity : v === '-inf' ? -Infinity : v);

/** An input of the goldens as an array. */
export function input(name: string): rs.Array {
  const { dtype, shape, values } = goldens.inputs[name]!;
  const data = values.map((v): number | Complex => (Array.isArray(v) ? { re: v[0], im: v[1] } : Number(named(v))));
  return rs.Array.from_tensor(tensor(dtype === 'bool' ? data.map(Boolean) : data, dtype).reshape([...shape]));
}
/** The numbers of an array, two for a complex one. */
function numbers(a: rs.Array): number[] {
  const flat = a.tensor.flatten().tolist() as (number | bigint | boolean | Complex)[];
  return flat.flatMap((v) => (typeof v === 'object' ? [v.re, v.im] : [Number(v)]));
}
const exactTypes = /int|bool/;
/** dtype, shape and elements: integers exactly, floats within `rtol` of the value and a tenth of that of the largest one. */
export function expectStored(a: rs.Array, want: Stored, rtol = 1e-5): void {
  expect([a.tensor.dtype, a.shape()]).toEqual([want.dtype, want.shape]);
  const got = numbers(a);
  const expected = want.values.flatMap(parts);
  if (exactTypes.test(want.dtype)) return expect(got).toEqual(expected);
  const unit = want.dtype === 'float16' ? Math.max(rtol, 1e-3) : want.dtype === 'float64' ? 1e-15 : rtol;
  const top = expected.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0);
  got.forEach((v, i) => {
    const e = expected[i]!;
    const near = Object.is(v, e) || v === e || Math.abs(v - e) <= unit * Math.abs(e) + 0.1 * unit * top;
    if (!near) expect({ at: i, value: v }).toEqual({ at: i, value: e });
  });
}
type Result = rs.Array | readonly rs.Array[];
/** Calls by their key in the goldens. */
export type Table = Readonly<Record<string, () => Result>>;
const listed = (r: Result): readonly rs.Array[] => (r instanceof rs.Array ? [r] : r);
const check = (key: string, r: Result, rtol?: number): void => {
  const want = goldens.values[key]!;
  const got = listed(r);
  expect(got.length).toBe(want.length);
  got.forEach((a, i) => expectStored(a, want[i]!, rtol));
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Fns = Record<string, any>;
const traits: Readonly<Record<string, Fns>> = {
  IndexOp: rs.Array.prototype,
  TryIndexOp: rs.Array.prototype,
  IndexMutOp: rs.Array.prototype,
  TryIndexMutOp: rs.Array.prototype,
};
/** The objects that may hold the function of a Rust path, and its name there. */
export function holders(path: string): [Fns[], string] {
  const names = path
    .replace(/^mlx_rs::/, '')
    .replaceAll('r#', '')
    .split('::');
  const name = names.pop()!;
  const owner = names.at(-1);
  if (owner === 'Array') return [[rs.Array.prototype, rs.Array], name];
  if (owner !== undefined && owner in traits) return [[traits[owner]!], name];
  let at: Fns = rs;
  for (const n of names) at = (at[n] ?? {}) as Fns;
  return [[at], name];
}
const twinsOf = (key: string): string[] => {
  const path = key.split(' › ')[0]!;
  if (!path.includes('::')) return []; // a module's export cannot be replaced: tested by hand
  const entry = surface.find((e) => e.path === `mlx_rs::${path}`);
  return (entry?.also ?? []).filter((t) => t.startsWith('mlx_rs::') && !t.endsWith('!'));
};

/** One test for every row, and one for every row and twin: the same call by the twin's name gives the same. */
export function table(rows: Table, rtol?: number): void {
  for (const [key, call] of Object.entries(rows)) {
    const title = key.includes(' › ') ? key : `${key} › gives what MLX gives`;
    it(title, () => check(key, call(), rtol));
  }
  for (const [key, call] of Object.entries(rows)) {
    for (const twin of twinsOf(key)) {
      it(`${twin.replace('mlx_rs::', '')} › is ${key}`, () => {
        const calls = byTwin(key.split(' › ')[0]!, twin, () => check(key, call(), rtol));
        expect(calls).toBeGreaterThan(0);
      });
    }
  }
}
/** Runs `f` with the function of `path` replaced by a call of its twin; how often it was called. */
function byTwin(path: string, twin: string, f: () => void): number {
  const [places, name] = holders(path);
  const [, twinName] = holders(twin);
  let calls = 0;
  const before: [Fns, PropertyDescriptor][] = [];
  for (const place of places) {
    if (typeof place[name] !== 'function') continue;
    const other = place[twinName] as ((...args: unknown[]) => unknown) | undefined;
    if (typeof other !== 'function') continue; // an instance's method, or the type's: the other of the two has it
    before.push([place, Object.getOwnPropertyDescriptor(place, name)!]);
    const last = twinName.endsWith('_device') ? [rs.StreamOrDevice.cpu()] : [];
    const original = place[name] as (...args: unknown[]) => unknown;
    let inside = false;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      if (inside) return original.apply(this, args);
      calls++;
      inside = true;
      try {
        return other.call(this, ...args, ...last);
      } finally {
        inside = false;
      }
    };
    Object.defineProperty(place, name, { value, configurable: true, writable: true, enumerable: true });
  }
  try {
    f();
  } finally {
    for (const [place, was] of before) Object.defineProperty(place, name, was);
  }
  return calls;
}
