// Judges results: bit for bit where an op is exact, within its stated bound otherwise.
import type { DType } from '../../src/index.js';
import { sizeOf, type Host } from './golden.js';
import type { Tolerance } from './tolerance.js';

interface Format {
  /** bits of the significand after the leading one */
  readonly digits: number;
  readonly minExponent: number;
  readonly max: number;
  /** rounding unit that sums in this type are measured in; half types accumulate in float32 */
  readonly unit: number;
}
const float32: Format = { digits: 23, minExponent: -126, max: 3.4028234663852886e38, unit: 2 ** -23 };
const formats: Readonly<Partial<Record<DType, Format>>> = {
  float16: { digits: 10, minExponent: -14, max: 65504, unit: 2 ** -23 },
  bfloat16: { digits: 7, minExponent: -126, max: 3.3895313892515355e38, unit: 2 ** -23 },
  float32,
  float64: { digits: 52, minExponent: -1022, max: Number.MAX_VALUE, unit: 2 ** -52 },
  complex64: float32,
};

/** The distance between neighbours of `x` in a format. */
function spacing(x: number, f: Format): number {
  const a = Math.abs(x);
  if (a < 2 ** f.minExponent) return 2 ** (f.minExponent - f.digits);
  let e = Math.floor(Math.log2(Math.min(a, f.max)));
  if (2 ** e > a) e--;
  return 2 ** (e - f.digits);
}

/** Units of the bound between `actual` and one oracle; 0 is equal, at most 1 is within. */
function excess(actual: number, want: number, f: Format, t: Tolerance, scale: number): number {
  if (Object.is(actual, want) || actual === want) return 0;
  if (Number.isNaN(actual) || Number.isNaN(want)) return Infinity;
  // Half a step beyond the largest number an oracle's value rounds to infinity.
  const top = f.max + spacing(f.max, f) / 2;
  if (Math.abs(actual) === Infinity)
    return Math.sign(actual) === Math.sign(want) && Math.abs(want) >= top * (1 - 2 ** -f.digits) ? 0 : Infinity;
  if (Math.abs(want) >= top)
    return Math.sign(actual) === Math.sign(want) && Math.abs(actual) >= f.max * (1 - t.ulp * 2 ** -f.digits)
      ? 1
      : Infinity;
  // The truth is not rounded to the format, which is half a step that no result can avoid.
  const allowed = (t.ulp + 0.5) * spacing(want, f) + t.eps * f.unit * scale;
  return Math.abs(actual - want) / allowed;
}

/** What comparing one result found. */
export interface Verdict {
  /** null where everything agrees */
  readonly message: string | null;
  /** largest distance to the nearer oracle, in steps of the format or, where `scale` is larger, of that */
  readonly worst: number;
}

const show = (x: unknown): string => (Object.is(x, -0) ? '-0' : String(x));
const fail = (message: string): Verdict => ({ message, worst: NaN });

function complexExcess(a: Host, i: number, re: number, im: number, t: Tolerance, scale: number): number {
  const x = Number(a.values[2 * i]);
  const y = Number(a.values[2 * i + 1]);
  if (![x, y, re, im].every(Number.isFinite)) {
    const wild = (v: number): boolean => !Number.isFinite(v);
    return (wild(x) || wild(y)) === (wild(re) || wild(im)) ? 0 : Infinity;
  }
  if (x === re && y === im) return 0;
  const allowed = (t.ulp + 0.5) * spacing(Math.hypot(re, im), float32) + t.eps * float32.unit * scale;
  return Math.hypot(x - re, y - im) / allowed;
}

