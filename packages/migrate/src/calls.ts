// Calls of functions and methods: those of mlx-rs by its surface, a few of Rust's own, and those of the program.
import { Unsupported, identifier, memberName, type Context } from './context.js';
import { ATOM, atom, expression, structName, within, type Expr } from './expressions.js';
import { named, parse, type Node } from './parser.js';
import { itemOf, mlxPath, partsOf } from './paths.js';
import { ARRAY, bare, BOOL, DTYPE, list, number, readType, STRING, UNIT, UNKNOWN, type Type } from './types.js';
import { respell, type Argument } from './versions.js';

const dtypes: Readonly<Record<string, string>> = {
  bool: 'Bool',
  u8: 'Uint8',
  u16: 'Uint16',
  u32: 'Uint32',
  u64: 'Uint64',
  i8: 'Int8',
  i16: 'Int16',
  i32: 'Int32',
  i64: 'Int64',
  f16: 'Float16',
  bf16: 'Bfloat16',
  f32: 'Float32',
  f64: 'Float64',
  complex64: 'Complex64',
};
/** The dtype that a turbofish names, `zeros::<i32>`. */
const dtypeOf = (generics: readonly Node[]): string | null =>
  generics.map((g) => dtypes[g.text]).find((d) => d !== undefined) ?? null;
const dtype = (c: Context, name: string): string => `${c.shim('Dtype')}.${name}`;
/** The dtype of the numbers in a list, where it is not float32. */
function elementDtype(t: Type): string | null {
  if (t.kind === 'list') return elementDtype(t.of);
  if (t.kind === 'bool') return null;
  if (t.kind !== 'number') return null;
  const name = t.name === '{integer}' ? 'i32' : t.name === '{float}' ? 'f32' : t.name;
  return name === 'f32' ? null : (dtypes[name] ?? null);
}

/** The type of what a function of mlx-rs returns. */
function returned(c: Context, path: readonly string[], generics: readonly Node[]): Type {
  const text = itemOf(path)?.returns;
  if (text === undefined) return path[0] === 'Array' || path.length > 1 ? ARRAY : UNKNOWN;
  if (text === null || text === '()' || text.endsWith('Result<()>')) return UNIT;
  const element = generics.map((g) => readType(g)).find((t) => t.kind !== 'unknown' && t.kind !== 'struct');
  if (text === 'T') return element ?? UNKNOWN;
  if (text === '&[T]') return list(element ?? UNKNOWN);
  const tree = parse(c.parser, `type X = ${text.replace(/\bSelf\b/g, 'Array')};`).descendantsOfType('type_item')[0];
  return readType(tree?.childForFieldName('type') ?? null);
}

interface Argued extends Argument {
  readonly type: Type;
}
function argument(c: Context, n: Node): Argued {
  const inner = n.type === 'reference_expression' ? n.childForFieldName('value')! : n;
  const e = expression(c, n);
  const items = inner.type === 'array_expression' && inner.childForFieldName('length') === null ? named(inner) : null;
  return {
    code: e.code,
    none: n.text === 'None',
    items: items?.map((i) => expression(c, i).code) ?? null,
    type: e.type,
  };
}

/** Functions whose element type Rust infers from the arguments or names in a turbofish; here a last argument says it. */
const typed: Readonly<Record<string, number>> = {
  'Array::zeros': 1,
  'Array::ones': 1,
  'Array::eye': 3,
  'Array::full': 2,
  'Array::identity': 1,
  'Array::arange': 3,
  'Array::linspace': 3,
  'Array::tri': 3,
  'ops::zeros': 1,
  'ops::ones': 1,
  'ops::eye': 3,
  'ops::full': 2,
  'ops::identity': 1,
  'ops::arange': 3,
  'ops::linspace': 3,
  'ops::tri': 3,
  'Array::item': 0,
  'Array::try_item': 0,
  'Array::as_slice': 0,
  'Array::try_as_slice': 0,
  'Array::as_type': 0,
  'Array::view': 0,
  'random::uniform': 4,
  'random::randint': 4,
  'random::normal': 4,
  'random::truncated_normal': 4,
  'random::gumbel': 2,
};
/** The arguments with the dtype in its place, where one is named that is not the default. */
function withDtype(c: Context, path: readonly string[], args: readonly string[], generics: readonly Node[]): string[] {
  const at = typed[path.join('::')];
  const name = dtypeOf(generics);
  const optional = !['as_type', 'view'].includes(path.at(-1)!);
  if (at === undefined || name === null || (optional && name === 'Float32' && at > 0)) return [...args];
  return [...args, ...globalThis.Array.from({ length: Math.max(0, at - args.length) }, () => 'null'), dtype(c, name)];
}

