// Writing adapters into folders.
import { join } from 'node:path';
import { io } from 'lanewise';
import { pathOf, wholeFolder, writeNew } from '../export/whole-folder.js';
import type { LoraAdapter } from './adapter.js';
import { AdapterError } from './errors.js';
import { ADAPTER_FILES, encodeAdapter, type AdapterEncoding, type AdapterFormat } from './formats.js';

/** How an adapter is saved. */
export interface AdapterSaving extends AdapterEncoding {
  /** PEFT's if absent */
  readonly format?: AdapterFormat;
  /** replace what stands there; false by default */
  readonly overwrite?: boolean;
}
/**
 * Writes an adapter as a folder that PEFT or mlx-lm loads, whole or not at all.
 * @throws AdapterError if the folder exists, or the format cannot hold the adapter; errors of the file system pass through
 */
export async function saveAdapter(
  adapter: LoraAdapter,
  folder: string | URL,
  options: AdapterSaving = {},
): Promise<void> {
  const { format = 'peft', overwrite = false } = options;
  const { config, weights } = encodeAdapter(adapter, format, options);
  const taken = (path: string): never => {
    throw new AdapterError(`[adapter] the folder must not exist unless overwrite is set, got ${path}`);
  };
  await wholeFolder(pathOf(folder), overwrite, taken, async (draft) => {
    await io.saveSafetensors(join(draft, ADAPTER_FILES[format]), weights, { format: format === 'peft' ? 'pt' : 'mlx' });
    await writeNew(join(draft, 'adapter_config.json'), `${JSON.stringify(config, null, 2)}\n`);
  });
}
