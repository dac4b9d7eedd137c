// The built trainer in a worker of Chromium: paused, resumed, stopped and continued by messages, with the weights that Node gets.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, root, start, type Suite } from './support.js';

const train = `${root}packages/train`;
const options = { nodePaths: [`${train}/node_modules`], alias: { '@lanewise/train': train } };
let suite: Suite;
beforeAll(async () => {
  suite = await start();
});
afterAll(() => suite.close());

test('trainer › a worker pauses, goes on, stops and resumes, and its weights are those of Node, bit for bit', async () => {
  const script = `${await bundle('train-run', options, true)}\nprocess.stdout.write(JSON.stringify(await trainWhole()));`;
  const node = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module'], { input: script, encoding: 'utf8', maxBuffer: 2 ** 26 }),
  ) as { digest: string; losses: number[] };
  suite.server.add('/train-worker.js', { body: await bundle('train-worker', options, true) });
  const page = await suite.page(suite.server.add('/train.html', { body: '<!doctype html>' }));
  const seen = await page.evaluate(async () => {
    type Message = { type: string; step: number; digest?: string; reason?: string };
    const worker = new Worker('/train-worker.js', { type: 'module' });
    const messages: Message[] = [];
    const listeners: ((m: Message) => void)[] = [];
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      messages.push(data);
      for (const listener of [...listeners]) listener(data);
    };
    const until = (what: (m: Message) => boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        listeners.push((m) => void (what(m) && resolve()));
        worker.onerror = (e) => reject(new Error(e.message));
      });
    const steps = (): number => messages.filter((m) => m.type === 'step').length;
    worker.postMessage('start');
    await until((m) => m.type === 'step' && m.step >= 5);
    worker.postMessage('pause');
    await until((m) => m.type === 'pause');
    const before = steps();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const whilePaused = steps() - before;
    const goingOn = until((m) => m.type === 'step');
    worker.postMessage('resume');
    await goingOn;
    worker.postMessage('stop');
    await until((m) => m.type === 'weights');
    const stoppedAt = messages.filter((m) => m.type === 'end').at(-1)!;
    worker.postMessage('start');
    await until((m) => m.type === 'weights');
    worker.terminate();
    return { messages, whilePaused, stoppedAt };
  });
  expect(seen.whilePaused).toBe(0);
  expect(seen.stoppedAt.reason).toBe('stopped');
  expect(seen.stoppedAt.step).toBeLessThan(60);
  const losses = seen.messages.flatMap((m) => (m.type === 'step' ? [(m as unknown as { loss: number }).loss] : []));
  expect(losses).toEqual(node.losses);
  expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!);
  expect(seen.messages.at(-1)!.digest).toBe(node.digest);
  await page.close();
});
