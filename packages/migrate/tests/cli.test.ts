import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'lanewise-migrate-cli-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, 'a.rs');
writeFileSync(
  file,
  'use mlx_rs::Array;\nfn main() {\n    let a = Array::from_float(1.0);\n    let b = unsafe { a };\n}\n',
);

it('cli › prints the translation, and what is left to do on standard error', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, file], { encoding: 'utf8' });
  expect(stdout).toContain('const a = Array.from_f32(1);');
  expect(stderr).toBe(`${file}:4: unsafe block is not translated: let b = unsafe { a };\n`);
  expect(status).toBe(0);
});
it('cli › writes to a file, in the old spelling', () => {
  const out = join(dir, 'a.ts');
  execFileSync(process.execPath, [cli, file, '-o', out, '--to', '0.21'], { stdio: 'pipe' });
  expect(readFileSync(out, 'utf8')).toContain('const a = Array.from_float(1);');
});
const failures: [string, string[], number, string][] = [
  ['--strict makes marks an error', [file, '--strict'], 1, 'unsafe block is not translated'],
  ['a version that does not exist', [file, '--to', '0.9'], 1, '--to must be 0.25 or 0.21, got 0.9'],
  ['a file that does not exist', [join(dir, 'b.rs')], 1, 'ENOENT'],
  ['an option that does not exist', [file, '--fast'], 1, '--fast'],
  ['no file', [], 2, ''],
];
it.each(failures)('cli › %s', (_, args, status, text) => {
  const r = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  expect(r.status).toBe(status);
  expect(r.stderr).toContain(text);
});
