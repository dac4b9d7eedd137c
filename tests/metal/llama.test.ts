// The embedded Llama on the device `metal`: its text is that of mlx-lm, as on WebAssembly, and no call of it falls back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceInfo } from '../../src/backends/metal/device.js';
import * as lw from '../../src/index.js';
import { convert } from '../../examples/llama/src/commands/convert.js';
import { Decoding } from '../../examples/llama/src/decode.js';
import { load, loadModel } from '../../examples/llama/src/load.js';
import { embedded, golden, logitsOf, readGolden, worstRelative } from '../llama/support.js';
import { metal, rig } from './library.js';

const root = await mkdtemp(join(tmpdir(), 'lanewise-metal-'));
afterAll(() => rm(root, { recursive: true }));
const io = { write: async () => {}, log: () => {}, signal: new AbortController().signal };

const before = lw.defaultDevice();
let earlier: Readonly<Record<string, number>> = {};
beforeEach(() => {
  lw.setDefaultDevice('metal');
  rig.set('check', 0);
  earlier = { ...metal().fallbacks };
});
afterEach(() => {
  expect({ ...metal().fallbacks }).toEqual(earlier);
  expect(rig.reports()).toEqual([]);
  rig.set('check', 1);
  lw.setDefaultDevice(before);
});

describe('embedded model on metal', () => {
  const file = readGolden(golden('embedded.safetensors'));
  it('train › the gradients of a step are those of WebAssembly, and nothing of it or of the optimizer falls back', async () => {
    const draw = (seed: number): lw.Tensor => lw.random.randint(0, 500, [2, 11], 'int32', lw.random.key(seed));
    const step = async (): Promise<Map<string, Float32Array>> => {
      const model = await loadModel(embedded, 'float32');
      model.train(true);
      const [tokens, targets] = [draw(1), draw(2)];
      const [loss, gradients] = lw.nn.valueAndGrad(model, () =>
        lw.nn.losses.crossEntropy(model.forward(tokens), targets, { reduction: 'mean' }),
      )();
      const flat = lw.treeFlatten<lw.Tensor>(gradients);
      const values = new Map(flat.map(([name, x]) => [name, x.toTypedArray() as Float32Array]));
      const optimizer = new lw.optimizers.AdamW({ learningRate: 1e-3 });
      optimizer.update(model, gradients);
      lw.eval(loss, model, optimizer.state);
      expect(loss.item()).toBeGreaterThan(0);
      model.dispose();
      return values;
    };
    const got = await step();
    lw.setDefaultDevice('wasm');
    const want = await step();
    expect(got.size).toBe(want.size);
    for (const [name, values] of got) {
      const wanted = want.get(name)!;
      const scale = wanted.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
      // float32 through all layers, its sums in another order
      const apart = values.reduce((a, x, i) => Math.max(a, Math.abs(x - wanted[i]!)), 0);
      expect(apart / scale, name).toBeLessThan(1e-4);
    }
  });
  it.each([
    { checked: 1, tokens: 6 },
    { checked: 0, tokens: 200 },
  ])('generate › $tokens greedy tokens are those of mlx-lm, checked: $checked', async ({ checked, tokens }) => {
    rig.set('check', checked);
    const { model } = await load(embedded, 'float32');
    const decoding = new Decoding(model, [file.ints('prompt0')], { maxTokens: tokens, stopTokens: [] });
    while (!decoding.done) await decoding.step();
    expect([...decoding.generated(0)]).toEqual(file.ints('greedy0').slice(0, tokens));
    decoding.dispose();
    model.dispose();
  });
  it('generate › sampled tokens are those of WebAssembly', async () => {
    const tokens = async (): Promise<number[]> => {
      const { model } = await load(embedded, 'float32');
      const sampling = { temperature: 0.8, topP: 0.9, topK: 40, minP: 0.05, repetitionPenalty: 1.1, seed: 3 };
      const decoding = new Decoding(model, [file.ints('prompt0')], { maxTokens: 24, stopTokens: [], ...sampling });
      while (!decoding.done) await decoding.step();
      const made = [...decoding.generated(0)];
      decoding.dispose();
      model.dispose();
      return made;
    };
    const own = await tokens();
    lw.setDefaultDevice('wasm');
    expect(own).toEqual(await tokens());
  });
});

describe('packed models on metal', () => {
  it('affine › logits agree with mlx-lm within 1e-4 in float32', async () => {
    const packed = readGolden(join(golden('packed-affine'), 'golden.safetensors'));
    const model = await loadModel(golden('packed-affine'), 'float32');
    expect(worstRelative(logitsOf(model, packed.ints('input')), packed.floats('logits'), 96)).toBeLessThan(1e-4);
    model.dispose();
  });
  it.each(['q8_0', 'q4_0', 'q4_k'])('%s › logits are those of the matrices that its blocks stand for', async (mode) => {
    const [path, whole] = [join(root, `${mode}.gguf`), join(root, `whole-${mode}.gguf`)];
    lw.setDefaultDevice('wasm');
    await convert.run([embedded, path, '--quantize', mode], io);
    await convert.run([path, whole, '--dtype', 'float32'], io);
    const { model, tokenizer } = await load(whole, 'float32');
    const ids = tokenizer.encode('Once upon a time, there was a little girl');
    const want = logitsOf(model, ids);
    const { vocabSize } = model.config;
    model.dispose();
    lw.setDefaultDevice('metal');
    const packed = await load(path, 'float32');
    earlier = { ...metal().fallbacks }; // WebAssembly turns rows into stripes
    expect(worstRelative(logitsOf(packed.model, ids), want, vocabSize)).toBeLessThan(1e-4);

    const decoding = new Decoding(packed.model, [ids], { maxTokens: 8, stopTokens: [] });
    await decoding.step();
    const { waits } = deviceInfo()!;
    for (let i = 0; i < 4; i++) await decoding.step();
    // for the token alone
    expect(deviceInfo()!.waits - waits).toBe(4);
    decoding.dispose();
    packed.model.dispose();
  });
});
