// Products of half types that are rounded a part at a time: the bits of the whole in float32, rounded, and nothing behind them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DType, Tensor } from '../../src/index.js';

// the heap reads the switch when it is made
let lw: typeof import('../../src/index.js');
const before = process.env['LANEWISE_HEAP_GUARDS'];
beforeAll(async () => {
  process.env['LANEWISE_HEAP_GUARDS'] = '1';
  lw = await import('../../src/index.js');
  lw.setDefaultDevice('wasm');
});
afterAll(() => {
  if (before === undefined) delete process.env['LANEWISE_HEAP_GUARDS'];
  else process.env['LANEWISE_HEAP_GUARDS'] = before;
});
const draw = (shape: number[], seed: number, dtype: DType): Tensor =>
  lw.random.normal(shape, 'float32', 0, 1, lw.random.key(seed)).astype(dtype).eval();
/** Operands of products whose float32 takes more than 8 MiB. Results end with a vector, but neither do their rows nor their entries. */
const operands: Readonly<Record<string, (dtype: DType) => [Tensor, Tensor]>> = {
  'rows and columns': (t) => [draw([2312, 5], 1, t), draw([5, 4107], 2, t)],
  'columns alone': (t) => [draw([40, 270], 1, t), draw([60001, 270], 2, t).T],
  'rows alone': (t) => [draw([7, 130008], 1, t).T, draw([7, 19], 2, t)],
  'few rows': (t) => [draw([8, 9], 1, t), draw([300001, 9], 2, t).T],
  'few columns': (t) => [draw([600001, 3], 1, t), draw([3, 4], 2, t)],
  'entries of a batch': (t) => [draw([16, 451, 9], 1, t), draw([16, 9, 333], 2, t)],
  'entries of two axes, one broadcast': (t) => [draw([3, 1, 900, 4], 1, t), draw([2, 4, 901], 2, t)],
  'blocks of entries': (t) => [draw([2, 1100, 6], 1, t), draw([2, 2103, 6], 2, t).swapaxes(1, 2)],
};
for (const dtype of ['float16', 'bfloat16'] as const) {
  for (const [name, make] of Object.entries(operands)) {
    it(`product of ${dtype} › ${name}: the bits of the float32 product, rounded`, () => {
      const [a, b] = make(dtype);
      const want = lw.addmm(lw.zeros([1]), a, b);
      expect(want.dtype).toBe('float32');
      const got = lw.matmul(a, b);
      expect(got.dtype).toBe(dtype);
      expect(lw.arrayEqual(got, want.astype(dtype)).item()).toBe(true);
      expect(lw.memory.checkGuards()).toBeGreaterThan(0);
    });
  }
}
it('product of bfloat16 › is never whole as float32', () => {
  const [a, b] = [draw([3000, 8], 1, 'bfloat16'), draw([8, 3000], 2, 'bfloat16')];
  const held = lw.memory.active();
  lw.memory.resetPeak();
  lw.matmul(a, b).eval();
  // the result, 8 MiB as float32, and the panels of the product
  expect(lw.memory.peak() - held).toBeLessThan(3000 * 3000 * 2 + 9 * 2 ** 20);
});
