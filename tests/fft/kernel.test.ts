// The kernel itself, in memory with guard values round everything it is given.
import { expect, test } from 'vitest';
import '../../src/index.js';
import { alloc, f32, release } from '../../src/backends/heap.js';
import { halfOf, planOf, trimPlans } from '../../src/backends/wasm/fft-plan.js';
import { start } from '../../src/backends/wasm/instance.js';
import { params, wasm } from '../../src/backends/wasm/runtime.js';
import { dft, distance, growth, noise, planes, realOf, type Planes } from './support.js';

start();
const GUARD = 4096;
const MARK = Math.fround(1234567.5);

interface Block {
  readonly at: number;
  readonly bytes: number;
  readonly base: number;
}
/** A block of NaN, the marks beyond its end; before it lie NaN that may be read and never count. */
function guarded(bytes: number): Block {
  const base = alloc(bytes + 2 * GUARD);
  f32.fill(MARK, base >>> 2, (base + bytes + 2 * GUARD) >>> 2);
  f32.fill(NaN, (base + GUARD) >>> 2, (base + GUARD + bytes) >>> 2);
  return { at: base + GUARD, bytes, base };
}
function intact({ at, bytes, base }: Block): boolean {
  const ends = [f32.subarray(base >>> 2, at >>> 2), f32.subarray((at + bytes) >>> 2, (at + bytes + GUARD) >>> 2)];
  return ends.every((part) => part.every((v) => v === MARK));
}

/** Kinds of `fft_run`, by what they take and give. */
const kinds = [
  { kind: 0, name: 'complex', fits: () => true },
  { kind: 1, name: 'real, even', fits: (n: number) => n % 2 === 0 },
  { kind: 2, name: 'real, odd', fits: (n: number) => n % 2 === 1 },
  { kind: 3, name: 'half, even', fits: (n: number) => n % 2 === 0 },
  { kind: 4, name: 'half, odd', fits: (n: number) => n % 2 === 1 },
];
const lengths = [...Array.from({ length: 12 }, (_, i) => i + 1), 15, 16, 21, 32, 35, 61, 67, 122, 134];

/** One line as the kernel is to read it: `have` numbers, then zeros, a half spectrum made whole. */
function input(kind: number, x: Planes, n: number): Planes {
  const out = planes(n);
  const have = x.re.length;
  for (let k = 0; k < n; k++) {
    const from = kind > 2 ? Math.min(k, n - k) : k;
    if (from >= have) continue;
    out.re[k] = x.re[from]!;
    out.im[k] =
      kind === 0 ? x.im[from]! : kind < 3 || k === 0 || 2 * k === n ? 0 : 2 * k < n ? x.im[from]! : -x.im[from]!;
  }
  return out;
}

function run(kind: number, n: number, outer: number, inner: number, lanes: number, have: number): number {
  const from = kind === 1 || kind === 2 ? 1 : 2;
  const to = kind > 2 ? 1 : 2;
  const outLength = kind === 1 || kind === 2 ? Math.floor(n / 2) + 1 : n;
  const length = have + 1; // one element more than counts
  const size = kind === 1 || kind === 3 ? n / 2 : n;
  const lines = Array.from({ length: outer * inner }, (_, i) => {
    const x = noise(have, 97 * n + i);
    return from === 1 ? realOf(x) : x;
  });
  const src = guarded(outer * length * inner * from * 4);
  lines.forEach((x, line) => {
    const [o, i] = [Math.floor(line / inner), line % inner];
    for (let k = 0; k < have; k++) {
      const at = (src.at >>> 2) + ((o * length + k) * inner + i) * from;
      f32[at] = x.re[k]!;
      if (from === 2) f32[at + 1] = x.im[k]!;
    }
  });
  const dst = guarded(outer * outLength * inner * to * 4);
  const plan = planOf(size);
  const half = kind === 1 || kind === 3 ? halfOf(n).at : 0;
  const plane = Math.ceil((Math.max(plan.length, size + 1) * lanes) / 4) * 16 + 1024;
  const [first, second] = [guarded(2 * plane), guarded(2 * plane)];
  const room = guarded(Math.max(have, outLength) * lanes * 8);
  const backwards = kind > 2 ? 1 : 0;
  const shape = [kind, backwards, size, plan.at, half, outer, inner, lanes, length, have, outLength];
  wasm['fft_run']!(params([...shape, src.at, dst.at, first.at, second.at, plane, room.at]), kind > 2 ? 1 / n : 1);
  let worst = 0;
  lines.forEach((x, line) => {
    const [o, i] = [Math.floor(line / inner), line % inner];
    const whole = dft(input(kind, x, n), kind > 2);
    const got = planes(outLength);
    const want = planes(outLength);
    for (let k = 0; k < outLength; k++) {
      const at = (dst.at >>> 2) + ((o * outLength + k) * inner + i) * to;
      got.re[k] = f32[at]!;
      want.re[k] = whole.re[k]!;
      if (to === 1) continue;
      got.im[k] = f32[at + 1]!;
      want.im[k] = whole.im[k]!;
    }
    worst = Math.max(worst, distance(got, want, Math.max(...whole.re.map((v, k) => Math.hypot(v, whole.im[k]!)))));
  });
  const blocks = [src, dst, first, second, room];
  expect(blocks.map(intact), `n ${n}, ${outer} x ${inner}, ${lanes} lanes, ${have} of ${n}`).toEqual(
    blocks.map(() => true),
  );
  for (const b of blocks) release(b.base, b.bytes + 2 * GUARD);
  return worst / growth(n);
}

test.each(kinds)('fft_run › $name: right for every number of lanes, and writes nowhere else', ({ kind, fits }) => {
  for (const n of lengths.filter(fits)) {
    const all = kind > 2 ? Math.floor(n / 2) + 1 : n;
    for (const lanes of [1, 2, 3, 4, 5, 12]) {
      for (const [outer, inner] of [
        [lanes + 1, 1],
        [1, 2 * lanes + 3],
      ] as const) {
        for (const have of new Set([all, Math.max(1, all - 1)])) {
          expect(run(kind, n, outer, inner, lanes, have)).toBeLessThan(3);
        }
      }
    }
  }
  trimPlans(0);
});
