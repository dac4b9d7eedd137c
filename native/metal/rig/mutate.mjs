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
  [/simdgroup_barrier\(mem_flags::mem_threadgroup\);/g, '', 'no barrier of a simd group'],
  [/simd_shuffle_xor\((\w+), [12]\)/g, 'simd_shuffle_xor($1, 4)', 'another lane'],
  [/ < (rows|columns|seen|last|end|width|count|pairs|bytes|c\.depth|c\.count)\b/g, ' <= $1', 'one too many'],
  [/ >= (c\.[\w.]+(?: \* c\.\w+)?|pairs)\) return/g, ' > $1) return', 'one thread too many'],
  [/== -INFINITY \?/g, '== 0.0f ?', 'infinity less infinity'],
  [/\? score : -INFINITY/g, '? score : 0.0f', 'what is hidden is seen'],
  [/precise::exp\((before|score)/g, 'precise::exp(0.5f * $1', 'another base'],
  [/ \*= factor;/g, ' *= 1.0f;', 'not scaled'],
  [/ \* factor\b/g, '', 'not scaled'],
  [/rescale\((\w+)\[i\], high\)/g, '1.0f', 'not scaled'],
  [/sum == 0\.0f \? 0\.0f :/g, '', 'nothing over nothing'],
  [/ \* uint\((?:c\.\w+|w)\.column\)/g, '', 'wrong stride'],
  [/uint\(x\.(batch|head|row)\)/g, '1', 'wrong stride'],
  [/uint\(c\.strides\[(axis|c\.rank)\]\)/g, '1', 'wrong stride'],
  [/step = uint\(c\.strides\[c\.rank \+ 1\]\)/g, 'step = 1', 'wrong stride'],
  [/ \+ poison/g, '', 'no NaN'],
  [/ && isfinite\(b\)/g, '', 'NaN for zero'],
  [/ \+ fraction\(step\.low\)/g, '', 'half of the digits'],
  [/x < 0\.0f \? -bits/g, 'x < 0.0f ? bits', 'the other way round'],
  [/entry != counted/g, 'counted == 0xffffffff', 'angles of another entry'],
  [/ % c\.count/g, '', 'offsets that do not repeat'],
  [/ == own\) o/g, ' != own) o', 'those of the others'],
  [/offset \* 2654435761u >> 16/g, 'offset', 'owners by the offset itself'],
  [/x != x \|\| x/g, 'x', 'NaN loses'],
  [/x (>|<) y \? a : b/g, 'x $1 y ? b : a', 'the other one'],
  [/uint\(c\.next(B|Offset)\)/g, '1', 'wrong step'],
  [/round % 4 == 3/g, 'round % 4 == 2', 'the key too early'],
  [/by \| x\.y >> \(32 - by\)/g, 'by', 'shifted, not rotated'],
  [/word >>= 8/g, 'word >>= 4', 'half a byte'],
  [/0x80000000 - magnitude/g, 'bits', 'negative numbers upside down'],
  [/magnitude > 0x7f800000/g, 'magnitude > 0x7fffffff', 'NaN by its sign'],
  [/ && u > v\)/g, ' && u < v)', 'the last of equals'],
  [/~typename K::Word\(0\)/g, 'typename K::Word(0)', 'the end comes first'],
  [/other <= own/g, 'other < own', 'the last of equals'],
  [/min\(middle \+ c\.run, c\.n\)/g, 'middle + c.run', 'a run that does not end'],
  [/t < step/g, 't <= step', 'one too many'],
  [/step >= width/g, 'step > width', 'one step less'],
  [/threads \/ width/g, 'threads', 'steps that are too long'],
  [/c\.parts - 1/g, 'c.parts - c.parts', 'parts that are too short'],
  [/\ba\.first > b\.first/g, 'a.first < b.first', 'the other one'],
  [/\ba\.first < b\.first/g, 'a.first > b.first', 'the other one'],
  [/a\.first != a\.first \|\| /g, '', 'NaN that does not win'],
  [/ \|\| \(a != a && b == b\)/g, '', 'NaN that does not win'],
  [/a\.second < b\.second/g, 'a.second > b.second', 'the last of equals'],
  [/a\.first \* b\.first/g, 'a.first + b.first', 'sum for product'],
  [/a\.first & b\.first/g, 'a.first | b.first', 'any for all'],
  [/ \+ lost/g, '', 'what was lost'],
  [/isfinite\(a\.first\)/g, 'true', 'NaN for an infinite sum'],
  [/a\.first == most \? /g, 'false ? ', 'the difference of infinities'],
  [/& 15\b/g, '& 7', 'a bit less'],
  [/- (8|32)\)/g, '- 7)', 'another zero'],
  [/>> shift/g, '>> 0', 'no shift'],
  [/>> 6\)/g, '>> 7)', 'a bit too far'],
  [/ - m;/g, ';', 'no minimum'],
  [/ \^ Format::TURNED/g, '', 'signs that stay turned over'],
  [/row % (16|4)/g, '0', 'another row of the stripe'],
  [/, c\.n - row\)/g, ', c.n)', 'one too many'],
  [/ \+ b;/g, ';', 'no bias'],
  [/fma\(v\[i\], xs\[i\], sums\[r\]\)/g, 'v[i] * xs[i]', 'no sum'],
  [/ \* c\.(b1|r1|b2|r2|scale|decay|momentum|keep|penalty|look|inner|parts)\b/g, '', 'no factor'],
  [/\bc\.rate \* /g, '', 'no factor'],
  [/\bprecise::sqrt\(/g, '(', 'no root'],
  [/\by == T\(0\)/g, 'false', 'a division by zero'],
  [/y < T\(0\) && y == T\(-1\)/g, 'false', 'a quotient that overflows'],
  [/ != \(y < T\(0\)\)/g, ' == (y < T(0))', 'the other signs'],
  [/8 \* sizeof\(T\)/g, '8 * sizeof(T) + 1', 'a shift by the width'],
  [/x < T\(0\) \? T\(-1\)/g, 'false ? T(-1)', 'no sign'],
  [/y & T\(1\)/g, 'true', 'every bit'],
  [/ != 0 \?/g, ' == 0 ?', 'the other one'],
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

/** Whether the tests of a family pass with `text` in the place of its file. */
function passes(family, text, vitest) {
  const file = join(out, 'mutants', `${family}.metal`);
  writeFileSync(file, text);
  const cases = ['tests/metal/kernels', `tests/metal/${family}`, '-t', CASES[family] ?? `${family} ›`, '--bail=1'];
  const env = { ...process.env, LANEWISE_METAL_RIG: '1', LANEWISE_METAL_MUTANT: file };
  return spawnSync(process.execPath, [vitest, 'run', ...cases], { cwd: join(root, '../..'), env }).status === 0;
}

/** @returns how many survived of how many */
export function mutate(families, vitest) {
  mkdirSync(join(out, 'mutants'), { recursive: true });
  const all = readdirSync(join(root, 'kernels')).map((f) => f.replace('.metal', ''));
  let [survived, count] = [0, 0];
  for (const family of all.filter((f) => !families.length || families.includes(f))) {
    // where these fail anyway, every mutant would seem killed
    if (!passes(family, readFileSync(join(root, 'kernels', `${family}.metal`), 'utf8'), vitest))
      throw new Error(`[metal] the tests of '${family}' must pass before it is changed`);
    for (const { name, line, text } of mutantsOf(family)) {
      const lives = passes(family, text, vitest);
      count++;
      if (lives) survived++;
      console.log(`${lives ? 'SURVIVED' : 'killed  '} ${family}.metal:${line} ${name}`);
    }
  }
  console.log(`${count - survived} of ${count} killed`);
  return { survived, count };
}
