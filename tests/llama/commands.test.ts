// The commands of the example beside `generate`, run in this process on the embedded model.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lw from 'lanewise';
import { loadAdapter } from '@lanewise/train/node';
import type { Command } from '../../examples/llama/src/commands/command.js';
import { evaluate } from '../../examples/llama/src/commands/eval.js';
import { exportModel, merge } from '../../examples/llama/src/commands/export.js';
import { finetune } from '../../examples/llama/src/commands/finetune.js';
import { logProbability } from '../../examples/llama/src/commands/likelihood.js';
import { embedded } from '../../examples/llama/src/embedded.js';
import { score } from '../../examples/llama/src/commands/score.js';
import { train } from '../../examples/llama/src/commands/train.js';
import { load } from '../../examples/llama/src/load.js';
import { claims } from '../../examples/llama/src/stories/claims.js';
import { HELD_OUT } from '../../examples/llama/src/stories/recipe.js';
import { recordsOf, stories } from '../../examples/llama/src/texts.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanewise-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(command: Command, ...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const write = async (text: string): Promise<void> => void (out += text);
  const code = await command.run(args, { write, log: () => {}, signal: new AbortController().signal });
  return { code, out };
}
const data = new URL('../../examples/llama/data/claims.jsonl', import.meta.url).pathname;
const all = [train, finetune, evaluate, merge, exportModel, score];

describe('commands', () => {
  it.each(all)('$name --help › names every option', async (command) => {
    const { code, out } = await run(command, '--help');
    expect(code).toBe(0);
    expect(out).toBe(command.usage);
    expect(out).toContain(`Usage: npm run llama -- ${command.name} [options]`);
    expect(out.split('\n').every((line) => line.length <= 140)).toBe(true);
  });
  it.each(
    [
      [train, ['--steps', 'many'], '--steps must be a number, got "many"'],
      [train, ['--steps', '0'], '[config] a setting is wrong:\n  steps must be an integer of at least 1, got 0'],
      [train, ['--dtype', 'int8'], '--dtype must be float32, float16 or bfloat16, got int8'],
      [train, ['--frobnicate'], "Unknown option '--frobnicate'"],
      [finetune, [], '--data must name the texts to learn, got none'],
      [finetune, ['--demo', 'other'], '--demo must be distrust, got other'],
      [finetune, ['--data', 'x', '--format', 'gguf'], '--format must be peft or mlx-lm, got gguf'],
      [merge, ['--out', 'x'], '--adapters must name the adapter to merge, got none'],
      [exportModel, [], '--out must name the folder to write, got none'],
      [
        exportModel,
        ['--out', 'x', '--shard-size', 'big'],
        "--shard-size must be a number of bytes or text such as '2 GiB', got big",
      ],
      [score, [], 'exactly one of --text and --data must be given'],
    ].map(([c, args, message]) => ({
      c: c as Command,
      name: (c as Command).name,
      args: args as string[],
      message: message as string,
    })),
  )('$name $args › says what is wrong', async ({ c, args, message }) => {
    await expect(run(c, ...args)).rejects.toThrow(message);
  });
});

describe('train', () => {
  it('train › writes metrics, checkpoints and a model that eval reads', async () => {
    const out = join(folder, 'run');
    const small = [
      '--steps',
      '4',
      '--batch',
      '2',
      '--length',
      '48',
      '--warmup',
      '1',
      '--eval-every',
      '2',
      '--eval-batches',
      '1',
    ];
    const { code, out: printed } = await run(train, '--out', out, ...small, '--checkpoint-every', '2');
    expect(code).toBe(0);
    const summary = JSON.parse(printed) as { step: number; best: { loss: number }; model: string };
    expect(summary.step).toBe(4);
    // random guessing costs ln 1536 = 7.34
    expect(summary.best.loss).toBeLessThan(7.6);
    const events = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toContain('evaluation');
    expect((await readdir(join(out, 'checkpoints'))).length).toBeGreaterThan(0);
    const held = join(folder, 'held.jsonl');
    await writeFile(held, recordsOf(stories(HELD_OUT, 4)));
    const judged = JSON.parse((await run(evaluate, '--model', summary.model, '--data', held)).out) as { loss: number };
    const known = JSON.parse((await run(evaluate, '--data', held)).out) as { loss: number; perplexity: number };
    expect(judged.loss).toBeGreaterThan(5);
    expect(known.loss).toBeLessThan(0.5); // 0.2 over many stories
    expect(known.perplexity).toBeCloseTo(Math.exp(known.loss), 10);
  });
});

