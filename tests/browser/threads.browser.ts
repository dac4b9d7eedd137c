// Threads in Chromium: where the page is isolated from other origins, where it is not, and under policies.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, isolated, start, type Suite } from './support.js';

type Threads = typeof import('./pages/threads.js');

let suite: Suite;
beforeAll(async () => {
  suite = await start();
});
afterAll(() => suite.close());

const own = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const three = { may: 3, came: 2, shared: true, left: 0, again: 2, right: true, threads: 3 };
const one = { came: 0, shared: false, left: 0, again: 0, right: true, threads: 1 };
const ours = (said: readonly string[]): readonly string[] => said.filter((s) => s.includes('[threads]'));

test.each([
  ['an isolated page', undefined],
  ['an isolated page whose policy allows workers from blobs', `${own}; worker-src blob:`],
])('threads › %s shares work among workers', async (_, policy) => {
  const said: string[] = [];
  const options = { plain: true, isolated: true, said, ...(policy === undefined ? {} : { policy }) };
  const { page, call } = await suite.module<Threads>('threads', options);
  expect(await call('share', 3)).toMatchObject({ ...three, isolated: true });
  expect(ours(said)).toEqual([]);
  await page.close();
});

test.each([true, false])('threads › a worker of a page that is isolated: %s', async (apart) => {
  const headers = { 'content-type': 'text/javascript', ...(apart ? isolated : {}) };
  const path = `/threads-worker-${apart}.js`;
  suite.server.add(path, { body: await bundle('threads-worker', {}, true), headers });
  const made = { body: '<!doctype html><title>threads</title>', headers: apart ? isolated : {} };
  const page = await suite.page(suite.server.add(`/threads-worker-${apart}.html`, made));
  const seen = await page.evaluate(
    (url) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage(3);
      }),
    path,
  );
  expect(seen).toMatchObject(apart ? { ...three, isolated: true } : { ...one, may: 1, isolated: false });
  await page.close();
});

test('threads › a page that is not isolated says once why, and works on one', async () => {
  const said: string[] = [];
  const { page, call } = await suite.module<Threads>('threads', { plain: true, said });
  const why =
    'the page is not isolated from other origins (Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)';
  const seen = await call('share', 3);
  expect(seen).toMatchObject({ ...one, may: 1, isolated: false });
  expect(seen['reason']).toContain(`; one thread: ${why}`);
  await call('share', 3);
  expect(ours(said)).toEqual([`warning: [threads] 3 threads were asked for, kernels run on one: ${why}`]);
  await page.close();
});

test('threads › a policy against workers from blobs ends in one line of ours, not in an error of the op', async () => {
  const said: string[] = [];
  const { page, call } = await suite.module<Threads>('threads', { plain: true, isolated: true, policy: own, said });
  expect(await call('share', 3)).toMatchObject({ ...one, isolated: true });
  expect(await call('share', 2)).toMatchObject({ ...one, may: 1 });
  expect(ours(said)).toHaveLength(1);
  expect(ours(said)[0]).toMatch(
    /^warning: \[threads\] 3 threads were asked for, kernels run on one: a worker could not be started \(.*worker-src blob:/,
  );
  await page.close();
});
