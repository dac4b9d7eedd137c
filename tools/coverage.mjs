// docs/mlx-rs-coverage.md: every public item of mlx-rs and what stands for it here. `npm run coverage:mlx-rs` writes it; with
// `--check` it fails when the file is stale, or when an item is neither tested nor listed by a rule below.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const surface = JSON.parse(readFileSync(`${root}tools/mlx-rs-surface.json`, 'utf8'));
const check = process.argv.includes('--check');

// ---- the shim ----

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/mlx-rs.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  ignoreAnnotations: true, // the package's own `sideEffects` speaks of dist/
  logLevel: 'silent',
});
const shim = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
// names that are types only leave nothing at run time: they are read in the sources
const sources = ['src/mlx-rs', 'src/mlx-rs/ops', 'src/mlx-rs/nn', 'src/mlx-rs/optimizers']
  .flatMap((dir) => readdirSync(root + dir).map((f) => `${root}${dir}/${f}`))
  .filter((f) => f.endsWith('.ts'))
  .map((f) => readFileSync(f, 'utf8'))
  .join('\n');

/** Paths that stand elsewhere than their own name says. */
const elsewhere = new Map([
  ['array!', 'array'],
  ['<Array as PartialEq>::eq', 'Array.prototype.equals'],
  ['<Array as std::fmt::Display>::fmt', 'Array.prototype.toString'],
  ['<Array as std::fmt::Debug>::fmt', 'Array.prototype.toString'],
  ['FromScalar::from_scalar', 'Array.from_scalar'],
  ['FromNested::from_nested', 'Array.from_nested'],
  ['ops::indexing::IntoStrideBy::stride_by', 'ops.indexing.RangeIndex.prototype.stride_by'],
  ['ops::indexing::NewAxis', 'ops.indexing.NewAxis'],
  ['ops::indexing::Ellipsis', 'ops.indexing.Ellipsis'],
]);
/** Traits whose methods stand on the class that has them all. */
const owners = new Map([
  ['module::Parameter', 'module.Param'],
  ['quantization::Quantizable', 'module.Module'],
  ['utils::Updatable', 'module.Module'],
  ['mlx_lm::cache::KeyValueCache', 'mlx_lm.cache.ConcatKeyValueCache'],
]);
const traits = /(?:^|::)(?:Try)?Index(?:Mut)?Op::/;
const short = (path) => path.replace('mlx_rs::', '').replaceAll('r#', '');
function nameOf(path) {
  const p = short(path);
  const fixed = elsewhere.get(p);
  if (fixed !== undefined) return fixed;
  const operator = /^<&?Array as .*>::(\w+)$/.exec(p);
  if (operator !== null)
    return operator[1] in shim.Array.prototype ? `Array.prototype.${operator[1]}` : `Array.${operator[1]}`;
  if (traits.test(p)) return `Array.prototype.${p.split('::').at(-1)}`;
  const names = p.split('::');
  const trait = owners.get(names.slice(0, -1).join('::'));
  if (trait !== undefined) return `${trait}.prototype.${names.at(-1)}`;
  const owner = at(names.slice(0, -1));
  const last = names.at(-1);
  if (
    typeof owner === 'function' &&
    owner.prototype !== undefined &&
    last in owner.prototype &&
    !Object.hasOwn(owner, last)
  ) {
    return [...names.slice(0, -1), 'prototype', last].join('.');
  }
  return names.join('.');
}
const at = (names) => names.reduce((o, n) => (o === undefined || o === null ? undefined : o[n]), shim);
const own = (names) => (names.length === 1 ? shim[names[0]] : at(names));
function resolves(path, kind) {
  const name = nameOf(path);
  if (own(name.split('.')) !== undefined) return true;
  return (
    kind !== 'fn' &&
    kind !== 'method' &&
    new RegExp(`export (type|interface) ${name.split('.').at(-1)}\\b`).test(sources)
  );
}

// ---- the tests ----

