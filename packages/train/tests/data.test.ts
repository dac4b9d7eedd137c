import { Blob } from 'node:buffer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeJsonl, linesFrom, START } from '../src/data/jsonl.js';
import { RecordStream, type RecordOptions } from '../src/data/records.js';
import { Choices } from '../src/data/rng.js';
import { TokenBatches, type TokenBatchOptions } from '../src/data/batches.js';
import { IGNORED, type TokenBatch } from '../src/data/tokens.js';

const dir = mkdtempSync(join(tmpdir(), 'lanewise-train-data-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const ids = (from: number, to: number): { id: number }[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
const take = async (stream: RecordStream<{ id: number }>, n: number): Promise<number[]> => {
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const next = await stream.next();
    if (next === null) break;
    out.push(next.record.id);
  }
  return out;
};
const open = (records: number, options: RecordOptions): Promise<RecordStream<{ id: number }>> =>
  RecordStream.open<{ id: number }>(encodeJsonl(ids(0, records)), options);
const sorted = (x: readonly number[]): number[] => [...x].sort((a, b) => a - b);

it('choices › the generator is sfc32', () => {
  // PractRand's reference with the state (0, 0, 0, 1): the first words, worked out by hand from its three lines
  const c = new Choices([0, 0, 0, 1]);
  expect(c.below(2 ** 32)).toBe(1);
  expect(c.state).toEqual([0, 0, 1, 2]);
  expect(c.below(2 ** 32)).toBe(2);
  expect(c.state).toEqual([0, 9, 2097154, 3]);
});
it('choices › each of n is equally likely', () => {
  const c = new Choices(7);
  const seen = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) seen[c.below(10)]!++;
  // chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand
  expect(seen.reduce((s, k) => s + (k - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
});

it('lines › chunk borders, Windows breaks, blank lines, a byte order mark, a missing last break, multi-byte text', async () => {
  const long = 'ü'.repeat(200_000); // across a chunk of 256 KiB, at an odd byte
  const text = `\uFEFF{"a":1}\r\n\n  \n{"b":"x${long}"}\n{"c":3}`;
  const bytes = new TextEncoder().encode(text);
  const found: (string | null)[] = [];
  const numbers: number[] = [];
  const source = {
    size: bytes.length,
    name: 'x',
    read: async (b: number, e: number) => bytes.slice(b, e),
    close: async () => {},
  };
  for await (const line of linesFrom([source], START)) {
    found.push(line.text);
    numbers.push(line.place[3]);
  }
  expect(found).toEqual(['{"a":1}', `{"b":"x${long}"}`, '{"c":3}']);
  expect(numbers).toEqual([1, 4, 5]);
});

it('records › several sources, in order, from paths, Blobs and bytes', async () => {
  const path = join(dir, 'a.jsonl');
  writeFileSync(path, encodeJsonl(ids(0, 3)));
  const stream = await RecordStream.open<{ id: number }>([
    path,
    new Blob([encodeJsonl(ids(3, 5))]) as never,
    encodeJsonl(ids(5, 6)),
  ]);
  expect(await take(stream, 99)).toEqual([0, 1, 2, 3, 4, 5]);
  await stream.close();
});
it('records › a shuffle buffer gives every record once in a pass, in the order of the seed', async () => {
  const first = await take(await open(100, { shuffleBuffer: 16, seed: 1 }), 999);
  expect(sorted(first)).toEqual(ids(0, 100).map((r) => r.id));
  expect(first).not.toEqual(sorted(first));
  expect(await take(await open(100, { shuffleBuffer: 16, seed: 1 }), 999)).toEqual(first);
  expect(await take(await open(100, { shuffleBuffer: 16, seed: 2 }), 999)).not.toEqual(first);
  // a record cannot come before it was read
  first.forEach((id, i) => expect(id).toBeLessThan(i + 16));
});
it('records › a buffer larger than the data shuffles all of it', async () => {
  expect(sorted(await take(await open(5, { shuffleBuffer: 1000 }), 99))).toEqual([0, 1, 2, 3, 4]);
});
it('records › cycles, each pass whole and in another order', async () => {
  const stream = await open(20, { shuffleBuffer: 8, cycle: true });
  const passes = [await take(stream, 20), await take(stream, 20)];
  for (const pass of passes) expect(sorted(pass)).toEqual(ids(0, 20).map((r) => r.id));
  expect(passes[0]).not.toEqual(passes[1]);
  expect(stream.progress).toMatchObject({ epoch: 1, records: 40, fraction: 1 });
});
it('records › progress goes by bytes', async () => {
  const stream = await open(10, {});
  await take(stream, 5);
  expect(stream.progress).toEqual({ epoch: 0, fraction: 0.5, records: 5, skipped: 0 });
});
it('records › a state goes on exactly there, at every point of two passes', async () => {
  const options = { shuffleBuffer: 7, seed: 3, cycle: true };
  const whole = await take(await open(12, options), 40);
  for (let at = 0; at < 30; at++) {
    const stream = await open(12, options);
    await take(stream, at);
    const state = JSON.parse(JSON.stringify(stream.state));
    const resumed = await open(12, options);
    await resumed.restore(state);
    expect(await take(resumed, 10)).toEqual(whole.slice(at, at + 10));
    expect(resumed.progress.records).toBe(at + 10);
  }
});
it('records › reset starts the order over', async () => {
  const stream = await open(30, { shuffleBuffer: 8, seed: 5 });
  const first = await take(stream, 99);
  stream.reset();
  expect(await take(stream, 99)).toEqual(first);
});
it('records › lines without a JSON object are counted and left out, or are errors', async () => {
  const bytes = new TextEncoder().encode('{"id":1}\nnot json\n[1]\n3\n{"id":2}\n');
  const stream = await RecordStream.open<{ id: number }>(bytes);
  expect(await take(stream, 9)).toEqual([1, 2]);
  expect(stream.progress.skipped).toBe(3);
  const strict = await RecordStream.open<{ id: number }>(bytes, { strict: true });
  await expect(take(strict, 9)).rejects.toThrow(
    '[data] each line must be a JSON object, got "not json" in the bytes:2',
  );
});
it('records › a line that is not UTF-8 is none either', async () => {
  // an é in Latin-1
  const bytes = Buffer.from('{"id":1}\n{"id":"\xe9"}\n{"id":2}\n', 'latin1');
  const stream = await RecordStream.open<{ id: number }>(bytes);
  expect(await take(stream, 9)).toEqual([1, 2]);
  expect(stream.progress.skipped).toBe(1);
  const strict = await RecordStream.open<{ id: number }>(bytes, { strict: true });
  await expect(take(strict, 9)).rejects.toThrow('[data] each line must be UTF-8, got other bytes in the bytes:2');
});
it('records › errors', async () => {
  await expect(RecordStream.open(new Uint8Array(0))).rejects.toThrow(
    '[data] the sources must hold records, got no bytes',
  );
  const empty = await RecordStream.open(new TextEncoder().encode('x\ny\n'), { cycle: true });
  await expect(empty.next()).rejects.toThrow('[data] a pass must give a record, got none in the bytes');
  const stream = await open(3, {});
  const other = await open(4, {});
  await expect(other.restore(stream.state)).rejects.toThrow(
    '[data] the data must be what the checkpoint was made with, of 27 bytes, got 36',
  );
  await expect(RecordStream.open(join(dir, 'none.jsonl'))).rejects.toThrow('[open] the file must exist');
});

type Words = { t: number[]; m?: number[] };
const batches = (records: Words[], options: Partial<TokenBatchOptions<Words>>): Promise<TokenBatches<Words>> =>
  TokenBatches.open<Words>(encodeJsonl(records), {
    batchSize: 2,
    padMultiple: 1,
    batching: 'pad',
    encode: (r) => (r.m === undefined ? r.t : { tokens: r.t, mask: r.m }),
    ...options,
  });
const rows = (flat: Int32Array, [, length]: readonly [number, number]): number[][] =>
  Array.from({ length: flat.length / length }, (_, r) => [...flat.slice(r * length, (r + 1) * length)]);
const _ = IGNORED;

it('tokens › padding, shifted labels and masks, by hand', async () => {
  const b = (await (await batches([{ t: [5, 6, 7] }, { t: [8, 9] }], { padToken: 99 })).next())!;
  expect(b.shape).toEqual([2, 2]);
  expect(rows(b.tokens, b.shape)).toEqual([
    [5, 6],
    [8, 99],
  ]);
  expect(rows(b.labels, b.shape)).toEqual([
    [6, 7],
    [9, _],
  ]);
  expect(rows(b.segments, b.shape)).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(rows(b.positions, b.shape)).toEqual([
    [0, 1],
    [0, 0],
  ]);
  expect(b.count).toBe(3);
  expect(b.records).toEqual([{ t: [5, 6, 7] }, { t: [8, 9] }]);
});
it('tokens › a mask takes labels away; the pad token as a real token keeps its label', async () => {
  const b = (await (await batches([{ t: [1, 2, 3, 4], m: [0, 0, 1, 1] }, { t: [0, 0, 0] }], { padToken: 0 })).next())!;
  expect(rows(b.labels, b.shape)).toEqual([
    [_, 3, 4],
    [0, 0, _],
  ]);
  expect(b.count).toBe(4);
});
it('tokens › sequences are cut to maxLength positions and keep their last label', async () => {
  const b = (await (await batches([{ t: [1, 2, 3, 4, 5, 6] }], { maxLength: 3 })).next())!;
  expect(rows(b.tokens, b.shape)).toEqual([[1, 2, 3]]);
  expect(rows(b.labels, b.shape)).toEqual([[2, 3, 4]]);
});
it('tokens › rows are rounded up to the multiple, never past maxLength', async () => {
  const lengths = async (n: number): Promise<number> =>
    (await (await batches([{ t: new Array<number>(n).fill(1) }], { padMultiple: 8, maxLength: 20 })).next())!.shape[1];
  expect([await lengths(2), await lengths(9), await lengths(10), await lengths(18), await lengths(50)]).toEqual([
    8, 8, 16, 20, 20,
  ]);
});
it('tokens › records without a label are left out and counted', async () => {
  const stream = await batches([{ t: [1] }, { t: [] }, { t: [1, 2, 3], m: [1, 0, 0] }, { t: [7, 8] }], {});
  expect([...(await stream.next())!.tokens]).toEqual([7]);
  expect(stream.progress.short).toBe(3);
  expect(await stream.next()).toBeNull();
});
it('tokens › packing puts whole sequences into rows by first fit, by hand', async () => {
  // lengths in positions: 3, 2, 3, 1, 4 into rows of 4: [3+1], [2], then 3 fits nowhere else
  const records = [{ t: [1, 2, 3, 4] }, { t: [11, 12, 13] }, { t: [21, 22] }, { t: [31, 32, 33, 34] }, { t: [41, 42] }];
  const stream = await batches(records, { batching: 'pack', maxLength: 4, padToken: 9 });
  const b = (await stream.next())!;
  expect(rows(b.tokens, b.shape)).toEqual([
    [1, 2, 3, 21],
    [11, 12, 9, 9],
  ]);
  expect(rows(b.labels, b.shape)).toEqual([
    [2, 3, 4, 22],
    [12, 13, _, _],
  ]);
  expect(rows(b.segments, b.shape)).toEqual([
    [1, 1, 1, 2],
    [3, 3, 0, 0],
  ]);
  expect(rows(b.positions, b.shape)).toEqual([
    [0, 1, 2, 0],
    [0, 1, 0, 0],
  ]);
  expect(b.records).toEqual([records[0], records[2], records[1]]);
  const second = (await stream.next())!;
  expect(rows(second.tokens, second.shape)).toEqual([[31, 32, 33, 41]]);
  expect(await stream.next()).toBeNull();
});
it('tokens › buckets put like lengths together and lose no record', async () => {
  const records = Array.from({ length: 64 }, (_x, i) => ({ t: new Array<number>(2 + ((i * 37) % 30)).fill(i + 1) }));
  const count = async (batching: 'pad' | 'bucket'): Promise<[positions: number, labels: number, records: number]> => {
    const stream = await batches(records, { batching, batchSize: 4, bucketBatches: 16, shuffleBuffer: 64 });
    let [positions, labels, n] = [0, 0, 0];
    for (let b = await stream.next(); b !== null; b = await stream.next()) {
      positions += b.tokens.length;
      labels += b.count;
      n += b.records.length;
    }
    return [positions, labels, n];
  };
  const [padded, bucketed] = [await count('pad'), await count('bucket')];
  expect(padded.slice(1)).toEqual(bucketed.slice(1));
  expect(padded[2]).toBe(64);
  expect(bucketed[0]).toBeLessThan(1.1 * bucketed[1]);
  expect(padded[0]).toBeGreaterThan(1.4 * padded[1]);
});
it.each(['pad', 'bucket', 'pack'] as const)('tokens › %s goes on from a state exactly', async (batching) => {
  const records = Array.from({ length: 23 }, (_x, i) => ({ t: new Array<number>(1 + ((i * 7) % 9)).fill(i + 1) }));
  const options = { batching, batchSize: 3, bucketBatches: 2, shuffleBuffer: 8, seed: 4, cycle: true, maxLength: 8 };
  const draw = async (stream: TokenBatches<Words>, n: number): Promise<TokenBatch<Words>[]> => {
    const out: TokenBatch<Words>[] = [];
    for (let i = 0; i < n; i++) out.push((await stream.next())!);
    return out;
  };
  const whole = await draw(await batches(records, options), 24);
  for (let at = 0; at < 20; at++) {
    const stream = await batches(records, options);
    await draw(stream, at);
    const resumed = await batches(records, options);
    await resumed.restore(JSON.parse(JSON.stringify(stream.state)));
    expect(await draw(resumed, 4)).toEqual(whole.slice(at, at + 4));
  }
});
it('tokens › errors', async () => {
  await expect((await batches([{ t: [1, -1] }], {})).next()).rejects.toThrow(
    '[data] tokens must be whole numbers of at least 0, got -1 in line 1',
  );
  await expect((await batches([{ t: [1] }], { cycle: true })).next()).rejects.toThrow(
    '[data] a pass must give a sequence of two tokens or more, got none',
  );
  const stream = await batches([{ t: [1, 2] }, { t: [3, 4] }, { t: [5, 6] }], { batching: 'bucket', batchSize: 1 });
  await stream.next();
  const other = await batches([{ t: [1, 2] }, { t: [3, 4] }, { t: [5, 6] }], { encode: () => null });
  await expect(other.restore(stream.state)).rejects.toThrow(
    '[data] `encode` must give a record the tokens that it gave before, got none',
  );
});
