// Folders of models in the layout of Hugging Face.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { treeFlatten } from 'lanewise';
import type { DType } from 'lanewise';
import { saveSafetensors } from 'lanewise/io';
import type { LlamaModel } from '../model.js';

/** The story model that comes with the project. */
export const embedded = fileURLToPath(new URL('../model', import.meta.url));
const papers = ['generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/** Writes the model with the config and the tokenizer of the folder that it was made from. */
export async function saveModel(model: LlamaModel, from: string, to: string, dtype: DType): Promise<void> {
  await mkdir(to, { recursive: true });
  const config = JSON.parse(await readFile(join(from, 'config.json'), 'utf8')) as object;
  await writeFile(join(to, 'config.json'), `${JSON.stringify({ ...config, torch_dtype: dtype }, null, 2)}\n`);
  for (const name of papers) {
    await copyFile(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const tensors = Object.fromEntries(treeFlatten(model.parameters()).map(([name, t]) => [name, t.astype(dtype)]));
  await saveSafetensors(join(to, 'model.safetensors'), tensors, { format: 'pt' });
}
