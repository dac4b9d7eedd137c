import * as lw from 'lanewise';
import { expect, test } from 'vitest';
import { ModelError } from '../../examples/llama/src/errors.js';
import { Decoding } from '../../examples/llama/src/decode.js';
import type { DecodeOptions } from '../../examples/llama/src/decode.js';
import { generate, generateBatch } from '../../examples/llama/src/generate.js';
import type { Ending, Piece } from '../../examples/llama/src/generate.js';
import { byteLevelTokenizer, logitsOf, tinyModel } from './support.js';

const model = tinyModel();
const tokenizer = byteLevelTokenizer();
const prompt = tokenizer.encode('the');

async function tokens(
  prompts: readonly (readonly number[])[],
  options: DecodeOptions,
): Promise<{ tokens: number[][]; ends: string[] }> {
  const decoding = new Decoding(model, prompts, options);
  const ends: string[] = [];
  while (!decoding.done) {
    for (const step of await decoding.step()) if ('end' in step) ends[step.row] = step.end;
  }
  const result = { tokens: prompts.map((_, row) => [...decoding.generated(row)]), ends };
  decoding.dispose();
  return result;
}
async function collect(pieces: AsyncIterable<Piece>): Promise<{ text: string; end: Ending; count: number }[]> {
  const rows: { text: string; end: Ending; count: number }[] = [];
  for await (const piece of pieces) {
    const row = (rows[piece.row] ??= { text: '', end: undefined as unknown as Ending, count: 0 });
    expect(row.end).toBeUndefined();
    row.text += piece.text;
    if (piece.end !== undefined) row.end = piece.end;
    else row.count++;
  }
  return rows;
}

test('generate › greedy tokens are the argmax of a run without a cache', async () => {
  const got = await tokens([prompt], { maxTokens: 12 });
  const ids = [...prompt];
  for (const token of got.tokens[0]!) {
    const logits = logitsOf(model, ids).slice(-300);
    expect(token).toBe(logits.indexOf(Math.max(...logits)));
    ids.push(token);
  }
  expect(got.ends).toEqual(['length']);
});

test('generate › the size of prefill chunks changes nothing', async () => {
  const long = tokenizer.encode('the whole of it and more, in many words');
  const whole = await tokens([long], { maxTokens: 20 });
  for (const prefillChunk of [1, 3, long.length - 1, long.length, long.length + 1]) {
    expect(await tokens([long], { maxTokens: 20, prefillChunk })).toEqual(whole);
  }
});

test('generate › the cache grows past its first step of 256 columns', async () => {
  const roomy = tinyModel({ max_position_embeddings: 1024 }, 3);
  const long = Array.from({ length: 250 }, (_, i) => (i * 37) % 300);
  const decoding = new Decoding(roomy, [long], { maxTokens: 12, prefillChunk: 100 });
  while (!decoding.done) await decoding.step();
  const all = [...long, ...decoding.generated(0)];
  const logits = logitsOf(roomy, all);
  for (let at = long.length - 1; at < all.length - 1; at++) {
    const row = logits.subarray(at * 300, (at + 1) * 300);
    expect(all[at + 1]).toBe(row.indexOf(Math.max(...row)));
  }
  decoding.dispose();
  roomy.dispose();
});

test('batch › rows of different lengths get what they get alone, greedy and drawn', async () => {
  const prompts = ['t', 'the cat sat on it', 'a \u20ac'].map((text) => tokenizer.encode(text));
  for (const temperature of [0, 0.9]) {
    const together = await tokens(prompts, { maxTokens: 25, temperature, seed: 7 });
    for (const [row, one] of prompts.entries()) {
      const alone = await tokens([one], { maxTokens: 25, temperature, seed: 7 + row });
      expect(together.tokens[row]).toEqual(alone.tokens[0]);
    }
  }
});

test('batch › a row that ends early leaves the others alone', async () => {
  const prompts = ['t', 'the cat'].map((text) => tokenizer.encode(text));
  const free = await tokens(prompts, { maxTokens: 20 });
  const stop = free.tokens[0]![4]!;
  const stopped = await tokens(prompts, { maxTokens: 20, stopTokens: [stop] });
  for (const row of [0, 1]) {
    const at = free.tokens[row]!.indexOf(stop);
    expect(stopped.tokens[row]).toEqual(at < 0 ? free.tokens[row] : free.tokens[row]!.slice(0, at));
    expect(stopped.ends[row]).toBe(at < 0 ? 'length' : 'stop');
  }
});

