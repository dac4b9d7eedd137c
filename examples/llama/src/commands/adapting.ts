// Options and steps of the commands that put an adapter into a model.
import { loadAdapter } from '@lanewise/train/node';
import type { DType } from 'lanewise';
import { load } from '../load.js';
import type { LlamaModel } from '../model.js';
import type { TextTokenizer } from '../tokenizer.js';
import { text } from './command.js';
import { embedded } from '../embedded.js';

export const adaptedOptions = {
  model: text('PATH', 'Hugging Face folder or .gguf file of the model (default: the embedded story model)'),
  adapters: text('DIR', "folder of an adapter, PEFT's or mlx-lm's"),
} as const;

/** The model in `dtype`, or in what its weights are stored in, and the tokenizer, with the adapter in it if one is given. */
export async function loadAdapted(
  values: { readonly model: string | undefined; readonly adapters: string | undefined },
  dtype?: DType,
): Promise<{ readonly folder: string; readonly model: LlamaModel; readonly tokenizer: TextTokenizer }> {
  const folder = values.model ?? embedded;
  const { model, tokenizer } = await load(folder, dtype);
  if (values.adapters !== undefined) await loadAdapter(model, values.adapters);
  return { folder, model, tokenizer };
}
