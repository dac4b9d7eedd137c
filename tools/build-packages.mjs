// Builds the packages beside the library: packages/*/dist/, all or those named. `--if-needed` skips what is newer than its sources.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ifNeeded = process.argv.includes('--if-needed');
const names = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const wanted = (name) => names.length === 0 || names.includes(name);
const newest = (dir) =>
  Math.max(
    ...readdirSync(dir, { withFileTypes: true, recursive: true })
      .filter((f) => f.isFile())
      .map((f) => statSync(`${f.parentPath}/${f.name}`).mtimeMs),
  );
const built = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Declarations and bundled modules of packages/<name>, unless they are newer than the sources. @returns whether it built */
async function buildPackage(name, entryPoints, platform) {
  const folder = `${root}packages/${name}/`;
  const stamp = built(`${folder}${entryPoints.at(-1).replace(/^src\/(.*)\.ts$/, 'dist/$1.js')}`);
  if (ifNeeded && stamp >= Math.max(newest(`${folder}src`), built(`${folder}package.json`))) return false;
  rmSync(`${folder}dist`, { recursive: true, force: true });
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], {
    cwd: folder,
    stdio: 'inherit',
  });
  await build({
    absWorkingDir: folder,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    packages: 'external',
    tsconfigRaw: '{}', // without the paths that point at the library's sources
    format: 'esm',
    platform,
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return true;
}

if (wanted('migrate') && (await buildPackage('migrate', ['src/index.ts', 'src/cli.ts'], 'node'))) {
  // the grammar's package would run an install script; its WebAssembly alone is all that is needed
  const migrate = `${root}packages/migrate/`;
  const grammar = `${migrate}node_modules/tree-sitter-rust/`;
  copyFileSync(`${grammar}tree-sitter-rust.wasm`, `${migrate}dist/tree-sitter-rust.wasm`);
  copyFileSync(`${grammar}LICENSE`, `${migrate}dist/tree-sitter-rust.LICENSE`);
}
if (wanted('train')) await buildPackage('train', ['src/index.ts', 'src/node.ts'], 'node');
