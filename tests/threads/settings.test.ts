// How many threads there are: what is asked for, by what, and where it cannot be had.
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programs, type Programs } from './program.js';

let p: Programs;
beforeAll(async () => {
  p = await programs();
});
afterAll(() => p.close());

const quiet = { code: 0, signal: null, stderr: '' };
const cores = String(Math.min(availableParallelism(), 64));

describe('threads', () => {
  test.each([
    [undefined, cores],
    ['', cores],
    ['auto', cores],
    ['1', '1'],
    ['2', '2'],
    [' 3 ', '3'],
    ['64', '64'],
  ])('threads › LANEWISE_THREADS=%j gives as many', async (asked, wanted) => {
    const env = asked === undefined ? {} : { LANEWISE_THREADS: asked };
    const code = `console.log(lw.threads(), lw.backends().find(({ name }) => name === 'wasm').threads, work());`;
    expect(await p.run(code, { env })).toMatchObject({ ...quiet, stdout: `${wanted} ${wanted} 2` });
  });
  test.each(['0', '65', '1.5', '-2', '2x', 'many', '1000', 'AUTO'])(
    'threads › LANEWISE_THREADS=%s is a typed error at the first use',
    async (asked) => {
      const code = `
        for (const first of [() => lw.ones([2]).add(1).item(), () => lw.threads()])
          try { first(); console.log('none'); } catch (e) { console.log(e instanceof lw.BackendError, e.message); }`;
      const message = `[LANEWISE_THREADS] the number of threads must be a whole number from 1 to 64 or 'auto', got ${/^\d+$/.test(asked) ? Number(asked) : `'${asked}'`}`;
      const ended = await p.run(code, { env: { LANEWISE_THREADS: asked } });
      expect(ended).toMatchObject({ ...quiet, stdout: `true ${message}\ntrue ${message}` });
    },
  );
  test('threads › init goes before the environment, setThreads before both, also while workers run', async () => {
    const code = `
      await lw.init({ threads: 3 });
      const said = [lw.threads()];
      await warm();
      said.push(running());
      for (const n of [2, 1, 4, 'auto', 3]) {
        said.push(lw.setThreads(n) === lw.threads());
        if (n !== 'auto') { await warm(); said.push(n === 1 ? work() : running()); }
        if (work() !== 2 || sum() !== 499999500000) throw new Error('wrong');
      }
      console.log(said.join(' '));`;
    const ended = await p.run(code, { env: { LANEWISE_THREADS: '2' } });
    expect(ended).toMatchObject({ ...quiet, stdout: '3 2 true 1 true 2 true 3 true true 2' });
  });
  test('threads › setThreads and init refuse what is no number of threads', async () => {
    const code = `
      const bad = [0, 65, 1.5, NaN, -1, '2', 'all', null, undefined, {}, [2], 2n, true];
      for (const n of bad) {
        try { lw.setThreads(n); console.log('took', n); } catch (e) { if (!(e instanceof lw.BackendError) || !/^\\[setThreads\\] the number of threads must be .* got /.test(e.message)) console.log(e); }
        if (n === undefined) continue;
        try { await lw.init({ threads: n }); console.log('init took', n); } catch (e) { if (!/^\\[init\\] the number of threads must be /.test(e.message)) console.log(e); }
      }
      console.log(lw.threads());`;
    expect(await p.run(code, { env: { LANEWISE_THREADS: '2' } })).toMatchObject({ ...quiet, stdout: '2' });
  });

  const unshared = 'delete globalThis.SharedArrayBuffer;';
  const warning = /^\[threads\] 4 threads were asked for, kernels run on one: .*not shared/;
  test('threads › what was asked for by name and is impossible is said once, at the first use', async () => {
    const code = `
      work(); work();
      const wasm = () => lw.backends().find(({ name }) => name === 'wasm');
      console.log(lw.threads(), lw.setThreads(2), lw.setThreads(4), work(), wasm().threads, wasm().reason);`;
    const ended = await p.run(code, { before: unshared, env: { LANEWISE_THREADS: '4' } });
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 1 1 2 1 WebAssembly SIMD.*; one thread: /),
    });
    expect(ended.stderr).toMatch(warning);
    expect(ended.stderr.split('\n')).toHaveLength(1);
  });
  test.each([
    ['setThreads', 'lw.setThreads(4); lw.setThreads(4); console.log(lw.threads(), work());'],
    ['init', 'await lw.init({ threads: 4 }); work(); lw.setThreads(4); console.log(lw.threads(), work());'],
  ])('threads › %s says it once', async (_, code) => {
    const ended = await p.run(code, { before: unshared });
    expect(ended).toMatchObject({ code: 0, stdout: '1 2' });
    expect(ended.stderr).toMatch(warning);
    expect(ended.stderr.split('\n')).toHaveLength(1);
  });
  test.each(['auto', '1'])('threads › %s is silent where there can be one only', async (asked) => {
    const code = 'console.log(lw.threads(), work(), sum());';
    const ended = await p.run(code, { before: unshared, env: { LANEWISE_THREADS: asked } });
    expect(ended).toMatchObject({ ...quiet, stdout: '1 2 499999500000' });
  });
  test('threads › where no kernel can be started there is one, and ops run on the reference', async () => {
    const before = `WebAssembly.Module = class { constructor() { throw new Error('a policy forbids it'); } };`;
    const code = `console.log(lw.threads(), work(8), lw.defaultDevice(), lw.setThreads(1), lw.setThreads(4), lw.setThreads(4));`;
    const ended = await p.run(code, { before });
    expect(ended).toMatchObject({ code: 0, stdout: '1 2 reference 1 1 1' });
    expect(ended.stderr).toBe(
      '[threads] 4 threads were asked for, kernels run on one: [wasm] the kernels could not be started: a policy forbids it',
    );
    const bad = await p.run(`try { lw.threads(); } catch (e) { console.log(e.message); }`, {
      before,
      env: { LANEWISE_THREADS: '0' },
    });
    expect(bad.stdout).toMatch(/^\[LANEWISE_THREADS\] the number of threads must be /);
    const asked = await p.run(`try { lw.threads(); } catch (e) { console.log(e.message); }`, {
      before,
      env: { LANEWISE_VARIANT: 'plain' },
    });
    expect(asked.stdout).toMatch(/a policy forbids it$/);
  });
});
