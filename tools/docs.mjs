// docs/ops.md from the TSDoc of the ops: `npm run docs` writes it, `npm run docs -- --check` fails when it is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  ['random', 'src/random/index.ts', (name) => `lw.random.${name}`],
  ['fast', 'src/fast/index.ts', (name) => `lw.fast.${name}`],
  ['memory', 'src/memory.ts', (name) => `lw.memory.${name}`],
  ['io', 'src/io/index.ts', (name) => `lw.io.${name}`],
];

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

/** The labels of a rest parameter's tuple, the longest of several. */
function rest(type) {
  const tuples = (type.isUnion() ? type.types : [type]).filter((t) => t.target?.labeledElementDeclarations);
  const labels = tuples.map((t) => t.target.labeledElementDeclarations);
  if (labels.length === 0) return null;
  const longest = labels.reduce((a, b) => (b.length >= a.length ? b : a));
  return longest.map((d) => d.name.getText() + (d.questionToken ? '?' : '')).join(', ');
}
function row(symbol, title) {
  const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = own.valueDeclaration;
  if (declaration === undefined) return null;
  const [signature] = checker.getSignaturesOfType(
    checker.getTypeOfSymbolAtLocation(own, declaration),
    ts.SignatureKind.Call,
  );
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
    return optional ? `${p.name}?` : p.name;
  });
  return `| \`${title(symbol.name)}(${parameters.join(', ')})\` | ${text} |`;
}

const out = [
  '# Ops',
  '',
  'Made from the TSDoc by `npm run docs`. An op in the first table is a function and a method: `lw.exp(x)` is `x.exp()`.',
];
for (const [heading, file, title] of sections) {
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(root + file)));
  const rows = exported.map((s) => row(s, title)).filter((r) => r !== null);
  out.push('', `## ${heading}`, '', '| call | what it gives |', '| --- | --- |', ...rows.sort());
}
const text = `${out.join('\n')}\n`;
const path = `${root}docs/ops.md`;
if (process.argv.includes('--check')) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error('docs/ops.md is stale: run npm run docs');
    process.exit(1);
  }
} else writeFileSync(path, text);
