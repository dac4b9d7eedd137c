// How memory comes back in a browser, where no collection can be asked for (docs/decisions/004-browser-memory.md).
import { totalmem } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle, start, type Suite } from './support.js';

type Memory = typeof import('./pages/memory.js');

// a browser of its own for each, so that none pays for the heap of the one before
let suite: Suite;
beforeEach(async () => {
  suite = await start();
});
afterEach(() => suite.close());
const show = (
  name: string,
  run: { curve: readonly number[]; peak: number; milliseconds: number; steps: number },
): void =>
  console.log(
    `${name}: ${run.curve.join(' ')} MiB held, peak ${run.peak}, ${run.milliseconds} ms for ${run.steps} steps`,
  );

test.each(['data', 'asyncEval'] as const)(
  'await %s › 4000 steps of 1 MB without disposal stay below 700 MiB',
  async (how) => {
    const { call } = await suite.module<Memory>('memory');
    const run = await call('awaiting', 4000, how);
    show(how, run);
    expect(run.value).toBe(2);
    expect(run.peak).toBeLessThan(700);
  },
);

test('await › a worker gives memory back as a page does', async () => {
  suite.server.add('/worker.js', { body: await bundle('memory-worker') });
  const page = await suite.page(suite.server.add('/worker.html', { body: '<!doctype html>' }));
  const run = await page.evaluate(
    () =>
      new Promise<Awaited<ReturnType<Memory['awaiting']>>>((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage(4000);
      }),
  );
  show('worker, asyncEval', run);
  expect(run.value).toBe(2);
  expect(run.peak).toBeLessThan(700);
});

test('await › beside 600 MiB that live, memory stays bounded and steps stay cheap', async () => {
  const { call } = await suite.module<Memory>('memory');
  const run = await call('awaiting', 2000, 'asyncEval', 600);
  show('600 MiB alive', run);
  expect(run.peak).toBeLessThan(600 + 700);
  // a step that waited for the engine each time would take 100 ms
  expect(run.milliseconds / run.steps).toBeLessThan(20);
});

test('synchronous loop › ends in one exact error, and the page lives on', async () => {
  const { call } = await suite.module<Memory>('memory');
  const { end, sum, after } = await call('synchronous', 512);
  expect(end!.name).toBe('OutOfMemoryError');
  expect(end!.needed).toBe(2 ** 20);
  expect(end!.limit).toBe(512 * 2 ** 20);
  expect(end!.held).toBeGreaterThan(510 * 2 ** 20);
  expect(end!.message).toBe(
    `[memory] needed 1048576 bytes, ${end!.held} are held of a limit of 536870912; a loop that never awaits keeps every ` +
      'result alive here: await one step (await x.data()), or wrap the step in lw.tidy(...) or using',
  );
  expect(end!.steps).toBeGreaterThan(500);
  expect(sum).toBe(12);
  show('after the error, limit 512', after);
  expect(after.value).toBe(2);
});

test.skipIf(totalmem() < 8 * 2 ** 30)('synchronous loop › all 4 GiB can be filled, and come back', async () => {
  const { call } = await suite.module<Memory>('memory');
  const { end, sum, after } = await call('synchronous', null);
  expect(end!.limit).toBe(2 ** 32 - 2 ** 21 - 256);
  expect(end!.steps).toBeGreaterThan(4050);
  expect(sum).toBe(12);
  show('after the error, limit 4 GiB', after);
  expect(after.curve.at(-1)).toBeLessThan(1100);
});

test.each(['tidy', 'using', 'dispose'] as const)('%s › keeps a synchronous loop flat', async (how) => {
  const { call } = await suite.module<Memory>('memory');
  const run = await call('scoped', 4000, how);
  show(how, run);
  expect(run.value).toBe(2);
  expect(run.peak).toBeLessThanOrEqual(4);
  expect(run.curve.every((held) => held <= 3)).toBe(true);
});
