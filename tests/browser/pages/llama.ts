// The example's Llama in a page: its folder is a URL.
import * as lw from 'lanewise';
import { Decoding, generate, load } from '../../../examples/llama/src/index.js';

/** Greedy tokens of a prompt in float32. */
export async function greedy(folder: string, prompt: readonly number[], maxTokens: number): Promise<number[]> {
  const { model } = await load(folder, 'float32');
  const decoding = new Decoding(model, [prompt], { maxTokens, stopTokens: [] });
  while (!decoding.done) await decoding.step();
  const tokens = [...decoding.generated(0)];
  decoding.dispose();
  model.dispose();
  return tokens;
}
/** A story as stored, streamed; what is held afterwards beyond what was held before. */
export async function story(folder: string): Promise<{ text: string; perSecond: number; left: number }> {
  const before = lw.memory.active();
  const { model, tokenizer } = await load(folder);
  let text = '';
  let tokens = 0;
  const start = performance.now();
  const options = { temperature: 0.8, seed: 3, maxTokens: 60 };
  for await (const piece of generate(model, tokenizer, 'Once upon a time', options)) {
    text += piece.text;
    if (piece.token !== undefined) tokens++;
  }
  const perSecond = Math.round((tokens / (performance.now() - start)) * 1e3);
  model.dispose();
  return { text, perSecond, left: lw.memory.active() - before };
}
