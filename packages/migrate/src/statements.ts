// Statements and blocks. The value of a block goes into a sink: it is returned, assigned, or dropped.
import { Unsupported, type Context } from './context.js';
import { ATOM, expression, indent, pattern, TERNARY, within, type Expr } from './expressions.js';
import { item, isItem } from './items.js';
import { field, isComment, named, patternsOf, type Node } from './parser.js';
import { bare, readType, showType, UNKNOWN, type Type } from './types.js';

export type Sink =
  | { readonly kind: 'return' | 'drop' }
  /** `found` takes the type of the values */
  | { readonly kind: 'assign'; readonly to: string; readonly found: { type: Type } };
const DROP: Sink = { kind: 'drop' };

/** A block that is one expression. */
export const isSimple = (block: Node): boolean => {
  const inner = named(block);
  if (block.type !== 'block' || inner.length !== 1 || block.namedChildren.length !== 1) return false;
  const only = inner[0]!;
  return (
    !only.type.endsWith('_statement') &&
    !only.type.endsWith('_declaration') &&
    !branching.has(only.type) &&
    !isItem(only)
  );
};
const branching = new Set([
  'if_expression',
  'match_expression',
  'block',
  'for_expression',
  'while_expression',
  'loop_expression',
  'return_expression',
  'break_expression',
  'continue_expression',
]);

/** What could not be translated, as comments that say so. */
function marked(c: Context, n: Node, why: string): string[] {
  c.pending = [];
  c.marks.push({ line: n.startPosition.row + 1, why, rust: n.text.split('\n')[0]!.trim() });
  return [`// lanewise-migrate: ${why}`, ...n.text.split('\n').map((l) => `//   ${l.trimEnd()}`)];
}
/** Lines of one construct; a part without translation makes the whole a marked comment. */
export function guarded(c: Context, n: Node, body: () => string[]): string[] {
  try {
    const lines = body();
    return [...c.takePending().map((why) => `// lanewise-migrate: ${why}`), ...lines];
  } catch (e) {
    if (e instanceof Unsupported) return marked(c, n, e.message);
    throw e;
  }
}

export const comment = (n: Node): string[] =>
  n.text
    .trimEnd()
    .split('\n')
    .map((l) => l.replace(/^(\s*)\/\/[/!]/, '$1//'));

/** The statements of a block, its last value into `sink`. */
export function blockLines(c: Context, block: Node, sink: Sink): string[] {
  const children = block.namedChildren.filter((k): k is Node => k !== null);
  const last = children.filter((k) => !isComment(k)).at(-1);
  return c.scoped(() => {
    const lines: string[] = [];
    children.forEach((k, i) => {
      if (!isComment(k)) lines.push(...guarded(c, k, () => statement(c, k, k === last ? sink : DROP)));
      else if (i > 0 && lines.length > 0 && children[i - 1]!.endPosition.row === k.startPosition.row) {
        lines.push(`${lines.pop()!} ${comment(k).join(' ')}`);
      } else lines.push(...comment(k));
    });
    return lines;
  });
}

/** A value that may be a block, into `sink`. */
export function blockValue(c: Context, n: Node, sink: Sink): string[] {
  switch (n.type) {
    case 'block':
      return blockLines(c, n, sink);
    case 'if_expression':
      return ifLines(c, n, sink);
    case 'match_expression':
      return matchLines(c, n, sink);
    case 'for_expression':
    case 'while_expression':
    case 'loop_expression':
      return loopLines(c, n);
    case 'return_expression': {
      const value = named(n)[0];
      return value === undefined ? ['return;'] : blockValue(c, value, { kind: 'return' });
    }
    case 'break_expression':
    case 'continue_expression': {
      const label = named(n)[0];
      if (label !== undefined && label.type !== 'label')
        throw new Unsupported(n, 'a break with a value is not translated');
      return [`${n.type.slice(0, -11)}${label === undefined ? '' : ` ${label.text.slice(1)}`};`];
    }
    case 'call_expression': {
      const fn = field(n, 'function')!.text;
      const [value] = named(field(n, 'arguments')!);
      if (fn === 'Ok' && value !== undefined) return value.type === 'unit_expression' ? [] : blockValue(c, value, sink);
      if (fn === 'Some' && value !== undefined && sink.kind !== 'drop') return blockValue(c, value, sink);
      if (fn === 'Err' && value !== undefined) return [`throw new Error(${errorText(c, value)});`];
      break;
    }
    case 'macro_invocation': {
      const name = field(n, 'macro')!.text;
      if (['panic', 'unreachable', 'unimplemented', 'todo', 'bail'].includes(name)) {
        const text = named(n).at(-1)!.text.slice(1, -1);
        return [
          `throw new Error(${text === '' ? `'${name}'` : text.startsWith('"') && !text.includes('{') ? text : JSON.stringify(text)});`,
        ];
      }
    }
  }
  return [into(expression(c, n), sink)];
}
function errorText(c: Context, n: Node): string {
  const call = n.type === 'call_expression' ? named(field(n, 'arguments')!)[0] : undefined;
  const e = expression(c, call ?? n);
  return e.type.kind === 'string' ? e.code : `String(${e.code})`;
}
function into(e: Expr, sink: Sink): string {
  if (sink.kind === 'assign') {
    const { found } = sink;
    if (e.type.kind === 'none' && found.type.kind !== 'option') found.type = { kind: 'option', of: found.type };
    else if (found.type.kind === 'unknown') found.type = e.type;
    else if (found.type.kind === 'option' && found.type.of.kind === 'unknown')
      found.type = { kind: 'option', of: bare(e.type) };
    return `${sink.to} = ${e.code};`;
  }
  return sink.kind === 'return' && e.type.kind !== 'unit' ? `return ${e.code};` : `${e.code};`;
}

