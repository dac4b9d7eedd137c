// Prints stories of the example's grammar as JSONL: `node tools/story-model/stories.mjs --count 8000 --seed 7 --first 0`.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({ options: { count: text('5'), seed: text('7'), first: text('0') } });
const [count, seed, first] = [values.count, values.seed, values.first].map(Number);
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../../examples/llama/src/stories/index.ts', import.meta.url))],
  bundle: true,
  write: false,
  format: 'esm',
});
const { story } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
const lines = Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: story(seed, first + i) })}\n`);
process.stdout.write(lines.join(''));