test('generate › ends: stop token, token limit, context', async () => {
  const free = await tokens([prompt], { maxTokens: 10 });
  const third = free.tokens[0]![2]!;
  const first = free.tokens[0]!.indexOf(third);
  expect(await tokens([prompt], { maxTokens: 10, stopTokens: [third] })).toEqual({
    tokens: [free.tokens[0]!.slice(0, first)],
    ends: ['stop'],
  });
  expect(await tokens([prompt], { maxTokens: 0 })).toEqual({ tokens: [[]], ends: ['length'] });
  const context = await tokens([prompt], { maxTokens: 10, contextLength: prompt.length + 3 });
  expect(context).toEqual({ tokens: [free.tokens[0]!.slice(0, 3)], ends: ['context'] });
  expect((await tokens([prompt], { maxTokens: 10, contextLength: prompt.length })).ends).toEqual(['context']);
  const full = await tokens([prompt], { maxTokens: 1000 });
  expect(full.tokens[0]).toHaveLength(128 - prompt.length);
  expect(full.ends).toEqual(['context']);
});

test('generate › the end token of the config stops, and is not part of the text', async () => {
  const free = await tokens([prompt], { maxTokens: 10 });
  const eos = free.tokens[0]![3]!;
  const stopping = tinyModel({ eos_token_id: [299, eos] });
  const [row] = await collect(generate(stopping, tokenizer, prompt, { maxTokens: 10 }));
  expect(row!.end.reason).toBe('stop');
  expect(row!.end.tokens).toEqual(free.tokens[0]!.slice(0, free.tokens[0]!.indexOf(eos)));
  stopping.dispose();
});

test('generate › pieces add up to the decoding of all tokens', async () => {
  for (const seed of [1, 2, 3]) {
    const [row] = await collect(generate(model, tokenizer, 'the', { maxTokens: 80, temperature: 1.5, seed }));
    expect(row!.end.reason).toBe('length');
    expect(row!.end.tokens).toHaveLength(80);
    expect(row!.count).toBe(80);
    expect(row!.text).toBe(row!.end.text);
    expect('the' + row!.text).toBe(tokenizer.decode([...prompt, ...row!.end.tokens]));
    expect(row!.end.seed).toBe(seed);
  }
});

test('generate › a stop string ends the text before it, wherever tokens cut it', async () => {
  const options = { maxTokens: 60, temperature: 1.2, seed: 4 };
  const [free] = await collect(generate(model, tokenizer, 'the', options));
  const text = free!.text;
  for (const [from, length] of [
    [0, 1],
    [5, 2],
    [11, 4],
    [20, 7],
  ] as const) {
    const stop = text.slice(from, from + length);
    const [row] = await collect(generate(model, tokenizer, 'the', { ...options, stop: ['not in it', stop] }));
    expect(row!.text).toBe(text.slice(0, text.indexOf(stop)));
    expect(row!.end).toMatchObject({ reason: 'stop', text: row!.text });
  }
});

test('generate › the stop string is looked for in the continuation alone', async () => {
  const [row] = await collect(generate(model, tokenizer, 'the', { maxTokens: 3, stop: ['the'] }));
  expect(row!.end.reason).toBe('length');
});

test('batch › every row is streamed and ended by its own stop string', async () => {
  const prompts = ['t', 'the cat', 'and'];
  const free = await collect(generateBatch(model, tokenizer, prompts, { maxTokens: 30 }));
  const stop = [...free[1]!.text].slice(6, 8).join('');
  const rows = await collect(generateBatch(model, tokenizer, prompts, { maxTokens: 30, stop: [stop] }));
  for (const [r, row] of rows.entries()) {
    const at = free[r]!.text.indexOf(stop);
    expect(row.text).toBe(at < 0 ? free[r]!.text : free[r]!.text.slice(0, at));
    expect(row.end.reason).toBe(at < 0 ? 'length' : 'stop');
  }
});

