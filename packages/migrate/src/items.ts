// Functions, structs and their methods, constants.
import { identifier, memberName, Unsupported, type Context, type Struct } from './context.js';
import { expression, indent, pattern } from './expressions.js';
import { field, isComment, named, type Node } from './parser.js';
import { readUse } from './paths.js';
import { blockLines, comment, guarded } from './statements.js';
import { readType, showType, UNIT, type Type } from './types.js';

const itemTypes = new Set([
  'use_declaration',
  'function_item',
  'struct_item',
  'impl_item',
  'enum_item',
  'const_item',
  'static_item',
  'mod_item',
  'type_item',
  'trait_item',
  'macro_definition',
  'attribute_item',
  'inner_attribute_item',
  'extern_crate_declaration',
  'foreign_mod_item',
  'union_item',
]);
export const isItem = (n: Node): boolean => itemTypes.has(n.type);

const returnsOf = (n: Node, self: string | null): Type => {
  const r = field(n, 'return_type');
  return r === null ? UNIT : readType(r, self);
};
const implName = (n: Node): string => {
  const t = readType(field(n, 'type'));
  return t.kind === 'struct' ? t.name : field(n, 'type')!.text;
};

/** Names and types of everything that is declared at the top, before any of it is printed. */
export function collect(c: Context, n: Node): void {
  for (const k of named(n)) {
    if (k.type === 'use_declaration') readUse(c, k);
    else if (k.type === 'mod_item') collect(c, field(k, 'body') ?? k);
    else if (k.type === 'const_item' || k.type === 'static_item')
      c.declare(field(k, 'name')!.text, readType(field(k, 'type')));
    else if (k.type === 'function_item') c.functions.set(field(k, 'name')!.text, returnsOf(k, null));
    else if (k.type === 'struct_item') {
      const rust = field(k, 'name')!.text;
      const fields = new Map<string, Type>();
      for (const f of named(field(k, 'body') ?? k)) {
        if (f.type === 'field_declaration') fields.set(field(f, 'name')!.text, readType(field(f, 'type'), rust));
      }
      struct(c, rust).fields = fields;
    } else if (k.type === 'impl_item') {
      const rust = implName(k);
      for (const f of named(field(k, 'body') ?? k)) {
        if (f.type === 'function_item') struct(c, rust).methods.set(field(f, 'name')!.text, returnsOf(f, rust));
      }
    }
  }
}
interface Mutable extends Struct {
  fields: Map<string, Type>;
}
function struct(c: Context, rust: string): Mutable {
  let found = c.structs.get(rust) as Mutable | undefined;
  if (found === undefined) c.structs.set(rust, (found = { fields: new Map(), methods: new Map() }));
  return found;
}

function signature(c: Context, n: Node): string {
  const params = named(field(n, 'parameters')!).flatMap((p) => {
    if (p.type === 'self_parameter' || p.type === 'attribute_item') return [];
    const type = readType(field(p, 'type'), c.self);
    return [`${pattern(c, field(p, 'pattern')!, type)}: ${showParameter(type)}`];
  });
  return `(${params.join(', ')}): ${showType(returnsOf(n, c.self))}`;
}
const showParameter = (t: Type): string => (t.kind === 'fn' ? '(...args: any[]) => any' : showType(t));

const body = (c: Context, n: Node): string[] => {
  const returns = returnsOf(n, c.self);
  return indent(blockLines(c, field(n, 'body')!, { kind: returns.kind === 'unit' ? 'drop' : 'return' }));
};
function functionLines(c: Context, n: Node): string[] {
  return c.isolated(() => {
    const exported = named(n)[0]?.type === 'visibility_modifier' ? 'export ' : '';
    return [`${exported}function ${identifier(field(n, 'name')!.text)}${signature(c, n)} {`, ...body(c, n), '}'];
  });
}
function methodLines(c: Context, n: Node): string[] {
  return c.isolated(() => {
    const own = named(field(n, 'parameters')!).some((p) => p.type === 'self_parameter');
    return [`${own ? '' : 'static '}${memberName(field(n, 'name')!.text)}${signature(c, n)} {`, ...body(c, n), '}'];
  });
}

