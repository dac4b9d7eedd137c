// Sums of 1e8 float32 terms through the public API: 400 MB, so in a file of its own.
import { expect, it } from 'vitest';
import { broadcastTo, contiguous, max, mean, memory, min, random, sum } from 'lanewise';

it('sum, mean › 1e8 float32 terms keep the accuracy of one, along any axis', () => {
  const [copies, n] = [100, 1_000_000];
  const row = random.uniform(0, 1, [n], 'float32', random.key(1)).eval();
  const values = Array.from(row.toTypedArray() as Float32Array);
  const exact = values.reduce((s, x) => s + x, 0);
  const x = contiguous(broadcastTo(row, [copies, n])).eval();
  // a sequential float32 sum stops growing at 2^24, 1.7e7: 67 % short
  const near = (got: unknown, want: number): void =>
    expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(1e-7 * want);
  near(sum(x).item(), copies * exact);
  near(mean(x).item(), exact / n);
  near(
    sum(x.reshape([n, copies]), 0)
      .sum()
      .item(),
    copies * exact,
  );
  const rows = sum(x, 1).toTypedArray() as Float32Array;
  for (const got of rows) near(got, exact);
  const columns = sum(x, 0).toTypedArray() as Float32Array;
  // 100 terms in blocks of 32 float32 additions
  const off = values.reduce((w, v, i) => Math.max(w, Math.abs(columns[i]! - copies * v) / (copies * v || 1)), 0);
  expect(off).toBeLessThanOrEqual(2e-6);
  expect(max(x).item()).toBe(values.reduce((a, b) => Math.max(a, b)));
  expect(min(x).item()).toBe(values.reduce((a, b) => Math.min(a, b)));
  x.dispose();
  memory.clear();
});
