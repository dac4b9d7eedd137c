// npm run test:metal -- [vitest arguments]: builds the Metal addon against the software device and runs tests/metal.
// npm run test:metal -- --mutate [families]: asks whether those tests notice small changes of the kernels.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build, missing } from '../native/metal/rig/build.mjs';
import { mutate } from '../native/metal/rig/mutate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const lack = missing();
if (lack) {
  console.error(`[test:metal] needs: ${lack}`);
  process.exit(1);
}
build();
const asked = process.argv.slice(2);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
if (asked.includes('--mutate')) {
  mutate(
    asked.filter((a) => a !== '--mutate'),
    vitest,
  );
  process.exit(0);
}
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', ...(asked.some((a) => !a.startsWith('-')) ? asked : ['tests/metal', ...asked])],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, LANEWISE_METAL_RIG: '1' },
  },
);
process.exit(status ?? 1);