/** A call of mlx-rs: `path` without the crate, `receiver` for a method. */
export function callMlx(
  c: Context,
  path: readonly string[],
  receiver: Expr | null,
  nodes: readonly Node[],
  generics: readonly Node[],
): Expr {
  const args = nodes.map((n) => argument(c, n));
  const free = receiver === null && path[0] !== 'Array';
  const call = { name: path.at(-1)!, args };
  const renamed = ['Array', 'ops', 'transforms'].includes(path[0]!);
  const spelled = renamed ? respell(call, free ? 1 : 0, c.version) : call;
  const now = renamed ? respell(call, free ? 1 : 0, '0.25').name : call.name;
  const canonical = [...path.slice(0, -1), now];
  const codes = withDtype(
    c,
    canonical,
    spelled.args.map((a) => a.code),
    generics,
  );
  const key = canonical.join('::');
  if (key === 'Array::from_slice' || key === 'Array::from_iter') {
    const element = elementDtype(args[0]!.type);
    if (element !== null && codes.length === 2) codes.push(dtype(c, element));
  }
  if (receiver === null) {
    const fn = c.shim(...path.slice(0, -1), spelled.name);
    return atom(`${fn}(${codes.join(', ')})`, returned(c, canonical, generics));
  }
  return atom(`${within(receiver, ATOM)}.${spelled.name}(${codes.join(', ')})`, returned(c, canonical, generics));
}

const wrappers = new Set([
  'Some',
  'Ok',
  'Box::new',
  'Rc::new',
  'Arc::new',
  'Param::new',
  'String::from',
  'Cow::Borrowed',
  'Cow::Owned',
]);
export function callFunction(c: Context, n: Node, fn: Node, args: readonly Node[], generics: readonly Node[]): Expr {
  if (fn.type !== 'identifier' && fn.type !== 'scoped_identifier') {
    const f = expression(c, fn);
    return atom(`${within(f, ATOM)}(${args.map((a) => expression(c, a).code).join(', ')})`, returnType(f.type));
  }
  const parts = partsOf(fn);
  const last = parts.at(-1)!;
  const plain = parts.slice(-2).join('::');
  if (wrappers.has(plain) || (parts.length === 1 && wrappers.has(last))) {
    return args.length === 1 ? expression(c, args[0]!) : atom('undefined', UNIT);
  }
  if (last === 'Err') throw new Unsupported(n, 'Err is translated where a function returns it only');
  if (plain === 'Vec::new' || plain === 'Vec::with_capacity') return atom('[]', list(UNKNOWN));
  if (plain === 'String::new') return atom("''", STRING);
  if (plain === 'HashMap::new') return atom('new Map()', { kind: 'map', of: UNKNOWN });
  const path = mlxPath(c, parts);
  if (path !== null) {
    const method = path[0] === 'Array' ? null : path;
    return callMlx(c, method ?? path, null, args, generics);
  }
  const codes = args.map((a) => expression(c, a).code).join(', ');
  if (parts.length === 2) {
    const owner = structName(c, parts[0]!);
    const struct = c.structs.get(owner);
    if (struct !== undefined)
      return atom(`${owner}.${memberName(last)}(${codes})`, struct.methods.get(last) ?? UNKNOWN);
    throw new Unsupported(n, `the function ${parts.join('::')} is not known`);
  }
  if (parts.length > 2) throw new Unsupported(n, `the function ${parts.join('::')} is not known`);
  const f = c.lookup(last);
  return atom(
    `${f?.js ?? identifier(last)}(${codes})`,
    f === undefined ? (c.functions.get(last) ?? UNKNOWN) : returnType(f.type),
  );
}
const returnType = (t: Type): Type => (t.kind === 'fn' ? t.returns : UNKNOWN);

