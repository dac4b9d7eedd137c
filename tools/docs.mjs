// docs/ops.md from the TSDoc of the ops and from calls of them: `npm run docs` writes it, `npm run docs -- --check` fails when it
// is stale.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const sections = [
  ['Functions and methods', 'src/ops/index.ts', (name) => `lw.${name}`],
  ['Creation', 'src/ops/creation.ts', (name) => `lw.${name}`],
  ['Lists of tensors', 'src/ops/join.ts', (name) => `lw.${name}`],
  ['Einsum', 'src/ops/einsum.ts', (name) => `lw.${name}`],
  ['Windows', 'src/ops/windows.ts', (name) => `lw.${name}`],
  ['Dtypes', 'src/ops/dtypes.ts', (name) => `lw.${name}`],
  ['Other functions', 'src/ops/standalone.ts', (name) => `lw.${name}`],
  ['linalg', 'src/linalg/index.ts', (name) => `lw.linalg.${name}`],
  ['fft', 'src/fft/index.ts', (name) => `lw.fft.${name}`],
  ['nn', 'src/nn/index.ts', (name) => `lw.nn.${name}`],
  ['nn layers', 'src/nn/index.ts', (name) => `new lw.nn.${name}`, ts.SignatureKind.Construct],
  ['nn.losses', 'src/nn/losses.ts', (name) => `lw.nn.losses.${name}`],
  ['nn.init', 'src/nn/init.ts', (name) => `lw.nn.init.${name}`],
  ['optimizers', 'src/optimizers/index.ts', (name) => `new lw.optimizers.${name}`, ts.SignatureKind.Construct],
  ['optimizers: schedules and clipping', 'src/optimizers/index.ts', (name) => `lw.optimizers.${name}`],
  ['Transforms', 'src/transforms/index.ts', (name) => `lw.${name}`],
  ['random', 'src/random/index.ts', (name) => `lw.random.${name}`],
  ['fast', 'src/fast/index.ts', (name) => `lw.fast.${name}`],
  ['memory', 'src/memory.ts', (name) => `lw.memory.${name}`],
  ['io', 'src/io/index.ts', (name) => `lw.io.${name}`],
];

const bundle = `${root}build/facts.mjs`;
mkdirSync(`${root}build`, { recursive: true });
await build({
  entryPoints: [`${root}tests/support/facts.ts`],
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: bundle,
  ignoreAnnotations: true, // package.json's sideEffects speak of dist/
  logLevel: 'error',
});
const facts = (await import(`file://${bundle}`)).facts();

const all = ['bool', 'uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64'];
const groups = [
  ['floating', ['float16', 'bfloat16', 'float32', 'float64']],
  ['signed', ['int8', 'int16', 'int32', 'int64']],
  ['unsigned', ['uint8', 'uint16', 'uint32', 'uint64']],
  ['bool', ['bool']],
  ['complex64', ['complex64']],
];
const count = all.length + 5;
/** Dtypes in few words. */
function showTypes(list) {
  if (list === null) return '';
  if (list.length === count) return 'all';
  const words = groups.flatMap(([word, own]) => {
    const has = own.filter((t) => list.includes(t));
    return has.length === own.length ? [word] : has;
  });
  return words.join(', ').replace('signed, unsigned', 'integer');
}

/** Names that differ from MLX's; null where MLX has no such function. */
const renamed = {
  ...{ sub: 'subtract', mul: 'multiply', div: 'divide', mod: 'remainder', neg: 'negative', variance: 'var' },
  ...Object.fromEntries(
    ['addAt', 'subtractAt', 'multiplyAt', 'divideAt', 'maximumAt', 'minimumAt'].map((name) => [name, 'array.at']),
  ),
  ...{ at: 'array', set: 'array', 'random.bits': null },
};
const core = 'https://ml-explore.github.io/mlx/build/html/python/_autosummary/mlx.core';
const functions = 'https://ml-explore.github.io/mlx/build/html/python/nn/_autosummary_functions/mlx.nn';
const numpy = 'https://numpy.org/doc/stable/reference/generated/numpy';
const snake = (name) =>
  name.replace(/(?<=[a-z0-9])[A-Z]/g, (c) => `_${c.toLowerCase()}`).replace(/^atleast(\dd)$/, 'atleast_$1');
