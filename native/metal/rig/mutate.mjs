// npm run test:metal -- --mutate [family]: changes the kernels in small ways and asks whether the tests notice. A mutant dies when a value
// is wrong, when the checker reports, or when it does not compile. Survivors are printed, to be argued one by one in survivors.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { out, root } from '../build.mjs';

/** What is replaced, by what, and what that is called. */
const RULES = [
  [/threadgroup_barrier\(mem_flags::mem_threadgroup\);/g, '', 'no barrier'],
  [/mem_flags::mem_threadgroup/g, 'mem_flags::mem_none', 'a barrier for no memory'],
  [/\b(i|row|column|depth|step) < (c\.\w+|TILE \* DEPTH|DEPTH \* TILE|TILE \* TILE)/g, '$1 <= $2', 'one too many'],
  [/if \(i < c\.(?:dims\.)?n\) /g, '', 'no guard'],
  [/\bsimd_sum\(/g, 'simd_max(', 'max for sum'],
  [/\bsimd_max\(/g, 'simd_min(', 'min for max'],
  [/\blane == 0/g, 'lane != 0', 'all other lanes'],
  [/\bt == 0/g, 't != 0', 'all other threads'],
  [/lane < simds/g, 'lane + 1 < simds', 'one simd group less'],
  [/ \+ c\.eps/g, '', 'no eps'],
  [/row \* c\.n/g, 'row * threads', 'wrong row stride'],
  [/uint\(c\.([ab])\.row\)/g, 'uint(c.$1.column)', 'wrong stride'],
  [/uint\(c\.([ab])\.column\)/g, 'uint(c.$1.row)', 'wrong stride'],
  [/uint\(x\.batch\[axis\]\)/g, '1', 'wrong batch stride'],
  [/: 0\.0f;/g, ': 1.0f;', 'an edge that is not zero'],
  [/fma\(v, v, squares\)/g, 'v * v', 'no sum'],
  [/walks(\w|\[\d\]) \? i : 0/g, 'walks$1 ? i : i', 'a held operand that is walked'],
  [/, (DEPTH|TILE)\);/g, ', $1 / 2);', 'wrong tile stride'],
  [/a > b \? a/g, 'a < b ? a', 'the other one'],
  [/p < places\[t\]/g, 'p > places[t]', 'the last of equals'],
];

/** Tests that are not named after the file they are of. */
const CASES = { norm: 'norms ›', common: '(unary|binary) ›' };

function mutantsOf(family) {
  const path = join(root, 'kernels', `${family}.metal`);
  const source = readFileSync(path, 'utf8');
  return RULES.flatMap(([what, by, name]) =>
    [...source.matchAll(what)].map((m) => ({
      family,
      name,
      line: source.slice(0, m.index).split('\n').length,
      text: source.slice(0, m.index) + m[0].replace(new RegExp(what.source), by) + source.slice(m.index + m[0].length),
    })),
  );
}

/** @returns how many survived of how many */
export function mutate(families, vitest) {
  mkdirSync(join(out, 'mutants'), { recursive: true });
  const all = readdirSync(join(root, 'kernels')).map((f) => f.replace('.metal', ''));
  let [survived, count] = [0, 0];
  for (const family of all.filter((f) => !families.length || families.includes(f)))
    for (const { name, line, text } of mutantsOf(family)) {
      const file = join(out, 'mutants', `${family}.metal`);
      writeFileSync(file, text);
      const args = [
        vitest,
        'run',
        'tests/metal/kernels',
        `tests/metal/${family}`,
        '-t',
        CASES[family] ?? `${family} ›`,
        '--bail=1',
      ];
      const env = { ...process.env, LANEWISE_METAL_RIG: '1', LANEWISE_METAL_MUTANT: file };
      const { status } = spawnSync(process.execPath, args, { cwd: join(root, '../..'), env, encoding: 'utf8' });
      count++;
      if (status === 0) survived++;
      console.log(`${status === 0 ? 'SURVIVED' : 'killed  '} ${family}.metal:${line} ${name}`);
    }
  console.log(`${count - survived} of ${count} killed`);
  return { survived, count };
}
