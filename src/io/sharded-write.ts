// Writing a model as several safetensors files and their index.
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { nodeModule } from './node.js';
import { entriesOf, pathOf, saveSafetensors, writePath, type NamedTensors } from './safetensors-write.js';

/** How a model is split. */
export interface ShardingOptions {
  /** bytes of tensors per file, 5e9 if absent; a tensor that is larger has a file of its own */
  readonly maxShardBytes?: number;
  /** `__metadata__` of every file */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes `model.safetensors` or `model-00001-of-0000N.safetensors` and `model.safetensors.index.json` into a folder, which is made where
 * it is missing. Tensors fill the files in the order given. The index comes last; files of an earlier model stay where they are.
 * @returns the names of the files written, the index last
 * @throws FormatError for a name or metadata the format cannot hold; errors of the file system pass through
 */
export async function saveSharded(
  folder: string | URL,
  tensors: NamedTensors,
  options: ShardingOptions = {},
): Promise<string[]> {
  const limit = options.maxShardBytes ?? 5e9;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new LanewiseError(`[save] maxShardBytes must be a positive integer, got ${limit}`);
  }
  const entries = entriesOf(tensors);
  const shards = split(entries, limit);
  const path = pathOf(folder);
  const { join } = nodeModule('node:path')!;
  await nodeModule('node:fs/promises')!.mkdir(path, { recursive: true });
  const pad = (n: number): string => String(n).padStart(5, '0');
  const files = shards.map((_, i) =>
    shards.length === 1 ? 'model.safetensors' : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`,
  );
  for (const [i, shard] of shards.entries())
    await saveSafetensors(join(path, files[i]!), new Map(shard), options.metadata);
  const total = entries.reduce((sum, [, tensor]) => sum + tensor.nbytes, 0);
  const index = 'model.safetensors.index.json';
  await writePath(join(path, index), [new TextEncoder().encode(indexText(shards, files, total))]);
  return [...files, index];
}

function split(entries: readonly [string, Tensor][], limit: number): [string, Tensor][][] {
  const shards: [string, Tensor][][] = [[]];
  let used = 0;
  for (const entry of entries) {
    const bytes = entry[1].nbytes;
    if (used > 0 && bytes > 0 && used + bytes > limit) {
      shards.push([]);
      used = 0;
    }
    shards.at(-1)!.push(entry);
    used += bytes;
  }
  return shards;
}

function indexText(shards: readonly [string, Tensor][][], files: readonly string[], total: number): string {
  // lines by hand: an object would reorder names that look like integers
  const lines = shards.flatMap((shard, i) =>
    shard.map(([name]) => `    ${JSON.stringify(name)}: ${JSON.stringify(files[i]!)}`),
  );
  const map = lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
  return `{\n  "metadata": {\n    "total_size": ${total}\n  },\n  "weight_map": ${map}\n}\n`;
}
