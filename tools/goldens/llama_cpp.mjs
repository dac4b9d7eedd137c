// Writes tests/goldens/llama/llama-cpp.json: what llama.cpp says of the embedded model in GGUF files that we wrote.
//
// Needs node-llama-cpp 3.22.1 in a folder of its own (`npm install --prefix FOLDER node-llama-cpp@3.22.1`) and the built example.
// node tools/goldens/llama_cpp.mjs FOLDER [CLI]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const home = join(resolve(process.argv[2] ?? '.'), 'node_modules/node-llama-cpp');
const { version, exports: entries } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(join(home, entries['.'].import)).href);

const PROMPTS = [
  'Once upon a time',
  'Lily had a little',
  'The dog ran to the',
  'One day, a cat',
  'Tom was sad.',
  'Mia found a key',
];
const TOKENS = 200;
/** Arguments of `convert` by the name of the file. */
const FILES = {
  f32: ['--dtype', 'float32'],
  f16: ['--dtype', 'float16'],
  q8_0: ['--quantize', 'q8_0'],
  q4_0: ['--quantize', 'q4_0'],
  q4_k: ['--quantize', 'q4_k'],
};

const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.warn });
const folder = mkdtempSync(join(tmpdir(), 'lanewise-gguf-'));

/** Runs `use` with a fresh context whose keys and values are float32, as ours are. */
async function withSequence(model, use) {
  const context = await model.createContext({
    contextSize: 512,
    batchSize: 512,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
  });
  try {
    return await use(context.getSequence());
  } finally {
    await context.dispose();
  }
}

/** The likeliest tokens of a text's continuation, however it ends, and how much likelier each is than the next one (nats). */
async function greedy(model, prompt) {
  const ids = [model.tokens.bos, ...model.tokenize(prompt, false)];
  const made = [];
  await withSequence(model, async (sequence) => {
    for await (const token of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
      made.push(token);
      if (made.length === TOKENS) break;
    }
  });
  const ranked = await likeliest(model, [...ids, ...made.slice(0, -1)]);
  const margins = ranked.slice(ids.length - 1).map(([[, best], [, second]]) => Number((best - second).toPrecision(3)));
  return { prompt, ids, made, margins };
}

/** Log-probabilities of the 20 likeliest tokens after each token of a text. */
async function likeliest(model, ids) {
  const generateNext = { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } };
  return withSequence(model, async (sequence) => {
    const output = await sequence.controlledEvaluate(ids.map((id) => [id, { generateNext }]));
    return output.map(({ next }) =>
      [...next.probabilities].slice(0, 20).map(([id, p]) => [id, Number(Math.log(p).toPrecision(7))]),
    );
  });
}

const files = {};
try {
  for (const [name, options] of Object.entries(FILES)) {
    const path = join(folder, `${name}.gguf`);
    const cli = process.argv[3] ?? join(root, 'examples/llama/dist/cli.js');
    execFileSync(process.execPath, [cli, 'convert', join(root, 'examples/llama/model'), path, ...options]);
    const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
    const texts = [];
    for (const prompt of PROMPTS) texts.push(await greedy(model, prompt));
    const scored = [...texts[0].ids, ...texts[0].made].slice(0, 60);
    files[name] = { texts, scored, likeliest: await likeliest(model, scored) };
    await model.dispose();
  }
} finally {
  rmSync(folder, { recursive: true });
}
const result = { 'node-llama-cpp': version, 'llama.cpp': llama.llamaCppRelease.release, files };
writeFileSync(join(root, 'tests/goldens/llama/llama-cpp.json'), `${JSON.stringify(result)}\n`);
await llama.dispose();