/** Methods of Rust that only move or borrow. */
const transparent = new Set(
  `unwrap expect iter iter_mut into_iter copied cloned as_ref as_mut to_owned to_string into as_str borrow borrow_mut as_deref
  ok collect by_ref unwrap_or_default as_bytes`.split(/\s+/),
);
const mathMethods: Readonly<Record<string, string>> = {
  sqrt: 'sqrt',
  exp: 'exp',
  ln: 'log',
  log2: 'log2',
  log10: 'log10',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  tanh: 'tanh',
  atan2: 'atan2',
  abs: 'abs',
  floor: 'floor',
  ceil: 'ceil',
  trunc: 'trunc',
  powi: 'pow',
  powf: 'pow',
  pow: 'pow',
  max: 'max',
  min: 'min',
  signum: 'sign',
  hypot: 'hypot',
};

export function callMethod(c: Context, n: Node, fn: Node, args: readonly Node[], generics: readonly Node[]): Expr {
  const rust = fn.childForFieldName('field')!.text;
  const x = expression(c, fn.childForFieldName('value')!);
  const type = bare(x.type);
  if (rust === 'unwrap_or' || rust === 'unwrap_or_else') {
    const other = expression(c, args[0]!);
    return { code: `${within(x, 5)} ?? ${within(other, 5)}`, type, rank: 4 };
  }
  if (type.kind === 'array') {
    if (rust === 'unwrap' || rust === 'expect' || rust === 'as_ref' || rust === 'into' || rust === 'to_owned') return x;
    if (rust === 'is_some' || rust === 'is_none') return option(x, rust);
    return callMlx(c, ['Array', rust], x, args, generics);
  }
  if (rust === 'is_some' || rust === 'is_none') return option(x, rust);
  if (rust === 'stride_by' && args.length === 1) {
    return atom(`${within(x, ATOM)}.stride_by(${expression(c, args[0]!).code})`, x.type);
  }
  if (type.kind === 'list' || type.kind === 'map' || type.kind === 'string') {
    const out = collection(c, rust, x, type, args, generics);
    if (out !== null) return out;
  }
  if (transparent.has(rust)) return { ...x, type: rust === 'to_string' ? STRING : type };
  if (rust === 'clone') return cloned(x, type);
  if (type.kind === 'number' && Object.hasOwn(mathMethods, rust)) {
    const codes = [x, ...args.map((a) => expression(c, a))].map((e) => e.code);
    return atom(`Math.${mathMethods[rust]}(${codes.join(', ')})`, x.type);
  }
  const codes = args.map((a) => expression(c, a).code).join(', ');
  if (type.kind === 'struct') {
    const method = c.structs.get(type.name)?.methods.get(rust);
    return atom(`${within(x, ATOM)}.${memberName(rust)}(${codes})`, method ?? UNKNOWN);
  }
  if (type.kind === 'dtype') return atom(`${within(x, ATOM)}.${rust}(${codes})`, rust.startsWith('is_') ? BOOL : DTYPE);
  // an array's method says that its receiver is one
  if (itemOf(['Array', rust]) !== undefined && !['max', 'min', 'abs', 'sum'].includes(rust)) {
    return callMlx(c, ['Array', rust], x, args, generics);
  }
  throw new Unsupported(n, `the method ${rust} of a value of unknown type is not translated`);
}
const option = (x: Expr, rust: string): Expr => ({
  code: `${within(x, 9)} ${rust === 'is_some' ? '!==' : '==='} null`,
  type: BOOL,
  rank: 9,
});
const cloned = (x: Expr, type: Type): Expr => {
  if (type.kind === 'list') return atom(`[...${x.code}]`, type);
  if (type.kind === 'map') return atom(`new Map(${x.code})`, type);
  return { ...x, type };
};