const files = readdirSync(`${root}tests/mlx-rs`).filter((f) => f.endsWith('.test.ts'));
const texts = files.map((f) => [f, readFileSync(`${root}tests/mlx-rs/${f}`, 'utf8')]);
const goldens = Object.keys(JSON.parse(readFileSync(`${root}tests/goldens/mlx-rs/values.json`, 'utf8')).values);
const { losses, layers } = JSON.parse(readFileSync(`${root}tests/goldens/mlx-rs/modules.json`, 'utf8'));
const modules = [
  ...Object.keys(losses).map((name) => `losses::${name}::apply`),
  ...Object.keys(layers).map((name) => `nn::${name}::forward`),
];
const inGoldens = new Set([...goldens.map((k) => k.split(' › ')[0]), ...modules]);
/** Strings and property names of a test file, with `${name}` filled in by the lists that the file loops over. */
function named(text) {
  const found = new Set();
  for (const [, a, b, c] of text.matchAll(/'([^'\n]+)'|`([^`\n]+)`|^\s+(\w+): \(\)/gm)) {
    for (const part of (a ?? b ?? c).split(', ')) found.add(part.split(' › ')[0]);
  }
  for (const [, list, body] of text.matchAll(/of \[([^\]]+)\] as const\) \{([\s\S]*?)\n {0,2}\}\n/g)) {
    for (const [, name] of list.matchAll(/'(\w+)'/g)) {
      for (const [, template] of body.matchAll(/`([\w:]*\$\{name\}[\w:]*)`/g))
        found.add(template.replace('${name}', name));
    }
  }
  for (const [, list, owner, rest] of text.matchAll(/shared\(()'(\w+)'()/g)) {
    for (const [, tail] of text.matchAll(/`\$\{name\}(::\w+)`/g)) found.add(owner + tail + list + rest);
  }
  return found;
}
const byFile = texts.map(([f, text]) => [f, named(text)]);
const testOf = (path) => {
  const p = path.replace('mlx_rs::', '');
  const hits = byFile.filter(([, names]) => names.has(p)).map(([f]) => f);
  const file = hits.find((f) => f !== 'spelling.test.ts');
  if (file === undefined) return null;
  return inGoldens.has(p) ? `${file}, values of MLX` : file;
};

// ---- what is not here ----

/** Items that have no meaning in TypeScript. */
const without = [
  [
    ({ path }) => /transforms::(Into|compile::(Compile|CallMut|Compiled))|IntoModuleValueAndGrad::/.test(path),
    'a trait or type of closures; functions are passed and returned as they are',
  ],
  [({ path }) => /::(as_ptr|from_ptr|array_data)$/.test(path), 'a raw pointer of the C library'],
  [({ path }) => /ArrayElement(::array_item)?$/.test(path), 'a bound on Rust types; `item(dtype)` reads an element'],
  [
    ({ path }) => /AsRef<Array>|utils::(IntoOption|ScalarOrArray)/.test(path),
    'a conversion that Rust needs; arguments take arrays, numbers and null',
  ],
  [({ path }) => /utils::SingleOr/.test(path), 'one number or several in one argument; here `number | number[]`'],
  [
    ({ path }) =>
      /FromScalar$|FromNested$|ops::ClipBound|IntoStrideBy$|IndexOp$|IndexMutOp$|ArrayIndex(::index_op)?$/.test(path),
    'a trait behind a function that is here',
  ],
  [
    ({ path }) => /safetensors::TensorView|ConversionError$/.test(path),
    "conversions of Rust's safetensors crate; files are read and written by Array",
  ],
  [
    ({ path }) => /macros::(ModuleParameters|Quantizable)$/.test(path),
    'a derive macro; classes that extend `module.Module` have what it writes',
  ],
  [({ path }) => /DefaultKeyValueCache$/.test(path), 'an empty struct in mlx-lm, without a method'],
  [({ path }) => /error::Result$/.test(path), 'errors are thrown'],
  [({ path }) => /linalg::Ord$/.test(path), 'left over in mlx-rs, no function takes it'],
  [({ path }) => /assert_array_eq!$/.test(path), 'a macro for tests; `lanewise-migrate` writes the comparison out'],
];
const ruled = (rules, entry) => rules.find(([of]) => of(entry))?.[1] ?? null;

