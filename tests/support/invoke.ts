// Turns a stored call into a call of the library.
import * as lw from '../../src/index.js';
import { Tensor } from '../../src/index.js';
import type { Arg } from './golden.js';

type Fn = (...args: unknown[]) => unknown;

/** `a.b.c` of the namespace; undefined where a part is missing. */
function resolve(path: string): Fn | undefined {
  let found: unknown = lw;
  for (const part of path.split('.')) {
    if (found === null || (typeof found !== 'object' && typeof found !== 'function')) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return typeof found === 'function' ? (found as Fn) : undefined;
}

const numbers: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

const isList = (arg: Arg): arg is readonly Arg[] => Array.isArray(arg);

/** The value that a stored argument stands for. */
export function decode(arg: Arg, inputs: readonly Tensor[]): unknown {
  if (arg === null || typeof arg !== 'object') return arg;
  if (isList(arg)) return arg.map((a) => decode(a, inputs));
  if ('$' in arg) return inputs[arg.$];
  if ('default' in arg) return undefined;
  if ('slice' in arg) return lw.slice(...arg.slice);
  if ('number' in arg) return numbers[arg.number];
  if ('object' in arg) return Object.fromEntries(Object.entries(arg.object).map(([k, v]) => [k, decode(v, inputs)]));
  if ('complex' in arg) return { re: arg.complex[0], im: arg.complex[1] };
  if ('function' in arg) return resolve(`nn.${arg.function}`);
  throw new Error(`unknown argument ${JSON.stringify(arg)}`);
}

/** Draws without keys after a seed, in order. */
function stream(seed: number, steps: readonly (readonly [string, readonly unknown[]])[]): unknown[] {
  lw.random.seed(seed);
  return steps.map(([op, args]) => resolve(op)!(...args));
}

/** The function behind a stored op name, or undefined where the library lacks it. */
export function lookup(op: string): Fn | undefined {
  if (op === 'random.stream') return resolve('random.seed') && (stream as Fn);
  // MLX's x.at[i].add(v) is addAt(x, i, v)
  return resolve(op.replace(/^at\.(\w+)$/, '$1At'));
}

/** Calls the op; the results as an array. */
export function invoke(op: string, args: readonly Arg[], inputs: readonly Tensor[]): Tensor[] {
  const result = lookup(op)!(...args.map((a) => decode(a, inputs)));
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}
