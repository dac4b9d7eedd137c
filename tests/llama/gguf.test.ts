// Llamas in GGUF files: names, layouts, rope scalings, what is refused, the way there and back.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as lw from 'lanewise';
import { encodeGguf, loadGguf, openGguf, openSharded, saveGguf, type GgufPairs, type GgufTensors } from 'lanewise/io';
import { convert } from '../../examples/llama/src/commands/convert.js';
import { parseConfig } from '../../examples/llama/src/config.js';
import { configJson, pairsOfConfig } from '../../examples/llama/src/gguf/config.js';
import { ggufName, halvesOf, hfName, pairsOf } from '../../examples/llama/src/gguf/names.js';
import { saveGgufModel } from '../../examples/llama/src/gguf/save.js';
import { load, loadConfig, loadModel, loadSampling } from '../../examples/llama/src/load.js';
import { storedIn } from '../../examples/llama/src/stored.js';
import { embedded, golden, logitsOf, readGolden, tinyConfig, worstRelative } from './support.js';

const root = await mkdtemp(join(tmpdir(), 'lanewise-gguf-'));
afterAll(() => rm(root, { recursive: true }));
const at = (name: string): string => join(root, name);
const io = { write: async () => {}, log: () => {}, signal: new AbortController().signal };

/** Writes a Hugging Face folder as a GGUF file without a tokenizer. */
async function written(folder: string, name: string): Promise<string> {
  const config = await loadConfig(folder);
  await using file = await openSharded(folder);
  const path = at(`${name}.gguf`);
  const pairs = { 'general.architecture': 'llama', ...pairsOfConfig(config) };
  await saveGgufModel(path, { config, stored: storedIn(file, config), pairs, typeOf: () => 'f32', fileType: 'f32' });
  return path;
}

describe('names', () => {
  const table = JSON.parse(readFileSync(golden('gguf-names.json'), 'utf8')) as Record<string, string>;
  test.each(Object.entries(table))('%s is %s', (hf, gguf) => {
    expect([ggufName(hf), hfName(gguf)]).toEqual([gguf, hf]);
    const [hfBias, ggufBias] = [hf, gguf].map((name) => name.replace('.weight', '.bias'));
    expect([ggufName(hfBias!), hfName(ggufBias!)]).toEqual([ggufBias, hfBias]);
  });
  test.each([
    'blk.0.attn_q',
    'blk.x.attn_q.weight',
    'blk.0.ffn_gate_exps.weight',
    'token_embd.scales',
    'blk.0.output.weight',
    '',
  ])('%j is none of a Llama', (name) => expect([hfName(name), ggufName(name)]).toEqual([undefined, undefined]));
  test('rows of pairs and rows of halves are each other turned round', () => {
    const rows = lw.arange(16).reshape([16, 1]);
    const pairs = pairsOf(rows, 2);
    expect([...(pairs.toTypedArray() as Int32Array)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]);
    expect(halvesOf(pairs, 2).toTypedArray()).toEqual(rows.toTypedArray());
  });
});

describe('models of mlx-lm in GGUF files', () => {
  test.each(['gqa1-untied', 'gqa2-tied', 'gqa8-tied', 'rope-linear', 'rope-llama3', 'biases', 'head-dim', 'sharded'])(
    '%s › the logits are those of mlx-lm within 1e-4',
    async (name) => {
      const file = readGolden(`${golden(name)}/golden.safetensors`);
      const model = await loadModel(await written(golden(name), name));
      expect(worstRelative(logitsOf(model, file.ints('input')), file.floats('logits'), 96)).toBeLessThan(1e-4);
      const [config, original] = [model.config, await loadConfig(golden(name))];
      const { rope, dtype, quantization, bosTokenIds, eosTokenIds, normEps, ...shape } = config;
      expect(original).toMatchObject(shape);
      // what config.json says of it again
      const again = parseConfig({ ...configJson(config), eos_token_id: 2 });
      expect(again).toMatchObject({ ...shape, rope: { ...original.rope, theta: rope.theta } });
      expect([dtype, quantization, bosTokenIds, eosTokenIds, normEps]).toEqual([
        undefined,
        undefined,
        [],
        [],
        Math.fround(1e-5),
      ]);
      model.dispose();
    },
  );
  test('dynamic rope scaling has no place in the format', async () => {
    await expect(written(golden('rope-dynamic'), 'dynamic')).rejects.toThrow(
      '[config.json] rope_scaling must be one that GGUF has, got dynamic',
    );
  });
});