/** Methods of lists, maps and strings, and of iterators, which are lists here. */
function collection(
  c: Context,
  rust: string,
  x: Expr,
  type: Type,
  args: readonly Node[],
  generics: readonly Node[],
): Expr | null {
  const of = type.kind === 'list' || type.kind === 'map' ? type.of : UNKNOWN;
  const code = within(x, ATOM);
  /** the argument, its closure's parameters typed by the elements */
  const fn = (element: Type = of): Expr => {
    const a = args[0]!;
    const out = c.scoped(() => typedClosure(c, a, element));
    return out;
  };
  const value = (i: number): string => expression(c, args[i]!).code;
  switch (rust) {
    case 'len':
      return atom(`${code}.${type.kind === 'map' ? 'size' : 'length'}`, number('usize'));
    case 'is_empty':
      return { code: `${code}.${type.kind === 'map' ? 'size' : 'length'} === 0`, type: BOOL, rank: 9 };
    case 'iter':
    case 'into_iter':
    case 'iter_mut':
    case 'copied':
    case 'cloned':
    case 'collect':
    case 'unwrap':
    case 'expect':
    case 'as_slice':
    case 'as_ref':
    case 'to_string':
    case 'into':
    case 'as_str':
      return { ...x, type };
    case 'to_vec':
    case 'clone':
    case 'to_owned':
      return type.kind === 'string' ? x : cloned(x, type);
  }
  if (type.kind === 'map') {
    if (rust === 'insert') return atom(`${code}.set(${value(0)}, ${value(1)})`, UNIT);
    if (rust === 'get') return { code: `${code}.get(${value(0)}) ?? null`, type: { kind: 'option', of }, rank: 4 };
    if (rust === 'contains_key') return atom(`${code}.has(${value(0)})`, BOOL);
    if (rust === 'keys' || rust === 'values')
      return atom(`[...${code}.${rust}()]`, list(rust === 'keys' ? STRING : of));
    return null;
  }
  if (type.kind !== 'list') return null;
  switch (rust) {
    case 'push':
      return atom(`${code}.push(${value(0)})`, UNIT);
    case 'extend':
      return atom(`${code}.push(...${value(0)})`, UNIT);
    case 'map': {
      const f = fn();
      return atom(`${code}.map(${f.code})`, list(f.type.kind === 'fn' ? f.type.returns : UNKNOWN));
    }
    case 'filter':
      return atom(`${code}.filter(${fn().code})`, type);
    case 'for_each':
      return atom(`${code}.forEach(${fn().code})`, UNIT);
    case 'any':
      return atom(`${code}.some(${fn().code})`, BOOL);
    case 'all':
      return atom(`${code}.every(${fn().code})`, BOOL);
    case 'enumerate':
      return atom(
        `${code}.map((x, i): [number, typeof x] => [i, x])`,
        list({ kind: 'tuple', of: [number('usize'), of] }),
      );
    case 'zip': {
      const other = expression(c, args[0]!);
      const element: Type = { kind: 'tuple', of: [of, other.type.kind === 'list' ? other.type.of : UNKNOWN] };
      const paired = `${code}.map((x, i): [typeof x, (typeof ys)[number]] => [x, ys[i]!])`;
      return atom(`((ys) => ${paired})(${other.code})`, list(element));
    }
    case 'rev':
      return atom(`[...${code}].reverse()`, type);
    case 'take':
      return atom(`${code}.slice(0, ${value(0)})`, type);
    case 'skip':
      return atom(`${code}.slice(${value(0)})`, type);
    case 'first':
      return { code: `${code}[0] ?? null`, type: { kind: 'option', of }, rank: 4 };
    case 'last':
      return { code: `${code}.at(-1) ?? null`, type: { kind: 'option', of }, rank: 4 };
    case 'contains':
      return atom(`${code}.includes(${value(0)})`, BOOL);
    case 'sum': {
      const named = generics[0] === undefined ? of : readType(generics[0]);
      if (bare(of).kind === 'array') return atom(`${code}.reduce((x, y) => x.add(y))`, ARRAY);
      return atom(`${code}.reduce((x, y) => x + y, 0)`, named);
    }
    case 'product':
      if (bare(of).kind === 'array') return atom(`${code}.reduce((x, y) => x.mul(y))`, ARRAY);
      return atom(`${code}.reduce((x, y) => x * y, 1)`, of);
    case 'fold': {
      const start = expression(c, args[0]!);
      const f = expression(c, args[1]!);
      return atom(`${code}.reduce(${f.code}, ${start.code})`, start.type);
    }
    default:
      return null;
  }
}
/** A closure whose untyped parameter is `element`. */
function typedClosure(c: Context, n: Node, element: Type): Expr {
  if (n.type !== 'closure_expression') return expression(c, n);
  hints.push(element);
  try {
    return expression(c, n);
  } finally {
    hints.pop();
  }
}
/** Types that the parameters of the next closures take. */
export const hints: Type[] = [];
