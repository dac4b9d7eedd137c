// Adapters from a folder: of the file system, or below a URL.
import { io, type nn } from 'lanewise';
import type { LoraAdapter } from './adapter.js';
import { AdapterError } from './errors.js';
import { ADAPTER_FILES, decodeAdapter, formatOf, type AdapterContent, type AdapterNaming } from './formats.js';

const within = (folder: string | URL, file: string): string | URL =>
  folder instanceof URL ? new URL(`${folder.href.replace(/\/$/, '')}/${file}`) : `${folder.replace(/\/$/, '')}/${file}`;

async function textOf(source: io.Source): Promise<string> {
  const file = await io.openSource(source);
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
}
/**
 * The config and the weights of an adapter in a folder, PEFT's or mlx-lm's.
 * @throws AdapterError for a config that is none; FormatError for a damaged file
 */
export async function readAdapter(folder: string | URL): Promise<AdapterContent> {
  const text = await textOf(within(folder, 'adapter_config.json'));
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new AdapterError('[adapter] adapter_config.json must be JSON', { cause });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new AdapterError('[adapter] adapter_config.json must hold an object');
  const known = config as Record<string, unknown>;
  return { config: known, weights: await io.loadSafetensors(within(folder, ADAPTER_FILES[formatOf(known)])) };
}
/**
 * Puts the adapter of a folder into a model, whichever of the two formats it is in. Several can be loaded one after the other: each takes
 * the place of the one before, and `attach()` brings one back.
 * @throws AdapterError if it does not fit the model; FormatError for a damaged file
 */
export async function loadAdapter(
  model: nn.Module,
  folder: string | URL,
  options: AdapterNaming = {},
): Promise<LoraAdapter> {
  return decodeAdapter(model, await readAdapter(folder), options);
}
