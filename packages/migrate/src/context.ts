// What a translation knows on its way: names, types, imports, marks.
import type { Parser } from 'web-tree-sitter';
import type { Mark } from './mark.js';
import type { Node } from './parser.js';
import type { Type } from './types.js';
import type { Version } from './versions.js';

/** A construct that has no translation. The statement around it becomes a marked line. */
export class Unsupported extends Error {
  constructor(
    readonly node: Node,
    why: string,
  ) {
    super(why);
  }
}
interface Binding {
  readonly js: string;
  type: Type;
}
export interface Struct {
  readonly fields: Map<string, Type>;
  /** return types of its functions and methods */
  readonly methods: Map<string, Type>;
}

const reserved = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements
  import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var
  void while with yield arguments eval undefined NaN Infinity Map Math Number Object console`.split(/\s+/),
);
/** A Rust identifier as a JavaScript one. */
export const identifier = (rust: string): string => {
  const name = rust.replace(/^r#/, '');
  return reserved.has(name) ? `${name}_` : name;
};

/** A Rust name as that of a member: any but `constructor` may stand there. */
export const memberName = (rust: string): string => {
  const name = rust.replace(/^r#/, '');
  return name === 'constructor' ? 'constructor_' : name;
};

export class Context {
  /** local name to the Rust path that `use` gave it */
  readonly uses = new Map<string, readonly string[]>();
  /** crates whose glob was imported, `use mlx_rs::ops::*` */
  readonly globs: (readonly string[])[] = [];
  /** exports of lanewise/mlx-rs that the output needs */
  readonly imports = new Set<string>();
  needsAssert = false;
  readonly functions = new Map<string, Type>();
  readonly structs = new Map<string, Struct>();
  readonly marks: Mark[] = [];
  /** marks of the statement at hand, printed above it */
  pending: string[] = [];
  self: string | null = null;
  private scopes: Map<string, Binding>[] = [new Map()];

  constructor(
    readonly parser: Parser,
    readonly version: Version,
  ) {}

  /** An export of the shim, by its Rust path without the crate. */
  shim(...path: readonly string[]): string {
    this.imports.add(path[0]!);
    return path.join('.');
  }
  note(node: Node, why: string): void {
    this.marks.push({ line: node.startPosition.row + 1, why, rust: node.text.split('\n')[0]!.trim() });
    if (!this.pending.includes(why)) this.pending.push(why);
  }
  takePending(): string[] {
    const out = this.pending;
    this.pending = [];
    return out;
  }

  scoped<T>(body: () => T): T {
    this.scopes.push(new Map());
    try {
      return body();
    } finally {
      this.scopes.pop();
    }
  }
  /** Names of a function's own body do not clash with those outside; those of its blocks do, since JavaScript sees a name from the start of its block. */
  isolated<T>(body: () => T): T {
    const outer = this.scopes;
    this.scopes = [outer[0]!, new Map()];
    try {
      return body();
    } finally {
      this.scopes = outer;
    }
  }
  /** A fresh JavaScript name for a Rust binding, which may shadow another. */
  declare(rust: string, type: Type): string {
    const js = this.reserve(rust);
    this.bind(rust, js, type);
    return js;
  }
  bind(rust: string, js: string, type: Type): void {
    this.scopes.at(-1)!.set(rust, { js, type });
  }
  /** A fresh name that nothing is bound to yet. */
  reserve(rust: string): string {
    const base = identifier(rust);
    const taken = new Set(this.scopes.flatMap((s) => [...s.values()].map((b) => b.js)));
    for (const name of [...this.functions.keys(), ...this.imports]) taken.add(name);
    let js = base;
    for (let i = 2; taken.has(js); i++) js = `${base}${i}`;
    this.scopes.at(-1)!.set(`reserved ${js}`, { js, type: { kind: 'unknown' } });
    return js;
  }
  lookup(rust: string): Binding | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]!.get(rust);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
