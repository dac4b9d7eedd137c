// How often another backend had to stand in for one.
import type { Backend } from './backend.js';

const counts = new WeakMap<Backend, Map<string, number>>();
function of(b: Backend): Map<string, number> {
  let found = counts.get(b);
  if (found === undefined) counts.set(b, (found = new Map()));
  return found;
}
/** Counts a kernel that `b` did not run itself. */
export const countFallback = (b: Backend, key: string): void => void of(b).set(key, (of(b).get(key) ?? 0) + 1);
/** The counts since the start, by kernel key. */
export const fallbacksOf = (b: Backend): Record<string, number> => Object.fromEntries(of(b));