/** A struct with the functions of its impl blocks, which stand in `scope`, as a class. */
function classLines(c: Context, n: Node, scope: Node): string[] {
  const rust = field(n, 'name')!.text;
  const before = c.self;
  c.self = rust;
  try {
    const { fields } = c.structs.get(rust)!;
    const members = [...fields].map(([k, t]) => `${memberName(k)}: ${showType(t)}`);
    const assigns = [...fields.keys()].map((k) => `  this.${memberName(k)} = fields.${memberName(k)};`);
    const lines = [...members.map((m) => `${m};`), `constructor(fields: { ${members.join('; ')} }) {`, ...assigns, '}'];
    for (const k of named(scope)) {
      if (k.type !== 'impl_item' || implName(k) !== rust) continue;
      for (const f of (field(k, 'body')?.namedChildren ?? []).filter((x): x is Node => x !== null)) {
        if (isComment(f)) lines.push(...comment(f));
        else if (f.type === 'function_item') lines.push(...guarded(c, f, () => methodLines(c, f)));
        else if (f.type !== 'associated_type' && f.type !== 'type_item' && f.type !== 'attribute_item') {
          lines.push(...guarded(c, f, () => unknownItem(f)));
        }
      }
    }
    return [`export class ${rust} {`, ...indent(lines), '}'];
  } finally {
    c.self = before;
  }
}
function unknownItem(n: Node): never {
  throw new Unsupported(
    n,
    `a ${n.type.replace(/_(item|definition|declaration)$/, '').replaceAll('_', ' ')} is not translated`,
  );
}

/** One item in TypeScript. */
export function item(c: Context, n: Node): string[] {
  switch (n.type) {
    case 'use_declaration':
      readUse(c, n);
      return [];
    case 'attribute_item':
    case 'inner_attribute_item':
    case 'extern_crate_declaration':
      return [];
    case 'function_item':
      return functionLines(c, n);
    case 'struct_item':
      if (!c.structs.has(field(n, 'name')!.text)) unknownItem(n);
      return classLines(c, n, n.parent!);
    case 'impl_item':
      // printed with the struct
      if (
        c.structs.has(implName(n)) &&
        named(n.parent!).some((s) => s.type === 'struct_item' && field(s, 'name')!.text === implName(n))
      )
        return [];
      return unknownItem(n);
    case 'enum_item': {
      const variants = named(field(n, 'body')!).filter((v) => v.type === 'enum_variant');
      if (variants.some((v) => field(v, 'body') !== null))
        throw new Unsupported(n, 'an enum with data is not translated');
      const name = field(n, 'name')!.text;
      const keys = variants.map((v) => field(v, 'name')!.text);
      c.structs.set(name, { fields: new Map(), methods: new Map() });
      const pairs = keys.map((k) => `${k}: '${k}'`).join(', ');
      return [`export const ${name} = { ${pairs} } as const;`, `export type ${name} = keyof typeof ${name};`];
    }
    case 'const_item':
    case 'static_item': {
      const type = readType(field(n, 'type'));
      const e = expression(c, field(n, 'value')!);
      const rust = field(n, 'name')!.text;
      return [`const ${c.lookup(rust)?.js ?? c.declare(rust, type)} = ${e.code};`];
    }
    case 'mod_item': {
      const inner = field(n, 'body');
      return inner === null ? unknownItem(n) : items(c, inner);
    }
    case 'type_item':
      return [`type ${field(n, 'name')!.text} = ${showType(readType(field(n, 'type')))};`];
    default:
      return unknownItem(n);
  }
}
/** All items of a file or module, with a blank line between them. */
export function items(c: Context, n: Node): string[] {
  const out: string[] = [];
  for (const k of n.namedChildren) {
    if (k === null) continue;
    const lines = isComment(k) ? comment(k) : guarded(c, k, () => (isItem(k) ? item(c, k) : unknownItem(k)));
    if (lines.length === 0) continue;
    const block = lines.length > 1 && !isComment(k);
    if (block && out.length > 0 && !out.at(-1)!.startsWith('//')) out.push('');
    out.push(...lines);
    if (block) out.push('');
  }
  return out;
}
