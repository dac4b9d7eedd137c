// Several inputs of one `forward`: one array, a tuple, or a struct of them.
import { Array } from '../array.js';

/** The tuple, the first array alone, or the struct with the fields `names`, as a tuple. */
export function tupleOf<T extends readonly unknown[]>(input: unknown, names: readonly string[]): T {
  if (input instanceof Array) return [input] as unknown as T;
  if (globalThis.Array.isArray(input)) return input as unknown as T;
  const of = input as Readonly<Record<string, unknown>>;
  return names.map((name) => of[name]) as unknown as T;
}
