#!/usr/bin/env node
import * as lw from 'lanewise';
import { loadAdapted } from './commands/adapting.js';
import { bench } from './commands/bench.js';
import type { Command } from './commands/command.js';
import { convert } from './commands/convert.js';
import { embedded } from './embedded.js';
import { evaluate } from './commands/eval.js';
import { exportModel, merge } from './commands/export.js';
import { finetune } from './commands/finetune.js';
import { score } from './commands/score.js';
import { train } from './commands/train.js';
import type { Ending, Piece } from './generate.js';
import { generate } from './generate.js';
import { loadSampling } from './load.js';
import { parseOptions, usage, UsageError } from './options.js';
import type { CliOptions } from './options.js';
import type { TextTokenizer } from './tokenizer.js';

/** Exit codes: bad options, and what a shell gives for Ctrl-C. */
const USAGE = 2;
const INTERRUPTED = 130;

/** Where neither the user nor the model says how to sample. */
const TEMPERATURE = 0.8;

/** Waits until the terminal or pipe has taken the text, so that a slow reader slows the generation. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '' || process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}

function promptOf(options: CliOptions, tokenizer: TextTokenizer): string | number[] {
  if (!options.chat) return options.prompt;
  const system = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  return tokenizer.chat([...system, { role: 'user', content: options.prompt }]);
}

/** The backend in use, as `backends()` tells it. */
function backend(): string {
  const used = lw.backends().find((info) => info.selected);
  if (used === undefined) return 'no backend';
  return used.variant ? `${used.name} (${used.variant})` : used.name;
}

function summary(end: Ending): string {
  const { stats } = end;
  const rate = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
  return (
    `[${end.reason}] prompt ${stats.promptTokens} tokens, ${rate(stats.promptRate)} tokens/s; ` +
    `decode ${stats.tokens} tokens, ${rate(stats.decodeRate)} tokens/s; ` +
    `peak ${(stats.memory.peak / 2 ** 20).toFixed(1)} MiB; seed ${end.seed}; backend ${backend()}`
  );
}

async function show(piece: Piece, json: boolean): Promise<void> {
  if (!json) await write(piece.text);
  if (json && piece.text !== '') await write(`${JSON.stringify({ text: piece.text })}\n`);
  if (piece.end === undefined) return;
  if (json) await write(`${JSON.stringify({ end: { ...piece.end, backend: backend() } })}\n`);
  else await write(`\n\n${summary(piece.end)}\n`);
}

const commands: readonly Command[] = [train, finetune, evaluate, merge, exportModel, convert, bench, score];
const list = `
Commands (npm run llama -- COMMAND --help):
${[{ name: 'generate', summary: 'what happens without a command' }, ...commands]
  .map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
`;

/** Runs the command line; resolves to the exit code. */
async function run([name, ...rest]: readonly string[]): Promise<number> {
  const abort = new AbortController();
  // the first Ctrl-C ends the work, a second one meanwhile ends the process as usual
  process.once('SIGINT', () => abort.abort());
  const chosen = commands.find((c) => c.name === name);
  if (chosen !== undefined)
    return chosen.run(rest, { write, log: (text) => void process.stderr.write(`${text}\n`), signal: abort.signal });
  if (name !== undefined && name !== 'generate' && !name.startsWith('-'))
    throw new UsageError(`a command must be one of generate, ${commands.map((c) => c.name).join(', ')}, got ${name}`);
  return generateText(name === undefined ? [] : name === 'generate' ? rest : [name, ...rest], abort);
}
async function generateText(args: readonly string[], abort: AbortController): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    await write(usage + list);
    return 0;
  }
  if (options.device !== undefined) {
    try {
      lw.setDefaultDevice(options.device);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  const folder = options.model ?? embedded;
  const { model, tokenizer } = await loadAdapted(options);
  const defaults = { temperature: TEMPERATURE, ...(await loadSampling(folder)) };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const prompt = promptOf(options, tokenizer);
  if (!options.json && !options.chat) await write(options.prompt);
  for await (const piece of generate(model, tokenizer, prompt, { ...defaults, ...given, signal: abort.signal })) {
    await show(piece, options.json);
  }
  return abort.signal.aborted ? INTERRUPTED : 0;
}

// a reader that closed the pipe has seen enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// Node 20 has relaxed SIMD behind a flag: a process of our own may switch it on, unless the user says otherwise
process.env['LANEWISE_ENGINE_FLAGS'] ??= '1';
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const text = (error as Error).message;
  process.stderr.write(error instanceof UsageError ? `${text} (--help lists the options)\n` : `${text}\n`);
  process.exitCode = error instanceof UsageError ? USAGE : 1;
}
