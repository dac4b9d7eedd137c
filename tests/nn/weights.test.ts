// Parameters in files: those that MLX writes, our own, and what is refused.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { io, random, treeFlatten, zeros, type Tensor } from 'lanewise';
import * as nn from 'lanewise/nn';

const golden = (name: string): string => fileURLToPath(new URL(`../goldens/nn/${name}`, import.meta.url));
const made = (seed = 1): nn.Sequential => {
  random.seed(seed);
  return new nn.Sequential(
    new nn.Embedding(11, 6),
    new nn.Linear(6, 5),
    nn.relu,
    new nn.BatchNorm(5),
    new nn.Sequential(new nn.Linear(5, 4, false)),
  );
};
const valuesOf = (model: nn.Module): [string, unknown][] =>
  treeFlatten(model.parameters()).map(([path, x]) => [path, x.tolist()]);
const folder = mkdtempSync(join(tmpdir(), 'lanewise-nn-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('loadWeights › files of MLX', () => {
  it.each(['weights-mlx.safetensors', 'weights-mlx.npz'])('reads %s and gives what mlx.nn gives', async (name) => {
    const model = await made().loadWeights(golden(name));
    const { tokens, result } = await io.loadSafetensors(golden('weights-mlx-result.safetensors'));
    const got = model.eval().forward(tokens!).sub(result!).abs().max().item();
    // two products of six terms and a square root, values below 3
    expect(got).toBeLessThan(1e-6);
    expect(Number(result!.abs().max().item())).toBeGreaterThan(0.1);
  });
  it('reads bytes and URLs', async () => {
    const want = valuesOf(await made().loadWeights(golden('weights-mlx.safetensors')));
    const bytes = new Uint8Array(readFileSync(golden('weights-mlx.safetensors')));
    expect(valuesOf(await made(2).loadWeights(bytes))).toEqual(want);
    const url = new URL('../goldens/nn/weights-mlx.safetensors', import.meta.url);
    expect(valuesOf(await made(2).loadWeights(url))).toEqual(want);
  });
});

describe('saveWeights › round trip', () => {
  it('writes the tensors and the names that MLX writes', async () => {
    const model = await made().loadWeights(golden('weights-mlx.safetensors'));
    const path = join(folder, 'own.safetensors');
    await model.saveWeights(path);
    const own = await io.loadSafetensorsWithMetadata(path);
    const theirs = await io.loadSafetensorsWithMetadata(golden('weights-mlx.safetensors'));
    expect(Object.keys(own.tensors).sort()).toEqual(Object.keys(theirs.tensors).sort());
    for (const [name, x] of Object.entries(theirs.tensors))
      expect(own.tensors[name]!.toTypedArray(), name).toEqual(x.toTypedArray());
    expect(own.metadata).toEqual(theirs.metadata);
  });
  it.each(['a.safetensors', 'a.npz'])('keeps half types in %s', async (name) => {
    const model = made(3).setDtype('float16');
    const path = join(folder, name);
    await model.saveWeights(path);
    const back = await made(4).loadWeights(path);
    expect(valuesOf(back)).toEqual(valuesOf(model));
    expect(treeFlatten(back.parameters()).map(([, x]) => x.dtype)).toEqual(Array(8).fill('float16'));
  });
  it('reads sharded files by their index', async () => {
    const model = made(5);
    const named = Object.fromEntries(treeFlatten(model.parameters()));
    await io.saveSharded(folder, named, { maxShardBytes: 200 });
    const back = await made(6).loadWeights(join(folder, 'model.safetensors.index.json'));
    expect(valuesOf(back)).toEqual(valuesOf(model));
  });
});

describe('loadWeights › entries', () => {
  it('takes pairs, records and maps at once', () => {
    const from = made(7);
    const entries = treeFlatten(from.parameters());
    expect(valuesOf(made(8).loadWeights(entries))).toEqual(valuesOf(from));
    expect(valuesOf(made(8).loadWeights(new Map(entries)))).toEqual(valuesOf(from));
    expect(valuesOf(made(8).loadWeights(Object.fromEntries(entries)))).toEqual(valuesOf(from));
  });
  it('gives the model tensors of its own', () => {
    const weight: Tensor = zeros([2, 2]).eval();
    const layer = new nn.Linear(2, 2, false).loadWeights({ weight });
    weight.dispose();
    expect(layer.weight.tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
  it('takes what the model has unless strict', () => {
    const model = made(9);
    const before = valuesOf(model);
    model.loadWeights({ 'layers.1.bias': zeros([5]), 'layers.9.bias': zeros([5]), other: zeros([1]) }, false);
    expect(valuesOf(model)).toEqual(before.map(([path, v]) => [path, path === 'layers.1.bias' ? [0, 0, 0, 0, 0] : v]));
  });
  it('leaves the model as it was when it refuses', () => {
    const model = made(10);
    const before = valuesOf(model);
    expect(() => model.loadWeights({ 'layers.1.bias': zeros([5]) })).toThrow('missing');
    expect(valuesOf(model)).toEqual(before);
  });
});
