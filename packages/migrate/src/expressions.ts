// Rust expressions as TypeScript.
import { callFunction, callMethod, hints } from './calls.js';
import { identifier, memberName, Unsupported, type Context } from './context.js';
import { macro } from './macros.js';
import { field, named, patternsOf, type Node } from './parser.js';
import { itemOf, mlxPath, partsOf } from './paths.js';
import { blockValue, isSimple } from './statements.js';
import {
  ARRAY,
  bare,
  BOOL,
  isFloat,
  isInteger,
  list,
  number,
  readType,
  STRING,
  UNIT,
  UNKNOWN,
  type Type,
} from './types.js';

/** Code, its type, and how tightly it binds: an operand of lower rank is put in parentheses. */
export interface Expr {
  readonly code: string;
  readonly type: Type;
  readonly rank: number;
}
export const ATOM = 20;
const UNARY = 15;
export const TERNARY = 3;
export const atom = (code: string, type: Type = UNKNOWN): Expr => ({ code, type, rank: ATOM });
/** The code as an operand of rank `rank`. */
export const within = (e: Expr, rank: number): string => (e.rank < rank ? `(${e.code})` : e.code);

const ranks: Readonly<Record<string, number>> = {
  '*': 13,
  '/': 13,
  '%': 13,
  '+': 12,
  '-': 12,
  '<<': 11,
  '>>': 11,
  '&': 8,
  '^': 7,
  '|': 6,
  '==': 9,
  '!=': 9,
  '<': 10,
  '>': 10,
  '<=': 10,
  '>=': 10,
  '&&': 5,
  '||': 4,
};
const arrayOperators: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'rem' };
const assignOperators: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(arrayOperators).map(([op, name]) => [`${op}=`, `${name}_assign`]),
);

/** A number beside an array: Rust's type decides the promotion, and JavaScript's 2.0 does not show it. */
export function scalar(c: Context, e: Expr): string {
  if (!isFloat(e.type) || /^-?\d*\.\d*[1-9]\d*$/.test(e.code)) return e.code;
  return `${c.shim('f32')}(${e.code})`;
}
/** A value where an array is needed. */
const asArray = (c: Context, e: Expr): string => {
  if (e.type.kind !== 'number') return within(e, ATOM);
  return isFloat(e.type) ? `${c.shim('f32')}(${e.code})` : `${c.shim('i32')}(${e.code})`;
};

