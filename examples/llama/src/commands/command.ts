// What commands share: options as a table, from which come parsing, defaults and the help.
import { parseArgs } from 'node:util';
import { UsageError } from '../options.js';

interface Option {
  /** what the help calls the value; an option without one is a flag */
  readonly value?: string;
  readonly help: string;
}
/** Takes text. */
export interface TextOption extends Option {
  readonly type: 'text';
  readonly value: string;
}
export interface NumberOption extends Option {
  readonly type: 'number';
  readonly value: string;
}
export interface FlagOption extends Option {
  readonly type: 'flag';
}
/** Must be given, without a name, in the order of the table. */
export interface Argument extends Option {
  readonly type: 'argument';
  readonly value: string;
}
/** Options by name, as written after `--`, and arguments. */
export type Options = Readonly<Record<string, TextOption | NumberOption | FlagOption | Argument>>;
/** What was given. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends FlagOption
    ? boolean
    : O[K] extends Argument
      ? string
      : (O[K] extends NumberOption ? number : string) | undefined;
};
/** One command of the example. */
export interface Command {
  readonly name: string;
  /** one line of the list of commands */
  readonly summary: string;
  /** the whole help */
  readonly usage: string;
  /** @returns the exit code */
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
}
/** Where a command writes, and what ends it. */
export interface Io {
  /** results; resolves once they are taken */
  readonly write: (text: string) => Promise<void>;
  /** what happens meanwhile */
  readonly log: (text: string) => void;
  /** set at the first Ctrl-C */
  readonly signal: AbortSignal;
}

export const text = (value: string, help: string): TextOption => ({ type: 'text', value, help });
export const number = (value: string, help: string): NumberOption => ({ type: 'number', value, help });
export const argument = (value: string, help: string): Argument => ({ type: 'argument', value, help });
export const flag = (help: string): FlagOption => ({ type: 'flag', help });

const argumentsOf = (options: Options): (readonly [string, Argument])[] =>
  Object.entries(options).flatMap(([name, o]) => (o.type === 'argument' ? [[name, o] as const] : []));

const WIDTH = 26;
function usageOf(name: string, about: string, options: Options): string {
  const line = ([option, o]: readonly [string, Options[string]]): string => {
    const left = o.type === 'argument' ? `  ${o.value}` : `  --${option}${o.value === undefined ? '' : ` ${o.value}`}`;
    const gap = left.length < WIDTH ? left.padEnd(WIDTH) : `${left}\n${' '.repeat(WIDTH)}`;
    return gap + o.help.replaceAll('\n', `\n${' '.repeat(WIDTH)}`);
  };
  const lines = [...Object.entries(options), ['help', flag('show this')] as const].map(line);
  const wanted = argumentsOf(options).map(([, { value }]) => `${value} `);
  return `Usage: npm run llama -- ${name} ${wanted.join('')}[options]\n\n${about}\n\n${lines.join('\n')}\n`;
}
/** `--rate -1`: parseArgs takes a value that begins with a dash only when it is joined to its option. */
function joined(args: readonly string[], options: Options): string[] {
  const result: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.startsWith('--') ? args[i]!.slice(2) : '';
    const next = args[i + 1];
    const takesValue = Object.hasOwn(options, name) && ['text', 'number'].includes(options[name]!.type);
    if (takesValue && next?.startsWith('-') === true && !Object.hasOwn(options, next.slice(2).split('=')[0]!)) {
      result.push(`${args[i]}=${next}`);
      i++;
    } else result.push(args[i]!);
  }
  return result;
}
function parse<O extends Options>(args: readonly string[], options: O): Values<O> | null {
  const wanted = argumentsOf(options);
  const spec = Object.fromEntries(
    Object.entries(options)
      .filter(([, o]) => o.type !== 'argument')
      .map(([name, o]) => [name, { type: o.type === 'flag' ? 'boolean' : 'string' } as const]),
  );
  let given: Readonly<Record<string, unknown>>;
  try {
    const { values, positionals } = parseArgs({
      args: joined(args, options),
      options: { ...spec, help: { type: 'boolean' } },
      allowPositionals: wanted.length > 0,
    });
    if (values['help'] === true) return null;
    if (positionals.length !== wanted.length)
      throw new Error(
        `${wanted.map(([, o]) => o.value).join(' and ')} must be given, got ${positionals.length} arguments`,
      );
    given = { ...values, ...Object.fromEntries(wanted.map(([name], i) => [name, positionals[i]])) };
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!);
  }
  const values = Object.entries(options).map(([name, o]) => {
    const value = given[name];
    if (o.type === 'flag') return [name, value === true];
    if (o.type !== 'number' || value === undefined) return [name, value];
    const isNumber = typeof value === 'string' && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value);
    if (!isNumber) throw new UsageError(`--${name} must be a number, got ${JSON.stringify(value)}`);
    return [name, Number(value)];
  });
  return Object.fromEntries(values) as Values<O>;
}

/** A command of a table of options. */
export function command<O extends Options>(
  name: string,
  summary: string,
  about: string,
  options: O,
  run: (values: Values<O>, io: Io) => Promise<number>,
): Command {
  const usage = usageOf(name, about, options);
  return {
    name,
    summary,
    usage,
    async run(args, io) {
      const values = parse(args, options);
      if (values !== null) return run(values, io);
      await io.write(usage);
      return 0;
    },
  };
}
