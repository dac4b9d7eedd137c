// Builds dist/: kernels, bundled modules, declarations. `--if-needed` skips what is newer than its sources.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import './build-wasm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ifNeeded = process.argv.includes('--if-needed');
const newest = (dir) =>
  Math.max(
    ...readdirSync(`${root}${dir}`, { withFileTypes: true, recursive: true })
      .filter((f) => f.isFile())
      .map((f) => statSync(`${f.parentPath}/${f.name}`).mtimeMs),
  );
const built = (path) => statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const stamp = built('dist/index.js');

if (!ifNeeded || stamp < Math.max(newest('src'), statSync(`${root}package.json`).mtimeMs)) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  await build({
    absWorkingDir: root,
    entryPoints: {
      index: 'src/index.ts',
      slim: 'src/slim.ts',
      io: 'src/io.ts',
      nn: 'src/nn.ts',
      optimizers: 'src/optimizers.ts',
      'mlx-rs': 'src/mlx-rs.ts',
      torchless: 'src/torchless.ts',
      ...Object.fromEntries(
        ['index', 'nn', 'optimizers', 'mlx-rs', 'torchless', 'cli'].map((name) => [
          `node/${name}`,
          `src/node/${name}.ts`,
        ]),
      ),
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    minifySyntax: true, // what is read at every start; names stay for stack traces
    minifyWhitespace: true,
    lineLimit: 160, // an error that nobody catches prints the line that threw it
    external: ['node:*'],
    ignoreAnnotations: true, // the package's own `sideEffects` speaks of dist/
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const name of ['kernels', 'kernels-relaxed', 'kernels-revectorised']) {
    copyFileSync(`${root}build/${name}.wasm`, `${root}dist/${name}.wasm`);
  }
}

if (!ifNeeded || built('examples/llama/dist/cli.js') < newest('examples/llama/src')) {
  await build({
    absWorkingDir: `${root}examples/llama`,
    entryPoints: ['src/cli.ts', 'src/index.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    packages: 'external',
    tsconfigRaw: '{}', // without the paths that point at the sources
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}