function statement(c: Context, n: Node, sink: Sink): string[] {
  if (n.type === 'let_declaration') return letLines(c, n);
  if (n.type === 'empty_statement') return [];
  if (isItem(n)) return item(c, n);
  if (n.type === 'expression_statement') {
    const ended = n.lastChild?.type === ';';
    return blockValue(c, named(n)[0]!, ended ? DROP : sink);
  }
  return blockValue(c, n, sink);
}

const holds = (n: Node, type: string): boolean => n.type === type || named(n).some((k) => holds(k, type));

function letLines(c: Context, n: Node): string[] {
  const binding = field(n, 'pattern')!;
  const annotated = field(n, 'type');
  const value = field(n, 'value');
  const mutable = n.children.some((k) => k?.type === 'mutable_specifier') || holds(binding, 'mut_pattern');
  const type = annotated === null ? UNKNOWN : readType(annotated, c.self);
  const known = (t: Type): boolean => t.kind !== 'unknown' && !(t.kind === 'list' && t.of.kind === 'unknown');
  if (field(n, 'alternative') !== null) return letElse(c, n, binding, value!, type);
  if (value === null) return [`let ${pattern(c, binding, type)}: ${showType(type)};`];
  if (
    (value.type === 'if_expression' || value.type === 'match_expression' || value.type === 'block') &&
    !ternary(value)
  ) {
    const rust = holds(binding, 'mut_pattern') ? named(binding).at(-1)! : binding;
    if (rust.type !== 'identifier') throw new Unsupported(n, 'a choice is assigned to a single name only');
    const name = c.reserve(rust.text);
    const found: { type: Type } = { type };
    const lines = asBlock(c, value, { kind: 'assign', to: name, found });
    c.bind(rust.text, name, found.type);
    const annotation = known(found.type) ? `: ${showType(found.type)}` : '';
    return [`let ${name}${annotation};`, ...lines];
  }
  const e = expression(c, value);
  const own = known(type) ? type : e.type;
  const isEmpty = ['[]', 'new Map()', 'null'].includes(e.code);
  const name = pattern(c, binding, own);
  const annotation = isEmpty && known(own) && own.kind !== 'none' ? `: ${showType(own)}` : '';
  return [`${mutable ? 'let' : 'const'} ${name}${annotation} = ${e.code};`];
}
const ternary = (n: Node): boolean => {
  if (n.type !== 'if_expression' || field(n, 'condition')!.type.startsWith('let_')) return false;
  const no = field(n, 'alternative');
  if (no === null || !isSimple(field(n, 'consequence')!)) return false;
  const other = named(no).at(-1)!;
  return other.type === 'if_expression' ? ternary(other) : isSimple(other);
};
const asBlock = (c: Context, n: Node, sink: Sink): string[] =>
  n.type === 'block' ? ['{', ...indent(blockLines(c, n, sink)), '}'] : blockValue(c, n, sink);

