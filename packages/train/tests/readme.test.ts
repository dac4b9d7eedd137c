// The README's first program, as it stands there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { encodeJsonl } from '../src/data/jsonl.js';

const dir = mkdtempSync(join(tmpdir(), 'lanewise-train-readme-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('readme › the program learns, writes its files, and goes on where it was', async () => {
  const program = /```ts\n(import \{ nn[\s\S]*?)```/.exec(readFileSync(at('../README.md'), 'utf8'))![1]!;
  await build({
    stdin: { contents: program, loader: 'ts', resolveDir: at('.') },
    outfile: join(dir, 'program.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    alias: {
      lanewise: at('../../../src/index.ts'),
      '@lanewise/train/node': at('../src/node.ts'),
      '@lanewise/train': at('../src/index.ts'),
    },
    ignoreAnnotations: true,
    logLevel: 'error',
  });
  const words = ['lane', 'wise', 'tensor', 'kernel', 'step'];
  const records = Array.from({ length: 60 }, (_, i) => ({ text: words.map((_w, k) => words[(i + k) % 5]).join(' ') }));
  writeFileSync(join(dir, 'train.jsonl'), encodeJsonl(records));
  const run = (): string[] => {
    execFileSync(process.execPath, ['program.mjs'], { cwd: dir, stdio: 'pipe' });
    return readFileSync(join(dir, 'run/metrics.jsonl'), 'utf8').trimEnd().split('\n');
  };
  const lines = run().map((line) => JSON.parse(line) as { type: string; loss: number; step: number });
  const steps = lines.filter((line) => line.type === 'step');
  expect(steps).toHaveLength(200);
  expect(steps[0]!.loss).toBeGreaterThan(5); // log 256 is 5.5
  expect(steps.at(-1)!.loss).toBeLessThan(1.5);
  expect(readdirSync(join(dir, 'run/checkpoints'))).toEqual(['step-00000100', 'step-00000150', 'step-00000200']);
  rmSync(join(dir, 'run/checkpoints/step-00000200'), { recursive: true });
  const again = run().map((line) => JSON.parse(line) as { type: string; loss: number; step: number });
  expect(again.filter((line) => line.type === 'step').map((s) => [s.step, s.loss])).toEqual(
    steps.map((s) => [s.step, s.loss]),
  );
});
