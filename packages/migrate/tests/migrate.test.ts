import { expect, it } from 'vitest';
import { migrate } from '../src/index.js';

/** The statements of a fragment, without the imports. */
async function lines(rust: string, version: '0.21' | '0.25' = '0.25'): Promise<string> {
  const { code } = await migrate(`${PRELUDE}${rust}`, { version });
  return code
    .split('\n')
    .filter((l) => !l.startsWith('import ') && l !== '')
    .slice(1)
    .join('\n');
}
const PRELUDE = `use mlx_rs::{array, Array, Dtype, ops, ops::{softmax, softmax_axis, concatenate, concatenate_axis, expand_dims}};
let a = Array::from_f32(0.0);
`;

// old spelling, new spelling, what each becomes in the spelling of 0.25 and of 0.21
const changes: [string, string, string, string][] = [
  ['Array::from_float(x)', 'Array::from_f32(x)', 'Array.from_f32(x)', 'Array.from_float(x)'],
  ['a.mean(None, None)', 'a.mean(None)', 'a.mean(null)', 'a.mean(null, null)'],
  ['a.sum(None, None)', 'a.sum(None)', 'a.sum(null)', 'a.sum(null, null)'],
  ['a.transpose(&[1, 0])', 'a.transpose_axes(&[1, 0])', 'a.transpose_axes([1, 0])', 'a.transpose([1, 0])'],
  [
    'softmax(&a, &[-1], false)',
    'softmax_axis(&a, -1, false)',
    'ops.softmax_axis(a, -1, false)',
    'ops.softmax(a, [-1], false)',
  ],
  [
    'concatenate(&arrays, 1)',
    'concatenate_axis(&arrays, 1)',
    'ops.concatenate_axis(arrays, 1)',
    'ops.concatenate(arrays, 1)',
  ],
  ['expand_dims(&a, &[1])', 'expand_dims(&a, 1)', 'ops.expand_dims(a, 1)', 'ops.expand_dims(a, [1])'],
  ['a.sum(&[0], true)', 'a.sum_axis(0, true)', 'a.sum_axis(0, true)', 'a.sum([0], true)'],
  ['a.sum(&[0, 1], true)', 'a.sum_axes(&[0, 1], true)', 'a.sum_axes([0, 1], true)', 'a.sum([0, 1], true)'],
  ['a.variance(&[0], None, 1)', 'a.var_axis(0, None, 1)', 'a.var_axis(0, null, 1)', 'a.variance([0], null, 1)'],
  ['a.log_sum_exp(None, true)', 'a.logsumexp(true)', 'a.logsumexp(true)', 'a.log_sum_exp(null, true)'],
  ['ops::sort(&a, 0)', 'ops::sort_axis(&a, 0)', 'ops.sort_axis(a, 0)', 'ops.sort(a, 0)'],
  ['ops::sort_all(&a)', 'ops::sort(&a)', 'ops.sort(a)', 'ops.sort_all(a)'],
  ['ops::stack(&arrays, 1)', 'ops::stack_axis(&arrays, 1)', 'ops.stack_axis(arrays, 1)', 'ops.stack(arrays, 1)'],
  ['a.split(&[1, 2], 0)', 'a.split_axis(&[1, 2], 0)', 'a.split_axis([1, 2], 0)', 'a.split([1, 2], 0)'],
  ['a.split_equal(2, 0)', 'a.split(2, 0)', 'a.split(2, 0)', 'a.split_equal(2, 0)'],
  ['a.squeeze(&[0])', 'a.squeeze_axes(&[0])', 'a.squeeze_axes([0])', 'a.squeeze([0])'],
];
it.each(changes)('versions › %s is %s, in both directions', async (old, now, code25, code21) => {
  const name = old.startsWith('a.') || /&a\b/.test(old) ? 'a' : '';
  const value = (code: string): string => `const r = ${code};`;
  for (const rust of [old, now]) {
    const out = await lines(`let arrays = vec![&a, &a]; let x = 1.5; let r = ${rust}?;`);
    expect(out.split('\n').at(-1), `${rust} ${name}`).toBe(value(code25));
    const back = await lines(`let arrays = vec![&a, &a]; let x = 1.5; let r = ${rust}?;`, '0.21');
    expect(back.split('\n').at(-1), rust).toBe(value(code21));
  }
});

