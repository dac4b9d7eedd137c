// Every op whose first argument is a tensor is a method too.
import { Tensor } from '../tensor/tensor.js';
import * as ops from './index.js';

/** Drops the first parameter; labels and optionality of the others stay. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Method<F> = F extends (x: any, ...rest: infer R) => infer O ? (...rest: R) => O : never;
/** Homomorphic in `keyof typeof ops`: names, TSDoc and declarations follow the rows. */
export type Methods<O> = { [K in keyof O]: Method<O[K]> };
export type TensorMethods = Methods<typeof ops>;

function define(name: string, fn: (x: Tensor, ...rest: unknown[]) => unknown): void {
  if (fn.name !== name) throw new Error(`the op '${fn.name}' is exported as '${name}'`);
  if (name in Tensor.prototype) throw new Error(`the op '${name}' hides a member of Tensor`);
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return rest.length === 0 ? fn(this) : rest.length === 1 ? fn(this, rest[0]) : fn(this, ...rest);
    },
    configurable: true,
    writable: true,
  });
}
// no loop at the top level of a module: V8 would compile all of the bundle's for it
Object.entries(ops).forEach(([name, fn]) => define(name, fn as (x: Tensor, ...rest: unknown[]) => unknown));
