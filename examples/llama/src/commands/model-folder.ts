// Folders of models in the layout of Hugging Face.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { treeFlatten } from 'lanewise';
import type { DType } from 'lanewise';
import { saveSafetensors } from 'lanewise/io';
import type { LlamaModel } from '../model.js';
import { UsageError } from '../options.js';

const papers = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];

/** Paths of the papers of a folder: tokenizer, chat template and generation settings, those that are there. */
export async function papersOf(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return papers.filter((name) => names.includes(name)).map((name) => join(folder, name));
}
/** @throws UsageError unless weights can be saved in it */
export function dtypeOf(name: string): 'float32' | 'float16' | 'bfloat16' {
  if (name === 'float32' || name === 'float16' || name === 'bfloat16') return name;
  throw new UsageError(`--dtype must be float32, float16 or bfloat16, got ${name}`);
}
/** Writes the model with the config and the tokenizer of the folder that it was made from. */
export async function saveModel(model: LlamaModel, from: string, to: string, dtype: DType): Promise<void> {
  await mkdir(to, { recursive: true });
  const config = JSON.parse(await readFile(join(from, 'config.json'), 'utf8')) as object;
  await writeFile(join(to, 'config.json'), `${JSON.stringify({ ...config, torch_dtype: dtype }, null, 2)}\n`);
  for (const path of await papersOf(from)) await copyFile(path, join(to, basename(path)));
  const tensors = Object.fromEntries(treeFlatten(model.parameters()).map(([name, t]) => [name, t.astype(dtype)]));
  await saveSafetensors(join(to, 'model.safetensors'), tensors, { format: 'pt' });
}
