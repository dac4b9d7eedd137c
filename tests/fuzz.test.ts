import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as lw from '../src/index.js';
import { fuzz } from './support/fuzz.js';

const tool = fileURLToPath(new URL('../tools/fuzz.mjs', import.meta.url));

test('fuzz › twenty seconds of random calls: typed errors only, no guard broken, no bystander changed', async () => {
  // rejects with what it printed unless it ends with 0
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [tool, '--seconds', '20', '--seed', '20260401'],
    { timeout: 110_000 },
  );
  expect(stderr.trim()).toBe('');
  const [, calls, refused] = /(\d+) calls, (\d+) refused, 0 findings/.exec(stdout)!;
  expect(Number(calls)).toBeGreaterThan(500);
  // a good part of the calls is right, and a good part is wrong
  expect(Number(refused) / Number(calls)).toBeGreaterThan(0.2);
  expect(Number(refused) / Number(calls)).toBeLessThan(0.9);
});

test('fuzz › an error of another class is found, with the step that repeats it', async () => {
  const before = lw.Tensor.prototype.item;
  lw.Tensor.prototype.item = () => {
    throw new TypeError('from inside');
  };
  try {
    const { findings } = await fuzz({ seed: 1, milliseconds: 1500 });
    const found = findings.find((f) => f.what.includes('TypeError: from inside'));
    expect(found?.call).toContain('item(');
    const again = await fuzz({ seed: 1, milliseconds: 1500, only: found!.step });
    expect(again.calls).toBe(1);
    expect(again.findings[0]?.call).toBe(found!.call);
  } finally {
    lw.Tensor.prototype.item = before;
  }
});
