// The choice among the builds: what a probe concludes from right and from wrong answers, and what may be asked for.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { decode } from '../../src/backends/wasm/base64.js';
import { binaries } from '../../src/backends/wasm/binary.js';
import { patched } from '../../src/backends/wasm/delta.js';
import { examine, type Probe } from '../../src/backends/wasm/probe.js';
import { askedVariant, choose, prefer, variantNamed } from '../../src/backends/wasm/variants.js';
import { faster } from '../../src/backends/wasm/wide.js';

const { fround } = Math;
const bytes = (x: number): number[] => [0, 8, 16, 24].map((s) => (x << (24 - s)) >> 24);
const unsigned = (x: number): number[] => bytes(x).map((b) => b & 255);
const saturated = (x: number): number => Math.max(-32768, Math.min(32767, x));
/** Products of 24 bits are exact in double precision, so this rounds once. */
const once = (a: number, b: number, c: number): number => fround(a * b + c);
const exactMadd64 = (a: number, b: number, c: number): number =>
  a === 1 + 2 ** -30 && a === b && c === -1 ? 2 ** -29 + 2 ** -60 : a * b + c;

/** An engine that gets everything right, by the specification's formulas. */
const right: Probe = {
  madd: once,
  nmadd: (a, b, c) => once(-a, b, c),
  madd64: exactMadd64,
  dot: (a, b) => bytes(a)[0]! * bytes(b)[0]! + bytes(a)[1]! * bytes(b)[1]!,
  select: (a, b, mask) => (a & mask) | (b & ~mask),
  swizzle: (from, i) => from + i,
};
const unfused: Probe = {
  ...right,
  madd: (a, b, c) => fround(fround(a * b) + c),
  nmadd: (a, b, c) => fround(c - fround(a * b)),
  madd64: (a, b, c) => a * b + c,
};

describe('probe › relaxed SIMD', () => {
  test('right answers are believed, with one rounding or with two', () => {
    expect(examine(right)).toEqual({ usable: true, fused: true });
    expect(examine(unfused)).toEqual({ usable: true, fused: false });
  });

  test('a dot product that takes the second operand unsigned and saturates (Node 22) is right where it is in 0..127', () => {
    const dot: Probe['dot'] = (a, b) => {
      const [x, y] = [bytes(a), unsigned(b)];
      return saturated(x[0]! * y[0]! + x[1]! * y[1]!);
    };
    expect(dot(0x7f7f7f7f, -1)).not.toBe(127 * 255 * 2); // it does saturate beyond
    expect(examine({ ...right, dot })).toEqual({ usable: true, fused: true });
  });

  const wrongs: [string, Partial<Probe>][] = [
    ['a multiply-add that subtracts', { madd: (a, b, c) => once(a, b, -c) }],
    ['a negated multiply-add that adds', { nmadd: right.madd }],
    ['a negated multiply-add with the other sign', { nmadd: (a, b, c) => -right.nmadd(a, b, c) }],
    ['a multiply-add in half precision', { madd: (a, b, c) => Math.round(once(a, b, c) * 1024) / 1024 }],
    ['one rounding here and two there', { nmadd: unfused.nmadd }],
    ['two roundings for float64 only', { madd64: unfused.madd64 }],
    ['a doubled dot product', { dot: (a, b) => 2 * right.dot(a, b) }],
    [
      'a dot product that takes the first operand unsigned',
      { dot: (a, b) => unsigned(a)[0]! * bytes(b)[0]! + unsigned(a)[1]! * bytes(b)[1]! },
    ],
    [
      'a dot product that saturates within 0..127',
      { dot: (a, b) => Math.max(-16384, Math.min(16383, right.dot(a, b))) },
    ],
    ['a dot product of other neighbours', { dot: (a, b) => bytes(a)[0]! * bytes(b)[0]! + bytes(a)[2]! * bytes(b)[2]! }],
    ['no number', { madd: () => NaN }],
    ['a select that takes the other one', { select: (a, b, mask) => right.select(b, a, mask) }],
    ['a select that always takes the first', { select: (a) => a }],
    ['a swizzle that gives zero', { swizzle: () => 0 }],
    ['a swizzle that is off by one', { swizzle: (from, i) => from + ((i + 1) & 15) }],
  ];
  test.each(wrongs)('%s refuses the build', (_, part) => {
    expect(examine({ ...right, ...part })).toMatchObject({ usable: false });
  });
});

