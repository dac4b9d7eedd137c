// npm run test:metal -- [vitest arguments]: installs, builds the Metal addon against the software device and runs tests/metal.
// npm run test:metal -- --mutate [families]: asks whether those tests notice small changes of the kernels.
// npm run test:metal -- --device [vitest arguments]: on a Mac, builds the addon for its GPU and runs the tests that need no software device.
// npm run test:metal -- --probe: on a Mac whose addon is built, prints whether there is a GPU that it takes, as `gpu=yes` or `gpu=no`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { install, prepare, root } from './prepare.mjs';

const vitest = `${root}node_modules/vitest/vitest.mjs`;
const asked = process.argv.slice(2);
const rest = asked.filter((a) => !a.startsWith('--'));
const has = (flag) => asked.includes(flag);

/** Tests of the rig, of what only a device that can be made to fail shows, and of the addon's build on Linux. */
const EMULATED = ['addon', 'backend', 'bridge', 'checker', 'doctor', 'faults', 'leaks', 'processes', 'threads'];

function run(args, env) {
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, LANEWISE_METAL_RIG: '1', ...env },
  });
  process.exit(status ?? 1);
}

if (has('--probe')) {
  const { addon } = createRequire(import.meta.url)('../native/metal/index.cjs');
  try {
    const { device } = addon.open();
    console.log(`gpu=yes\nwhy=${device}`);
  } catch (e) {
    if (e.code !== 'METAL_UNAVAILABLE') throw e;
    console.log(`gpu=no\nwhy=${e.message}`);
  }
} else if (has('--device')) {
  prepare();
  install(`${root}native/metal/`);
  const { buildForMac } = await import('../native/metal/build.mjs');
  buildForMac();
  const names = EMULATED.flatMap((name) => ['--exclude', `tests/metal/${name}.test.ts`]);
  run([...(rest.length > 0 ? rest : ['tests/metal']), ...names], { LANEWISE_METAL: `${root}native/metal/index.cjs` });
} else {
  prepare();
  install(`${root}native/metal/`, '--force'); // its package is for Macs
  const { build, missing } = await import('../native/metal/rig/build.mjs');
  const lack = missing();
  if (lack) {
    console.error(`[test:metal] needs: ${lack}`);
    process.exit(1);
  }
  build();
  if (has('--mutate')) {
    const { mutate } = await import('../native/metal/rig/mutate.mjs');
    process.exitCode = (await mutate(rest, vitest)) ? 0 : 1;
  } else run(asked.some((a) => !a.startsWith('-')) ? asked : ['tests/metal', ...asked], {});
}
