// Where tensors stand inside of trees that a function changes.
import { LanewiseError } from '../tensor/errors.js';
import { Tensor } from '../tensor/tensor.js';

type Key = string | number;
/** The way from a tree to one of its tensors. */
export type Path = readonly Key[];
type Container = Record<Key, unknown> | Map<unknown, unknown>;

const entriesOf = (x: unknown): Iterable<[Key, unknown]> => {
  if (x instanceof Map) return x as Map<Key, unknown>;
  return typeof x === 'object' && x !== null && !ArrayBuffer.isView(x) ? Object.entries(x) : [];
};
/** Every tensor of a tree with its path: of arrays, maps and all objects, which may be modules. */
export function places(
  tree: unknown,
  path: Path = [],
  into: [Path, Tensor][] = [],
  seen = new Set<unknown>(),
): [Path, Tensor][] {
  if (seen.has(tree)) return into;
  seen.add(tree);
  for (const [key, x] of entriesOf(tree)) {
    if (x instanceof Tensor) into.push([[...path, key], x]);
    else places(x, [...path, key], into, seen);
  }
  return into;
}
const get = (c: Container, key: Key): unknown => (c instanceof Map ? c.get(key) : c[key]);
/**
 * Puts a tensor at the end of a path.
 * @throws LanewiseError if the way there is gone
 */
export function put(tree: unknown, path: Path, t: Tensor): void {
  let at = tree;
  for (let i = 0; i < path.length - 1; i++) {
    if (typeof at === 'object' && at !== null) at = get(at as Container, path[i]!);
  }
  if (typeof at !== 'object' || at === null)
    throw new LanewiseError(
      `[compile] the trees of state must keep the structure they were traced with, got none at '${path.join('.')}'`,
    );
  if (at instanceof Map) at.set(path[path.length - 1], t);
  else (at as Record<Key, unknown>)[path[path.length - 1]!] = t;
}
