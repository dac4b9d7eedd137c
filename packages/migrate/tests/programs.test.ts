// Rust programs in the style of mlx-rs: translated, type-checked, run, and their numbers compared with what MLX computes.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { migrate, type Version } from '../src/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const programs = fileURLToPath(new URL('programs/', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'lanewise-migrate-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const names = readdirSync(programs)
  .filter((f) => f.endsWith('.rs'))
  .map((f) => f.slice(0, -3));

/** Runs TypeScript on the library's sources; what it prints. */
async function run(file: string): Promise<string> {
  const outfile = `${file}.mjs`;
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    ignoreAnnotations: true, // the sources' own `sideEffects` speaks of dist/
    alias: { 'lanewise/mlx-rs': `${root}src/mlx-rs.ts` },
    logLevel: 'silent',
  });
  return (await promisify(execFile)(process.execPath, [outfile])).stdout;
}
/** Numbers that differ in the last printed digit only are equal: the order of sums may differ. */
function close(got: string, want: string): void {
  const words = (text: string): string[] => text.trim().split(/\s+/);
  expect(words(got).length).toBe(words(want).length);
  words(got).forEach((word, i) => {
    const other = words(want)[i]!;
    const digits = /\.(\d+)$/.exec(other)?.[1]?.length;
    if (digits === undefined || word === other) expect(word).toBe(other);
    else expect(Math.abs(Number(word) - Number(other))).toBeLessThanOrEqual(1.5 * 10 ** -digits);
  });
}

describe.each(names)('%s', (name) => {
  const rust = readFileSync(`${programs}${name}.rs`, 'utf8');
  const want = readFileSync(`${programs}${name}.txt`, 'utf8');
  it.each(['0.25', '0.21'] as Version[])('migrate › spelled as %s it prints the numbers of MLX', async (version) => {
    const { code, marks } = await migrate(rust, { version });
    expect(marks).toEqual([]);
    const file = join(dir, `${name}-${version}.ts`);
    writeFileSync(file, code);
    close(await run(file), want);
  });
});

it('migrate › the output passes the type checker', async () => {
  const files: string[] = [];
  for (const name of names) {
    const file = join(dir, `${name}-types.ts`);
    writeFileSync(file, (await migrate(readFileSync(`${programs}${name}.rs`, 'utf8'))).code);
    files.push(file);
  }
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    paths: { 'lanewise/mlx-rs': [`${root}src/mlx-rs.ts`] },
    typeRoots: [`${root}node_modules/@types`],
    types: ['node'],
  });
  const errors = ts
    .getPreEmitDiagnostics(program)
    .filter((d) => d.file?.fileName.startsWith(dir))
    .map((d) => `${d.file!.fileName.slice(dir.length)}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
  expect(errors).toEqual([]);
});
