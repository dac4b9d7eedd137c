// Folders whose weights MLX packed, against mlx-lm's logits of the same files.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as nn from 'lanewise/nn';
import { convert } from '../../examples/llama/src/commands/convert.js';
import { train } from '../../examples/llama/src/commands/train.js';
import { load, loadModel } from '../../examples/llama/src/load.js';
import { embedded, golden, logitsOf, readGolden, worstRelative } from './support.js';

const root = await mkdtemp(join(tmpdir(), 'lanewise-packed-'));
afterAll(() => rm(root, { recursive: true }));
const io = { write: async () => {}, log: () => {}, signal: new AbortController().signal };

describe('packed weights', () => {
  test.each([
    ['packed-affine', 'float16'],
    ['packed-mxfp4', 'bfloat16'],
  ] as const)(
    '%s › logits agree with mlx-lm within 1e-4 in float32; %s is what they are stored in',
    async (name, dtype) => {
      const file = readGolden(join(golden(name), 'golden.safetensors'));
      const model = await loadModel(golden(name), 'float32');
      expect(worstRelative(logitsOf(model, file.ints('input')), file.floats('logits'), 96)).toBeLessThan(1e-4);
      expect((await loadModel(golden(name))).dtype).toBe(dtype);
      model.dispose();
    },
  );
  test('each layer is packed as the config says, and stays whole where it has no scales', async () => {
    const { layers, embed_tokens } = (await loadModel(golden('packed-affine'))).model;
    const [attention, mlp] = [layers[1]!.self_attn, layers[1]!.mlp];
    expect(embed_tokens).toBeInstanceOf(nn.QuantizedEmbedding);
    expect(attention.q_proj).toMatchObject({ groupSize: 32, bits: 4, mode: 'affine' });
    expect(mlp.down_proj).toMatchObject({ groupSize: 64, bits: 8 });
    expect(attention.v_proj).toBeInstanceOf(nn.Linear);
  });
  test('what does not fit is refused by name', async () => {
    const folder = join(root, 'wrong');
    await cp(golden('packed-affine'), folder, { recursive: true });
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, object>;
    const write = (quantization?: object): Promise<void> =>
      writeFile(
        join(folder, 'config.json'),
        JSON.stringify({ ...config, quantization, quantization_config: undefined }),
      );
    await write({ ...config['quantization'], bits: 8 });
    await expect(loadModel(folder)).rejects.toThrow(
      /model\.\S+ must be packed as affine, 8 bits in groups of 32, got uint32 \(\d+,\d+\), float16/,
    );
    await write();
    await expect(loadModel(folder)).rejects.toThrow(/quantization must say how model\.\S+ is packed, which has scales/);
    await write({ ...config['quantization'], 'model.layers.0.mlp.gate_proj': false });
    await expect(loadModel(folder)).rejects.toThrow(/how model\.layers\.0\.mlp\.gate_proj is packed/);
  });
});

test('train › packed weights are refused: their codes could not learn', async () => {
  const folder = join(root, 'packed');
  await cp(golden('packed-affine'), folder, { recursive: true });
  await cp(join(embedded, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  await expect(train.run(['--model', folder, '--out', join(root, 'run')], io)).rejects.toThrow(
    `--model must have whole weights (convert unpacks them, finetune adapts them), got ${folder}`,
  );
});

describe('convert › mlx-4bit', () => {
  test('a folder of mlx-lm: packed, with its tokenizer, close to the model it was made of', async () => {
    const folder = join(root, 'story-4bit');
    expect(await convert.run([embedded, folder, '--quantize', 'mlx-4bit'], io)).toBe(0);
    const { model, tokenizer } = await load(folder);
    expect(model.model.layers[0]!.mlp.up_proj).toBeInstanceOf(nn.QuantizedLinear);
    const ids = tokenizer.encode('Once upon a time, there was a little girl');
    const { vocabSize } = model.config;
    const whole = logitsOf((await load(embedded, 'float32')).model, ids);
    const distance = worstRelative(logitsOf(model, ids), whole, vocabSize);
    expect(distance).toBeGreaterThan(1e-3);
    expect(distance).toBeLessThan(0.5);
  });
  test('what fails or is interrupted leaves no folder behind', async () => {
    const [from, to] = [join(root, 'unreadable'), join(root, 'a', 'b')];
    await cp(embedded, from, { recursive: true });
    await rm(join(from, 'special_tokens_map.json'));
    await mkdir(join(from, 'special_tokens_map.json')); // cannot be copied, which shows once the weights are written
    await expect(convert.run([from, to], io)).rejects.toThrow();
    const interrupted = { ...io, signal: AbortSignal.abort() };
    expect(await convert.run([embedded, to], interrupted)).toBe(130);
    expect(await convert.run([embedded, join(root, 'a.gguf')], interrupted)).toBe(130);
    expect([existsSync(join(root, 'a')), existsSync(join(root, 'a.gguf'))]).toEqual([false, false]);
  });
  test('and back: a GGUF file of it has the unpacked weights', async () => {
    const path = join(root, 'unpacked.gguf');
    expect(await convert.run([golden('packed-affine'), path], io).catch((e: Error) => e.message)).toMatch(
      /\[tokenizer.json\] the folder must hold the file/,
    );
    await convert.run([join(root, 'story-4bit'), path, '--dtype', 'float32'], io);
    const [packed, unpacked] = [await load(join(root, 'story-4bit'), 'float32'), await load(path)];
    const ids = [0, 478, 530, 260, 441];
    const vocab = packed.model.config.vocabSize;
    expect(worstRelative(logitsOf(unpacked.model, ids), logitsOf(packed.model, ids), vocab)).toBeLessThan(1e-2);
  });
});