function literal(n: Node): Expr {
  switch (n.type) {
    case 'integer_literal': {
      const m = /^(0x[\da-fA-F_]+|0b[01_]+|0o[0-7_]+|[\d_]+)((?:[iu](?:8|16|32|64|128|size))|f32|f64)?$/.exec(n.text)!;
      const name = m[2] ?? '{integer}';
      return atom(m[1]!.replaceAll('_', ''), number(name));
    }
    case 'float_literal': {
      const m = /^([\d_]+\.?[\d_]*(?:[eE][+-]?[\d_]+)?)(f16|f32|f64)?$/.exec(n.text)!;
      const digits = m[1]!.replaceAll('_', '').replace(/\.0*$/, '').replace(/\.$/, '');
      return atom(digits.replace(/\.(?=e)/i, ''), number(m[2] ?? '{float}'));
    }
    case 'boolean_literal':
      return atom(n.text, BOOL);
    case 'char_literal':
      return atom(n.text, STRING);
    default: {
      const raw = /^r(#*)"([\s\S]*)"\1$/.exec(n.text);
      const text = raw ? raw[2]! : unescape(n.text.replace(/^b?"|"$/g, ''));
      return atom(`'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`, STRING);
    }
  }
}
/** The text of a Rust string literal. */
export const unescape = (s: string): string =>
  s
    .replace(/\\\n\s*/g, '')
    .replace(/\\(?:u\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|(.))/g, (_, u: string, x: string, one: string) =>
      u || x ? String.fromCodePoint(parseInt(u ?? x, 16)) : ({ n: '\n', t: '\t', r: '\r', 0: '\0' }[one] ?? one),
    );

const constants: Readonly<Record<string, string>> = {
  INFINITY: 'Infinity',
  NEG_INFINITY: '-Infinity',
  NAN: 'NaN',
  PI: 'Math.PI',
  E: 'Math.E',
  LN_2: 'Math.LN2',
  SQRT_2: 'Math.SQRT2',
};
const limits: Readonly<Record<string, string>> = {
  'f32::EPSILON': '1.1920928955078125e-7',
  'f64::EPSILON': 'Number.EPSILON',
  'f32::MAX': '3.4028234663852886e38',
  'f32::MIN': '-3.4028234663852886e38',
  'f64::MAX': 'Number.MAX_VALUE',
  'f64::MIN': '-Number.MAX_VALUE',
  'i32::MAX': '2147483647',
  'i32::MIN': '-2147483648',
  'u32::MAX': '4294967295',
};

function name(c: Context, n: Node): Expr {
  const parts = partsOf(n);
  const last = parts.at(-1)!;
  if (parts.length === 1) {
    if (last === 'None') return atom('null', { kind: 'none' });
    if (last === 'self') return atom('this', c.self === null ? UNKNOWN : { kind: 'struct', name: c.self });
    const found = c.lookup(last);
    if (found !== undefined) return atom(found.js, found.type);
  }
  const limit = limits[parts.slice(-2).join('::')];
  if (limit !== undefined) return atom(limit, number(parts.at(-2)!));
  if (['f32', 'f64', 'consts'].includes(parts.at(-2) ?? '') && Object.hasOwn(constants, last)) {
    return atom(constants[last]!, number(parts.includes('f64') ? 'f64' : 'f32'));
  }
  const path = mlxPath(c, parts);
  if (path !== null) {
    const item = itemOf(path);
    return atom(c.shim(...path), item === undefined ? UNKNOWN : { kind: 'fn', returns: UNKNOWN });
  }
  if (c.functions.has(last)) return atom(identifier(last), { kind: 'fn', returns: c.functions.get(last)! });
  if (parts.length === 2 && c.structs.has(structName(c, parts[0]!))) return atom(`${structName(c, parts[0]!)}.${last}`);
  if (parts.length > 1) throw new Unsupported(n, `the path ${n.text} is not known`);
  return atom(identifier(last));
}
export const structName = (c: Context, rust: string): string => (rust === 'Self' && c.self !== null ? c.self : rust);

/** A Rust range as an index of the shim. */
function range(c: Context, n: Node): Expr {
  const [op] = n.children.filter((k) => k !== null && /^\.\.=?$/.test(k.type));
  const ends = named(n);
  const at = op!.startIndex;
  const from = ends.find((e) => e.endIndex <= at);
  const to = ends.find((e) => e.startIndex > at);
  const inclusive = op!.type === '..=';
  const code = (e: Node): string => expression(c, e).code;
  const index = (fn: string, ...args: string[]): Expr =>
    atom(`${c.shim('ops', 'indexing', fn)}(${args.join(', ')})`, UNKNOWN);
  if (from && to) return index(inclusive ? 'range_inclusive' : 'range', code(from), code(to));
  if (from) return index('range_from', code(from));
  if (to) return index(inclusive ? 'range_to_inclusive' : 'range_to', code(to));
  return index('range_full');
}

function binary(c: Context, n: Node): Expr {
  const op = field(n, 'operator')!.text;
  const l = expression(c, field(n, 'left')!);
  const r = expression(c, field(n, 'right')!);
  const lt = bare(l.type);
  const rt = bare(r.type);
  const arrays = lt.kind === 'array' || rt.kind === 'array';
  if (arrays && Object.hasOwn(arrayOperators, op)) {
    return atom(`${asArray(c, l)}.${arrayOperators[op]}(${scalar(c, r)})`, ARRAY);
  }
  if (arrays && (op === '==' || op === '!=')) {
    return { code: `${op === '!=' ? '!' : ''}${asArray(c, l)}.equals(${r.code})`, type: BOOL, rank: UNARY };
  }
  if (Object.hasOwn(arrayOperators, op) && [lt.kind, rt.kind].some((k) => k === 'unknown' || k === 'struct')) {
    c.note(
      n,
      `the operator ${op} is kept, since the types of its operands are not known; for arrays write .${arrayOperators[op]}(...)`,
    );
  }
  const rank = ranks[op];
  if (rank === undefined) throw new Unsupported(n, `the operator ${op} is not translated`);
  const comparison = rank === 9 || rank === 10;
  const type =
    comparison || rank === 5 || rank === 4 ? BOOL : lt.kind === 'number' && lt.name !== '{integer}' ? l.type : r.type;
  const shown = op === '==' ? '===' : op === '!=' ? '!==' : op;
  const code = `${within(l, rank)} ${shown} ${within(r, rank + 1)}`;
  if (op === '/' && isInteger(lt) && isInteger(rt)) return atom(`Math.trunc(${code})`, type);
  return { code, type, rank };
}

function unary(c: Context, n: Node): Expr {
  const op = n.children[0]!.text;
  const x = expression(c, named(n)[0]!);
  if (op === '*') return x;
  if (bare(x.type).kind === 'array') return atom(`${within(x, ATOM)}.${op === '-' ? 'neg' : 'not'}()`, ARRAY);
  return { code: `${op}${within(x, UNARY)}`, type: x.type, rank: UNARY };
}

function cast(c: Context, n: Node): Expr {
  const x = expression(c, field(n, 'value')!);
  const to = readType(field(n, 'type'));
  if (isInteger(to) && !isInteger(x.type)) {
    if (x.type.kind === 'bool') return atom(`Number(${x.code})`, to);
    return atom(`Math.trunc(${x.code})`, to);
  }
  if (to.kind === 'number' && to.name === 'f32' && !isFloat(x.type) && x.type.kind !== 'number') {
    return atom(`Number(${x.code})`, to);
  }
  return { ...x, type: to };
}

function assignment(c: Context, n: Node): Expr {
  // the grammar reads `..=2` as an assignment to `..`
  if (field(n, 'left')!.text === '..') {
    const end = expression(c, field(n, 'right')!).code;
    return atom(`${c.shim('ops', 'indexing', 'range_to_inclusive')}(${end})`);
  }
  const left = expression(c, field(n, 'left')!);
  const right = expression(c, field(n, 'right')!);
  const op = field(n, 'operator')?.text ?? '=';
  if (op !== '=' && bare(left.type).kind === 'array') {
    return atom(`${within(left, ATOM)}.${assignOperators[op]}(${scalar(c, right)})`, UNIT);
  }
  if (op === '/=' && isInteger(left.type))
    return { code: `${left.code} = Math.trunc(${left.code} / ${within(right, 14)})`, type: UNIT, rank: 2 };
  return { code: `${left.code} ${op} ${right.code}`, type: UNIT, rank: 2 };
}

/** Rust names the parameters of a closure by patterns. */
function closure(c: Context, n: Node): Expr {
  const hint = hints.at(-1) ?? UNKNOWN;
  hints.push(UNKNOWN);
  try {
    return closureWith(c, n, hint);
  } finally {
    hints.pop();
  }
}
function closureWith(c: Context, n: Node, hint: Type): Expr {
  return c.scoped(() => {
    const params = named(field(n, 'parameters')!).map((p) => {
      const typed = p.type === 'parameter';
      const type = typed ? readType(field(p, 'type'), c.self) : hint;
      const code = pattern(c, typed ? field(p, 'pattern')! : p, type);
      return typed && type.kind !== 'unknown' ? `${code}: ${showParam(type)}` : code;
    });
    const body = field(n, 'body')!;
    const returns = field(n, 'return_type');
    const known = returns === null ? null : readType(returns, c.self);
    if (body.type !== 'block' || isSimple(body)) {
      const inner = body.type === 'block' ? named(body)[0]! : body;
      const e = expression(c, inner);
      const code = e.code.startsWith('{') ? `(${e.code})` : e.code;
      return { code: `(${params.join(', ')}) => ${code}`, type: { kind: 'fn', returns: known ?? e.type }, rank: 2 };
    }
    const lines = blockValue(c, body, { kind: 'return' });
    return {
      code: `(${params.join(', ')}) => {\n${indent(lines).join('\n')}\n}`,
      type: { kind: 'fn', returns: known ?? UNKNOWN },
      rank: 2,
    };
  });
}
const showParam = (t: Type): string => (t.kind === 'array' ? 'Array' : t.kind === 'number' ? 'number' : 'any');
export const indent = (lines: readonly string[]): string[] =>
  lines.flatMap((l) => l.split('\n')).map((l) => (l === '' ? l : `  ${l}`));

/** A binding pattern; declares its names. */
export function pattern(c: Context, n: Node, type: Type): string {
  switch (n.type) {
    case 'identifier':
      return c.declare(n.text, type);
    case 'mut_pattern':
    case 'ref_pattern':
    case 'reference_pattern':
      return pattern(
        c,
        named(n)
          .filter((k) => k.type !== 'mutable_specifier')
          .at(-1)!,
        type,
      );
    case 'tuple_pattern': {
      const types = type.kind === 'tuple' ? type.of : [];
      const parts = patternsOf(n);
      return `[${parts.map((p, i) => pattern(c, p, type.kind === 'list' ? type.of : (types[i] ?? UNKNOWN))).join(', ')}]`;
    }
    case 'slice_pattern':
      return `[${patternsOf(n)
        .map((p) => pattern(c, p, type.kind === 'list' ? type.of : UNKNOWN))
        .join(', ')}]`;
    case '_':
      return c.declare('_', type);
    case 'tuple_struct_pattern':
      if (['Some', 'Ok'].includes(field(n, 'type')!.text)) return pattern(c, patternsOf(n)[1]!, bare(type));
  }
  throw new Unsupported(n, `the pattern ${n.text} is not translated`);
}

function structValue(c: Context, n: Node): Expr {
  const rust = structName(c, partsOf(field(n, 'name')!).at(-1)!);
  const fields = named(field(n, 'body')!).map((f) => {
    if (f.type === 'shorthand_field_initializer') {
      const value = name(c, named(f)[0]!);
      return value.code === f.text ? value.code : `${memberName(f.text)}: ${value.code}`;
    }
    if (f.type === 'base_field_initializer') return `...${expression(c, named(f)[0]!).code}`;
    return `${memberName(field(f, 'field')!.text)}: ${expression(c, field(f, 'value')!).code}`;
  });
  const known = c.structs.has(rust);
  const object = `{ ${fields.join(', ')} }`;
  return atom(known ? `new ${rust}(${object})` : object, { kind: 'struct', name: rust });
}

/** `if` and `match` as values. */
function choice(c: Context, n: Node): Expr {
  if (n.type === 'if_expression') {
    const condition = field(n, 'condition')!;
    const yes = field(n, 'consequence')!;
    const no = named(field(n, 'alternative') ?? n).at(-1)!;
    if (
      condition.type !== 'let_condition' &&
      condition.type !== 'let_chain' &&
      isSimple(yes) &&
      field(n, 'alternative') !== null
    ) {
      const other = no.type === 'if_expression' ? choice(c, no) : isSimple(no) ? expression(c, named(no)[0]!) : null;
      if (other !== null) {
        const value = expression(c, named(yes)[0]!);
        const code = `${within(expression(c, condition), TERNARY + 1)} ? ${within(value, TERNARY)} : ${within(other, TERNARY)}`;
        return { code, type: value.type, rank: TERNARY };
      }
    }
  }
  const lines = blockValue(c, n, { kind: 'return' });
  return atom(`(() => {\n${indent(lines).join('\n')}\n})()`);
}

/** A Rust expression in TypeScript. @throws Unsupported */
export function expression(c: Context, n: Node): Expr {
  switch (n.type) {
    case 'integer_literal':
    case 'float_literal':
    case 'boolean_literal':
    case 'string_literal':
    case 'raw_string_literal':
    case 'char_literal':
      return literal(n);
    case 'identifier':
    case 'scoped_identifier':
    case 'self':
      return name(c, n);
    case 'reference_expression':
      return expression(c, field(n, 'value')!);
    case 'try_expression':
      return expression(c, named(n)[0]!);
    case 'parenthesized_expression':
      return expression(c, named(n)[0]!);
    case 'unit_expression':
      return atom('undefined', UNIT);
    case 'tuple_expression': {
      const parts = named(n).map((k) => expression(c, k));
      return atom(`[${parts.map((p) => p.code).join(', ')}]`, { kind: 'tuple', of: parts.map((p) => p.type) });
    }
    case 'array_expression': {
      const length = field(n, 'length');
      const parts = named(n).map((k) => expression(c, k));
      if (length !== null) {
        return atom(`globalThis.Array(${expression(c, length).code}).fill(${parts[0]!.code})`, list(parts[0]!.type));
      }
      return atom(`[${parts.map((p) => p.code).join(', ')}]`, list(parts[0]?.type ?? UNKNOWN));
    }
    case 'range_expression':
      return range(c, n);
    case 'binary_expression':
      return binary(c, n);
    case 'unary_expression':
      return unary(c, n);
    case 'type_cast_expression':
      return cast(c, n);
    case 'assignment_expression':
    case 'compound_assignment_expr':
      return assignment(c, n);
    case 'index_expression': {
      const [x, i] = named(n) as [Node, Node];
      const value = expression(c, x);
      if (i.type === 'range_expression') {
        const op = i.children.find((k) => k !== null && /^\.\.=?$/.test(k.type))!;
        const from = named(i).find((e) => e.endIndex <= op.startIndex);
        const to = named(i).find((e) => e.startIndex > op.startIndex);
        const ends = [
          from ? expression(c, from).code : '0',
          ...(to ? [expression(c, to).code + (op.type === '..=' ? ' + 1' : '')] : []),
        ];
        return atom(`${within(value, ATOM)}.slice(${ends.join(', ')})`, value.type);
      }
      if (value.type.kind === 'map')
        return atom(`${within(value, ATOM)}.get(${expression(c, i).code})!`, value.type.of);
      return atom(
        `${within(value, ATOM)}[${expression(c, i).code}]!`,
        value.type.kind === 'list' ? value.type.of : UNKNOWN,
      );
    }
    case 'field_expression': {
      const x = expression(c, field(n, 'value')!);
      const key = field(n, 'field')!;
      if (key.type === 'integer_literal') {
        return atom(
          `${within(x, ATOM)}[${key.text}]`,
          x.type.kind === 'tuple' ? (x.type.of[Number(key.text)] ?? UNKNOWN) : UNKNOWN,
        );
      }
      const fields = x.type.kind === 'struct' ? c.structs.get(x.type.name)?.fields : undefined;
      return atom(`${within(x, ATOM)}.${memberName(key.text)}`, fields?.get(key.text) ?? UNKNOWN);
    }
    case 'call_expression':
      return call(c, n);
    case 'macro_invocation':
      return macro(c, n);
    case 'closure_expression':
      return closure(c, n);
    case 'struct_expression':
      return structValue(c, n);
    case 'if_expression':
    case 'match_expression':
    case 'block':
      return choice(c, n);
    case 'return_expression':
      throw new Unsupported(n, 'a return inside an expression is not translated');
    default:
      throw new Unsupported(n, `${n.type.replaceAll('_', ' ')} is not translated`);
  }
}

function call(c: Context, n: Node): Expr {
  let fn = field(n, 'function')!;
  const args = named(field(n, 'arguments')!);
  let generics: readonly Node[] = [];
  if (fn.type === 'generic_function') {
    generics = named(field(fn, 'type_arguments')!);
    fn = field(fn, 'function')!;
  }
  return fn.type === 'field_expression' ? callMethod(c, n, fn, args, generics) : callFunction(c, n, fn, args, generics);
}
