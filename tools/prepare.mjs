// What `npm start` and `npm test` share: install if needed, build if needed. Plain Node, so that it runs on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in `folder`; ends the process with its code if it fails. */
export function run(command, args, folder = root) {
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
/** `npm ci` in `folder` if its lock file changed. */
export function install(folder, ...flags) {
  const lock = `${folder}package-lock.json`;
  const stamp = `${folder}node_modules/.lanewise-lock`;
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error(`installing what ${folder === root ? 'the project' : folder.slice(root.length, -1)} needs ...`);
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...flags], folder);
  if (!statSync(`${folder}node_modules`, { throwIfNoEntry: false })) return;
  writeFileSync(stamp, wanted);
}
/** Installs the project, the trainer and the example if their lock files changed, builds dist/ if its sources did; `packages`: all of them. */
export function prepare({ packages = false } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Lanewise needs Node 20.19 or newer, this is ${process.version}`);
    process.exit(1);
  }
  install(root);
  const names = packages ? ['train', 'migrate'] : ['train'];
  for (const name of names) install(`${root}packages/${name}/`);
  install(`${root}examples/llama/`);
  run(process.execPath, [`${root}tools/build.mjs`, '--if-needed']);
  run(process.execPath, [`${root}tools/build-packages.mjs`, '--if-needed', ...names]);
}
