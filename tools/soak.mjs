// Runs a loop for a long time and prints how memory moves: `npm run soak -- steps`, `steps-await` or `tokens`, then a count; or
// `threads`, then seconds: work of every kind on all threads, which SIGINT ends early.
// No `dispose`, `using` or `tidy` in the user's part of it.
import { fileURLToPath } from 'node:url';
import * as lw from '../dist/index.js';

const [mode = 'steps', countText = ''] = process.argv.slice(2);
const MIB = 2 ** 20;
const SAMPLES = 20;

let started = performance.now();
function sample(done, total, unit) {
  const row = [
    `${String(done).padStart(7)}${total === null ? '' : ` of ${total}`} ${unit}`,
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

/** Work of every kind that threads share; each checks its result against the first one. */
function kinds() {
  const key = lw.random.key(3);
  const normal = (shape, dtype = 'float32') => lw.random.normal(shape, 'float32', 0, 1, key).astype(dtype).eval();
  const [x, w, h] = [normal([600, 800]), normal([800]), normal([600, 800], 'bfloat16')];
  const [q, k] = [normal([1, 8, 96, 64]), normal([1, 4, 200, 64])];
  const [image, taps] = [normal([2, 32, 32, 16]), normal([32, 3, 3, 16])];
  const packed = lw.quantize(x.at(':', ':768'), 64, 4);
  const rows = lw.arange(900).remainder(600).astype('int32').eval();
  const compiled = lw.compile((t) => t.multiply(0.5).add(w).tanh().square().sum(-1));
  const loss = (m) => lw.matmul(x, m).square().mean();
  const step = lw.grad(loss);
  const m = normal([800, 64]);
  return {
    matmul: () => lw.matmul(x, x.T),
    halves: () => lw.matmul(h, h.T),
    chain: () => x.exp().add(1).log().multiply(x).subtract(w),
    compiled: () => compiled(x),
    closing: () => h.multiply(h).exp().sum(-1),
    sums: () => lw.stack([x.sum(), x.max(), x.mean(), x.variance()]),
    softmax: () => lw.softmax(x, -1),
    norm: () => lw.fast.layerNorm(x, w, w, 1e-5),
    attention: () => lw.fast.scaledDotProductAttention(q, k, k, 0.125),
    convolution: () => lw.conv2d(image, taps, 1, 1),
    packed: () => lw.quantizedMatmul(x.at(':', ':768'), packed[0], packed[1], packed[2], true, 64, 4),
    sort: () => lw.sort(x.at(':60'), -1),
    gather: () => lw.take(x, rows, 0),
    scan: () => lw.cumsum(x, -1),
    fft: () => lw.abs(lw.fft.fft(x)),
    random: () => lw.random.uniform(0, 1, [300_000], 'float32', key),
    gradient: () => step(m),
    copy: () => lw.contiguous(x.T),
  };
}
async function threads(seconds) {
  const all = Object.entries(kinds());
  const digest = (t) => t.astype('float64').sum().item();
  const wanted = new Map(all.map(([name, f]) => [name, digest(f())]));
  let ended = false;
  process.on('SIGINT', () => (ended = true));
  console.log(`${lw.threads()} threads, pid ${process.pid}`);
  const end = performance.now() + seconds * 1000;
  let next = performance.now();
  let done = 0;
  for (let seed = 1; !ended && performance.now() < end; done++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const [name, f] = all[(seed >>> 8) % all.length];
    const got = digest(f());
    if (got !== wanted.get(name)) throw new Error(`${name}: ${got} is not ${wanted.get(name)}`);
    if (done % 32 === 0) await new Promise((turn) => setImmediate(turn)); // where signals are seen
    if (performance.now() >= next) {
      sample(done, null, 'works');
      next += (seconds * 1000) / SAMPLES;
    }
  }
  sample(done, null, ended ? 'works, ended by SIGINT' : 'works');
}

const count = Number(countText) || ({ tokens: 20_000, threads: 600 }[mode] ?? 100_000);
started = performance.now();
if (mode === 'tokens') await tokens(count);
else if (mode === 'threads') await threads(count);
else if (mode === 'steps' || mode === 'steps-await') await steps(count, mode === 'steps-await');
else {
  console.error("the mode must be 'steps', 'steps-await', 'tokens' or 'threads'");
  process.exitCode = 2;
}
const { count: collections, milliseconds } = lw.memory.collected();
console.log(
  `peak held ${(lw.memory.peak() / MIB).toFixed(0)} MiB, ${collections} collections, ${milliseconds.toFixed(0)} ms in them`,
);