/** `let Some(x) = e else { ... }` */
function letElse(c: Context, n: Node, binding: Node, value: Node, type: Type): string[] {
  if (binding.type !== 'tuple_struct_pattern' || field(binding, 'type')!.text !== 'Some')
    throw new Unsupported(n, 'let else is translated for Some only');
  const e = expression(c, value);
  const name = pattern(c, binding, type.kind === 'unknown' ? bare(e.type) : type);
  const other = blockLines(c, named(field(n, 'alternative')!).at(-1) ?? field(n, 'alternative')!, DROP);
  return [`const ${name} = ${e.code};`, `if (${name} === null || ${name} === undefined) {`, ...indent(other), '}'];
}

function ifLines(c: Context, n: Node, sink: Sink): string[] {
  const condition = field(n, 'condition')!;
  const consequence = field(n, 'consequence')!;
  if (condition.type === 'let_chain') throw new Unsupported(n, 'a chain of let conditions is not translated');
  const lines = condition.type === 'let_condition' ? ifLet(c, n, condition, sink) : plainIf();
  function plainIf(): string[] {
    return [`if (${expression(c, condition).code}) {`, ...indent(blockLines(c, consequence, sink))];
  }
  const alternative = field(n, 'alternative');
  if (alternative === null) return [...lines, '}'];
  const no = named(alternative).at(-1)!;
  if (no.type === 'if_expression') {
    const rest = ifLines(c, no, sink);
    if (rest[0]!.startsWith('if (')) return [...lines, `} else ${rest[0]}`, ...rest.slice(1)];
    return [...lines, '} else {', ...indent(rest), '}'];
  }
  return [...lines, '} else {', ...indent(blockLines(c, no, sink)), '}'];
}
/** `if let Some(x) = e`: the value stands before the test, under a name that nothing else has. */
function ifLet(c: Context, n: Node, condition: Node, sink: Sink): string[] {
  const p = field(condition, 'pattern')!;
  if (p.type !== 'tuple_struct_pattern' || field(p, 'type')!.text !== 'Some')
    throw new Unsupported(n, 'if let is translated for Some only');
  const e = expression(c, field(condition, 'value')!);
  const inner = patternsOf(p)[1]!;
  const name = c.reserve(inner.type === 'identifier' ? inner.text : 'found');
  return c.scoped(() => {
    const opening: string[] = [];
    if (inner.type === 'identifier') c.bind(inner.text, name, bare(e.type));
    else if (inner.type !== '_') opening.push(`const ${pattern(c, inner, bare(e.type))} = ${name};`);
    const body = blockLines(c, field(n, 'consequence')!, sink);
    return [
      `const ${name} = ${e.code};`,
      `if (${name} !== null && ${name} !== undefined) {`,
      ...indent([...opening, ...body]),
    ];
  });
}

/** What a pattern of `match` asks of a value, and the names it binds. */
function test(c: Context, p: Node, value: Expr): { condition: string | null; bind: string[] } {
  switch (p.type) {
    case 'match_pattern': {
      const guard = field(p, 'condition');
      const t = test(c, patternsOf(p)[0]!, value);
      if (guard === null) return t;
      const g = expression(c, guard).code;
      return { ...t, condition: t.condition === null ? g : `(${t.condition}) && ${g}` };
    }
    case '_':
      return { condition: null, bind: [] };
    case 'or_pattern': {
      const parts = patternsOf(p).map((k) => test(c, k, value).condition);
      return { condition: parts.includes(null) ? null : parts.join(' || '), bind: [] };
    }
    case 'tuple_struct_pattern':
      if (field(p, 'type')!.text === 'Some') {
        const inner = patternsOf(p)[1]!;
        const condition = `${value.code} !== null && ${value.code} !== undefined`;
        if (inner.type === '_') return { condition, bind: [] };
        return { condition, bind: [`const ${pattern(c, inner, bare(value.type))} = ${value.code};`] };
      }
      break;
    case 'identifier':
      if (p.text === 'None') return { condition: `${value.code} === null || ${value.code} === undefined`, bind: [] };
      return { condition: null, bind: [`const ${pattern(c, p, value.type)} = ${value.code};`] };
    case 'scoped_identifier':
    case 'integer_literal':
    case 'float_literal':
    case 'string_literal':
    case 'boolean_literal':
    case 'negative_literal':
      if (p.type === 'negative_literal') return { condition: `${value.code} === ${p.text}`, bind: [] };
      return { condition: `${value.code} === ${expression(c, p).code}`, bind: [] };
  }
  throw new Unsupported(p, `the pattern ${p.text} is not translated`);
}
function matchLines(c: Context, n: Node, sink: Sink): string[] {
  const subject = expression(c, field(n, 'value')!);
  const plain = /^[\w.$]+$/.test(subject.code);
  const value: Expr = plain ? subject : { ...subject, code: c.reserve('value'), rank: ATOM };
  const lines = plain ? [] : [`const ${value.code} = ${subject.code};`];
  const arms = named(field(n, 'body')!).filter((a) => a.type === 'match_arm');
  let open = '';
  for (const arm of arms) {
    c.scoped(() => {
      const { condition: asked, bind } = test(c, field(arm, 'pattern')!, value);
      // the arms of a match cover every value
      const condition = arm === arms.at(-1) && arms.length > 1 ? null : asked;
      const body = blockValue(c, field(arm, 'value')!, sink);
      const head =
        condition === null ? (open === '' ? '{' : 'else {') : `${open === '' ? '' : 'else '}if (${condition}) {`;
      const start = open === '' ? head : `} ${head}`;
      lines.push(start, ...indent([...bind, ...body]));
      open = condition === null ? 'done' : 'open';
    });
    if (open === 'done') break;
  }
  return [...lines, '}'];
}

