// `npm test`: installs, builds, runs everything that needs only Node. Arguments go to vitest.
import { prepare, root, run } from './prepare.mjs';

prepare({ packages: true });
const args = process.argv.slice(2);
if (args.length === 0) {
  run('npm', ['run', '--silent', 'typecheck']);
  run('npm', ['run', '--silent', 'lint']);
}
run(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', ...args]);
