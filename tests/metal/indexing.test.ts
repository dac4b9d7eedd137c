// Gathering and scattering of runs against plain loops, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { F32, FLOATS, indices, numbers, size, stored, strided, type Type } from './values.js';

const UINTS = [Uint8Array, Uint16Array, Uint32Array, BigUint64Array] as const;
const INTS = { i8: Int8Array, i16: Int16Array, i32: Int32Array, i64: BigInt64Array } as const;
const WHOLE = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, u64: BigUint64Array, ...INTS } as const;
type Whole = InstanceType<(typeof WHOLE)[keyof typeof WHOLE]>;
const bytesOf = (x: Whole): Uint8Array => new Uint8Array(x.buffer);
const dot = (x: readonly number[], strides: readonly number[]): number => x.reduce((s, v, i) => s + v * strides[i]!, 0);

interface Scatter {
  readonly dims: readonly number[];
  /** start and strides of the output, of what is scattered, and of the offsets */
  readonly walks: readonly [Walk, Walk, Walk];
  readonly count: number;
  readonly steps: readonly [b: number, offsets: number];
  readonly offsets: readonly number[];
}
type Walk = readonly [number, readonly number[]];
/** Places in the output and in what is scattered, in order. */
function* moves(p: Scatter): Generator<[to: number, from: number]> {
  const [o, b, at] = p.walks;
  for (const line of indices(p.dims))
    for (let k = 0; k < p.count; k++) {
      const offset = p.offsets[at[0] + dot(line, at[1]) + k * p.steps[1]]!;
      yield [o[0] + dot(line, o[1]) + offset, b[0] + dot(line, b[1]) + k * p.steps[0]];
    }
}
const scatterWords = (p: Scatter, parts: number): number[] => [
  ...strided(p.dims, ...p.walks),
  ...[p.count, ...p.steps, parts, Math.min(...p.offsets), Math.max(...p.offsets)],
];

