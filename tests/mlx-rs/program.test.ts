import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { program } from './program.js';

const want = readFileSync(fileURLToPath(new URL('../goldens/mlx-rs/program.txt', import.meta.url)), 'utf8')
  .trim()
  .split('\n');

it('program › prints the numbers of MLX, but for the last digit', async () => {
  const got = await program();
  expect(got.map((line) => line.replace(/ -?[\d.]+ -?[\d.]+$/, ''))).toEqual(
    want.map((line) => line.replace(/ -?[\d.]+ -?[\d.]+$/, '')),
  );
  got.forEach((line, i) => {
    const words = want[i]!.split(' ');
    line.split(' ').forEach((word, j) => {
      const other = words[j]!;
      const near = word === other || Math.abs(Number(word) - Number(other)) < 1.5e-4;
      expect(near ? other : word, line).toBe(other);
    });
  });
}, 30_000);
