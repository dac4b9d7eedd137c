// The order of rows, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { F32, FLOATS, numbers, stored } from './values.js';

type Data =
  | Float32Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
const WHOLE = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as const;
/** Ascending, stable, NaN last. */
function orderOf(x: readonly (number | bigint)[]): number[] {
  const isNaN = (v: number | bigint): boolean => v !== v;
  const compare = (i: number, j: number): number => {
    const [u, v] = [x[i]!, x[j]!];
    if (isNaN(u) || isNaN(v)) return Number(isNaN(u)) - Number(isNaN(v)) || i - j;
    return u < v ? -1 : u > v ? 1 : i - j;
  };
  return x.map((_, i) => i).sort(compare);
}

describe('metal sort', () => {
  const { addon, rig } = kernelsUnderTest();

  /** Runs of 2048, then merged until a row is one. */
  function sort(code: string, x: Data, rows: number, n: number): number[] {
    const bench = new Bench(addon);
    const bytes = rows * n * 4;
    const a = bench.put(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
    let [from, to] = [bench.take(bytes), bench.take(bytes)];
    bench.encode(`argsort_runs_${code}`, [a, [from, bytes]], [rows, n]);
    for (let run = 2048; run < n; run *= 2) {
      bench.encode(`argsort_merge_${code}`, [a, [from, bytes], [to, bytes]], [rows, n, run]);
      [from, to] = [to, from];
    }
    addon.wait();
    return [...new Uint32Array(bench.memory.buffer, from, rows * n)];
  }
  const rowsOf = <T>(x: readonly T[], n: number): T[][] =>
    Array.from({ length: x.length / n }, (_, r) => x.slice(r * n, r * n + n));

  inEveryOrder(rig, () => {
    it.each(FLOATS)('sort › rows with equals, zeros of both signs, infinities and NaN: $code', (t) => {
      const special = [0, -0, NaN, Infinity, -Infinity, 0, -0, NaN, -NaN, 1e-7, -1e-7];
      for (const n of [1, 2, 3, 31, 100, 1025]) {
        const values = numbers(3 * n, n).map((v, i) => (i % 3 === 0 ? special[i % 11]! : Math.round(v * 9) / 4));
        const x = stored(t, values);
        expect(sort(t.code, t.pack(x), 3, n)).toEqual(rowsOf(x, n).flatMap(orderOf));
      }
    });
    it.each(Object.entries(WHOLE))('sort › integers over their range: %s', (code, make) => {
      const bytes = Uint8Array.from(numbers(2 * 75 * make.BYTES_PER_ELEMENT, 3), (v) => (v + 1) * 128);
      const x = new make(bytes.buffer);
      expect(sort(code, x, 2, 75)).toEqual(rowsOf<number | bigint>([...x], 75).flatMap(orderOf));
    });
    it('sort › NaN of either sign and any payload come last, in their order', () => {
      const bits = Uint32Array.of(0xffc00001, 0x7f800001, 0x3f800000, 0xff800001, 0x7fc00000, 0xff800000, 0x7f800000);
      expect(sort('f32', bits, 1, 7)).toEqual([5, 2, 6, 0, 1, 3, 4]);
    });
    it('sort › rows longer than a threadgroup sorts are merged, also one run without another', () => {
      for (const n of [2048, 2049, 4500, 9001]) {
        const x = stored(
          F32,
          numbers(2 * n, n).map((v) => Math.round(v * 300)),
        );
        expect(sort('f32', F32.pack(x), 2, n)).toEqual(rowsOf(x, n).flatMap(orderOf));
      }
      const long = BigInt64Array.from({ length: 5000 }, (_, i) => BigInt((i * 7919) % 701) << 40n);
      expect(sort('i64', long, 1, 5000)).toEqual(orderOf([...long]));
    });
  });
  it('sort › a device of 256 threads sorts the same', () => {
    rig.set('max-threads', 256);
    addon.close();
    const x = numbers(2500);
    expect(sort('f32', F32.pack(x), 1, 2500)).toEqual(orderOf(stored(F32, x)));
    addon.close();
    rig.set('max-threads', 1024);
    expect(rig.reports()).toEqual([]);
  });
  it('sort › refuses runs without elements and buffers that are too small', () => {
    const merge = (run: number, bytes: number): void =>
      void new Bench(addon).run('argsort_merge_f32', [new Float32Array(9), new Uint32Array(9)], bytes, [3, 3, run]);
    expect(() => merge(0, 36)).toThrow('runs have elements, got 0');
    expect(() => merge(1, 32)).toThrow('needs 36 bytes of output (buffer 2), got 32');
  });
});
