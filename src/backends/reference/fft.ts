import { stridesOf } from '../../tensor/shape.js';
import type { Call, Complex, Kernel } from '../backend.js';
import { load, split, store, type Value } from './access.js';

/** attrs of a transform along `axis`, of length `n`: of real numbers or back to them if `real`; results are multiplied by `scale` */
interface Attrs {
  readonly axis: number;
  readonly n: number;
  readonly inverse: boolean;
  readonly real: boolean;
  readonly scale: number;
}
const complexOf = (x: Value): Complex => (typeof x === 'object' ? x : { re: Number(x), im: 0 });

/** The whole spectrum of a real sequence of length `n` from its first half; the numbers that must be real are taken as real. */
function whole(spectrum: readonly Complex[], n: number): Complex[] {
  return Array.from({ length: n }, (_, k) => {
    const { re, im } = spectrum[Math.min(k, n - k)]!;
    return { re, im: k === 0 || 2 * k === n ? 0 : 2 * k < n ? im : -im };
  });
}

/** The smallest prime that divides n > 1. */
function factorOf(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}
/** The sums of x[t] w^(t k), w[j] being `roots[j * step]`, in double precision: those of every p-th element first, for the primes p of n. */
function spectrum(x: readonly Complex[], roots: readonly Complex[], step = 1): readonly Complex[] {
  const n = x.length;
  if (n < 2) return x;
  const p = factorOf(n);
  const parts = Array.from({ length: p }, (_, r) =>
    spectrum(
      Array.from({ length: n / p }, (_, t) => x[r + p * t]!),
      roots,
      step * p,
    ),
  );
  return Array.from({ length: n }, (_, k) => {
    let re = 0;
    let im = 0;
    for (let r = 0; r < p; r++) {
      const z = parts[r]![k % (n / p)]!;
      const w = roots[((r * k) % n) * step]!;
      re += z.re * w.re - z.im * w.im;
      im += z.re * w.im + z.im * w.re;
    }
    return { re, im };
  });
}
function fourier(call: Call): void {
  const a = call.a!;
  const { axis, n, inverse, real, scale } = call.attrs as Attrs;
  const source = split(a.shape.dims, stridesOf(a), [axis]);
  const target = split(call.shape.dims, stridesOf(call), [axis]);
  const needed = real && inverse ? Math.floor(n / 2) + 1 : n;
  const roots = Array.from({ length: n }, (_, j) => {
    const angle = (2 * Math.PI * j) / n;
    return { re: Math.cos(angle), im: Math.sin(angle) * (inverse ? 1 : -1) };
  });
  source.outer.forEach((o, line) => {
    const given = Array.from({ length: needed }, (_, k) =>
      k < source.inner.length ? complexOf(load(a.type, a.at, o + source.inner[k]!)) : { re: 0, im: 0 },
    );
    const sums = spectrum(real && inverse ? whole(given, n) : given, roots);
    target.inner.forEach((to, k) => {
      const { re, im } = sums[k]!;
      const at = target.outer[line]! + to;
      store(call.type, call.at, at, real && inverse ? re * scale : { re: re * scale, im: im * scale });
    });
  });
}

export const fft: Readonly<Record<string, Kernel>> = { fft: fourier };
