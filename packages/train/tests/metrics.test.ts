import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryStore } from '../src/checkpoint.js';
import { crc32c } from '../src/crc32c.js';
import type { TrainEvent } from '../src/events.js';
import { Trainer } from '../src/loop.js';
import { jsonLine, textLine } from '../src/metrics/lines.js';
import { scalarsOf, tensorboardHeader, tensorboardScalars } from '../src/metrics/tensorboard.js';
import { jsonlMetrics, tensorboardMetrics, terminal } from '../src/node/metrics.js';
import { languageModelTask } from '../src/task.js';
import { stream, TinyModel } from './support.js';

const dir = mkdtempSync(join(tmpdir(), 'lanewise-train-metrics-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
interface Golden {
  header: { time: number; bytes: string };
  records: { time: number; step: number; scalars: Record<string, string>; bytes: string }[];
}
const golden = JSON.parse(readFileSync(new URL('goldens/event-files.json', import.meta.url), 'utf8')) as Golden;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const PYTHON: Record<string, number> = { inf: Infinity, nan: NaN };

it('tensorboard › the header is what TensorBoard writes, byte for byte', () => {
  expect(base64(tensorboardHeader(golden.header.time))).toBe(golden.header.bytes);
});
it.each(golden.records)('tensorboard › the record of step $step is what TensorBoard writes, byte for byte', (r) => {
  const scalars = Object.fromEntries(Object.entries(r.scalars).map(([k, x]) => [k, PYTHON[x] ?? Number(x)]));
  expect(base64(tensorboardScalars(r.time, r.step, scalars))).toBe(r.bytes);
});

const step = {
  type: 'step',
  step: 12,
  loss: 1.23456,
  learningRate: 3e-4,
  gradNorm: 0.75,
  tokens: 100,
  totalTokens: 1200,
  tokensPerSecond: 512.4,
  memory: { active: 2 ** 20, peak: 3 * 2 ** 20 },
  elapsed: 60,
  eta: 65,
  skipped: 2,
  epoch: 1.5,
  extra: { distrust: 0.5 },
} satisfies TrainEvent;
const memory = { weights: 1, copies: 0, gradients: 1, moments: 2, activations: 0, total: 2048 };
const best = { step: 5, loss: 1.5 };
const events: [TrainEvent, string][] = [
  [
    { type: 'start', step: 0, steps: 20, resumed: null, trainable: 1000, parameters: 12345, memory },
    'training 1,000 of 12,345 parameters for 20 steps; about 2.00 KiB of memory',
  ],
  [
    { type: 'start', step: 7, steps: 20, resumed: 'step-00000007', trainable: 1, parameters: 1, memory },
    'training 1 of 1 parameters for 20 steps, going on from step-00000007; about 2.00 KiB of memory',
  ],
  [
    step,
    'step 12  loss 1.2346  distrust 0.5000  lr 3.00e-4  norm 0.750  512 tok/s  1.00 MiB (peak 3.00 MiB)  ETA 1:05',
  ],
  [
    { type: 'evaluation', step: 10, loss: 1.5, tokens: 64, seconds: 1, best: { step: 10, loss: 1.5 }, since: 0 },
    'step 10  evaluation loss 1.5000 on 64 tokens  the best so far',
  ],
  [
    { type: 'evaluation', step: 10, loss: 2, tokens: 64, seconds: 1, best, since: 1, extra: { accuracy: 0.25 } },
    'step 10  evaluation loss 2.0000  accuracy 0.2500 on 64 tokens  best 1.5000 at step 5',
  ],
  [{ type: 'checkpoint', step: 10, name: 'step-00000010', seconds: 0.25 }, 'step 10  wrote step-00000010 in 0.3 s'],
  [
    { type: 'skip', step: 11, loss: NaN, gradNorm: Infinity, inRow: 1, skipped: 3, lossScale: 1 },
    'step 11  left out: loss NaN, gradient norm Infinity (1 in a row, 3 in all)',
  ],
  [{ type: 'warning', message: 'text' }, 'warning: text'],
  [{ type: 'pause', step: 3 }, 'step 3  paused'],
  [{ type: 'resume', step: 3 }, 'step 3  going on'],
  [
    { type: 'end', reason: 'no improvement', step: 9, loss: 1, best, totalTokens: 900, skipped: 0, elapsed: 3725 },
    'no improvement: step 9, loss 1.0000, best evaluation 1.5000 at step 5, 900 tokens, 1:02:05',
  ],
  [
    { type: 'end', reason: 'steps', step: 20, loss: NaN, best: null, totalTokens: 900, skipped: 0, elapsed: 3 },
    'all steps made: step 20, 900 tokens, 0:03',
  ],
];
it.each(events)('lines › $type as text', (event, text) => {
  expect(textLine(event)).toBe(text);
});
it('lines › JSON has the time, and text for what is not finite', () => {
  const line = jsonLine(events[6]![0], new Date(0));
  expect(line).toBe(
    '{"time":"1970-01-01T00:00:00.000Z","type":"skip","step":11,"loss":"NaN","gradNorm":"Infinity","inRow":1,"skipped":3,"lossScale":1}\n',
  );
});
it('tensorboard › tags of steps and evaluations', () => {
  expect(scalarsOf(step)).toEqual({
    'loss/train': 1.23456,
    'training/learning_rate': 3e-4,
    'training/grad_norm': 0.75,
    'training/tokens_per_second': 512.4,
    'training/skipped': 2,
    'system/memory_active_mb': 1,
    'system/memory_peak_mb': 3,
    'train/distrust': 0.5,
  });
  expect(scalarsOf(events[4]![0])).toEqual({ 'loss/evaluation': 2, 'evaluation/accuracy': 0.25 });
  expect(scalarsOf(events[0]![0])).toBeNull();
});

it('files › a run writes one line a step and one record a step; a resumed one takes lines of later steps away', async () => {
  const path = join(dir, 'run', 'metrics.jsonl');
  const folder = join(dir, 'tensorboard');
  const store = new MemoryStore();
  const run = async (steps: number, resume: boolean): Promise<void> => {
    await new Trainer({
      task: languageModelTask(new TinyModel()),
      data: await stream(),
      checkpoints: store,
      resume,
      listeners: [jsonlMetrics(path), tensorboardMetrics(folder)],
      config: { steps, accumulation: 1, schedule: { warmup: 0 }, checkpoints: { every: 4 } },
    }).run();
  };
  type Line = { type: string; step: number };
  const steps = (): number[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
      .filter((e) => e.type === 'step')
      .map((e) => e.step);
  await run(7, false);
  expect(steps()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const [file] = readdirSync(folder);
  const bytes = readFileSync(join(folder, file!));
  let records = 0;
  for (let at = 0; at < bytes.length; records++) {
    const length = Number(bytes.readBigUInt64LE(at));
    const unmask = (masked: number): number => {
      const rotated = (masked - 0xa282ead8) >>> 0;
      return ((rotated >>> 17) | (rotated << 15)) >>> 0;
    };
    expect(unmask(bytes.readUInt32LE(at + 8))).toBe(crc32c(bytes.subarray(at, at + 8)));
    expect(unmask(bytes.readUInt32LE(at + 12 + length))).toBe(crc32c(bytes.subarray(at + 12, at + 12 + length)));
    at += 16 + length;
  }
  expect(records).toBe(1 + 7);
  store.folders.delete('step-00000007');
  await run(9, true);
  expect(steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  store.folders.clear();
  await run(3, false);
  expect(steps()).toEqual([1, 2, 3]);
});

/** A stream that keeps what it is given. */
class Screen {
  text = '';
  readonly columns = 80;
  constructor(readonly isTTY: boolean) {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  cursorTo = (): boolean => true;
  moveCursor = (): boolean => true;
  clearLine = (): boolean => true;
  on = (): this => this;
  removeListener = (): this => this;
}
it('terminal › lines alone where it is no terminal, a bar below them where it is', async () => {
  const [file, tty] = [new Screen(false), new Screen(true)];
  for (const screen of [file, tty]) {
    const listener = terminal(screen as unknown as NodeJS.WriteStream);
    for (const i of [0, 2, 10]) await listener(events[i]![0]);
  }
  expect(file.text).toBe([0, 2, 10].map((i) => `${events[i]![1]}\n`).join(''));
  for (const i of [0, 2, 10]) expect(tty.text).toContain(`${events[i]![1]}\n`);
  expect(tty.text).toContain('60% | 12/20 | loss 1.2346 | ETA 1:05');
});
