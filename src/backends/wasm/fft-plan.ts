// Plans of Fourier transforms: radices and twiddles of a length, computed in double precision, kept on the heap up to a limit.
import { alloc, blockBytes, f32, i32, release } from '../heap.js';

/** Primes above it go by Bluestein's convolution. */
const MAX_RADIX = 61;
/** Bytes of plans that stay; what was used longest ago goes first. */
const LIMIT = 64 << 20;
/** Bytes of the head of a plan, and of each pass's entry. */
const HEAD = 32;
const ENTRY = 16;

/** cos and sin of 2 pi t / n, 0 <= t < n, from arguments of at most pi / 4. */
export function unit(t: number, n: number): readonly [number, number] {
  const quarter = Math.floor((4 * t) / n);
  const rest = 4 * t - quarter * n; // in quarters of n
  const angle = (Math.PI / 2) * (Math.min(rest, n - rest) / n);
  let c = Math.cos(angle);
  let s = Math.sin(angle);
  if (2 * rest > n) [c, s] = [s, c];
  if (quarter === 0) return [c, s];
  if (quarter === 1) return [-s, c];
  return quarter === 2 ? [-c, -s] : [s, -c];
}

/** The radices of a length, in the order of its passes, or null if it has a prime above `MAX_RADIX`. */
export function radices(n: number): number[] | null {
  const fours: number[] = [];
  const odd: number[] = [];
  for (; n % 4 === 0; n /= 4) fours.push(4);
  const two = n % 2 === 0 ? [2] : [];
  n /= two.length + 1;
  for (let p = 3; p <= MAX_RADIX; p += 2) for (; n % p === 0; n /= p) odd.push(p);
  // a first pass of at least four lanes lets every later one use whole vectors
  return n === 1 ? [...fours, ...odd.reverse(), ...two] : null;
}

/** The least length of at least `n` whose passes are fast: a multiple of 16 with at most two small odd factors. */
function convolutionLength(n: number): number {
  let best = Infinity;
  for (const odd of [1, 3, 5, 9, 15]) {
    let m = odd * 16;
    while (m < n) m *= 2;
    best = Math.min(best, m);
  }
  return best;
}

type Doubles = Float64Array<ArrayBuffer>;
/** sum_t x[t] exp(-2 pi i t k / n) in double precision; n has the primes 2, 3 and 5. Planes of real and imaginary parts. */
function transform(re: Doubles, im: Doubles): readonly [Doubles, Doubles] {
  const n = re.length;
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let t = 0; t < n; t++) [cos[t], sin[t]] = unit(t, n) as [number, number];
  let [xr, xi] = [re, im];
  let [yr, yi] = [new Float64Array(n), new Float64Array(n)];
  let left = n;
  for (let s = 1; left > 1;) {
    const r = [2, 3, 5].find((p) => left % p === 0)!;
    const m = left / r;
    for (let p = 0; p < m; p++) {
      for (let j = 0; j < r; j++) {
        for (let q = 0; q < s; q++) {
          let sumRe = 0;
          let sumIm = 0;
          for (let k = 0; k < r; k++) {
            // exp(-2 pi i j (p + m k) / left), in steps of n
            const t = (j * (p + m * k) * s) % n;
            const at = q + s * (p + m * k);
            sumRe += xr[at]! * cos[t]! + xi[at]! * sin[t]!;
            sumIm += xi[at]! * cos[t]! - xr[at]! * sin[t]!;
          }
          yr[q + s * (r * p + j)] = sumRe;
          yi[q + s * (r * p + j)] = sumIm;
        }
      }
    }
    [xr, xi, yr, yi] = [yr, yi, xr, xi];
    left = m;
    s *= r;
  }
  return [xr, xi];
}

/** Bytes of one plane of `n` numbers, whole vectors. */
const planeBytes = (n: number): number => Math.ceil(n / 4) * 16;