// ---- the table ----

const rows = surface.map((entry) => {
  const { path, kind, also } = entry;
  const no = ruled(without, entry);
  if (no !== null) return { ...entry, name: '', status: 'not applicable', why: no };
  const name = nameOf(path);
  if (!resolves(path, kind)) return { ...entry, name: '', status: 'missing', why: `${name} is not exported` };
  const twins = also.filter(
    (t) => !t.endsWith('!') && !/^<&?\w+ as|^<safetensors/.test(short(t)) && !resolves(t, kind),
  );
  if (twins.length > 0) return { ...entry, name, status: 'missing', why: `without ${twins.map(short).join(', ')}` };
  const test = testOf(path);
  return test === null
    ? { ...entry, name, status: 'missing', why: 'no test names it' }
    : { ...entry, name, status: 'green', why: test };
});
const missing = rows.filter((r) => r.status === 'missing');
const states = ['green', 'not applicable', 'missing'];
const count = (of) => states.map((s) => of.filter((r) => r.status === s).length);
const grouped = (key) => [...new Set(rows.map((r) => r[key]))].sort().map((v) => [v, rows.filter((r) => r[key] === v)]);
const totals = (heading, key) => [
  `| ${heading} | items | green | not applicable | missing |`,
  '| --- | --: | --: | --: | --: |',
  ...grouped(key).map(([v, of]) => `| ${v} | ${of.length} | ${count(of).join(' | ')} |`),
  `| all | ${rows.length} | ${count(rows).join(' | ')} |`,
];
const share = (of) => {
  const green = of.filter((r) => r.status === 'green').length;
  const counted = of.filter((r) => r.status !== 'not applicable');
  return `| ${of.length} | ${green} | ${((100 * green) / counted.length).toFixed(1)} % |`;
};
const functions = rows.filter((r) => r.kind === 'fn');
const methods = rows.filter(
  (r) => r.kind === 'method' && /^(mlx_rs::Array::|<mlx_rs::Array as|mlx_rs::ops::indexing::Index)/.test(r.path),
);
const cell = (s) => s.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const text = `# mlx-rs, item by item

Made by \`npm run coverage:mlx-rs\` from \`tools/mlx-rs-surface.json\` (mlx-rs 0.25.3, ${rows.length} items). \`green\`: the path resolves in
\`lanewise/mlx-rs\` at run time, its \`_device\`, \`try_\` and \`_unchecked\` twins too, and a test in \`tests/mlx-rs\` names it; "values of MLX" means
that the test compares with values which MLX 0.32.4 computed. A macro twin (\`softmax!\`) is the function.

| | items | green | of those that apply |
| --- | --: | --: | --: |
| functions ${share(functions)}
| methods of Array ${share(methods)}

## By group

${totals('group', 'group').join('\n')}

## By kind

${totals('kind', 'kind').join('\n')}

## Every item

| mlx-rs | here | status | test or reason |
| --- | --- | --- | --- |
${rows.map((r) => `| ${cell(r.path.replace('mlx_rs::', ''))} | ${r.name} | ${r.status} | ${cell(r.why)} |`).join('\n')}
`;
const file = `${root}docs/mlx-rs-coverage.md`;
for (const r of missing) console.error(`missing: ${r.path}: ${r.why}`);
if (!check) {
  writeFileSync(file, text);
  const [green, none] = count(rows);
  console.log(`${rows.length} items: ${green} green, ${none} not applicable, ${missing.length} missing`);
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error('docs/mlx-rs-coverage.md is stale: run npm run coverage:mlx-rs');
  process.exitCode = 1;
}
if (check && missing.length > 0) process.exitCode = 1;
