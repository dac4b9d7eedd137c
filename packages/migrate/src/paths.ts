// Rust paths: what `use` brought into scope, and what of mlx-rs a path means.
import type { Context } from './context.js';
import { field, named, type Node } from './parser.js';
import surface from './surface.json' with { type: 'json' };

/** Parts of a path; generic arguments are left out. */
export function partsOf(n: Node): string[] {
  if (n.type === 'scoped_identifier' || n.type === 'scoped_type_identifier') {
    const path = field(n, 'path');
    return [...(path === null ? [] : partsOf(path)), bare(field(n, 'name')!.text)];
  }
  if (n.type === 'generic_type' || n.type === 'generic_type_with_turbofish') return partsOf(field(n, 'type')!);
  if (n.type === 'bracketed_type') return named(n).flatMap(partsOf);
  return [bare(n.text)];
}
/** A raw identifier without its mark. */
const bare = (name: string): string => name.replace(/^r#/, '');

/** Records what a `use` brings into scope. */
export function readUse(c: Context, n: Node, prefix: readonly string[] = []): void {
  switch (n.type) {
    case 'use_declaration':
      readUse(c, field(n, 'argument')!);
      return;
    case 'scoped_use_list': {
      const path = field(n, 'path');
      for (const child of named(field(n, 'list')!)) readUse(c, child, [...prefix, ...(path ? partsOf(path) : [])]);
      return;
    }
    case 'use_list':
      for (const child of named(n)) readUse(c, child, prefix);
      return;
    case 'use_as_clause': {
      const path = [...prefix, ...partsOf(field(n, 'path')!)];
      c.uses.set(field(n, 'alias')!.text, path);
      return;
    }
    case 'use_wildcard':
      c.globs.push([...prefix, ...named(n).flatMap(partsOf)]);
      return;
    case 'self':
      c.uses.set(prefix.at(-1)!, prefix);
      return;
    default: {
      const path = [...prefix, ...partsOf(n)];
      c.uses.set(path.at(-1)!, path);
    }
  }
}

interface Item {
  /** parameter names in order */
  readonly params: readonly string[];
  readonly returns: string | null;
}
const items = surface.items as unknown as Readonly<Record<string, Item>>;
const macros = surface.macros as Readonly<Record<string, string>>;
const modules = new Set(surface.modules);
const types = new Set(surface.types);

/** A path of mlx-rs without the crate, such as `ops::indexing::take_axis`; null for what is not mlx-rs. */
export function mlxPath(c: Context, parts: readonly string[]): readonly string[] | null {
  const [first, ...rest] = parts as [string, ...string[]];
  const used = c.uses.get(first);
  if (first === 'mlx_rs') return rest;
  if (used !== undefined) return used[0] === 'mlx_rs' ? [...used.slice(1), ...rest] : null;
  if (parts.length === 1 && (c.lookup(first) !== undefined || c.functions.has(first))) return null;
  for (const glob of c.globs) {
    if (glob[0] !== 'mlx_rs') continue;
    const path = [...glob.slice(1), ...parts];
    const text = path.join('::');
    if (itemOf(path) !== undefined || modules.has(text) || types.has(text) || path[0] === 'Array') return path;
  }
  // code pasted without its `use` lines
  if (first === 'Array' || first === 'Dtype') return parts;
  return modules.has(first) && parts.length > 1 ? parts : null;
}
export const itemOf = (path: readonly string[]): Item | undefined => items[path.join('::')];
/** The function behind a macro of mlx-rs. */
export const macroPath = (name: string): readonly string[] | undefined => macros[name]?.split('::');
