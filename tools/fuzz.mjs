// `npm run fuzz -- --minutes 10 --seed N`: random calls of the public API under heap guards; `--step K` repeats one of them.
// The calls run in a process of their own that notes each step in a file, so that one that hangs or kills it can be named.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const self = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = `${root}build/fuzz.mjs`;
/** A step that takes longer hangs. */
const PATIENCE = 60_000;

const text = { type: 'string' };
const { values } = parseArgs({ options: { minutes: text, seconds: text, seed: text, step: text, note: text } });
const number = (given, otherwise) => (given === undefined ? otherwise : Number(given));
const milliseconds = values.seconds === undefined ? number(values.minutes, 1) * 60_000 : Number(values.seconds) * 1000;
const seed = number(values.seed, Math.floor(Math.random() * 1e9));
const only = number(values.step, undefined);
if (![milliseconds, seed, only ?? 0].every(Number.isFinite)) {
  console.error('npm run fuzz -- [--minutes M | --seconds S] [--seed N] [--step K]');
  process.exit(1);
}
const again = (step) => `npm run fuzz -- --seed ${seed} --step ${step}`;

if (values.note === undefined) {
  mkdirSync(`${root}build`, { recursive: true });
  await build({
    entryPoints: [`${root}tests/support/fuzz.ts`],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
    ignoreAnnotations: true, // package.json's sideEffects speak of dist/
    logLevel: 'error',
  });
  const dir = mkdtempSync(join(tmpdir(), 'lanewise-fuzz-'));
  const note = join(dir, 'step');
  closeSync(openSync(note, 'w'));
  const step = () => readFileSync(note, 'utf8').trim();
  const args = [
    '--seconds',
    milliseconds / 1000,
    '--seed',
    seed,
    ...(only === undefined ? [] : ['--step', only]),
    '--note',
    note,
  ];
  const child = spawn(process.execPath, [self, ...args.map(String)], {
    stdio: 'inherit',
    env: { ...process.env, LANEWISE_HEAP_GUARDS: '1', LANEWISE_FUZZ_GOLDENS: '../tests/goldens' },
  });
  let last = { step: '', at: Date.now() };
  const watch = setInterval(() => {
    const now = step();
    if (now !== last.step) last = { step: now, at: Date.now() };
    else if (Date.now() - last.at > PATIENCE) {
      console.error(`a call hangs: ${again(now)}`);
      child.kill('SIGKILL');
    }
  }, 1000);
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    if (code !== 0 && code !== 1) console.error(`the process died (${signal ?? code}): ${again(step())}`);
    rmSync(dir, { recursive: true, force: true });
    process.exit(code === 0 ? 0 : 1);
  });
} else {
  const file = openSync(values.note, 'w');
  const { fuzz } = await import(bundle);
  const { calls, refused, findings } = await fuzz({
    seed,
    milliseconds,
    only,
    onStep: (step) => writeSync(file, String(step).padEnd(12), 0),
    onFinding: ({ step, call, what }) => console.error(`\n${what}\n  ${call}\n  ${again(step)}`),
  });
  console.log(`fuzz: seed ${seed}, ${calls} calls, ${refused} refused, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