/** Compares a result with MLX's value and, where there is one, with the float64 truth; the nearer one counts, in float64 the truth. */
export function compare(
  actual: Host,
  want: Host,
  truth: Float64Array | null,
  t: Tolerance,
  scale: number,
  anyZero = false,
): Verdict {
  if (actual.dtype !== want.dtype) return fail(`dtype ${actual.dtype}, want ${want.dtype}`);
  if (actual.shape.length !== want.shape.length || actual.shape.some((d, i) => d !== want.shape[i])) {
    return fail(`shape (${actual.shape.join(',')}), want (${want.shape.join(',')})`);
  }
  const n = sizeOf(want.shape);
  const f = formats[want.dtype];
  const complex = want.dtype === 'complex64';
  const loose = f !== undefined && (t.ulp > 0 || t.eps > 0);
  const agrees = (a: unknown, b: unknown): boolean => Object.is(a, b) || (anyZero && a === 0 && b === 0);
  let worst = 0;
  for (let i = 0; i < n; i++) {
    let off: number;
    if (!loose) {
      const k = complex ? 2 * i : i;
      const same =
        agrees(actual.values[k], want.values[k]) && (!complex || agrees(actual.values[k + 1], want.values[k + 1]));
      off = same ? 0 : Infinity;
    } else if (complex) {
      off = complexExcess(actual, i, Number(want.values[2 * i]), Number(want.values[2 * i + 1]), t, scale);
      if (truth !== null) off = Math.min(off, complexExcess(actual, i, truth[2 * i]!, truth[2 * i + 1]!, t, scale));
    } else {
      const value = Number(actual.values[i]);
      const sure = truth === null ? Infinity : excess(value, truth[i]!, f, t, scale);
      // MLX computes several float64 functions in float32, so there the truth alone counts.
      const alone = truth !== null && want.dtype === 'float64';
      off = alone ? sure : Math.min(sure, excess(value, Number(want.values[i]), f, t, scale));
    }
    if (off > 1) {
      const at = (h: Host): string =>
        complex ? `${show(h.values[2 * i])}+${show(h.values[2 * i + 1])}i` : show(h.values[i]);
      const exactly =
        truth === null ? '' : `, truth ${show(complex ? `${truth[2 * i]}+${truth[2 * i + 1]}i` : truth[i])}`;
      const size = Number.isFinite(off) ? `, ${off.toPrecision(3)} times the bound (${t.why})` : '';
      return fail(`element ${i} is ${at(actual)}, MLX ${at(want)}${exactly}${size}`);
    }
    if (Number.isFinite(off) && off > worst) worst = off;
  }
  return { message: null, worst: worst * (t.ulp + 0.5 + t.eps) };
}

/** Elements of each line along `axis`, first line first. */
function lines(x: Host, axis: number): (number | bigint)[][] {
  const k = axis < 0 ? axis + x.shape.length : axis;
  const inner = sizeOf(x.shape.slice(k + 1));
  const length = x.shape[k]!;
  const outer = sizeOf(x.shape.slice(0, k));
  const out: (number | bigint)[][] = [];
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      out.push(Array.from({ length }, (_, p) => x.values[(o * length + p) * inner + i]!));
    }
  }
  return out;
}
const ascending = (a: readonly (number | bigint)[]): (number | bigint)[] =>
  [...a].sort((p, q) => (p < q ? -1 : p > q ? 1 : 0));
const equalLists = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** `topk`: the right elements along the axis, in any order. */
export function compareTopk(actual: Host, want: Host, axis: number): string | null {
  if (actual.dtype !== want.dtype || String(actual.shape) !== String(want.shape))
    return `${actual.dtype} (${String(actual.shape)})`;
  const b = lines(want, axis);
  const bad = lines(actual, axis).findIndex((line, i) => !equalLists(ascending(line), ascending(b[i]!)));
  return bad < 0 ? null : `line ${bad} is ${String(lines(actual, axis)[bad])}, MLX has ${String(b[bad])}`;
}
/** `partition`: the same elements, the kth in its place, no larger one before it and no smaller one after it. */
export function comparePartition(actual: Host, input: Host, kth: number, axis: number): string | null {
  if (actual.dtype !== input.dtype || String(actual.shape) !== String(input.shape))
    return `${actual.dtype} (${String(actual.shape)})`;
  const source = lines(input, axis);
  const found = lines(actual, axis);
  const bad = found.findIndex((line, i) => {
    const sorted = ascending(source[i]!);
    const k = kth < 0 ? kth + sorted.length : kth;
    const pivot = sorted[k]!;
    if (!equalLists(ascending(line), sorted) || line[k] !== pivot) return true;
    return line.some((v, p) => (p < k ? v > pivot : v < pivot));
  });
  return bad < 0 ? null : `line ${bad} is ${String(found[bad])}, not partitioned at ${kth}`;
}
/** `argpartition`: indices that name every element once and partition the input. */
export function compareArgpartition(actual: Host, input: Host, kth: number, axis: number): string | null {
  if (actual.dtype !== 'uint32' || String(actual.shape) !== String(input.shape))
    return `${actual.dtype} (${String(actual.shape)})`;
  const source = lines(input, axis);
  const bad = lines(actual, axis).findIndex((line, i) => {
    const order = line.map(Number);
    if (new Set(order).size !== order.length || order.some((p) => !(p < order.length))) return true;
    const values = order.map((p) => source[i]![p]!);
    const k = kth < 0 ? kth + order.length : kth;
    const pivot = ascending(values)[k]!;
    return values[k] !== pivot || values.some((v, p) => (p < k ? v > pivot : v < pivot));
  });
  return bad < 0 ? null : `line ${bad} does not partition the input at ${kth}`;
}
