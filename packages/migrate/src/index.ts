// Rust that uses mlx-rs, as TypeScript on `lanewise/mlx-rs`.
import type { Parser } from 'web-tree-sitter';
import { Context } from './context.js';
import { collect, isItem, items } from './items.js';
import type { Mark } from './mark.js';
import { named, parse, rustParser } from './parser.js';
import { blockLines } from './statements.js';
import type { Version } from './versions.js';

export type { Mark } from './mark.js';
export type { Version } from './versions.js';

/** What `migrate` takes besides the source. */
export interface Options {
  /** Spelling of the calls that mlx-rs renamed: `'0.25'`, the default, or `'0.21'`. The shim has both. */
  readonly version?: Version;
}
/** A translation. */
export interface Migration {
  /** TypeScript. Lines that begin with `// lanewise-migrate:` say what a person has to finish. */
  readonly code: string;
  /** the same places, with their lines in the Rust source */
  readonly marks: readonly Mark[];
}

/**
 * Translates Rust source. Items and statements that have no translation stay as comments under a marked line; nothing is left out.
 * @throws Error if the source is not Rust
 */
export async function migrate(source: string, options: Options = {}): Promise<Migration> {
  const parser = await rustParser();
  try {
    return translate(parser, source, options.version ?? '0.25');
  } catch (e) {
    if (e instanceof RangeError) throw new Error('[migrate] the source is nested too deeply', { cause: e });
    throw e;
  }
}
function translate(parser: Parser, source: string, version: Version): Migration {
  let root = parse(parser, source);
  const statements = !named(root).every(isItem);
  if (statements) {
    // a fragment of a function's body
    root = parse(parser, `fn fragment() {\n${source}\n}`);
  }
  if (root.hasError) {
    const bad = firstError(root);
    throw new Error(`[migrate] the source must be Rust, got an error at line ${bad - (statements ? 1 : 0)}`);
  }
  const c = new Context(parser, version);
  let lines: string[];
  if (statements) {
    const block = root.descendantsOfType('block')[0]!;
    collect(c, block);
    lines = blockLines(c, block, { kind: 'drop' });
  } else {
    collect(c, root);
    lines = items(c, root);
    if (c.functions.has('main')) lines.push('main();');
  }
  const head: string[] = [];
  if (c.needsAssert) head.push("import assert from 'node:assert/strict';");
  for (const type of ['Array', 'Dtype']) {
    if (lines.some((l) => new RegExp(`(?<![.\\w])${type}\\b`).test(l.replace(/^\s*\/\/.*/, '')))) c.imports.add(type);
  }
  if (c.imports.size > 0) head.push(`import { ${[...c.imports].sort().join(', ')} } from 'lanewise/mlx-rs';`);
  if (head.length > 0) head.push('');
  const code = [...head, ...lines]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { code: `${code}\n`, marks: c.marks };
}
function firstError(n: ReturnType<typeof parse>): number {
  const at = n.descendantsOfType('ERROR')[0] ?? n;
  return at!.startPosition.row + 1;
}
