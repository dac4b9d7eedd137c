import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseOptions, UsageError } from '../../examples/llama/src/options.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
// one level below the example, as its sources are: the embedded model is found from there
const cli = at('examples/llama/build/cli-under-test.mjs');
const sources: Record<string, string> = {
  lanewise: at('src/index.ts'),
  'lanewise/io': at('src/io/index.ts'),
  'lanewise/nn': at('src/nn.ts'),
  '@lanewise/train': at('packages/train/src/index.ts'),
  '@lanewise/train/node': at('packages/train/src/node.ts'),
};

beforeAll(async () => {
  await build({
    entryPoints: [at('examples/llama/src/cli.ts')],
    outfile: cli,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    ignoreAnnotations: true, // the package's own `sideEffects` speaks of dist/
    // a CommonJS package among the trainer's asks for this
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [
      {
        name: 'lanewise-from-source',
        setup: (context) =>
          context.onResolve({ filter: /^lanewise(\/io|\/nn)?$|^@lanewise\/train(\/node)?$/ }, ({ path }) => ({
            path: sources[path]!,
          })),
      },
    ],
  });
});
const children: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
});

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
function start(args: string[]): { child: ReturnType<typeof spawn>; result: Promise<Result> } {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const result = new Promise<Result>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { child, result };
}
const run = (...args: string[]): Promise<Result> => start(args).result;

describe('cli', () => {
  test('streams the story of the embedded model, then one line of figures', async () => {
    const { code, out, err } = await run('--seed', '1', '--max-tokens', '40');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.startsWith('Once upon a time')).toBe(true);
    const lines = out.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(
      /^\[(length|stop)\] prompt \d+ tokens, [\d.]+ tokens\/s; decode \d+ tokens, [\d.]+ tokens\/s; peak [\d.]+ MiB; seed 1; backend \w+/,
    );
  });

  test('the same seed tells the same story, greedy needs none', async () => {
    const story = async (...args: string[]): Promise<string> =>
      (await run('--max-tokens', '30', ...args)).out.split('\n\n[')[0]!;
    expect(await story('--seed', '5')).toBe(await story('--seed', '5'));
    expect(await story('--temperature', '0')).toBe(await story('--temperature', '0', '--seed', '9'));
  });

  test('--json prints one object per line that add up to the text', async () => {
    const { code, out } = await run('--json', '--temperature', '0', '--max-tokens', '20', '--prompt', 'The little fox');
    expect(code).toBe(0);
    const objects = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { text?: string; end?: Record<string, unknown> });
    const end = objects.at(-1)!.end!;
    expect(
      objects
        .slice(0, -1)
        .map((object) => object.text)
        .join(''),
    ).toBe(end['text']);
    expect(end['reason']).toBe('length');
    expect(end['tokens']).toHaveLength(20);
    expect(end['backend']).toMatch(/^\w+/);
  });

  test('convert writes a .gguf file that tells the same story, and bench measures it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lanewise-cli-'));
    try {
      const file = join(folder, 'story.gguf');
      const { code, out, err } = await run('convert', at('examples/llama/model'), file);
      expect([code, out]).toEqual([0, `${file}\n`]);
      expect(err).toContain('blk.3.attn_q.weight bf16\n');
      const greedy = ['--temperature', '0', '--max-tokens', '30'];
      const [there, here] = [await run('--model', file, ...greedy), await run(...greedy)];
      expect(there.out.split('\n\n[')[0]).toBe(here.out.split('\n\n[')[0]);
      const measured = await run('bench', file, '--prompt', '8', '--tokens', '4', '--runs', '1', '--json');
      const figures = JSON.parse(measured.out) as Record<string, number>;
      for (const name of ['loadSeconds', 'prefillTokensPerSecond', 'decodeTokensPerSecond', 'weightBytes', 'peakBytes'])
        expect([name, figures[name]! > 0]).toEqual([name, true]);
      const { code: again, err: refused } = await run('convert', at('examples/llama/model'), file);
      expect([again, refused]).toEqual([
        2,
        `OUT must not exist (or --overwrite be given), got ${file} (--help lists the options)\n`,
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('--stop ends before the text', async () => {
    const greedy = ['--json', '--temperature', '0', '--max-tokens', '40'];
    const text = async (...args: string[]): Promise<string> => {
      const { out } = await run(...greedy, ...args);
      return (JSON.parse(out.trimEnd().split('\n').at(-1)!) as { end: { text: string } }).end.text;
    };
    const free = await text();
    const stop = free.slice(20, 26);
    expect(await text('--stop', stop)).toBe(free.slice(0, free.indexOf(stop)));
  });

  test('--device reference gives the same greedy tokens', async () => {
    const args = ['--json', '--temperature', '0', '--max-tokens', '3', '--device'];
    const end = async (device: string): Promise<Record<string, unknown>> => {
      const { out } = await run(...args, device);
      return (JSON.parse(out.trimEnd().split('\n').at(-1)!) as { end: Record<string, unknown> }).end;
    };
    const [wasm, reference] = [await end('wasm'), await end('reference')];
    expect(reference['tokens']).toEqual(wasm['tokens']);
    expect(reference['backend']).toMatch(/^reference/);
  });

  test('Ctrl-C ends with what was generated and exit code 130', async () => {
    const { child, result } = start(['--max-tokens', '100000', '--temperature', '1']);
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const { code, out, err } = await result;
    expect({ code, err }).toEqual({ code: 130, err: '' });
    expect(out).toMatch(/^Once upon a time[^]*\n\n\[aborted\] prompt /);
  });

  test('a pipe that is closed early ends it quietly', async () => {
    const { child, result } = start(['--max-tokens', '100000', '--temperature', '1']);
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, err } = await result;
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('--help lists the options', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const name of [
      'model',
      'prompt',
      'chat',
      'temperature',
      'top-k',
      'top-p',
      'min-p',
      'repetition-penalty',
      'max-tokens',
      'seed',
      'stop',
      'device',
      'json',
    ]) {
      expect(out).toContain(`--${name}`);
    }
  });

  test.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--device', 'gpu'], 'the device must be one of'],
    [['--top-p', '2'], '--top-p must be a number above 0 and at most 1, got 2'],
    [['convert', 'a'], 'IN and OUT must be given, got 1 arguments'],
    [['bench', 'a', '--prompt', '0'], '--prompt must be an integer from 1, got 0'],
    [
      ['extra'],
      'a command must be one of generate, train, finetune, eval, merge, export, convert, bench, score, got extra',
    ],
  ])('bad options end with exit code 2 and one line: %j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a folder that is no model ends with exit code 1 and says what is missing', async () => {
    const { code, err } = await run('--model', '/nowhere');
    expect(code).toBe(1);
    expect(err).toBe('[tokenizer.json] the folder must hold the file, got none in /nowhere\n');
  });
});

