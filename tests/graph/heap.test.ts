import { expect, test } from 'vitest';
import { alloc, blockBytes, release, stats } from '../../src/backends/heap.js';
import { generator } from '../tensor/support.js';

test('heap › small blocks that live on do not keep large ones that grow from taking the same room', () => {
  const small: number[] = [];
  const before = stats.cached;
  for (let grains = 9; grains < 600; grains++) {
    const large = alloc(grains * 4096);
    small.push(alloc(64));
    release(large, grains * 4096);
  }
  // in all they are 700 MiB
  expect(stats.cached - before).toBeLessThan(8 << 20);
  for (const at of small) release(at, 64);
});

test('heap › blocks never overlap, are aligned, and all come back', () => {
  const rand = generator(7);
  const start = stats.held;
  const live: { at: number; bytes: number }[] = [];
  const free = (i: number): void => {
    const [b] = live.splice(i, 1);
    release(b!.at, b!.bytes);
  };
  for (let i = 0; i < 20000; i++) {
    if (live.length > 0 && rand() < (live.length > 200 ? 0.7 : 0.45)) free(Math.floor(rand() * live.length));
    else {
      const bytes = Math.floor(rand() < 0.5 ? rand() * 300 + 1 : 2 ** (rand() * 20) + 1);
      live.push({ at: alloc(bytes), bytes });
    }
    if (i % 500 !== 0) continue;
    const sorted = [...live].sort((p, q) => p.at - q.at);
    let held = 0;
    sorted.forEach((b, k) => {
      expect(b.at % 16).toBe(0);
      expect(blockBytes(b.bytes)).toBeGreaterThanOrEqual(b.bytes);
      if (k > 0) expect(sorted[k - 1]!.at + blockBytes(sorted[k - 1]!.bytes)).toBeLessThanOrEqual(b.at);
      held += blockBytes(b.bytes);
    });
    expect(stats.held - start).toBe(held);
  }
  while (live.length > 0) free(live.length - 1);
  expect(stats.held).toBe(start);
  expect(stats.peak).toBeGreaterThan(start);
});

test('heap › freed neighbours merge into room for a larger block', () => {
  const size = 8 << 20; // larger than any gap that the tests before left
  const blocks = Array.from({ length: 8 }, () => alloc(size));
  const wall = alloc(size);
  for (const i of [3, 1, 5, 7, 0, 2, 6, 4]) release(blocks[i]!, size);
  const before = stats.cached;
  const big = alloc(8 * size); // takes no new memory
  expect(stats.cached).toBe(before - 8 * size);
  release(big, 8 * size);
  release(wall, size);
});

test('heap › block sizes are classes with at most half of slack, and stay what they are', () => {
  for (let bytes = 1; bytes <= 70000; bytes += 13) {
    const b = blockBytes(bytes);
    expect(blockBytes(b)).toBe(b);
    if (bytes > 64) expect(b).toBeLessThanOrEqual(Math.max(1.5 * bytes, bytes + 4096));
  }
});
