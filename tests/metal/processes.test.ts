// The built library on the device `metal` in processes of their own: four workers at once, every way out while work is queued, and two
// copies of the library. Exit codes, silence and what the rig still counts are the result.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clean, node, type Ended } from './process.js';
import { built } from './rig.js';

const library = pathToFileURL(fileURLToPath(new URL('../../dist/node/index.js', import.meta.url))).href;

/** What a thread computes: `sums` of attention-like steps, whose values are known. */
const steps = `
const steps = async (lw, rounds, from) => {
  let right = true;
  for (let i = 0; i < rounds; i++) {
    const x = lw.full([24, 40], from + i), w = lw.full([40, 24], 0.5);
    const y = lw.softmax(lw.matmul(x, w), -1).sum().add(lw.multiply(x, 2).at(3, 4));
    const got = i % 2 ? y.item() : (await y.data())[0];
    right &&= Math.abs(got - (24 + 2 * (from + i))) < 1e-3;
  }
  return right;
};`;
/** The source of a worker: computes, then ends in the way it is told. */
const worker = `
import { parentPort, workerData } from 'node:worker_threads';
const lw = await import(${JSON.stringify(library)});
${steps}
lw.setDefaultDevice('metal');
const { mode, from, rounds } = workerData;
const right = await steps(lw, rounds, from);
const queue = () => { for (let i = 0; i < 40; i++) lw.add(lw.full([3000], i), 1).eval(); };
if (mode === 'throw') { queue(); throw new Error('as asked'); }
if (mode !== 'finish') { queue(); lw.full([3000], 1).add(1).data().catch(() => {}); queue(); }
parentPort.postMessage(right);
if (mode === 'exit') process.exit(0);
while (mode === 'terminated') { queue(); lw.full([8], 1).add(1).sum().item(); }
`;

async function run(code: string): Promise<Ended> {
  const prelude = `
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
const rig = createRequire(${JSON.stringify(library)})(${JSON.stringify(built('rig'))});
const source = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}));
const start = (mode, from = 0, rounds = 6) => new Promise((done) => {
  let right = null;
  const w = new Worker(source, { workerData: { mode, from, rounds } });
  w.on('message', (r) => { right = r; if (mode === 'terminated') setTimeout(() => w.terminate(), 30); });
  w.on('error', (e) => { if (e.message !== 'as asked') right = e.stack; });
  w.on('exit', () => done(right));
});
const open = async (copy = '') => {
  const lw = await import(${JSON.stringify(library)} + copy);
  lw.setDefaultDevice('metal');
  return lw;
};
const left = () => { const { objects, buffers, commands } = rig.counts(); return [objects, buffers, commands, ...rig.reports()]; };
${steps}
`;
  const env = { ...process.env, LANEWISE_METAL: built('index').replace(/\.node$/, '.cjs') };
  return node(['--input-type=module', '-e', prelude + code], env);
}

describe('metal processes', () => {
  it('workers › four compute at once beside the main thread, and leave nothing', async () => {
    expect(
      await run(`
const lw = await open();
await steps(lw, 1, 0);
const before = left();
const results = await Promise.all([steps(lw, 12, 100), ...[0, 1, 2, 3].map((k) => start('finish', 10 * k, 12))]);
console.log(JSON.stringify(results), JSON.stringify(left()) === JSON.stringify(before));
`),
    ).toEqual(clean('[true,true,true,true,true] true'));
  });

  it.each(['exit', 'terminated', 'leave'])(
    'workers › two that end by %s with work queued leave nothing',
    async (mode) => {
      expect(
        await run(`console.log(JSON.stringify([await start('${mode}'), await start('${mode}', 9), left()]));`),
      ).toEqual(clean('[true,true,[0,0,0]]'));
    },
  );

  it('workers › one that throws leaves the others and the process', async () => {
    expect(await run(`console.log(JSON.stringify([await start('throw'), await start('finish'), left()]));`)).toEqual(
      clean('[null,true,[0,0,0]]'),
    );
  });

  it.each([
    ['the end of the program', '', 0, ''],
    ['process.exit', 'process.exit(3)', 3, ''],
    ['process.exit while another thread waits', 'void x.data(); x.add(1).eval(); process.exit(4)', 4, ''],
    ['process.exit after what is awaited', 'x.data().then(() => process.exit(5))', 5, ''],
    ['the end of what is awaited', 'x.data().then((v) => console.log(v[2999]))', 0, '4'],
    [
      'an error that nobody catches',
      'process.on("uncaughtException", () => process.exit(6)); throw new Error()',
      6,
      '',
    ],
  ])('exit › with work queued, %s is silent and has its code', async (_, end, status, out) => {
    expect(await run(`const lw = await open(); const x = lw.full([3000], 3).add(1).eval(); ${end}`)).toEqual(
      clean(out, status),
    );
  });

  it('load › two copies of the library in one process each have their device', async () => {
    expect(
      await run(`
const [a, b] = [await open(), await open('?again')];
const results = await Promise.all([steps(a, 6, 1), steps(b, 6, 2)]);
console.log(a === b, JSON.stringify(results), JSON.stringify(rig.reports()));
`),
    ).toEqual(clean('false [true,true] []'));
  });
});
