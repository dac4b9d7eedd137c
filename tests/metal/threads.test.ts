// Four workers at once, and every way out: each in a process of its own, whose exit code and silence are the result.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clean, node, type Ended } from './process.js';
import { built } from './rig.js';

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
async function run(code: string): Promise<Ended> {
  const prelude = `
const { Worker } = require('node:worker_threads');
const path = ${JSON.stringify(built('metal'))}, rig = require(${JSON.stringify(built('rig'))});
const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
const start = (mode, k, rounds = 6) => new Promise((done) => {
  let right = null;
  const w = new Worker(${JSON.stringify(worker)}, { workerData: { path, memory, at: 65536 * (k + 1), mode, rounds } });
  w.on('message', (r) => { right = r; if (mode === 'terminated') setTimeout(() => w.terminate(), 20); });
  w.on('error', (e) => { if (e.message !== 'as asked') right = e.stack; });
  w.on('exit', () => done(right));
});
const load = () => { const addon = require(path); addon.attach(memory); return addon; };
const encode = (addon, times) => {
  const k = addon.kernel('unary_negative_f32');
  for (let i = 0; i < times; i++) addon.encode(k, Uint32Array.of(1024, 2000, 8192, 2000), Uint32Array.of(500, 1));
};
`;
  return node(['-e', prelude + code]);
}

describe('metal threads', () => {
  it('workers › four compute on one heap at once, and leave nothing', async () => {
    const all = await run(`(async () => {
      const results = [];
      for (let round = 0; round < 2; round++) results.push(...await Promise.all([0, 1, 2, 3].map((k) => start('finish', k, 20))));
      const c = rig.counts();
      console.log(JSON.stringify([results.every((r) => r === true), c.objects, c.buffers, c.commands, rig.reports()]));
    })()`);
    expect(all).toEqual(clean('[true,0,0,0,[]]'));
  });

  it.each(['finish', 'exit', 'terminated', 'leave'])(
    'workers › one that ends by %s with work queued is clean, twice',
    async (mode) => {
      const all = await run(`(async () => {
      const results = [await start('${mode}', 0), await start('${mode}', 1)];
      const c = rig.counts();
      console.log(JSON.stringify([results, c.objects, c.buffers, c.commands]));
    })()`);
      expect(all).toEqual(clean('[[true,true],0,0,0]'));
    },
  );

  it('workers › one that throws leaves the others and the process', async () => {
    expect(
      await run(`(async () => {
      console.log(JSON.stringify([await start('throw', 0), await start('finish', 1), rig.counts().objects]));
    })()`),
    ).toEqual(clean('[null,true,0]'));
  });

  it.each([
    ['falling off the end', 'encode(load(), 3)', 0],
    ['process.exit', 'encode(load(), 100); process.exit(3)', 3],
    [
      'process.exit while another thread waits',
      'const a = load(); encode(a, 100); a.waitAsync(); encode(a, 5); process.exit(4)',
      4,
    ],
    [
      'the end of what is awaited',
      'const a = load(); encode(a, 100); a.waitAsync().then(() => console.log("done"))',
      0,
    ],
    ['exit inside a promise', 'const a = load(); encode(a, 9); a.waitAsync().then(() => process.exit(5))', 5],
  ])('exit › %s is silent and has its code', async (_, code, status) => {
    const { out, ...rest } = await run(code);
    expect(rest).toEqual({ status, errors: '' });
    expect(['', 'done']).toContain(out);
  });

  it('load › a second copy of the addon in one process works beside the first', async () => {
    expect(
      await run(`
      const fs = require('node:fs'), copy = path.replace('metal.node', 'metal-copy.node');
      fs.copyFileSync(path, copy);
      const [a, b] = [load(), require(copy)];
      b.attach(memory);
      new Float32Array(memory.buffer, 1024, 500).fill(2);
      encode(a, 1); a.wait(); encode(b, 1); b.wait();
      delete require.cache[path];
      const again = load();
      encode(again, 1); again.wait();
      console.log(a.info().dispatches, b.info().dispatches, new Float32Array(memory.buffer, 8192, 1)[0]);
      fs.rmSync(copy);
    `),
    ).toEqual(clean('1 1 -2'));
  });

  it('load › only a worker loads it, and the process goes on after that worker', async () => {
    expect(
      await run(`(async () => {
      for (let i = 0; i < 3; i++) await start('finish', i, 1);
      await new Promise((r) => setTimeout(r, 50));
      encode(load(), 1);
      console.log('well');
    })()`),
    ).toEqual(clean('well'));
  });
});
