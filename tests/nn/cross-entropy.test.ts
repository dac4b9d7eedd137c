// The fused cross-entropy of class indices: values, gradients of both orders, batches, bad classes, memory.
import { describe, expect, it } from 'vitest';
import { array, grad, memory, random, sum, valueAndGrad, vmap, type DType, type Tensor } from 'lanewise';
import { losses } from 'lanewise/nn';

const numbers = (t: Tensor): number[] => Array.from(t.astype('float64').toTypedArray() as Float64Array);
/** Rows of `n` scores and what follows from them in float64. */
function exact(x: readonly number[], n: number, classes: readonly number[], smoothing: number) {
  const loss: number[] = [];
  const slope: number[] = [];
  classes.forEach((hit, r) => {
    const row = x.slice(r * n, r * n + n);
    const most = Math.max(...row);
    const total = row.reduce((s, v) => s + Math.exp(v - most), 0);
    const mean = row.reduce((s, v) => s + v, 0) / n;
    loss.push(most + Math.log(total) - (1 - smoothing) * row[hit]! - smoothing * mean);
    row.forEach((v, i) => slope.push(Math.exp(v - most) / total - (i === hit ? 1 - smoothing : 0) - smoothing / n));
  });
  return { loss, slope };
}
const farthest = (got: readonly number[], want: readonly number[]): number =>
  got.reduce((w, g, i) => Math.max(w, Math.abs(g - want[i]!) / Math.max(1, Math.abs(want[i]!))), 0);
/** One rounding of the result, which is at most 20 here, or of the scores' own difference. */
const bounds: readonly (readonly [DType, number])[] = [
  ['float32', 5e-7],
  ['float64', 5e-15],
  ['float16', 2 ** -10],
  ['bfloat16', 2 ** -7],
];

describe('nn.losses.crossEntropy › of class indices', () => {
  for (const [dtype, bound] of bounds) {
    it(`${dtype} › losses and gradients of rows of every length, smoothed or not, are those of float64`, () => {
      for (const n of [1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000]) {
        const rows = 5;
        const x = random.normal([rows, n], 'float32', 0, 3, random.key(n)).astype(dtype).eval();
        const classes = Array.from({ length: rows }, (_, i) => (i * 7 + 3) % n);
        for (const labelSmoothing of [0, 0.1]) {
          const want = exact(numbers(x), n, classes, labelSmoothing);
          const targets = array(classes, 'int32');
          expect(farthest(numbers(losses.crossEntropy(x, targets, { labelSmoothing })), want.loss)).toBeLessThan(bound);
          const f = (t: Tensor): Tensor => losses.crossEntropy(t, targets, { labelSmoothing, reduction: 'sum' });
          expect(farthest(numbers(grad(f)(x)), want.slope), `${n}`).toBeLessThan(bound);
        }
      }
    });
  }

  it('negative classes count from the end, and any integer dtype will do', () => {
    const x = random.normal([2, 5], 'float32', 0, 1, random.key(1));
    const plain = losses.crossEntropy(x, array([4, 1], 'int32')).tolist();
    expect(losses.crossEntropy(x, array([-1, -4], 'int64')).tolist()).toEqual(plain);
    expect(losses.crossEntropy(x, array([4, 1], 'uint8')).tolist()).toEqual(plain);
  });
  it('a class that is not there is named when the loss is read', () => {
    const x = random.normal([2, 5], 'float32', 0, 1, random.key(1));
    expect(() => losses.crossEntropy(x, array([4, 5], 'int32')).eval()).toThrow(
      '[nn.losses.crossEntropy] index 5 is out of bounds for axis 1 with size 5',
    );
  });
  it('an impossible target costs infinity, a row of nothing but -infinity is NaN', () => {
    const x = array([[-Infinity, 0], [-Infinity, -Infinity]]); // prettier-ignore
    expect(losses.crossEntropy(x, array([0, 0], 'int32')).tolist()).toEqual([Infinity, NaN]);
  });
  it('the second derivative is that of its softmax', () => {
    const x = random.normal([3, 7], 'float32', 0, 1, random.key(2)).astype('float64').eval();
    const c = random.normal([3, 7], 'float32', 0, 1, random.key(3)).astype('float64').eval();
    const targets = array([0, 6, 3], 'int32');
    const first = grad((t: Tensor) => losses.crossEntropy(t, targets, { labelSmoothing: 0.2 }).square().sum());
    const along = grad((t: Tensor) => sum(first(t).multiply(c)));
    const h = 1e-5;
    const got = numbers(along(x));
    for (let i = 0; i < 21; i++) {
      const step = array(Array.from({ length: 21 }, (_, k) => (k === i ? h : 0)), 'float64').reshape([3, 7]); // prettier-ignore
      const f = (t: Tensor): number => sum(first(t).multiply(c)).item() as number;
      const want = (f(x.add(step)) - f(x.subtract(step))) / (2 * h);
      // differences of two gradients lose half of the digits
      expect(Math.abs(got[i]! - want)).toBeLessThan(1e-7 * Math.max(1, Math.abs(want)));
    }
  });
  it('a batch of losses is what vmap makes of one', () => {
    const x = random.normal([4, 3, 6], 'float32', 0, 1, random.key(4));
    const targets = array([[0, 1, 2], [3, 4, 5], [5, 0, 5], [1, 1, 1]], 'int32'); // prettier-ignore
    const one = (s: Tensor, t: Tensor): Tensor => losses.crossEntropy(s, t);
    expect(vmap(one)(x, targets).tolist()).toEqual(losses.crossEntropy(x, targets).tolist());
    const slope = (s: Tensor, t: Tensor): Tensor => grad((y: Tensor) => one(y, t).sum())(s);
    expect(vmap(slope)(x, targets).tolist()).toEqual(grad((y: Tensor) => one(y, targets).sum())(x).tolist());
  });
  it('a step of it holds the gradient beside the scores, and no softmax', () => {
    const [rows, n] = [64, 20000];
    const x = random.normal([rows, n], 'float32', 0, 1, random.key(5)).eval();
    const targets = array(new Int32Array(rows), 'int32').eval();
    const bytes = rows * n * 4;
    const step = valueAndGrad((t: Tensor) => losses.crossEntropy(t, targets, { reduction: 'mean' }));
    memory.resetPeak();
    const before = memory.active();
    const [loss, g] = step(x);
    g.eval();
    expect(memory.peak() - before).toBeLessThan(1.1 * bytes);
    expect(loss.item()).toBeGreaterThan(0);
  });
});
