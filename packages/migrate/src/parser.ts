// The Rust grammar: tree-sitter's, run as WebAssembly.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Language, Parser, type Node } from 'web-tree-sitter';

export type { Node } from 'web-tree-sitter';

let parser: Promise<Parser> | null = null;
/** The grammar lies beside the bundle, or, when run from the sources, in the package it comes from. */
async function load(): Promise<Parser> {
  await Parser.init();
  const places = [new URL('./tree-sitter-rust.wasm', import.meta.url), resolved()];
  for (const place of places) {
    const bytes = place === null ? null : await readFile(fileURLToPath(place)).catch(() => null);
    if (bytes === null) continue;
    const p = new Parser();
    p.setLanguage(await Language.load(bytes));
    return p;
  }
  throw new Error('[migrate] the Rust grammar tree-sitter-rust.wasm must lie beside the package, got none');
}
function resolved(): URL | null {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('tree-sitter-rust/tree-sitter-rust.wasm'));
  } catch {
    return null;
  }
}

/** The parser, made once. */
export const rustParser = (): Promise<Parser> => (parser ??= load());

/** The tree of a source text. */
export function parse(p: Parser, source: string): Node {
  const tree = p.parse(source);
  if (tree === null) throw new Error('[migrate] the source could not be parsed');
  return tree.rootNode;
}
/** The expressions in the token tree of a macro, which the grammar leaves unparsed. */
export function parseArguments(p: Parser, text: string): readonly Node[] {
  const root = parse(p, `fn main() { f(${text}); }`);
  const call = root.descendantsOfType('call_expression')[0];
  const args = call?.childForFieldName('arguments');
  if (args === null || args === undefined || root.hasError) return [];
  return args.namedChildren.filter((n): n is Node => n !== null && !isComment(n));
}
export const isComment = (n: Node): boolean => n.type === 'line_comment' || n.type === 'block_comment';
/** Children that are not punctuation or comments. */
export const named = (n: Node): Node[] => n.namedChildren.filter((c): c is Node => c !== null && !isComment(c));
export const field = (n: Node, name: string): Node | null => n.childForFieldName(name);
/** The patterns inside a pattern; the wildcard is not a named node. */
export const patternsOf = (n: Node): Node[] =>
  n.children.filter((k): k is Node => k !== null && !isComment(k) && (k.isNamed || k.type === '_'));