describe('metal indexing', () => {
  const { addon, rig } = kernelsUnderTest();

  /** Encodes a scatter onto what `o` holds. @returns its bytes */
  function scatter(kernel: string, b: Uint8Array, o: Uint8Array, p: Scatter, parts: number): Uint8Array {
    const bench = new Bench(addon);
    const out = bench.put(o);
    const ranges = [bench.put(b), bench.put(Uint32Array.from(p.offsets, (x) => x >>> 0)), out];
    bench.encode(kernel, ranges, scatterWords(p, parts));
    addon.wait();
    return new Uint8Array(bench.memory.buffer, ...out).slice();
  }

  // rows of 7 that come twice and in no order; and along the axis of (3, 5, 2) by (3, 4, 2) offsets, the output reversed in its first axis
  const ROWS: Scatter = {
    dims: [7],
    walks: [
      [0, [1]],
      [0, [1]],
      [0, [0]],
    ],
    count: 6,
    steps: [7, 1],
    offsets: [21, 0, 21, 56, 0, 21],
  };
  const ALONG: Scatter = {
    dims: [3, 2],
    walks: [
      [20, [-10, 1]],
      [1, [8, 1]],
      [2, [8, 1]],
    ],
    count: 4,
    steps: [2, 2],
    offsets: [6, 6, ...numbers(24, 5).map((x) => 2 * Math.floor((x + 1) * 2.5))],
  };

  inEveryOrder(rig, () => {
    it.each(UINTS.map((t) => [t.BYTES_PER_ELEMENT, t] as const))(
      'indexing › gathers runs of %d bytes an element',
      (width, make) => {
        const raw = Uint8Array.from(numbers(211 * width, width), (x) => (x + 1) * 128);
        const a = new make(raw.buffer);
        const name = `gather_u${8 * width}`;
        const gather = (dims: readonly number[], walk: Walk, inner: number, offsets: readonly number[]): void => {
          const words = [...strided(dims, walk), inner, offsets.length, Math.min(...offsets), Math.max(...offsets)];
          const places = indices(dims);
          const want = new make(places.length);
          places.forEach((place, n) => {
            want[n] = a[walk[0] + dot(place, walk[1]) + offsets[Math.floor(n / inner) % offsets.length]!]!;
          });
          const got = new Bench(addon).run(
            name,
            [raw, Uint32Array.from(offsets, (x) => x >>> 0)],
            want.byteLength,
            words,
          );
          expect(got).toEqual(bytesOf(want));
        };
        gather(
          [13, 5],
          [0, [0, 1]],
          5,
          numbers(13, 2).map((x) => 5 * Math.floor((x + 1) * 21)),
        ); // rows
        gather([3, 4, 5], [7, [40, 0, 2]], 5, [0, 10, 20, 10]); // along the middle axis of a view
        gather([2, 3], [200, [-50, 0]], 1, [-30, -10, 0, 5, -30, 2]); // backwards, an offset for each element
        gather(
          [300],
          [3, [0]],
          1,
          numbers(300).map((x) => Math.floor((x + 1) * 100)),
        );
        gather([], [3, []], 1, [9]);
      },
    );
    it.each(UINTS.map((t) => [t.BYTES_PER_ELEMENT, t] as const))(
      'indexing › scatters %d bytes an element, the last one stays',
      (width, make) => {
        for (const p of [ROWS, ALONG])
          for (const parts of [1, 3, 16]) {
            const o = new make(Uint8Array.from(numbers(70 * width, 8), (x) => (x + 1) * 128).buffer);
            const b = new make(Uint8Array.from(numbers(70 * width, 9), (x) => (x + 1) * 128).buffer);
            const got = scatter(`scatter_set_u${8 * width}`, bytesOf(b), bytesOf(o.slice()), p, parts);
            for (const [to, from] of moves(p)) o[to] = b[from]!;
            expect(got).toEqual(bytesOf(o));
          }
      },
    );
    const OPS: Record<string, (x: number, y: number) => number> = {
      add: (x, y) => x + y,
      prod: (x, y) => x * y,
      max: (x, y) => Math.max(x, y),
      min: (x, y) => Math.min(x, y),
    };
    const single = (t: Type, x: number): number => stored(t, [x])[0]!;
    it.each(FLOATS)('indexing › combines in order, rounded each time: $code', (t) => {
      const start = stored(t, [NaN, ...numbers(69, 8)]);
      const b = stored(t, [...numbers(30, 9), NaN, ...numbers(39, 9)]);
      for (const [name, op] of Object.entries(OPS))
        for (const p of [ROWS, ALONG]) {
          const want = [...start];
          for (const [to, from] of moves(p)) want[to] = single(t, op(want[to]!, b[from]!));
          const bytes = (x: readonly number[]): Uint8Array => new Uint8Array(t.pack(x).buffer);
          const got = t.unpack(scatter(`scatter_${name}_${t.code}`, bytes(b), bytes(start), p, 5));
          expect(got.length * size(t)).toBe(70 * size(t));
          expect(got).toEqual(want);
        }
    });
    it.each(Object.entries(WHOLE))('indexing › combines integers, which wrap: %s', (code, make) => {
      const raw = (seed: number): ArrayBuffer =>
        Uint8Array.from(numbers(70 * make.BYTES_PER_ELEMENT, seed), (x) => (x + 1) * 128).buffer;
      const b = new make(raw(9));
      for (const [name, op] of Object.entries(OPS)) {
        const o = new make(raw(8));
        const got = scatter(`scatter_${name}_${code}`, bytesOf(b), bytesOf(o.slice()), ROWS, 2);
        // the arrays wrap what is written to them, once products are exact
        for (const [to, from] of moves(ROWS)) {
          const [x, y] = [BigInt(o[to]!), BigInt(b[from]!)];
          const exact = name === 'add' ? x + y : name === 'prod' ? x * y : op(1, 2) === (x < y ? 1 : 2) ? x : y;
          o[to] = (typeof o[to] === 'bigint' ? exact : Number(BigInt.asIntN(32, exact))) as never;
        }
        expect(got, name).toEqual(bytesOf(o));
      }
    });
  });

  it('indexing › refuses offsets that lead outside', () => {
    const a = F32.pack(numbers(20));
    const gather = (start: number, stride: number, low: number, high: number): void =>
      void new Bench(addon).run('gather_u32', [new Uint8Array(a.buffer), Uint32Array.of(0)], 20, [
        ...strided([5], [start, [stride]]),
        5,
        1,
        low,
        high,
      ]);
    expect(() => gather(0, 1, 0, 15)).not.toThrow();
    expect(() => gather(0, 1, 0, 16)).toThrow('[gather_u32] needs 84 bytes of a (buffer 0), got 80');
    expect(() => gather(4, -1, -1, 0)).toThrow('a is walked to before its first element');
    expect(() =>
      new Bench(addon).run('gather_u32', [new Uint8Array(a.buffer), Uint32Array.of(0)], 20, [
        ...strided([5], [0, [1]]),
        0,
        1,
        0,
        0,
      ]),
    ).toThrow('elements need offsets, got 1 for 0');
    const o = new Uint8Array(63 * 4);
    expect(() => scatter('scatter_set_u32', new Uint8Array(41 * 4), o, ROWS, 1)).toThrow(
      'needs 168 bytes of b (buffer 0), got 164',
    );
    expect(() => scatter('scatter_set_u32', new Uint8Array(42 * 4), o.slice(4), ROWS, 1)).toThrow(
      'needs 252 bytes of output (buffer 2), got 248',
    );
    expect(() => scatter('scatter_set_u32', new Uint8Array(42 * 4), o, ROWS, 0)).toThrow('a line needs a thread');
  });
});
