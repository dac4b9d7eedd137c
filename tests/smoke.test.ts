import { expect, test } from 'vitest';
import * as lw from '../src/index.js';
test('smoke', () => {
  for (const d of ['reference', 'wasm']) {
    lw.setDefaultDevice(d);
    const x = lw.array([1, 2, 3]);
    expect(x.add(1).mul(x).tolist()).toEqual([2, 6, 12]);
    expect(x.dtype).toBe('float32');
    const y = lw.array([[1, 2, 3], [4, 5, 6]]);
    expect(y.T.tolist()).toEqual([[1, 4], [2, 5], [3, 6]]);
    expect(y.add(x).sub(1).tolist()).toEqual([[1, 3, 5], [4, 6, 8]]);
    expect(y.at(':', '1:').tolist()).toEqual([[2, 3], [5, 6]]);
    expect(y.at('..., ::-1').tolist()).toEqual([[3, 2, 1], [6, 5, 4]]);
    expect(y.at(1, [0, 2]).tolist()).toEqual([4, 6]);
    const z = y.mul(1); z.set([0, ':'], 7); z.set([1, [0, 2]], lw.array([8, 9]));
    expect(z.tolist()).toEqual([[7, 7, 7], [8, 5, 9]]);
    expect(lw.array([1.5, 2.5], 'bfloat16').add(0.25).tolist()).toEqual([1.75, 2.75]);
    expect(lw.where(y.greater(3), y, 0).tolist()).toEqual([[0, 0, 0], [4, 5, 6]]);
    expect(String(y)).toBe('array([[1, 2, 3],\n       [4, 5, 6]], dtype=float32)');
    if (d === 'reference') {
      expect(y.matmul(y.T).tolist()).toEqual([[14, 32], [32, 77]]);
      expect(y.sum(0).tolist()).toEqual([5, 7, 9]);
      expect(lw.arange(5).tolist()).toEqual([0, 1, 2, 3, 4]);
      expect(lw.random.bits([], 4, lw.random.key(0)).item()).toBe(1797259609);
    }
  }
});
