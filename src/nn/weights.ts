// Parameters by path in memory and in files.
import { loadNpz, saveNpz } from '../io/npz.js';
import { isNodeHandle } from '../io/handle.js';
import { loadSafetensors } from '../io/safetensors.js';
import { saveSafetensors, type Target } from '../io/safetensors-write.js';
import { loadSharded } from '../io/sharded.js';
import type { Source } from '../io/source.js';
import { isPlain } from '../transforms/tree.js';
import { LanewiseError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';

/** Tensors by dotted path. */
export type NamedWeights =
  Iterable<readonly [string, Tensor]> | ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

const nameOf = (x: unknown): string =>
  x instanceof URL ? x.pathname : typeof x === 'string' ? x.split(/[?#]/)[0]! : '';
const isIterable = (x: object): x is Iterable<readonly [string, Tensor]> => Symbol.iterator in x;
const isSource = (from: NamedWeights | Source): from is Source =>
  typeof from === 'string' ||
  from instanceof URL ||
  from instanceof Blob ||
  from instanceof ArrayBuffer ||
  ArrayBuffer.isView(from) ||
  isNodeHandle(from) ||
  (!isPlain(from) && !isIterable(from)) ||
  typeof (from as { read?: unknown }).read === 'function';

/** The weights of a file as a promise; those in memory as they are. */
export function readWeights(from: NamedWeights | Source): NamedWeights | Promise<NamedWeights> {
  if (typeof from !== 'string' && (typeof from !== 'object' || from === null))
    throw new LanewiseError(
      `[nn.Module.loadWeights] weights must be pairs, a record, a map or a file, got ${from === null ? 'null' : typeof from}`,
    );
  if (!isSource(from)) return from;
  const name = nameOf(from);
  if (name.endsWith('.npz')) return loadNpz(from);
  if (name.endsWith('.json')) return loadSharded(from as string | URL);
  return loadSafetensors(from);
}
/** Writes weights into a file of the format that its name says. */
export function writeWeights(target: Target, entries: readonly [string, Tensor][]): Promise<void> {
  const named = new Map(entries);
  return nameOf(target).endsWith('.npz') ? saveNpz(target, named) : saveSafetensors(target, named);
}

const SHOWN = 20;
function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
/**
 * The weights as pairs, compared with the parameters that must be given.
 * @throws LanewiseError naming what is missing, unknown or of another shape
 */
export function checkWeights(
  weights: NamedWeights,
  parameters: readonly [string, Tensor][] | null,
): (readonly [string, Tensor])[] {
  const entries = isIterable(weights) ? [...weights] : Object.entries(weights);
  for (const [name, x] of entries) {
    if (!(x instanceof Tensor))
      throw new LanewiseError(`[nn.Module.loadWeights] a weight must be a tensor, got ${typeof x} for '${name}'`);
  }
  if (parameters === null) return entries;
  const given = new Map(entries);
  const wanted = new Map(parameters);
  const unknown = [...given.keys()].filter((name) => !wanted.has(name));
  const missing = [...wanted.keys()].filter((name) => !given.has(name));
  const misshaped = [...wanted].flatMap(([name, { shape }]) => {
    const own = given.get(name)?.shape;
    if (own === undefined || (own.length === shape.length && own.every((d, i) => d === shape[i]))) return [];
    return [`${name} ${showShape(own)} for ${showShape(shape)}`];
  });
  const faults = [
    ...(missing.length > 0 ? [`${missing.length} missing: ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`${unknown.length} unknown: ${listed(unknown)}`] : []),
    ...(misshaped.length > 0 ? [`${misshaped.length} of another shape: ${listed(misshaped)}`] : []),
  ];
  if (faults.length > 0)
    throw new LanewiseError(`[nn.Module.loadWeights] weights must match the parameters, got ${faults.join('; ')}`);
  return entries;
}
