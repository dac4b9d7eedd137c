// What the printer knows of a value's type: enough to tell arrays from numbers.
import { field, named, type Node } from './parser.js';

export type Type =
  | { readonly kind: 'array' }
  | { readonly kind: 'number'; readonly name: string }
  | { readonly kind: 'bool' | 'string' | 'unit' | 'dtype' | 'unknown' | 'none' }
  | { readonly kind: 'list' | 'option'; readonly of: Type }
  | { readonly kind: 'tuple'; readonly of: readonly Type[] }
  | { readonly kind: 'map'; readonly of: Type }
  | { readonly kind: 'fn'; readonly returns: Type }
  | { readonly kind: 'struct'; readonly name: string };

export const ARRAY: Type = { kind: 'array' };
export const UNKNOWN: Type = { kind: 'unknown' };
export const UNIT: Type = { kind: 'unit' };
export const BOOL: Type = { kind: 'bool' };
export const STRING: Type = { kind: 'string' };
export const DTYPE: Type = { kind: 'dtype' };
export const number = (name: string): Type => ({ kind: 'number', name });
export const list = (of: Type): Type => ({ kind: 'list', of });

const integers = ['i8', 'i16', 'i32', 'i64', 'i128', 'isize', 'u8', 'u16', 'u32', 'u64', 'u128', 'usize', '{integer}'];
export const isInteger = (t: Type): boolean => t.kind === 'number' && integers.includes(t.name);
export const isFloat = (t: Type): boolean => t.kind === 'number' && !integers.includes(t.name);

const primitives: Readonly<Record<string, Type>> = {
  ...Object.fromEntries([...integers, 'f16', 'bf16', 'f32', 'f64'].map((n) => [n, number(n)])),
  bool: BOOL,
  char: STRING,
  str: STRING,
  String: STRING,
  Array: ARRAY,
  Dtype: DTYPE,
};

/** A type as Rust writes it. */
export function readType(n: Node | null, self: string | null = null): Type {
  if (n === null) return UNKNOWN;
  switch (n.type) {
    case 'primitive_type':
    case 'type_identifier':
      if (n.text === 'Self') return self === null ? UNKNOWN : { kind: 'struct', name: self };
      return primitives[n.text] ?? { kind: 'struct', name: n.text };
    case 'scoped_type_identifier':
      return readType(field(n, 'name'), self);
    case 'reference_type':
    case 'pointer_type':
      return readType(field(n, 'type'), self);
    case 'array_type':
    case 'slice_type':
      return list(readType(field(n, 'element') ?? named(n)[0] ?? null, self));
    case 'tuple_type':
      return { kind: 'tuple', of: named(n).map((c) => readType(c, self)) };
    case 'unit_type':
      return UNIT;
    case 'generic_type':
      return readGeneric(field(n, 'type')?.text ?? '', named(field(n, 'type_arguments') ?? n), self);
    case 'abstract_type':
    case 'dynamic_type':
      return readType(field(n, 'trait'), self);
    case 'function_type': {
      const returns = field(n, 'return_type');
      return { kind: 'fn', returns: returns === null ? UNIT : readType(returns, self) };
    }
    default:
      return UNKNOWN;
  }
}
function readGeneric(name: string, args: readonly Node[], self: string | null): Type {
  const last = name.split('::').pop()!;
  const first = (): Type => readType(args[0] ?? null, self);
  if (['Vec', 'VecDeque', 'IntoIterator', 'Iterator'].includes(last)) return list(first());
  if (last === 'Option') return { kind: 'option', of: first() };
  if (['Result', 'Box', 'Rc', 'Arc', 'RefCell', 'Param', 'Cow', 'AsRef', 'Into'].includes(last)) return first();
  if (['HashMap', 'BTreeMap'].includes(last)) return { kind: 'map', of: readType(args[1] ?? null, self) };
  return { kind: 'struct', name: last };
}

/** The type in TypeScript. */
export function showType(t: Type): string {
  switch (t.kind) {
    case 'array':
      return 'Array';
    case 'number':
      return t.name === 'i64' || t.name === 'u64' ? 'number | bigint' : 'number';
    case 'bool':
      return 'boolean';
    case 'unit':
      return 'void';
    case 'dtype':
      return 'Dtype';
    case 'list':
      return /[|=]/.test(showType(t.of)) ? `(${showType(t.of)})[]` : `${showType(t.of)}[]`;
    case 'tuple':
      return `[${t.of.map(showType).join(', ')}]`;
    case 'option':
      return `${showType(t.of)} | null`;
    case 'map':
      return `Map<string, ${showType(t.of)}>`;
    case 'struct':
      return t.name;
    case 'string':
      return 'string';
    default:
      return 'any';
  }
}
/** The array or number inside references and options. */
export const bare = (t: Type): Type => (t.kind === 'option' ? bare(t.of) : t);
