// The page that trains a Llama, built and served as `npm run web` does it: started, paused, resumed, stopped, and held to Node's losses.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../examples/llama/web/messages.js';
import { root, start, type Suite } from './support.js';

/** `WEB_STEPS=150` makes the whole run of `train --quick`. */
const STEPS = Number(process.env['WEB_STEPS'] ?? 26);
const TIMEOUT = STEPS * 10_000;
type Told<T extends Message['type']> = Extract<Message, { type: T }>;
let suite: Suite;
let server: ChildProcess;
let url: string;
beforeAll(async () => {
  suite = await start();
  server = spawn(process.execPath, [`${root}examples/llama/web/serve.mjs`, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = await new Promise((resolve) => server.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim())));
  await mkdir(`${root}build`, { recursive: true });
});
afterAll(async () => {
  server.kill();
  await suite.close();
});

/** The metrics of the command `train --quick`, told for each step. */
async function inNode(): Promise<Message[]> {
  const folder = await mkdtemp(join(tmpdir(), 'web-'));
  try {
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ logEvery: 1, evaluation: { every: 25 } }));
    const options = ['--quick', '--steps', String(STEPS), '--settings', join(folder, 'settings.json'), '--out', folder];
    await promisify(execFile)(process.execPath, [`${root}examples/llama/dist/cli.js`, 'train', ...options]);
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Message);
  } finally {
    await rm(folder, { recursive: true });
  }
}
/** The page, with all that its workers tell in `told`. */
async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await suite.browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  page.setDefaultTimeout(TIMEOUT);
  page.on('pageerror', (error) => console.error(error));
  await page.addInitScript(() => {
    const told: unknown[] = [];
    const { Worker: Native } = globalThis;
    class Heard extends Native {
      constructor(script: string | URL, options?: WorkerOptions) {
        super(script, options);
        this.addEventListener('message', ({ data }) => told.push(data));
      }
    }
    Object.assign(globalThis, { told, Worker: Heard });
  });
  await page.goto(url);
  return page;
}
const told = async <T extends Message['type']>(page: Page, type: T): Promise<Told<T>[]> =>
  (await page.evaluate(() => (globalThis as unknown as { told: Message[] }).told)).filter(
    (message): message is Told<T> => message.type === type,
  );
const state = (page: Page, name: string): Promise<unknown> => page.waitForSelector(`body[data-state="${name}"]`);
const steps = (page: Page, least: number): Promise<unknown> =>
  page.waitForFunction(
    (n) => (globalThis as unknown as { told: Message[] }).told.filter((m) => m.type === 'step').length >= n,
    least,
  );
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

test(
  "web › the page trains a Llama to Node's losses, through pauses and a stop",
  async () => {
    const node = inNode();
    const page = await open(1000);
    expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
    await page.getByLabel('Steps', { exact: true }).fill(String(STEPS));
    await page.keyboard.press('Enter'); // starts as the button does
    await state(page, 'training');
    await steps(page, 4);
    await press(page, 'Pause');
    await state(page, 'paused');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('resume');
    const before = (await told(page, 'step')).length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await told(page, 'step')).toHaveLength(before);
    expect(await page.textContent('#status')).toBe(`Paused after step ${before}.`);
    await page.keyboard.press('Enter');
    await steps(page, before + 3);
    await press(page, 'Stop');
    await state(page, 'stopped');
    const stopped = (await told(page, 'end'))[0]!;
    expect(stopped).toMatchObject({ reason: 'stopped', step: (await told(page, 'step')).length });
    await press(page, 'Resume'); // from the checkpoint
    await state(page, 'finished');
    expect((await told(page, 'start')).map(({ step }) => step)).toEqual([0, stopped.step]);

    const losses = (await told(page, 'step')).map(({ step, loss }) => [step, loss] as const);
    expect(losses.map(([step]) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    expect(losses.at(-1)![1]).toBeLessThan(0.9 * losses[0]![1]);
    const evaluations = await told(page, 'evaluation');
    const judged = new Set(Array.from({ length: STEPS / 25 }, (_, i) => 25 * (i + 1)));
    expect(evaluations.map(({ step }) => step)).toEqual([...judged.add(STEPS)]);
    const wanted = await node;
    const worst = (type: 'step' | 'evaluation', got: readonly (readonly [number, number])[]): number => {
      const inNode = wanted.filter((m): m is Told<'step'> | Told<'evaluation'> => m.type === type);
      expect(inNode.map(({ step }) => step)).toEqual(got.map(([step]) => step));
      return Math.max(...got.map(([, loss], i) => Math.abs(loss - inNode[i]!.loss)));
    };
    const far = [
      worst('step', losses),
      worst(
        'evaluation',
        evaluations.map(({ step, loss }) => [step, loss] as const),
      ),
    ];
    console.log(
      `web: loss ${losses[0]![1]} to ${losses.at(-1)![1]} in ${STEPS} steps, held-out ${evaluations.at(-1)!.loss}, at most ${far.join(' and ')} from Node`,
    );
    for (const difference of far) expect(difference).toBeLessThan(1e-5); // the engines may differ in Math.exp and the like

    expect(await page.textContent('#step')).toBe(`${STEPS} of ${STEPS}`);
    expect(await page.textContent('#loss')).toBe((await told(page, 'step')).at(-1)!.extra!['plain']!.toFixed(3));
    expect(await page.textContent('#held-out')).toBe(evaluations.at(-1)!.loss.toFixed(3));
    expect(await page.locator('#stories dd').allTextContents()).toEqual(
      (await told(page, 'story')).map(({ text }) => text).reverse(),
    );
    const lines = await page
      .locator('#chart path')
      .evaluateAll((paths) => paths.map((path) => path.getAttribute('d')!));
    expect(lines.map((line) => line.match(/[ML]/g)?.length)).toContain(STEPS);
    expect(await page.locator('#chart').getAttribute('aria-label')).toContain(
      `at step ${STEPS}; held-out stories: from`,
    );
    await page.screenshot({ path: `${root}build/web.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.waitForFunction(() => document.querySelector('#chart svg')!.clientWidth < 360);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.screenshot({ path: `${root}build/web-phone.png`, fullPage: true });
    await page.close();
  },
  TIMEOUT,
);

test('web › what goes wrong is told in words, and the run can be started again', async () => {
  const page = await open(800);
  await page.route('**/model/config.json', (route) => route.fulfill({ status: 404 }));
  await press(page, 'Start');
  await state(page, 'failed');
  expect(await page.getByRole('alert').textContent()).toContain(
    '[config.json] the folder must hold the file, got none',
  );
  await page.unroute('**/model/config.json');
  await page.getByLabel('Steps', { exact: true }).fill('20');
  await press(page, 'Start');
  expect(await page.locator('body').getAttribute('data-state')).toBe('failed'); // the field says what it takes
  await page.getByLabel('Steps', { exact: true }).fill('21');
  await press(page, 'Start');
  await state(page, 'training');
  expect(await page.getByRole('alert').isVisible()).toBe(false);
  await page.route('**/worker.js', (route) => route.abort());
  await press(page, 'Stop');
  await state(page, 'stopped');
  await press(page, 'Start');
  await state(page, 'failed');
  expect(await page.getByRole('alert').textContent()).toBe('The worker could not be loaded.');
  await page.close();
});
