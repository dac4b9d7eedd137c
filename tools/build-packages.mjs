// Builds the packages beside the library: packages/*/dist/. `--if-needed` skips what is newer than its sources.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ifNeeded = process.argv.includes('--if-needed');
const newest = (dir) =>
  Math.max(
    ...readdirSync(dir, { withFileTypes: true, recursive: true })
      .filter((f) => f.isFile())
      .map((f) => statSync(`${f.parentPath}/${f.name}`).mtimeMs),
  );
const built = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const migrate = `${root}packages/migrate/`;
if (!ifNeeded || built(`${migrate}dist/cli.js`) < Math.max(newest(`${migrate}src`), built(`${migrate}package.json`))) {
  rmSync(`${migrate}dist`, { recursive: true, force: true });
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], {
    cwd: migrate,
    stdio: 'inherit',
  });
  await build({
    absWorkingDir: migrate,
    entryPoints: ['src/index.ts', 'src/cli.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning',
  });
  // the grammar's package would run an install script; its WebAssembly alone is all that is needed
  const grammar = `${migrate}node_modules/tree-sitter-rust/`;
  copyFileSync(`${grammar}tree-sitter-rust.wasm`, `${migrate}dist/tree-sitter-rust.wasm`);
  copyFileSync(`${grammar}LICENSE`, `${migrate}dist/tree-sitter-rust.LICENSE`);
}
