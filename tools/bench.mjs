// `npm run bench`: installs and builds the library and bench/, then measures. Options go to bench/src/cli.ts.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { prepare, root } from './prepare.mjs';

prepare();

const folder = `${root}bench/`;
const stamp = `${folder}node_modules/.lanewise-lock`;
const wanted = readFileSync(`${folder}package-lock.json`, 'utf8');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('installing what is measured beside the library ...');
  // their install scripts build or download what the packages bring already; a peer that cannot be had is reported by the run
  // not `ci`: it refuses a lock that leaves out what some optional peer has for other systems only
  const flags = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = (args) => spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (npm(flags).status !== 0 && npm([...flags, '--omit=optional']).status !== 0) process.exit(1);
  writeFileSync(stamp, wanted);
}
const { build } = await import('esbuild'); // installed by now
await build({
  absWorkingDir: folder,
  entryPoints: ['src/cli.ts', 'src/worker.ts', 'src/index.ts', 'src/peers/onnx-model.ts'],
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
const child = spawn(process.execPath, [`${folder}dist/cli.js`, ...process.argv.slice(2)], { stdio: 'inherit' });
process.on('SIGINT', () => {}); // the child shares the terminal and handles Ctrl-C itself
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