describe('the embedded model', () => {
  const path = at('story.gguf');
  const made = convert.run([embedded, path], io);
  test('the same tensors, tokenizer, end tokens and way to sample', async () => {
    expect(await made).toBe(0);
    const [there, here] = [await load(path), await load(embedded)];
    expect(there.model.dtype).toBe('bfloat16');
    const [a, b] = [there.model, here.model].map((m) => Object.fromEntries(lw.treeFlatten(m.parameters())));
    expect(Object.keys(a!)).toEqual(Object.keys(b!));
    for (const [name, tensor] of Object.entries(a!))
      expect([name, tensor.dtype, lw.arrayEqual(tensor, b![name]!).item()]).toEqual([name, 'bfloat16', true]);
    const text = 'Lily said: "What\'s 12 times 3?"\n\nNo idea 🙂';
    expect(there.tokenizer.encode(text)).toEqual(here.tokenizer.encode(text));
    expect(there.tokenizer.chat([{ role: 'user', content: 'hi' }])).toEqual(
      here.tokenizer.chat([{ role: 'user', content: 'hi' }]),
    );
    expect(there.model.config.eosTokenIds).toEqual([1]);
    const { temperature, topP } = await loadSampling(path);
    expect([temperature, topP]).toEqual([Math.fround(0.7), Math.fround(0.95)]);
  });
  test('a folder made of the file is the model again', async () => {
    await made;
    const folder = at('story');
    expect(await convert.run([path, folder], io)).toBe(0);
    const [there, here] = [await load(folder), await load(embedded)];
    const ids = here.tokenizer.encode('Once upon a time');
    expect(there.tokenizer.encode('Once upon a time')).toEqual(ids);
    expect(logitsOf(there.model, ids)).toEqual(logitsOf(here.model, ids));
  });
  test('a file made of the file has its bytes', async () => {
    await made;
    await convert.run([path, at('again.gguf')], io);
    expect((await readFile(at('again.gguf'))).equals(await readFile(path))).toBe(true);
  });
  test('blocks are held as they are: the memory of the file, and nothing beside it', async () => {
    const packed = at('q8_0.gguf');
    await convert.run([embedded, packed, '--quantize', 'q8_0'], io);
    await using file = await openGguf(packed);
    const bytes = file.names.reduce((sum, name) => sum + file.info(name).end - file.info(name).begin, 0);
    const before = lw.memory.active();
    const model = await loadModel(packed);
    expect(lw.memory.active() - before).toBeGreaterThanOrEqual(bytes);
    expect(lw.memory.active() - before).toBeLessThan(1.1 * bytes);
    expect(model.model.layers[0]!.self_attn.q_proj).toMatchObject({ mode: 'q8_0' });
    model.dispose();
    expect(lw.memory.active() - before).toBeLessThan(0.01 * bytes);
  });
  test.each<[string, string[], RegExp]>([
    ['no such type', ['--quantize', 'q9'], /--quantize must be one of .*, got q9/],
    [
      'a type of MLX in a .gguf file',
      ['--quantize', 'mlx-4bit'],
      /--quantize must be one of .* for a \.gguf file, got mlx-4bit/,
    ],
    ['a dtype', ['--dtype', 'int8'], /--dtype must be float32, float16 or bfloat16, got int8/],
    ['a file that exists', [], /OUT must not exist \(or --overwrite be given\)/],
  ])('convert refuses %s', async (_, options, message) => {
    await made;
    await expect(convert.run([embedded, path, ...options], io)).rejects.toThrow(message);
  });
});

describe('files that hold no Llama are refused', () => {
  const config = parseConfig(tinyConfig({ num_hidden_layers: 1 }));
  const file = (tensors: GgufTensors = {}, changes: GgufPairs = {}): Promise<Uint8Array> =>
    encodeGguf(
      { 'token_embd.weight': lw.zeros([300, 16]), ...(tensors as object) },
      { 'general.architecture': 'llama', ...pairsOfConfig(config), ...changes },
    );
  const uint = (value: number): GgufPairs[string] => ({ type: 'uint32', value });
  test.each<[string, Promise<Uint8Array>, RegExp]>([
    [
      'another architecture',
      file({}, { 'general.architecture': 'mamba' }),
      /general.architecture must be "llama", got "mamba"/,
    ],
    ['one part of several', file({}, { 'split.count': uint(3) }), /split.count must be 1: .*, got 3/],
    ['experts', file({}, { 'llama.expert_count': uint(8) }), /llama.expert_count must be 0, got 8/],
    [
      'heads that do not divide',
      file({}, { 'llama.attention.head_count_kv': uint(3) }),
      /head_count_kv must be a divisor/,
    ],
    [
      'half a rotation',
      file({}, { 'llama.rope.dimension_count': uint(2) }),
      /dimension_count must be the size of a head/,
    ],
    [
      'yarn',
      file({}, { 'llama.rope.scaling.type': 'yarn' }),
      /llama.rope.scaling.type must be none or linear, got "yarn"/,
    ],
    [
      'no embedding',
      encodeGguf({}, { 'general.architecture': 'llama', ...pairsOfConfig(config) }),
      /missing token_embd.weight/,
    ],
    ['few rope factors', file({ 'rope_freqs.weight': lw.ones([1]) }), /rope_freqs.weight must be 2 finite numbers/],
    ['other tensors', file({ 'blk.0.conv.weight': lw.ones([1]) }), /extra blk\.0\.conv\.weight/],
    ['missing tensors', file(), /missing model\.layers\.0\.self_attn\.q_proj\.weight \(16,16\)/],
    [
      'a type that is not computed with',
      file({ 'blk.0.attn_q.weight': { type: 'iq4_nl', elements: [16, 32], data: lw.zeros([16, 18], 'uint8') } }),
      /blk\.0\.attn_q\.weight must be of type f32, .*, got iq4_nl/,
    ],
  ])('%s', async (name, bytes, message) => {
    const path = at(`${name}.gguf`);
    const { tensors, metadata, infos } = await loadGguf(await bytes);
    const entries = Object.values(infos).map((i) => [
      i.name,
      { type: i.type, elements: i.elements, data: tensors[i.name]! },
    ]);
    await saveGguf(path, Object.fromEntries(entries) as GgufTensors, metadata);
    await using opened = await openGguf(path);
    expect(opened.names.length).toBe(entries.length);
    await expect(loadModel(path)).rejects.toThrow(message);
  });
});
