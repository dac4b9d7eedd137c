// Runs a loop for a long time and prints how memory moves: `npm run soak -- steps`, `steps-await` or `tokens`, then a count.
// No `dispose`, `using` or `tidy` in the user's part of it.
import { fileURLToPath } from 'node:url';
import * as lw from '../dist/index.js';

const [mode = 'steps', countText = ''] = process.argv.slice(2);
const MIB = 2 ** 20;
const SAMPLES = 20;

let started = performance.now();
function sample(done, total, unit) {
  const row = [
    `${String(done).padStart(7)} of ${total} ${unit}`,
    `rss ${(process.memoryUsage().rss / MIB).toFixed(0).padStart(5)} MiB`,
    `held ${(lw.memory.active() / MIB).toFixed(1).padStart(7)} MiB`,
    `js heap ${(process.memoryUsage().heapUsed / MIB).toFixed(0).padStart(4)} MiB`,
    `${((performance.now() - started) / 1e3).toFixed(1).padStart(6)} s`,
  ];
  console.log(row.join('  '));
}

async function steps(total, awaiting) {
  let x = lw.zeros([2 ** 18]);
  sample(0, total, 'steps');
  const every = Math.ceil(total / SAMPLES);
  for (let i = 1; i <= total; i++) {
    x = x.mul(0.5).add(1).eval();
    if (awaiting) await Promise.resolve();
    if (i % every === 0) sample(i, total, 'steps');
  }
  const got = x.at(0).item();
  if (got !== 2) throw new Error(`x = x / 2 + 1 must reach 2, got ${got}`);
}

async function tokens(total) {
  const { load, generate } = await import('../examples/llama/dist/index.js');
  const { model, tokenizer } = await load(fileURLToPath(new URL('../examples/llama/model', import.meta.url)));
  let done = 0;
  let next = 0;
  sample(0, total, 'tokens');
  for (let story = 0; done < total; story++) {
    for await (const part of generate(model, tokenizer, 'Once upon a time', { temperature: 0.8, seed: story })) {
      if (part.token === undefined) continue;
      if (++done >= next) {
        sample(done, total, 'tokens');
        next += total / SAMPLES;
      }
      if (done >= total) break;
    }
  }
}

const count = Number(countText) || (mode === 'tokens' ? 20_000 : 100_000);
started = performance.now();
if (mode === 'tokens') await tokens(count);
else if (mode === 'steps' || mode === 'steps-await') await steps(count, mode === 'steps-await');
else {
  console.error("the mode must be 'steps', 'steps-await' or 'tokens'");
  process.exitCode = 2;
}
const { count: collections, milliseconds } = lw.memory.collected();
console.log(
  `peak held ${(lw.memory.peak() / MIB).toFixed(0)} MiB, ${collections} collections, ${milliseconds.toFixed(0)} ms in them`,
);