interface Pass {
  readonly r: number;
  readonly m: number;
  readonly twiddles: number;
  readonly table: number;
}
interface Layout {
  readonly passes: readonly Pass[];
  readonly bytes: number;
}
/** Where each pass of a smooth length has its tables. */
function layout(n: number, list: readonly number[]): Layout {
  let bytes = HEAD + ENTRY * list.length;
  let left = n;
  const passes = list.map((r) => {
    const m = left / r;
    left = m;
    const twiddles = bytes;
    bytes += m === 1 ? 0 : 2 * (r - 1) * planeBytes(m);
    const table = bytes;
    bytes += r % 2 === 0 ? 0 : 8 * ((r - 1) / 2) ** 2;
    bytes = Math.ceil(bytes / 16) * 16;
    return { r, m, twiddles, table };
  });
  return { passes, bytes };
}
function writePasses(at: number, n: number, { passes }: Layout): void {
  const head = at >>> 2;
  i32.fill(0, head, head + HEAD / 4);
  i32[head] = n;
  i32[head + 1] = passes.length;
  passes.forEach(({ r, m, twiddles, table }, i) => {
    i32.set([r, twiddles, table, 0], (at + HEAD + ENTRY * i) >>> 2);
    if (m > 1) {
      const plane = planeBytes(m) / 4;
      for (let j = 1; j < r; j++) {
        const to = ((at + twiddles) >>> 2) + 2 * (j - 1) * plane;
        for (let p = 0; p < m; p++) {
          const [c, s] = unit(j * p, r * m);
          f32[to + p] = c;
          f32[to + plane + p] = -s;
        }
      }
    }
    if (r % 2 === 0) return;
    let to = (at + table) >>> 2;
    for (let j = 1; 2 * j < r; j++) {
      for (let k = 1; 2 * k < r; k++) {
        const [c, s] = unit((j * k) % r, r);
        f32[to++] = c;
        f32[to++] = s;
      }
    }
  });
}

/** The chirp exp(-pi i k^2 / n) and the spectrum of its conjugate, which is even, over a length of `m`. */
function writeChirp(at: number, n: number, m: number, chirp: number, spectrum: number): void {
  const head = at >>> 2;
  i32.set([n, chirp, spectrum, planeBytes(n), planeBytes(m)], head + 2);
  const re = new Float64Array(m);
  const im = new Float64Array(m);
  const to = (at + chirp) >>> 2;
  const plane = planeBytes(n) / 4;
  for (let k = 0, square = 0; k < n; k++) {
    const [c, s] = unit(square, 2 * n);
    f32[to + k] = c;
    f32[to + plane + k] = -s;
    re[k] = re[(m - k) % m] = c / m;
    im[k] = im[(m - k) % m] = s / m;
    square = (square + 2 * k + 1) % (2 * n);
  }
  const [sr, si] = transform(re, im);
  f32.set(sr, (at + spectrum) >>> 2);
  f32.set(si, (at + spectrum + planeBytes(m)) >>> 2);
}

/** A plan on the heap. */
export interface Plan {
  readonly at: number;
  readonly bytes: number;
  /** complex numbers that the buffers must hold for one sequence */
  readonly length: number;
}
function complexPlan(n: number): Plan {
  const list = radices(n);
  if (list !== null) {
    const l = layout(n, list);
    const at = alloc(l.bytes);
    writePasses(at, n, l);
    return { at, bytes: l.bytes, length: n };
  }
  const m = convolutionLength(2 * n - 1);
  const l = layout(m, radices(m)!);
  const bytes = l.bytes + 2 * (planeBytes(n) + planeBytes(m));
  const at = alloc(bytes);
  writePasses(at, m, l);
  writeChirp(at, n, m, l.bytes, l.bytes + 2 * planeBytes(n));
  return { at, bytes, length: m };
}
/** exp(-2 pi i k / n) for k = 0..n/2 as planes: what splits the transform of n/2 pairs of reals. */
function halfPlan(n: number): Plan {
  const plane = planeBytes(n / 2 + 1);
  const at = alloc(2 * plane);
  for (let k = 0; 2 * k <= n; k++) {
    const [c, s] = unit(k, n);
    f32[(at >>> 2) + k] = c;
    f32[((at + plane) >>> 2) + k] = -s;
  }
  return { at, bytes: 2 * plane, length: n };
}

const kept = new Map<string, Plan>();
let keptBytes = 0;
function lookup(key: string, make: () => Plan): Plan {
  let plan = kept.get(key);
  if (plan === undefined) {
    plan = make();
    keptBytes += blockBytes(plan.bytes);
  } else kept.delete(key);
  kept.set(key, plan); // the last one is the latest used
  return plan;
}
/** The plan of a complex transform of length `n`; valid until `trimPlans`. */
export const planOf = (n: number): Plan => lookup(`${n}`, () => complexPlan(n));
/** The table that joins a complex transform of n/2 pairs to a real one of even length `n`; valid until `trimPlans`. */
export const halfOf = (n: number): Plan => lookup(`half ${n}`, () => halfPlan(n));

/** Gives plans back until at most `limit` bytes of them are left. */
export function trimPlans(limit = LIMIT): void {
  for (const [key, plan] of kept) {
    if (keptBytes <= limit) return;
    kept.delete(key);
    keptBytes -= blockBytes(plan.bytes);
    release(plan.at, plan.bytes);
  }
}
/** Bytes of the heap that plans take. */
export const planBytes = (): number => keptBytes;
