// Macros: array!, those of mlx-rs's functions, and the few of Rust's own that array code uses.
import { callMlx } from './calls.js';
import { Unsupported, type Context } from './context.js';
import { ATOM, atom, expression, unescape, within, type Expr } from './expressions.js';
import { field, named, parseArguments, type Node } from './parser.js';
import { itemOf, macroPath, partsOf } from './paths.js';
import { ARRAY, bare, isInteger, list, STRING, UNIT, UNKNOWN, type Type } from './types.js';

/** The text between the outer brackets of a macro. */
const inner = (n: Node): string => named(n).at(-1)!.text.slice(1, -1);

/** Each element type in nested lists, the first that is known. */
const leaf = (t: Type): Type => (t.kind === 'list' ? leaf(t.of) : t);

function arrayMacro(c: Context, n: Node): Expr {
  const text = inner(n).trim();
  if (text === '') return atom(`${c.shim('array')}([])`, ARRAY);
  const [data] = parseArguments(c.parser, text);
  if (data === undefined) throw new Unsupported(n, 'the arguments of array! could not be read');
  const e = expression(c, data);
  const of = leaf(e.type);
  const integers = of.kind === 'number' && isInteger(of);
  return atom(`${c.shim('array')}(${e.code}${integers ? `, ${c.shim('Dtype')}.Int32` : ''})`, ARRAY);
}

/** `println!("{} {x:?} {0:.3}", a)` as a template string. */
function format(c: Context, n: Node, nodes: readonly Node[]): string {
  const [first, ...rest] = nodes;
  if (first?.type !== 'string_literal') throw new Unsupported(n, 'the format must be a literal string');
  const byName = new Map<string, Node>();
  const positional: Node[] = [];
  for (const a of rest) {
    if (a.type === 'assignment_expression') byName.set(field(a, 'left')!.text, field(a, 'right')!);
    else positional.push(a);
  }
  let next = 0;
  const text = unescape(first.text.slice(1, -1));
  const parts = text.split(/(\{\{|\}\}|\{[^{}]*\})/);
  const code = parts.map((part) => {
    if (part === '{{' || part === '}}') return part[0];
    const m = /^\{([^:{}]*)(?::([^{}]*))?\}$/.exec(part);
    if (m === null) return part.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
    const [, key = '', spec = ''] = m;
    const node = key === '' ? positional[next++] : /^\d+$/.test(key) ? positional[Number(key)] : byName.get(key);
    const value = node === undefined ? named_(c, n, key) : expression(c, node);
    return show(value, spec);
  });
  return `\`${code.join('')}\``;
}
function named_(c: Context, n: Node, key: string): Expr {
  const found = c.lookup(key);
  if (found === undefined) throw new Unsupported(n, `the name ${key} of the format is not known`);
  return atom(found.js, found.type);
}
/** One place of a template string. */
function show(value: Expr, spec: string): string {
  const m = /^(?:[^<>^]?[<>^])?([+])?(\d+)?(?:\.(\d+))?(e)?(\??|#\?)$/.exec(spec);
  let code = value.code;
  const type = bare(value.type).kind;
  if (m?.[3] !== undefined) {
    code = `${within(value, ATOM)}.${m[4] === 'e' ? 'toExponential' : 'toFixed'}(${m[3]})`;
  } else if (spec.includes('?') && value.type.kind === 'list' && value.type.of.kind === 'number') {
    return `[\${${within(value, ATOM)}.join(', ')}]`;
  } else if (spec.includes('?') && ['list', 'tuple', 'map', 'option'].includes(type)) {
    code = `JSON.stringify(${value.code})`;
  }
  if (m?.[2] !== undefined) code = `String(${code}).${spec.startsWith('<') ? 'padEnd' : 'padStart'}(${m[2]})`;
  return `\${${code}}`;
}

function assertion(c: Context, n: Node, macroName: string, args: readonly Node[]): Expr {
  c.needsAssert = true;
  const text = (from: number): string => (args.length > from ? `, ${format(c, n, args.slice(from))}` : '');
  if (macroName === 'assert') return atom(`assert(${expression(c, args[0]!).code}${text(1)})`, UNIT);
  const a = expression(c, args[0]!);
  const b = expression(c, args[1]!);
  const same = macroName === 'assert_eq';
  if (bare(a.type).kind === 'array')
    return atom(`assert(${same ? '' : '!'}${within(a, ATOM)}.equals(${b.code})${text(2)})`, UNIT);
  return atom(`assert.${same ? 'deepEqual' : 'notDeepEqual'}(${a.code}, ${b.code}${text(2)})`, UNIT);
}

/** A macro call. */
export function macro(c: Context, n: Node): Expr {
  const parts = partsOf(field(n, 'macro')!);
  const macroName = parts.at(-1)!;
  if (macroName === 'array') return arrayMacro(c, n);
  if (macroName === 'vec' && /^[^;]*;[^;]*$/.test(inner(n))) {
    const [value, count] = inner(n).split(';') as [string, string];
    const [v] = parseArguments(c.parser, value);
    const [k] = parseArguments(c.parser, count);
    const e = expression(c, v!);
    return atom(`globalThis.Array(${expression(c, k!).code}).fill(${e.code})`, list(e.type));
  }
  const args = parseArguments(c.parser, inner(n));
  switch (macroName) {
    case 'vec': {
      const values = args.map((a) => expression(c, a));
      return atom(`[${values.map((v) => v.code).join(', ')}]`, list(values[0]?.type ?? UNKNOWN));
    }
    case 'println':
    case 'print':
      return atom(`console.log(${args.length === 0 ? '' : format(c, n, args)})`, UNIT);
    case 'eprintln':
      return atom(`console.error(${args.length === 0 ? '' : format(c, n, args)})`, UNIT);
    case 'format':
      return atom(format(c, n, args), STRING);
    case 'assert':
    case 'assert_eq':
    case 'assert_ne':
    case 'debug_assert':
    case 'debug_assert_eq':
      return assertion(c, n, macroName.replace('debug_', ''), args);
    case 'assert_array_eq': {
      c.needsAssert = true;
      const [a, b, tolerance] = args.map((x) => expression(c, x));
      return atom(
        `assert(${within(a!, ATOM)}.all_close(${b!.code}, ${tolerance?.code ?? 'null'}, ${tolerance?.code ?? 'null'}).item())`,
        UNIT,
      );
    }
  }
  const path = macroPath(macroName);
  if (path === undefined) throw new Unsupported(n, `the macro ${macroName}! is not translated`);
  return functionMacro(c, n, path, args);
}

/** `softmax_axis!(a, 0, precise = true)`: optional arguments by name, in any number. */
function functionMacro(c: Context, n: Node, path: readonly string[], args: readonly Node[]): Expr {
  const params = itemOf(path)!.params;
  const slots: (Node | null)[] = [];
  const generics: Node[] = [];
  for (const a of args) {
    if (a.type !== 'assignment_expression') slots.push(a);
    else {
      const key = field(a, 'left')!.text;
      const at = params.indexOf(key);
      if (key === 'dtype') generics.push(field(a, 'right')!);
      else if (key === 'stream') c.note(n, 'the stream is dropped: there is one device');
      else if (at < 0) throw new Unsupported(n, `${path.join('::')} has no parameter ${key}`);
      else slots[at] = field(a, 'right')!;
    }
  }
  const [none] = parseArguments(c.parser, 'None');
  const filled = globalThis.Array.from(slots, (s) => s ?? none!);
  return callMlx(c, path, null, filled, generics);
}