describe('options', () => {
  test('defaults', () => {
    expect(parseOptions([])).toMatchObject({
      prompt: 'Once upon a time',
      temperature: undefined,
      maxTokens: 256,
      stop: [],
      chat: false,
    });
  });

  test('values', () => {
    const args =
      '--temperature 0 --top-k=5 --top-p .5 --min-p 1e-2 --max-tokens 7 --seed 3 --stop a --stop -b --prompt --x'.split(
        ' ',
      );
    expect(parseOptions(args)).toMatchObject({
      temperature: 0,
      topK: 5,
      topP: 0.5,
      minP: 0.01,
      maxTokens: 7,
      seed: 3,
      stop: ['a', '-b'],
      prompt: '--x',
    });
  });

  test.each([
    [['--temperature', '-1'], '--temperature must be a number from 0, got -1'],
    [['--temperature', 'warm'], '--temperature must be a number, got "warm"'],
    [['--temperature', ''], '--temperature must be a number, got ""'],
    [['--max-tokens', '1.5'], '--max-tokens must be an integer from 0, got 1.5'],
    [['--seed', '0x10'], '--seed must be a number, got "0x10"'],
    [['--repetition-penalty', '0'], '--repetition-penalty must be a number above 0, got 0'],
    [['--system', 'be kind'], '--system needs --chat'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(new UsageError(message));
  });

  test('a missing value is refused', () => {
    expect(() => parseOptions(['--prompt'])).toThrow(/--prompt/);
    expect(() => parseOptions(['--top-k', '--seed', '1'])).toThrow(/--top-k/);
  });
});
