// Printing, as MLX prints arrays.
import { isFloat, type ElementType } from './dtype.js';
import { LanewiseError } from './errors.js';
import { elementOf, type Element } from './read.js';
import type { Tensor } from './tensor.js';

/** Longer axes show this many elements at each end. */
const ENDS = 3;

/** How tensors are printed. */
export interface PrintOptions {
  /** decimals of floating numbers; -1, the default, prints six significant digits */
  readonly precision: number;
}
let options: PrintOptions = { precision: -1 };
/** How tensors are printed now. */
export const getPrintOptions = (): PrintOptions => options;
/** Changes how tensors are printed; what is left out stays. @throws LanewiseError for a precision that is not in -1..100 */
export function setPrintOptions(changes: Partial<PrintOptions>): void {
  const { precision = options.precision } = changes;
  if (!Number.isInteger(precision) || precision < -1 || precision > 100) {
    throw new LanewiseError(`[setPrintOptions] the precision must be an integer from -1 to 100, got ${precision}`);
  }
  options = Object.freeze({ precision });
}
/** Runs `fn`, which must not be async, with other print options. */
export function printOptions<T>(changes: Partial<PrintOptions>, fn: () => T): T {
  const before = options;
  setPrintOptions(changes);
  try {
    return fn();
  } finally {
    options = before;
  }
}

/** C's `%.nf`, of numbers with any number of digits before the point. */
function fixed(x: number, digits: number): string {
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  const a = Math.abs(x);
  // toFixed turns to exponents from 1e21 on, where a double has no fraction
  if (a >= 1e21) return `${sign}${BigInt(a)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const text = a.toFixed(digits);
  // C rounds a tie to the even digit, toFixed away from zero
  const scaled = a * 10 ** digits;
  const tie = digits <= 22 && scaled < 2 ** 52 && scaled / 10 ** digits === a && scaled - Math.floor(scaled) === 0.5;
  return `${sign}${tie && Math.floor(scaled) % 2 === 0 ? (Math.floor(scaled) / 10 ** digits).toFixed(digits) : text}`;
}

/** C's `%g`: six significant digits, without trailing zeros. */
function general(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x < 0 ? '-inf' : 'inf';
  if (options.precision >= 0) return fixed(x, options.precision);
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  // C rounds a tie to the even digit, toExponential away from zero
  const tie = /^(-?\d\.\d{4}[02468])50*(e.*)$/.exec(x.toExponential(60));
  const [digits, exponent] = (tie ? tie[1]! + tie[2]! : x.toExponential(5)).split('e') as [string, string];
  const e = Number(exponent);
  const trim = (s: string): string => (s.includes('.') ? s.replace(/\.?0+$/, '') : s);
  if (e < -4 || e >= 6) return `${trim(digits)}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;
  return trim(Number(`${digits}e${e}`).toFixed(5 - e));
}
function text(type: ElementType, x: Element): string {
  if (typeof x === 'boolean') return x ? 'True' : 'False';
  if (typeof x === 'object') return `${general(x.re)}${x.im < 0 ? '' : '+'}${general(x.im)}j`;
  return isFloat(type) ? general(Number(x)) : String(x);
}

/** `array([1, 2, 3], dtype=float32)` */
export function show(t: Tensor): string {
  const dims = t.shape;
  const type = t.node.type;
  const flat = t.toTypedArray();
  const level = (axis: number, at: number, indent: string): string => {
    if (axis === dims.length) return text(type, elementOf(type, flat, at));
    const n = dims[axis]!;
    const step = dims.slice(axis + 1).reduce((p, d) => p * d, 1);
    const last = axis === dims.length - 1;
    const shown: string[] = [];
    for (let i = 0; i < n; i++) {
      if (n > 2 * ENDS && i === ENDS) {
        shown.push('...');
        i = n - ENDS;
      }
      shown.push(level(axis + 1, at + i * step, `${indent} `));
    }
    return `[${shown.join(last ? ', ' : `,\n${indent} `)}]`;
  };
  return `array(${level(0, 0, ' '.repeat(6))}, dtype=${t.dtype})`;
}