describe('probe › wide tile', () => {
  /** A clock that the two functions move: milliseconds of each call, by its number. */
  const race = (wide: (i: number) => number, narrow: (i: number) => number): boolean => {
    let [time, i, j] = [0, 0, 0];
    return faster(
      () => void (time += wide(i++)),
      () => void (time += narrow(j++)),
      () => time,
    );
  };
  test('is taken where it is faster in the optimised code', () => {
    expect(
      race(
        (i) => (i < 20 ? 3 : 0.1),
        (i) => (i < 20 ? 2 : 0.16),
      ),
    ).toBe(true);
  });
  test('is refused where it is slower, level, or faster only until the other is optimised', () => {
    expect(
      race(
        () => 0.4,
        () => 0.16,
      ),
    ).toBe(false);
    expect(
      race(
        () => 0.155,
        () => 0.16,
      ),
    ).toBe(false);
    expect(
      race(
        (i) => (i < 20 ? 2 : 0.4),
        (i) => (i < 30 ? 3 : 0.16),
      ),
    ).toBe(false);
  });
});

describe('variant › what is asked for', () => {
  const before = process.env['LANEWISE_VARIANT'];
  afterEach(() => {
    prefer({});
    if (before === undefined) delete process.env['LANEWISE_VARIANT'];
    else process.env['LANEWISE_VARIANT'] = before;
  });
  const thrown = (f: () => unknown): unknown => {
    try {
      f();
    } catch (e) {
      return e;
    }
    throw new Error('nothing was thrown');
  };

  test('the environment is heard, init before it', () => {
    delete process.env['LANEWISE_VARIANT'];
    expect(askedVariant()).toBe('auto');
    process.env['LANEWISE_VARIANT'] = 'plain';
    expect(askedVariant()).toBe('plain');
    prefer({ variant: 'relaxed' });
    expect(askedVariant()).toBe('relaxed');
  });
  test('plain is never probed for and needs no flag', () => {
    prefer({ variant: 'plain' });
    expect(choose({ plain: 1, relaxed: 1, revectorised: 1 })).toMatchObject({ variant: 'plain', main: 'plain' });
  });
  test('an unknown name, or one that was not given, is an error', () => {
    for (const name of ['fast', 1, null]) {
      const e = thrown(() => variantNamed(name, 'init'));
      expect(e).toBeInstanceOf(lw.BackendError);
      expect((e as Error).message).toBe(
        `[init] the variant must be one of 'auto', 'plain', 'relaxed', 'revectorised', got '${String(name)}'`,
      );
    }
    prefer({ variant: 'revectorised' });
    expect((thrown(() => choose({ plain: 1 })) as Error).message).toBe(
      "[wasm] the kernels given must hold the variant 'revectorised', got none of that name",
    );
  });
});

test('variant › the inlined builds are the compiled ones, byte for byte', () => {
  const file = (name: string): Uint8Array => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
  const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  expect(same(decode(binaries.plain), file('kernels'))).toBe(true);
  expect(same(patched(decode(binaries.plain), decode(binaries.relaxed)), file('kernels-relaxed'))).toBe(true);
  expect(same(decode(binaries.revectorised), file('kernels-revectorised'))).toBe(true);
});

const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
/** What a process of its own prints for `body`. */
function child(body: string, env: Record<string, string>): string {
  const code = `const lw = await import(${JSON.stringify(library)});\n${body}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return stdout.trim() || stderr;
}
const tell = `console.log(lw.array([1, 2, 3]).mul(2).sum().item(), lw.backends().find(({ name }) => name === 'wasm').variant);`;

describe('variant › a process of its own', () => {
  test('LANEWISE_VARIANT and init choose; backends() tells', () => {
    expect(child(tell, { LANEWISE_VARIANT: 'plain' })).toBe('12 plain');
    expect(child(`await lw.init({ variant: 'plain' }); ${tell}`, {})).toBe('12 plain');
    expect(child(tell, { LANEWISE_ENGINE_FLAGS: '1' })).toBe('12 relaxed');
    expect(child(`await lw.init({ engineFlags: true }); ${tell}`, {})).toBe('12 relaxed');
    expect(child(`await lw.init({ variant: 'relaxed', engineFlags: true }); ${tell}`, {})).toBe('12 relaxed');
  });
  test('what was asked for and cannot run is an error, and nothing stands in for it', () => {
    expect(child(tell, { LANEWISE_VARIANT: 'fast' })).toContain("[LANEWISE_VARIANT] the variant must be one of 'auto'");
    const wide = child(tell, { LANEWISE_VARIANT: 'revectorised' });
    expect(wide).toMatch(/the variant 'revectorised' needs (relaxed SIMD|V8's revectoriser)/);
    expect(child(`await lw.init({ variant: 'fast' })`, {})).toContain("[init] the variant must be one of 'auto'");
  });
});
