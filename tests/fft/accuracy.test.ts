// Every kind of length against the definition in double precision. Errors are measured against the largest magnitude of the result, in
// float32's rounding unit 2^-24 times sqrt(log2 n).
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { complex, dft, distance, growth, noise, numbers, planes, real, realOf, type Planes } from './support.js';

/** Units that the lengths of small primes, and those of Bluestein's convolution, stay below. */
const DIRECT = 2;
const CONVOLVED = 3;

const worst = { direct: 0, convolved: 0, where: ['', ''] };
function judge(kind: string, n: number, got: Planes, want: Planes, scale?: number, transforms = 1): void {
  let odd = n;
  for (let p = 2; p <= 61; p++) while (odd % p === 0) odd /= p;
  const units = distance(got, want, scale) / growth(n) / transforms;
  const direct = odd === 1;
  if (direct && units > worst.direct) [worst.direct, worst.where[0]] = [units, `${kind} ${n}`];
  if (!direct && units > worst.convolved) [worst.convolved, worst.where[1]] = [units, `${kind} ${n}`];
  expect(units, `${kind} of ${n}`).toBeLessThan(direct ? DIRECT : CONVOLVED);
}
const head = (x: Planes, n: number): Planes => ({ re: x.re.slice(0, n), im: x.im.slice(0, n) });

/** All four transforms of one length, all bins. */
function whole(n: number): void {
  const x = noise(n, n);
  const spectrum = dft(x);
  judge('fft', n, numbers(lw.fft.fft(complex(x))), spectrum);
  judge('ifft', n, numbers(lw.fft.ifft(complex(x))), dft(x, true));
  const half = head(dft(realOf(x)), Math.floor(n / 2) + 1);
  judge('rfft', n, numbers(lw.fft.rfft(real(x))), half);
  judge('irfft', n, numbers(lw.fft.irfft(complex(rounded(half)), n)), dft(mirrored(rounded(half), n), true));
}
const rounded = (x: Planes): Planes => ({ re: x.re.map(Math.fround), im: x.im.map(Math.fround) });
/** The spectrum of a real sequence from its first half. */
function mirrored(half: Planes, n: number): Planes {
  const out = planes(n);
  for (let k = 0; k < n; k++) {
    const from = Math.min(k, n - k);
    out.re[k] = half.re[from]!;
    out.im[k] = k === 0 || 2 * k === n ? 0 : 2 * k < n ? half.im[from]! : -half.im[from]!;
  }
  return out;
}

let before = '';
beforeAll(() => {
  before = lw.defaultDevice();
  lw.setDefaultDevice('wasm');
});
afterAll(() => {
  lw.setDefaultDevice(before);
  console.log(
    `fft: worst of small primes ${worst.direct.toFixed(2)} units (${worst.where[0]}), ` +
      `of convolutions ${worst.convolved.toFixed(2)} (${worst.where[1]})`,
  );
});

test('fft › every length from 1 to 200 agrees with the definition', () => {
  for (let n = 1; n <= 200; n++) whole(n);
});
test.each([251, 256, 360, 512, 1000, 1001, 1009, 1024, 2048, 2187, 3125])(
  'fft › length %i agrees with the definition',
  whole,
);
test.each([4096, 4099, 8192, 8198, 16384, 32768, 65536, 44100, 65537, 48 * 1021])(
  'fft › bins of length %i agree with the definition, energy and the way back with the input',
  (n) => {
    const x = noise(n, n);
    const bins = Array.from({ length: 40 }, (_, i) => (i < 4 ? [0, 1, n - 1, Math.floor(n / 2)][i]! : (i * 7919) % n));
    const pick = (y: Planes): Planes => ({
      re: Float64Array.from(bins, (k) => y.re[k]!),
      im: Float64Array.from(bins, (k) => y.im[k]!),
    });
    const size = (y: Planes): number => y.re.reduce((m, v, i) => Math.max(m, Math.hypot(v, y.im[i]!)), 0);
    const forwards = lw.fft.fft(complex(x));
    const y = numbers(forwards);
    judge('fft', n, pick(y), dft(x, false, bins), size(y));
    const z = numbers(lw.fft.ifft(complex(x)));
    judge('ifft', n, pick(z), dft(x, true, bins), size(z));
    const energy = (v: Planes): number => v.re.reduce((s, r, i) => s + r * r + v.im[i]! * v.im[i]!, 0);
    expect(Math.abs(energy(y) / (n * energy(x)) - 1)).toBeLessThan(1e-6);
    judge('fft and back', n, numbers(lw.fft.ifft(forwards)), x, undefined, 2);
    const low = bins.filter((k) => 2 * k <= n);
    const half = numbers(lw.fft.rfft(real(x)));
    const some = { re: Float64Array.from(low, (k) => half.re[k]!), im: Float64Array.from(low, (k) => half.im[k]!) };
    judge('rfft', n, some, dft(realOf(x), false, low), size(half));
    judge('rfft and back', n, numbers(lw.fft.irfft(lw.fft.rfft(real(x)), n)), realOf(x), undefined, 2);
  },
);