const label = (n: Node): string => {
  const l = n.children.find((k) => k?.type === 'label');
  return l ? `${l.text.slice(1)}: ` : '';
};
function loopLines(c: Context, n: Node): string[] {
  const body = field(n, 'body')!;
  if (n.type === 'loop_expression') return [`${label(n)}for (;;) {`, ...indent(blockLines(c, body, DROP)), '}'];
  if (n.type === 'while_expression') {
    const condition = field(n, 'condition')!;
    if (condition.type !== 'let_condition') {
      return [`${label(n)}while (${expression(c, condition).code}) {`, ...indent(blockLines(c, body, DROP)), '}'];
    }
    return c.scoped(() => {
      const e = expression(c, field(condition, 'value')!);
      const name = pattern(c, field(condition, 'pattern')!, bare(e.type));
      const lines = [`const ${name} = ${e.code};`, `if (${name} === null || ${name} === undefined) break;`];
      return [`${label(n)}for (;;) {`, ...indent([...lines, ...blockLines(c, body, DROP)]), '}'];
    });
  }
  return c.scoped(() => [`${label(n)}${forHead(c, n)} {`, ...indent(blockLines(c, body, DROP)), '}']);
}
/** `(a..b).rev()` and `.step_by(k)` as a counting loop. */
function forHead(c: Context, n: Node): string {
  let over = field(n, 'value')!;
  const binding = field(n, 'pattern')!;
  let reversed = false;
  let step = '';
  while (over.type === 'call_expression' && field(over, 'function')!.type === 'field_expression') {
    const fn = field(over, 'function')!;
    const name = field(fn, 'field')!.text;
    if (name === 'rev') reversed = !reversed;
    else if (name === 'step_by') step = expression(c, named(field(over, 'arguments')!)[0]!).code;
    else break;
    over = field(fn, 'value')!;
  }
  while (over.type === 'parenthesized_expression') over = named(over)[0]!;
  if (
    over.type === 'range_expression' &&
    (binding.type === 'identifier' || binding.type === '_') &&
    !(reversed && step !== '')
  ) {
    const op = over.children.find((k) => k !== null && /^\.\.=?$/.test(k.type))!;
    const from = named(over).find((e) => e.endIndex <= op.startIndex);
    const to = named(over).find((e) => e.startIndex > op.startIndex);
    if (from !== undefined && to !== undefined) {
      const a = expression(c, from);
      const b = expression(c, to);
      const i = pattern(c, binding, a.type.kind === 'number' && a.type.name === '{integer}' ? b.type : a.type);
      const closed = op.type === '..=';
      if (reversed) {
        const start = closed ? b.code : `${within(b, 12)} - 1`;
        return `for (let ${i} = ${start}; ${i} >= ${within(a, 11)}; ${i}--)`;
      }
      const next = step === '' ? `${i}++` : `${i} += ${step}`;
      return `for (let ${i} = ${a.code}; ${i} ${closed ? '<=' : '<'} ${within(b, 11)}; ${next})`;
    }
  }
  const value = expression(c, field(n, 'value')!);
  const element = value.type.kind === 'list' ? value.type.of : UNKNOWN;
  return `for (const ${pattern(c, binding, element)} of ${within(value, TERNARY)})`;
}