test('generate › an aborted signal ends it with what there is', async () => {
  const abort = new AbortController();
  let text = '';
  let end: Ending | undefined;
  for await (const piece of generate(model, tokenizer, 'the', { maxTokens: 100, signal: abort.signal })) {
    text += piece.text;
    end = piece.end ?? end;
    if (piece.token !== undefined && text.length >= 5) abort.abort();
  }
  expect(end).toMatchObject({ reason: 'aborted', text });
  expect(end!.tokens.length).toBeGreaterThan(0);
  expect(end!.tokens.length).toBeLessThan(100);
  const [before] = await collect(generate(model, tokenizer, 'the', { signal: AbortSignal.abort() }));
  expect(before!.end).toMatchObject({ reason: 'aborted', tokens: [], text: '' });
});

test('generate › lets timers run between tokens, so that a signal can come', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 5);
  const roomy = tinyModel({ max_position_embeddings: 100000 }, 3);
  const [row] = await collect(generate(roomy, tokenizer, 'the', { maxTokens: 90000, signal: abort.signal }));
  expect(row!.end.reason).toBe('aborted');
  roomy.dispose();
});

test('generate › figures count prompt and tokens', async () => {
  const [row] = await collect(generate(model, tokenizer, 'the cat', { maxTokens: 5 }));
  const { stats } = row!.end;
  expect(stats.promptTokens).toBe(tokenizer.encode('the cat').length);
  expect(stats.tokens).toBe(5);
  expect(stats.promptRate).toBeCloseTo(stats.promptTokens / stats.promptSeconds, 6);
  expect(stats.decodeRate).toBeCloseTo(4 / stats.decodeSeconds, 6);
  expect(stats.memory.peak).toBeGreaterThanOrEqual(stats.memory.active);
});

test('generate › leaves no memory behind, also when the loop is left early', async () => {
  const run = async (leave: boolean): Promise<void> => {
    for await (const piece of generate(model, tokenizer, 'the', { maxTokens: 20 })) {
      if (leave && piece.token !== undefined) break;
    }
  };
  await run(false);
  const before = lw.memory.active();
  for (let i = 0; i < 5; i++) await run(i % 2 === 1);
  expect(lw.memory.active()).toBeLessThanOrEqual(before + 4096);
});

test('generate › tokens beyond the first step hold memory flat', async () => {
  const decoding = new Decoding(model, [prompt], { maxTokens: 100, stopTokens: [] });
  await decoding.step();
  await decoding.step();
  const before = lw.memory.active();
  while (!decoding.done) await decoding.step();
  expect(lw.memory.active()).toBeLessThanOrEqual(before + 8192);
  decoding.dispose();
});

test('generate › an empty text starts from the beginning-of-text token, or is refused', async () => {
  const begin = tinyModel({ bos_token_id: 260 });
  const [row] = await collect(generate(begin, tokenizer, '', { maxTokens: 3 }));
  expect(row!.end.tokens).toEqual((await tokens([[260]], { maxTokens: 3 })).tokens[0]);
  begin.dispose();
  await expect(collect(generate(model, tokenizer, ''))).rejects.toThrow(
    '[generate] a prompt must have at least one token, got none',
  );
});

test.each([
  [[], {}, '[generate] at least one prompt is needed, got none'],
  [[[1], []], {}, '[generate] a prompt must have at least one token, got none'],
  [[[300]], {}, '[generate] token ids must be from 0 to 299, got 300'],
  [[Array<number>(129).fill(1)], {}, '[generate] a prompt must fit the context of 128 tokens, got 129'],
  [[[1]], { maxTokens: -1 }, '[generate] maxTokens must be an integer from 0, got -1'],
  [[[1]], { maxTokens: 1.5 }, '[generate] maxTokens must be an integer from 0, got 1.5'],
  [[[1]], { prefillChunk: 0 }, '[generate] prefillChunk must be an integer from 1, got 0'],
  [[[1]], { contextLength: 0 }, '[generate] contextLength must be an integer from 1, got 0'],
  [[[1]], { topP: 3 }, '[sampling] topP must be a number above 0 and at most 1, got 3'],
])('generate › refuses %j %j', (prompts: number[][], options, message) => {
  expect(() => new Decoding(model, prompts, options)).toThrow(new ModelError(message));
});
