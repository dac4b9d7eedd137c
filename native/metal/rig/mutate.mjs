// npm run test:metal -- --mutate [families]: changes the kernels in small ways and asks whether the tests notice. A mutant dies when a value
// is wrong or when the checker reports; one that does not compile counts for nothing. Survivors are printed, to be argued one by one in
// survivors.md.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { out, root } from '../build.mjs';
import { MUTATIONS } from './mutations.mjs';

/** What share of the mutants must die. */
const KILLED = 0.95;
/** Titles of the tests that are not named after the file they are of, and the files that these are in. */
const TITLES = {
  norm: 'norms ›',
  common: '(unary|binary|copy|cast) ›',
  attend: 'attention(_grad)? ›',
  states: '(fold|scan) ›',
};
const FILES = {
  unary: ['elementwise'],
  binary: ['elementwise'],
  common: ['elementwise', 'copy', 'cast'],
  attend: ['attention'],
  states: ['fold', 'scan'],
  attention_grad: ['attention-grad'],
};

const kernels = join(root, 'kernels');
const textOf = (family) => readFileSync(join(kernels, `${family}.metal`), 'utf8');

function mutantsOf(family) {
  const source = textOf(family);
  return MUTATIONS.flatMap(([what, by, name]) =>
    [...source.matchAll(what)].map((m) => ({
      name,
      line: source.slice(0, m.index).split('\n').length,
      text: source.slice(0, m.index) + m[0].replace(new RegExp(what.source), by) + source.slice(m.index + m[0].length),
    })),
  ).filter((m) => m.text !== source);
}

/** What the tests of a family say with `text` in the place of its file: `passed`, `failed`, or `refused` where it does not compile. */
async function verdict(family, text, place, vitest) {
  const folder = join(out, 'mutants', String(place));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${family}.metal`);
  writeFileSync(file, text);
  const files = ['kernels', family, ...(FILES[family] ?? [])].map((name) => `tests/metal/${name}`);
  const child = spawn(process.execPath, [vitest, 'run', ...files, '-t', TITLES[family] ?? `${family} ›`, '--bail=1'], {
    cwd: join(root, '../..'),
    env: { ...process.env, LANEWISE_METAL_RIG: '1', LANEWISE_METAL_MUTANT: file, NO_COLOR: '1' },
  });
  let said = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (text) => (said += text));
  const status = await new Promise((done) => child.on('close', done));
  if (status === 0) return 'passed';
  return said.includes("[metal] kernels of '") ? 'refused' : 'failed';
}

/** Runs all mutants of these families, or of all. @returns whether enough of them died */
export async function mutate(asked, vitest) {
  const all = readdirSync(kernels).map((f) => f.replace('.metal', ''));
  const families = all.filter((f) => asked.length === 0 || asked.includes(f));
  const mutants = [];
  for (const family of families) {
    // where these fail anyway, every mutant would seem killed
    if ((await verdict(family, textOf(family), 0, vitest)) !== 'passed')
      throw new Error(`[metal] the tests of '${family}' must pass before it is changed`);
    mutants.push(...mutantsOf(family).map((m) => ({ family, ...m })));
  }
  const tally = new Map(families.map((f) => [f, { killed: 0, of: 0 }]));
  const take = async (place) => {
    for (let m = mutants.shift(); m; m = mutants.shift()) {
      const how = await verdict(m.family, m.text, place, vitest);
      const count = tally.get(m.family);
      if (how !== 'refused') count.of++;
      if (how === 'failed') count.killed++;
      const word = { passed: 'SURVIVED', failed: 'killed', refused: 'refused' }[how];
      console.log(`${word.padEnd(8)} ${m.family}.metal:${m.line} ${m.name}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, (_, place) => take(place)));
  let [killed, of] = [0, 0];
  for (const [family, count] of tally) {
    console.log(`${family}.metal: ${count.killed} of ${count.of}`);
    killed += count.killed;
    of += count.of;
  }
  console.log(`${killed} of ${of} killed, ${((100 * killed) / of).toFixed(1)} %`);
  return killed >= KILLED * of;
}