/** Where the op's model is described. */
function reference(name) {
  const own = name in renamed ? renamed[name] : snake(name);
  if (own === null) return '';
  if (/^nan(?!_to_num)/.test(own)) return `[numpy.${own}](${numpy}.${own}.html)`;
  if (own.startsWith('nn.')) return `[mlx.${own}](${functions}.${own.slice(3)}.html)`;
  return `[mlx.core.${own}](${core}.${own}.html)`;
}

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
  ts.sys,
  root,
);
const program = ts.createProgram(
  sections.map(([, file]) => root + file),
  options,
);
const checker = program.getTypeChecker();

/** The labels of a rest parameter's tuple, the longest of several; what the shortest can do without is optional. */
function rest(type) {
  const tuples = (type.isUnion() ? type.types : [type]).filter((t) => t.target?.labeledElementDeclarations);
  const labels = tuples.map((t) => t.target.labeledElementDeclarations);
  if (labels.length === 0) return null;
  const longest = labels.reduce((a, b) => (b.length >= a.length ? b : a));
  const needed = Math.min(...tuples.map((t) => t.target.minLength));
  return longest.map((d, i) => d.name.getText() + (d.questionToken || i >= needed ? '?' : '')).join(', ');
}
function row(symbol, title, kind = ts.SignatureKind.Call) {
  const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = own.valueDeclaration;
  if (declaration === undefined) return null;
  const [signature] = checker.getSignaturesOfType(checker.getTypeOfSymbolAtLocation(own, declaration), kind);
  if (signature === undefined) return null;
  const text = ts
    .displayPartsToString(own.getDocumentationComment(checker))
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
  if (text === '') throw new Error(`${title(symbol.name)} has no TSDoc`);
  const parameters = signature.parameters.map((p) => {
    const type = checker.getTypeOfSymbolAtLocation(p, declaration);
    const d = p.valueDeclaration;
    if (d?.dotDotDotToken !== undefined) return rest(type) ?? `...${p.name}`;
    const optional =
      d?.questionToken !== undefined || d?.initializer !== undefined || (type.flags & ts.TypeFlags.Undefined) !== 0;
    const name = ts.isObjectBindingPattern(d?.name ?? d) ? 'options' : p.name;
    return optional ? `${name}?` : name;
  });
  const call = `| \`${title(symbol.name)}(${parameters.join(', ')})\` | ${text} |`;
  const name = title(symbol.name).slice('lw.'.length);
  const known = facts[name];
  if (known === undefined) return { call, facts: false };
  return {
    call: `${call} ${showTypes(known.dtypes)} | ${known.devices.join(', ')} | ${known.gradient} | ${reference(name)} |`,
    facts: true,
  };
}

const out = [
  '# Ops',
  '',
  'Made by `npm run docs` from the TSDoc, and from calls of every op with every dtype on every device. An op in the first table is a',
  'function and a method: `lw.exp(x)` is `x.exp()`. The dtypes are those of the first operand, or those that can be asked for. A gradient',
  'of none says why: the result is constant, bool or integers, or it does not change but in jumps.',
];
for (const [heading, file, title, kind] of sections) {
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(root + file)));
  const rows = exported.map((s) => row(s, title, kind)).filter((r) => r !== null);
  if (rows.length === 0) continue;
  // a function without facts beside ops is no op
  const wide = rows.some((r) => r.facts);
  const head = wide
    ? ['| call | what it gives | dtypes | devices | gradient | model |', '| --- | --- | --- | --- | --- | --- |']
    : ['| call | what it gives |', '| --- | --- |'];
  const lines = rows.map((r) => (wide && !r.facts ? `${r.call} | | | |` : r.call));
  out.push('', `## ${heading}`, '', ...head, ...lines.sort());
}
const text = `${out.join('\n')}\n`;
const path = `${root}docs/ops.md`;
if (process.argv.includes('--check')) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error('docs/ops.md is stale: run npm run docs');
    process.exit(1);
  }
} else writeFileSync(path, text);
