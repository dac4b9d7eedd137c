// `npm test`: installs, builds, runs everything that needs only Node, and the ops again on each other build of the kernels that this
// Node can run. Arguments go to vitest, and then there is one run only.
import { spawnSync } from 'node:child_process';
import { prepare, root, run } from './prepare.mjs';

prepare({ packages: true });
const args = process.argv.slice(2);
const vitest = `${root}node_modules/vitest/vitest.mjs`;
if (args.length === 0) {
  run('npm', ['run', '--silent', 'typecheck']);
  run('npm', ['run', '--silent', 'lint']);
}
run(process.execPath, [vitest, 'run', ...args]);

/** The build that runs where nothing is asked for, or null if the one asked for cannot. */
function variant(asked) {
  const code = `import * as lw from ${JSON.stringify(`${root}dist/index.js`)}; process.stdout.write(lw.backends().find(({ name }) => name === 'wasm').variant);`;
  const env = { ...process.env, ...asked };
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? stdout : null;
}
if (args.length === 0) {
  const usual = variant({});
  for (const name of ['plain', 'relaxed', 'revectorised'].filter((v) => v !== usual)) {
    const asked = { LANEWISE_VARIANT: name, LANEWISE_ENGINE_FLAGS: '1' };
    if (variant(asked) === null) {
      console.log(`the variant '${name}' cannot run here: not tested`);
      continue;
    }
    console.log(`the ops on the variant '${name}'`);
    Object.assign(process.env, asked);
    run(process.execPath, [
      vitest,
      'run',
      'tests/ops/golden.test.ts',
      'tests/kernels/matmul.test.ts',
      '-t',
      '^(wasm|matmul)',
    ]);
  }
}
