// The workers of a process: it ends as if there were none, and goes on without them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programs, type Programs } from './program.js';

let p: Programs;
beforeAll(async () => {
  p = await programs();
});
afterAll(() => p.close());

const quiet = { code: 0, signal: null, stderr: '' };
const four = { LANEWISE_THREADS: '4' };

describe('process', () => {
  test.each([
    ['right after shared work', 'await warm(); console.log(work());', 0],
    ['while workers start', 'console.log(work(512));', 0],
    ['when no work was large enough for them', 'console.log(lw.ones([2]).add(1).mean().item());', 0],
    ['by process.exit', 'await warm(); console.log(work()); process.exit(3);', 3],
    ['by process.exit while workers start', 'console.log(work(512)); process.exit(4);', 4],
    ['after terminate', 'await warm(); await lw.terminate(); console.log(work());', 0],
    ['while terminate is under way', 'await warm(); void lw.terminate(); console.log(work(512));', 0],
  ])('process › ends by itself %s', async (_, code, status) => {
    expect(await p.run(code, { env: four })).toMatchObject({ ...quiet, code: status, stdout: '2' });
  });
  test.each([
    ['with workers', `await warm(); work(); throw new Error('mine');`],
    ['while they start', `work(512); throw new Error('mine');`],
    ['in a promise', `await warm(); void Promise.reject(new Error('mine')); await wait(1e6);`],
  ])('process › an uncaught error ends it %s, and is all that is said', async (_, code) => {
    const ended = await p.run(code, { env: four });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('Error: mine');
    expect(ended.stderr).not.toMatch(/worker|\[|lanewise:/i);
  });
  test.each(['SIGINT', 'SIGTERM'] as const)('process › %s during long shared work ends it at once', async (name) => {
    const code = `
      await warm();
      const x = lw.ones([2048, 2048]).eval();
      process.stdout.write('ready');
      for (;;) lw.matmul(x, x).eval();`;
    const ended = await p.run(code, { env: four, signal: [name, 200] });
    expect(ended).toMatchObject({ code: null, signal: name, stdout: 'ready', stderr: '' });
  });
  test('process › a handler of SIGINT runs between two works and may work and exit', async () => {
    const code = `
      await warm();
      process.on('SIGINT', () => { console.log(' ' + work()); process.exit(0); });
      process.stdout.write('ready');
      for (;;) { work(); await wait(0); }`;
    expect(await p.run(code, { env: four, signal: ['SIGINT', 200] })).toMatchObject({ ...quiet, stdout: 'ready 2' });
  });

  test('process › terminate between and during work, then work again', async () => {
    const code = `
      const said = [];
      for (let i = 0; i < 5; i++) {
        await warm();
        const before = jobs();
        said.push(work() === 2 && jobs() > before);
        const ending = [lw.terminate(), lw.terminate()];
        said.push(running() === 0 && work() === 2);
        await Promise.all(ending);
        void lw.terminate();
        work(512);
        void lw.terminate(); // of workers that start
      }
      console.log(said.every(Boolean), said.length);`;
    expect(await p.run(code, { env: four })).toMatchObject({ ...quiet, stdout: 'true 10' });
  });
  test('process › workers that end by themselves are replaced, and given up when it goes on', async () => {
    const code = `
      const said = [];
      for (let i = 0; i < 9; i++) {
        if (lw.threads() === 4) await warm();
        void workers()[1]?.terminate();
        said.push(work() === 2);
        await wait(50);
        said.push(work() === 2);
      }
      console.log(said.every(Boolean), lw.threads(), running());`;
    const ended = await p.run(code, { env: four });
    expect(ended).toMatchObject({ code: 0, stdout: 'true 1 0' });
    expect(ended.stderr).toBe(
      '[threads] 4 threads were asked for, kernels run on one: workers end by themselves (it ended)',
    );
  });

  const workerOf = (source: string, more = ''): string => `
    import threads from 'node:worker_threads';
    const { Worker } = threads;
    threads.Worker = class extends Worker { constructor(_, options) { super(${JSON.stringify(source)}, { ...options, ${more} }); } };`;
  const broken: readonly (readonly [string, string, string])[] = [
    [
      'throw when they are made',
      `import threads from 'node:worker_threads'; threads.Worker = class { constructor() { throw new Error('no room'); } };`,
      'no room',
    ],
    ['throw in their first line', workerOf(`throw new Error('not here');`), 'not here'],
    ['end at once', workerOf('process.exit(1);'), 'it ended'],
    [
      'have no memory for their own',
      workerOf(
        'const a = []; for (;;) a.push(new Array(1e6).fill(1));',
        'resourceLimits: { maxOldGenerationSizeMb: 12 }',
      ),
      'memory',
    ],
  ];
  test.each(broken)('process › workers that %s leave one thread, and one line', async (_, before, why) => {
    const code = `
      const said = [];
      for (let i = 0; i < 10; i++) { said.push(work() === 2 && sum() === 499999500000); await wait(i < 9 ? 5 : 0); }
      for (const end = Date.now() + 2e4; lw.threads() > 1 && Date.now() < end; await wait(20)) work();
      console.log(said.every(Boolean), lw.threads());`;
    const asked = await p.run(code, { before, env: four });
    expect(asked).toMatchObject({ code: 0, stdout: 'true 1' });
    expect(asked.stderr).toMatch(
      /^\[threads\] 4 threads were asked for, kernels run on one: a worker could not be started \(.*\)$/,
    );
    expect(asked.stderr).toContain(why);
    const unasked = await p.run(code.replace('console.log', 'void lw.setThreads; console.log'), {
      before,
      env: { LANEWISE_THREADS: 'auto' },
    });
    expect(unasked.stderr).toBe('');
  });
  test('process › workers that never come are not waited for', async () => {
    const before = workerOf('setInterval(() => {}, 1000);');
    const code =
      'for (let i = 0; i < 20; i++) { if (work() !== 2) throw new Error(); await wait(1); } console.log(running(), sum());';
    expect(await p.run(code, { before, env: four })).toMatchObject({ ...quiet, stdout: '0 499999500000' });
  });
  const permission = Number(process.versions.node.split('.')[0]) >= 24 ? '--permission' : '--experimental-permission';
  test(`process › ${permission} without --allow-worker leaves one thread`, async () => {
    const code = `console.log(work(512), work(512), lw.threads());`;
    const flags = [
      permission,
      '--allow-fs-read=*',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=SecurityWarning',
    ];
    const ended = await p.run(code, { flags, env: four });
    expect(ended).toMatchObject({ code: 0, stdout: '2 2 1' });
    expect(ended.stderr).toMatch(
      /^\[threads\] 4 threads were asked for, kernels run on one: a worker could not be started \(/,
    );
  });

  const user = (library: string, threads: string): string => `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(library)}).then(async ({ lw, running }) => {
      lw.setThreads(${threads});
      const x = lw.random.normal([300, 300], 'float32', 0, 1, lw.random.key(3));
      const once = () => { const y = lw.matmul(x, x); return [y.sum().item(), lw.softmax(y, -1).max().item(), y.exp().add(1).log().mean().item(), lw.sort(x).at(7, 7).item()].join(); };
      const wanted = once();
      let [rounds, bad, most] = [0, 0, 0];
      for (const end = Date.now() + 20000; rounds < 30 || (running() < lw.threads() - 1 && Date.now() < end); rounds++) {
        if (once() !== wanted) bad++;
        most = Math.max(most, running());
        if (rounds % 4 === 0) await new Promise((done) => setTimeout(done, 1));
      }
      parentPort.postMessage({ wanted, bad, all: most === lw.threads() - 1 });
    });`;
  test.each(["'auto'", '2'])(
    'process › four users in worker threads at once, each with %s threads',
    async (threads) => {
      const code = `
      const { Worker } = await import('node:worker_threads');
      const results = await Promise.all(Array.from({ length: 4 }, () => new Promise((done, failed) => {
        const worker = new Worker(${JSON.stringify(user(p.library, threads))}, { eval: true });
        worker.on('message', done).on('error', failed);
      })));
      console.log(new Set(results.map((r) => r.wanted)).size, results.map((r) => r.bad).join(), results.every((r) => r.all));`;
      expect(await p.run(code)).toMatchObject({ ...quiet, stdout: '1 0,0,0,0 true' });
    },
  );
  test('process › a user in a worker thread is ended with its workers', async () => {
    const code = `
      const { Worker } = await import('node:worker_threads');
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(${JSON.stringify(user(p.library, '4'))}, { eval: true });
        worker.on('error', (e) => { throw e; });
        await wait(400 + 200 * i);
        await worker.terminate();
      }
      console.log(work());`;
    expect(await p.run(code)).toMatchObject({ ...quiet, stdout: '2' });
  });
  test('process › two copies of the library work side by side', async () => {
    const code = `
      const other = await import('./library.mjs?again');
      if (other.lw === lw) throw new Error('one copy');
      lw.setThreads(3);
      other.lw.setThreads(2);
      await warm();
      for (const end = Date.now() + 2e4; other.running() < 1 && Date.now() < end; await wait(5)) other.lw.matmul(other.lw.ones([256, 256]), other.lw.ones([256, 256])).eval();
      let right = 0;
      for (let i = 0; i < 50; i++) {
        const y = other.lw.matmul(other.lw.ones([200, 200]), other.lw.ones([200, 200]));
        if (work() === 2 && y.sum().item() === 200 ** 3) right++;
      }
      console.log(right, running(), other.running(), lw.threads(), other.lw.threads());`;
    expect(await p.run(code)).toMatchObject({ ...quiet, stdout: '50 2 1 3 2' });
  });
});
