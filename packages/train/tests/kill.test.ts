// kill -9 at random moments, resume, and compare with the run that nobody interrupted: every byte of weights and moments.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeJsonl } from '../src/data/jsonl.js';
import { records } from './support.js';

const dir = mkdtempSync(join(tmpdir(), 'lanewise-train-kill-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const child = join(dir, 'child.mjs');
const STEPS = 60;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('kill-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { lanewise: fileURLToPath(new URL('../../../src/index.ts', import.meta.url)) },
    ignoreAnnotations: true, // the package's `sideEffects` speaks of dist/
    logLevel: 'error',
  });
});
function folder(name: string): string {
  const path = join(dir, name);
  mkdirSync(path);
  writeFileSync(join(path, 'train.jsonl'), encodeJsonl(records(50)));
  writeFileSync(join(path, 'held-out.jsonl'), encodeJsonl(records(7)));
  return path;
}
/** Runs the child; kills it `delay` milliseconds after the event `at`. @returns its events */
function run(path: string, at: string | null, delay = 0, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    let aimed = false;
    process_.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      if (at === null || aimed || !out.includes(`${at}\n`)) return;
      aimed = true;
      setTimeout(() => process_.kill(signal), delay);
    });
    process_.stderr.on('data', (data: Buffer) => (err += data.toString()));
    process_.on('close', (code, by) => {
      if (code !== 0 && by !== 'SIGKILL') reject(new Error(`the run ended with ${String(code)}: ${err}`));
      else resolve(out.trim().split('\n'));
    });
  });
}
const result = (path: string): Record<string, string> => {
  const last = join(path, 'checkpoints', `step-${String(STEPS).padStart(8, '0')}`);
  return Object.fromEntries(
    ['model.safetensors', 'optimizer.safetensors'].map((file) => [
      file,
      readFileSync(join(last, file)).toString('base64'),
    ]),
  );
};
const state = (path: string): unknown => {
  const { elapsed: _, ...rest } = JSON.parse(
    readFileSync(join(path, 'checkpoints', `step-${String(STEPS).padStart(8, '0')}`, 'state.json'), 'utf8'),
  ) as Record<string, unknown>;
  return rest;
};

it('resume › after kill -9 at random steps every byte is that of the uninterrupted run', async () => {
  const whole = folder('whole');
  const events = await run(whole, null);
  expect(events.filter((e) => e.startsWith('skip')).length).toBeGreaterThan(0); // the loss scale has moved
  expect(events.at(-1)).toBe(`end ${STEPS}`);
  for (let round = 0; round < 3; round++) {
    const killed = folder(`killed-${round}`);
    const kills: string[] = [];
    // each kill comes further on; some hit a step, some an evaluation, some the writing of a checkpoint
    for (let from = 1; from < STEPS - 8; from += 8 + Math.floor(Math.random() * 20)) {
      const step = from + Math.floor(Math.random() * 8);
      const delay = Math.floor(Math.random() * 6);
      kills.push(`${step} + ${delay} ms`);
      const seen = await run(killed, `step ${step}`, delay);
      expect(seen.at(-1), kills.join(', ')).not.toBe(`end ${STEPS}`);
    }
    const last = await run(killed, null);
    expect(last[0], kills.join(', ')).toMatch(/^start [1-9]/);
    expect(result(killed), kills.join(', ')).toEqual(result(whole));
    expect(state(killed), kills.join(', ')).toEqual(state(whole));
    expect(readdirSync(join(killed, 'checkpoints')).filter((n) => n.startsWith('.'))).toEqual([]);
  }
});

it('signals › SIGTERM ends a run after its step, with a checkpoint', async () => {
  const path = folder('stopped');
  const events = await run(path, 'step 7', 0, 'SIGTERM');
  const last = Number(events.at(-1)!.split(' ')[1]);
  expect(events.at(-1)).toBe(`end ${last}`);
  expect(last).toBeGreaterThanOrEqual(7);
  expect(last).toBeLessThan(STEPS);
  expect(readdirSync(join(path, 'checkpoints'))).toContain(`step-${String(last).padStart(8, '0')}`);
});
