// Ops against MLX, files and the example's Llama in Chromium.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGolden, golden } from '../llama/support.js';
import { root, start, type Suite } from './support.js';

type Ops = typeof import('./pages/ops.js');
type Files = typeof import('./pages/files.js');
type Llama = typeof import('./pages/llama.js');

let suite: Suite;
beforeAll(async () => {
  suite = await start();
});
afterAll(() => suite.close());

test.each(['unary', 'binary', 'matmul', 'reduction', 'softmax'])(
  '%s › float32 agrees with MLX, read by range',
  async (name) => {
    const { page, call } = await suite.module<Ops>('ops');
    const path = `/goldens/ops/${name}.safetensors`;
    const { cases, trials, elements, worst, failures } = await call('family', suite.server.origin + path);
    console.log(`${name}: ${cases} cases, ${trials} trials, ${elements} elements, worst ${worst.toPrecision(3)} units`);
    expect(failures).toEqual([]);
    expect(trials).toBeGreaterThan(10);
    const asked = suite.server.asked(path);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((range) => range !== null)).toBe(true);
    await page.close();
  },
);

test.each(['blob', 'file', 'blob URL', 'bytes', 'URL'] as const)('loadSafetensors › reads from: %s', async (kind) => {
  const { page, call } = await suite.module<Files>('files');
  const path = 'goldens/io/mlx.safetensors';
  const got = await call('load', `${suite.server.origin}/${path}`, kind);
  const { loadSafetensors } = await import('../../src/io/index.js');
  const wanted = await loadSafetensors(await readFile(`${root}tests/${path}`));
  expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, t] of Object.entries(wanted)) {
    expect(got[name]).toBe(`${t.dtype} (${t.shape}) ${[...t.toTypedArray()]}`);
  }
  await page.close();
});

test('encodeSafetensors › what a page writes it reads from a Blob; a damaged File gets a FormatError', async () => {
  const { page, call } = await suite.module<Files>('files');
  const rows = '[[0,1,2],[3,4,5]]';
  expect(await call('roundTrip')).toBe(`[${rows},"bfloat16",${rows}]`);
  expect(await call('damaged')).toMatch(/^\[safetensors\] .*short\.safetensors/);
  await page.close();
});

test('llama › the embedded model in a page gives the tokens of mlx-lm, and a story', async () => {
  const file = readGolden(golden('embedded.safetensors'));
  const bytes = await readFile(`${root}examples/llama/model/model.safetensors`);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.metadata['model']);
  const { page, call } = await suite.module<Llama>('llama');
  const folder = `${suite.server.origin}/model`;
  expect(await call('greedy', folder, file.ints('prompt0'), 200)).toEqual(file.ints('greedy0'));
  const { text, perSecond, left } = await call('story', folder);
  console.log(`llama: ${perSecond} tokens/s in Chromium; Once upon a time${text}`);
  expect(text.split(/\s+/).length).toBeGreaterThan(20);
  expect(left).toBeLessThan(64 * 2 ** 20);
  await page.close();
});
