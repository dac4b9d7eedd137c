// Files. Reading and writing are asynchronous here: `await Array.load_safetensors(path)`.
import { io } from '../slim.js';
import { Array, wrap } from './array.js';

type Path = Parameters<typeof io.loadSafetensors>[0];
type To = Parameters<typeof io.saveSafetensors>[0];
type Named = ReadonlyMap<string, Array> | Readonly<Record<string, Array>> | Iterable<readonly [string, Array]>;
type Metadata = ReadonlyMap<string, string> | Readonly<Record<string, string>> | null | undefined;

const wrapped = (tensors: Readonly<Record<string, Array['tensor']>>): Map<string, Array> =>
  new Map(Object.entries(tensors).map(([name, t]) => [name, wrap(t)]));
const entries = <T>(
  x: ReadonlyMap<string, T> | Readonly<Record<string, T>> | Iterable<readonly [string, T]>,
): (readonly [string, T])[] =>
  Symbol.iterator in x ? [...(x as Iterable<readonly [string, T]>)] : Object.entries(x as Readonly<Record<string, T>>);

/** The array of a `.npy` file. */
export const load_numpy = async (path: Path): Promise<Array> => wrap(await io.loadNpy(path));
/** The arrays of a `.safetensors` file. */
export const load_safetensors = async (path: Path): Promise<Map<string, Array>> =>
  wrapped(await io.loadSafetensors(path));
/** The arrays and the metadata of a `.safetensors` file. */
export async function load_safetensors_with_metadata(path: Path): Promise<[Map<string, Array>, Map<string, string>]> {
  const { tensors, metadata } = await io.loadSafetensorsWithMetadata(path);
  return [wrapped(tensors), new Map(Object.entries(metadata))];
}
/** Writes the arrays as a `.safetensors` file. */
export async function save_safetensors(arrays: Named, metadata: Metadata, path: To): Promise<void> {
  const tensors = Object.fromEntries(entries(arrays).map(([name, a]) => [name, a.tensor]));
  const about = metadata ? Object.fromEntries(entries(metadata)) : undefined;
  await io.saveSafetensors(path, tensors, about);
}
/** Writes the array as a `.npy` file. */
export async function save_numpy(a: Array, path: To): Promise<void> {
  await io.saveNpy(path, a.tensor);
}