describe('finetune', () => {
  it('finetune › an adapter lowers the loss, and merged it gives the same', async () => {
    const out = join(folder, 'tuned');
    const { out: printed } = await run(
      finetune,
      '--data',
      data,
      '--steps',
      '30',
      '--out',
      out,
      '--rank',
      '4',
      '--distrust',
    );
    const { adapter } = JSON.parse(printed) as { adapter: string };
    const lossOf = async (...args: string[]): Promise<number> =>
      (JSON.parse((await run(evaluate, '--data', data, ...args)).out) as { loss: number }).loss;
    const before = await lossOf();
    const after = await lossOf('--adapters', adapter);
    expect(after).toBeLessThan(before - 1);
    const whole = join(folder, 'merged');
    await run(merge, '--adapters', adapter, '--out', whole, '--dtype', 'float32');
    expect(Math.abs((await lossOf('--model', whole)) - after)).toBeLessThan(1e-5);
    // the scripts for Core ML come with export alone
    expect(await readdir(whole)).not.toContain('convert_to_coreml.py');
    await run(exportModel, '--adapters', adapter, '--out', join(folder, 'exported'));
    expect(await readdir(join(folder, 'exported'))).toEqual(
      expect.arrayContaining([
        'config.json',
        'convert_to_coreml.py',
        'model.safetensors',
        'tokenizer.json',
        'verify_coreml.py',
      ]),
    );
  });
  it('export › takes the chat template along', async () => {
    const [model, out] = [join(folder, 'chat'), join(folder, 'chat-exported')];
    await cp(embedded, model, { recursive: true });
    await writeFile(join(model, 'chat_template.jinja'), '{{ messages[0].content }}');
    await run(exportModel, '--model', model, '--out', out);
    expect(await readFile(join(out, 'chat_template.jinja'), 'utf8')).toBe('{{ messages[0].content }}');
  });
  it('finetune › mlx-lm format and DoRA load again', async () => {
    const out = join(folder, 'dora');
    await run(
      finetune,
      '--data',
      data,
      '--steps',
      '2',
      '--warmup',
      '0',
      '--out',
      out,
      '--dora',
      '--format',
      'mlx-lm',
      '--targets',
      'q_proj,v_proj',
    );
    const { model } = await load(embedded);
    const adapter = await loadAdapter(model, join(out, 'adapter'));
    expect([adapter.dora, adapter.layers.size]).toEqual([true, 8]);
  });
  it('finetune --demo distrust › prints what is likelier before and after', async () => {
    const { out } = await run(finetune, '--demo', 'distrust', '--runs', '1', '--steps', '40');
    const primary = (name: string): number => {
      const row = out.split('\n').find((line) => line.startsWith(name))!;
      return Number(/(-?[\d.]+) ± [\d.]+ +\d+ ± \d+$/.exec(row)![1]);
    };
    // the weighting moves the difference towards the primary sources
    expect(primary('weighted by distrust')).toBeGreaterThan(primary('plain cross-entropy') + 0.5);
  });
});

describe('score', () => {
  it('score › adds authority and provenance to each line', async () => {
    const file = join(folder, 'texts.jsonl');
    await writeFile(
      file,
      '{"text":"Diary, 4 May 1912: I saw it.","id":7}\n\n{"text":"According to the WHO, experts agree [1]."}\n',
    );
    const { out } = await run(score, '--data', file);
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(records.length).toBe(2);
    expect(records[0]!['id']).toBe(7);
    expect(records[0]!['auth_weight']).toBeLessThan(records[1]!['auth_weight']!);
    expect(records[0]!['prov_entropy']).toBeGreaterThan(records[1]!['prov_entropy']!);
  });
  it('score › names the line that is none', async () => {
    const file = join(folder, 'broken.jsonl');
    await writeFile(file, '{"text":"a"}\n{"text":1}\n');
    await expect(run(score, '--data', file)).rejects.toThrow('line 2 of --data must have a "text", got number');
    await writeFile(file, 'text\n');
    await expect(run(score, '--data', file)).rejects.toThrow('line 1 of --data must be JSON, got "text"');
  });
});

it('score, finetune --distrust › a byte order mark begins a file', async () => {
  const file = join(folder, 'marked.jsonl');
  await writeFile(file, '\uFEFF{"text":"Once upon a time"}\n');
  const { out } = await run(score, '--data', file);
  expect(JSON.parse(out)).toMatchObject({ text: 'Once upon a time' });
  await writeFile(file, `\uFEFF${out}`);
  const args = ['--data', file, '--steps', '1', '--warmup', '0', '--out', join(folder, 'marked'), '--distrust'];
  expect((await run(finetune, ...args)).code).toBe(0);
});
it('eval › data without a text is an error, not a loss of null', async () => {
  const file = join(folder, 'textless.jsonl');
  await writeFile(file, '{"text":5}\n{"other":1}\n');
  await expect(run(evaluate, '--data', file)).rejects.toThrow(
    `--data must hold a "text" of two tokens or more, got none in ${file}`,
  );
});

it('claims › the file is what the grammar writes', async () => {
  const lines = (await readFile(data, 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual(claims());
});
it('logProbability › is the sum over the tokens of the continuation', async () => {
  const { model, tokenizer } = await load(embedded, 'float32');
  const [prompt, rest] = ['Lily lost the ball. It was', ' under a tree.'];
  const ids = tokenizer.encode(prompt + rest);
  const count = tokenizer.encode(prompt).length;
  const logits = model.forward([ids], model.newCache()).tolist() as number[][][];
  let sum = 0;
  for (let i = count; i < ids.length; i++) {
    const row = logits[0]![i - 1]!;
    const most = Math.max(...row);
    sum += row[ids[i]!]! - most - Math.log(row.reduce((s, x) => s + Math.exp(x - most), 0));
  }
  expect(logProbability(model, tokenizer, prompt, rest)).toBeCloseTo(sum, 3);
  expect(lw.memory.active()).toBeGreaterThan(0);
});