const rules: [string, string, string][] = [
  ['? and unwrap', 'let b = a.exp()?.log().unwrap().sqrt().expect("root");', 'const b = a.exp().log().sqrt();'],
  ['references', 'let b = ops::add(&a, &mut &a)?;', 'const b = ops.add(a, a);'],
  ['operators of arrays', 'let b = -(&a + &a) * 2 % 3.5;', 'const b = a.add(a).neg().mul(2).rem(3.5);'],
  ['a whole float beside an array', 'let b = &a * 2.0;', 'const b = a.mul(f32(2));'],
  ['a float variable', 'let lr: f32 = 0.5; let b = &a * lr;', 'const lr = 0.5;\nconst b = a.mul(f32(lr));'],
  ['a scalar on the left', 'let b = 1.0 - &a;', 'const b = f32(1).sub(a);'],
  ['operators of numbers', 'let n = 7 / 2 + 1;', 'const n = Math.trunc(7 / 2) + 1;'],
  ['array! of integers', 'let b = array!([[1, 2], [3, 4]]);', 'const b = array([[1, 2], [3, 4]], Dtype.Int32);'],
  ['array! of floats', 'let b = array!([1.0, 2.5]);', 'const b = array([1, 2.5]);'],
  [
    'from_slice of i32',
    'let b = Array::from_slice(&[1, 2], &[2]);',
    'const b = Array.from_slice([1, 2], [2], Dtype.Int32);',
  ],
  ['from_slice of f32', 'let b = Array::from_slice(&[1.0f32, 2.0], &[2]);', 'const b = Array.from_slice([1, 2], [2]);'],
  ['turbofish', 'let b = a.as_type::<i32>()?;', 'const b = a.as_type(Dtype.Int32);'],
  [
    'slices',
    'use mlx_rs::ops::indexing::*; let b = a.index((0, 1..3, .., ..=2, 4.., NewAxis, Ellipsis));',
    'const b = a.index([0, range(1, 3), range_full(), range_to_inclusive(2), range_from(4), NewAxis, Ellipsis]);'
      .replace(/range\w*\(/g, 'ops.indexing.$&')
      .replace('NewAxis', 'ops.indexing.NewAxis')
      .replace('Ellipsis', 'ops.indexing.Ellipsis'),
  ],
  [
    'strides',
    'use mlx_rs::ops::indexing::IntoStrideBy; let b = a.index((..).stride_by(-1));',
    'const b = a.index(ops.indexing.range_full().stride_by(-1));',
  ],
  [
    'a macro with named arguments',
    'let b = mlx_rs::softmax_axis!(&a, -1, precise = true)?;',
    'const b = ops.softmax_axis(a, -1, true);',
  ],
  ['shadowing', 'let a = a.exp()?; let a = &a + &a;', 'const a2 = a.exp();\nconst a3 = a2.add(a2);'],
  ['formats', 'let x = 1.5; println!("{x:.2} {} {{}}", 3);', 'const x = 1.5;\nconsole.log(`${x.toFixed(2)} ${3} {}`);'],
  ['names that JavaScript reserves', 'let new = 1; let class = new + 1;', 'const new_ = 1;\nconst class_ = new_ + 1;'],
  ['compound assignment of arrays', 'let mut b = a.clone(); b += 1;', 'let b = a.clone();\nb.add_assign(1);'],
  [
    'counting loops',
    'for i in (0..4).rev() { println!("{}", i); }',
    'for (let i = 4 - 1; i >= 0; i--) {\n  console.log(`${i}`);\n}',
  ],
];
it.each(rules)('migrate › %s', async (_, rust, want) => {
  expect(await lines(rust)).toBe(want);
});

it('marks › what has no translation stays as a comment under a marked line', async () => {
  const { code, marks } = await migrate(
    'fn main() {\n    let x = unsafe { read() };\n    let y = 1;\n}\n\ntrait Layer {\n    fn f(&self);\n}\n',
  );
  expect(code).toContain('// lanewise-migrate: unsafe block is not translated\n  //   let x = unsafe { read() };');
  expect(code).toContain('const y = 1;');
  expect(code).toContain('// lanewise-migrate: a trait is not translated\n//   trait Layer {');
  expect(marks.map((m) => [m.line, m.rust])).toEqual([
    [2, 'let x = unsafe { read() };'],
    [6, 'trait Layer {'],
  ]);
});
it('marks › an operator whose operands are not known says so', async () => {
  const { code, marks } = await migrate('fn f(x: Thing, y: Thing) -> Thing { x * y }');
  expect(code).toContain('the operator * is kept');
  expect(code).toContain('return x * y;');
  expect(marks).toHaveLength(1);
});
it('migrate › text that is not Rust is refused with its line', async () => {
  await expect(migrate('fn main() {\n  let = ;\n}')).rejects.toThrow(
    '[migrate] the source must be Rust, got an error at line 2',
  );
});
it('migrate › what is nested beyond the stack is refused', async () => {
  const deep = `fn main() { let x = ${'-('.repeat(20000)}1${')'.repeat(20000)}; }`;
  await expect(migrate(deep)).rejects.toThrow('[migrate] the source is nested too deeply');
});
