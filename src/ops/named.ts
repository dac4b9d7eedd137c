// An error belongs to the op that the user called: its name in front, and the caller's line on top of the stack.
import { failure } from '../graph/evaluate.js';
import { AxisError, DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';

type Fn = (...args: never[]) => unknown;
const PREFIX = /^\[[\w.]+\]/;

/** An argument in a few words. */
function describe(x: unknown): string {
  try {
    if (x instanceof Tensor) return x.alive ? `${x.dtype} ${showShape(x.shape)}` : 'a disposed tensor';
    if (typeof x === 'string') return `'${x.slice(0, 30)}'`;
    if (Array.isArray(x)) return `[${x.slice(0, 4).map((y) => (Array.isArray(y) ? '[..]' : describe(y)))}]`;
    return typeof x === 'object' && x !== null ? 'an object' : typeof x === 'function' ? 'a function' : String(x);
  } catch {
    return 'something unreadable';
  }
}
/** What a call of `name` throws in place of `e`. */
function named(name: string, fn: Fn, args: readonly unknown[], e: unknown): unknown {
  if (e === failure.last) return e; // of an evaluation that the call started, so of another op
  if (e instanceof ShapeError || e instanceof DTypeError || e instanceof AxisError || isPlain(e)) {
    if (PREFIX.test(e.message)) e.message = e.message.replace(PREFIX, `[${name}]`);
    capture(e, fn);
    return e;
  }
  // what JavaScript throws at an argument of a wrong type
  if (e instanceof TypeError || e instanceof RangeError || e instanceof SyntaxError) {
    const error = new LanewiseError(
      `[${name}] the arguments must be what its signature says, got (${args.map(describe).join(', ')})`,
      { cause: e },
    );
    capture(error, fn);
    return error;
  }
  return e;
}
const isPlain = (e: unknown): e is LanewiseError => e instanceof LanewiseError && e.constructor === LanewiseError;
function capture(e: Error, fn: Fn): void {
  (Error as { captureStackTrace?: (e: Error, above: Fn) => void }).captureStackTrace?.(e, fn);
}

/** `body` whose errors carry `name`. */
/* #__NO_SIDE_EFFECTS__ */
export function naming<F extends Fn>(name: string, body: F): F {
  const fn = ((...args: never[]): unknown => {
    try {
      return body(...args);
    } catch (e) {
      throw named(name, fn, args, e);
    }
  }) as F;
  return fn;
}
