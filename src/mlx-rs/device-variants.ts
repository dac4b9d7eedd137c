// `X_device`: every function again, with a stream or device as its last argument.
import { checkStream, type StreamLike } from './device.js';

type Fn = (...args: never[]) => unknown;
/** All arguments, then the stream. */
type OnDevice<F> = F extends (...args: infer A) => infer R
  ? (...args: [...args: A, stream: StreamLike] | [...args: Required<A>, stream: StreamLike]) => R
  : never;
/** The `_device` variants of a type all of whose members are functions. */
export type Variants<M> = { [K in keyof M & string as `${K}_device`]: OnDevice<M[K]> };
/** The functions of a module and their `_device` variants. */
export type WithDevice<M> = M & {
  [K in keyof M & string as M[K] extends Fn ? `${K}_device` : never]: OnDevice<M[K]>;
};

/** The variant of one function. The stream is checked, then dropped: there is one device. */
export function onDevice(name: string, fn: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return function (this: unknown, ...args: unknown[]) {
    checkStream(name, args);
    return fn.apply(this, args.slice(0, -1));
  };
}
/** A module with the variants of those functions that have one. */
export function withDevice<M extends object>(module: M, without: readonly string[] = []): WithDevice<M> {
  const out: Record<string, unknown> = { ...(module as Record<string, unknown>) };
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function' || without.includes(name) || /^[A-Z]/.test(name)) continue;
    out[`${name}_device`] = onDevice(name, value as (...args: unknown[]) => unknown);
  }
  return out as WithDevice<M>;
}
