// What MLX's own losses leave open: gradients at the edges, and cross-entropy's own properties.
import { describe, expect, it } from 'vitest';
import { array, grad, ones, zeros, type Tensor } from 'lanewise';
import { losses } from 'lanewise/nn';

const slope = (f: (x: Tensor) => Tensor, x: Tensor): unknown => grad(f)(x).tolist();

describe('nn.losses › gradients where a formula has none', () => {
  it('binaryCrossEntropy of probabilities 0 and 1 gives none', () => {
    const targets = array([0, 1, 1, 0]);
    const f = (x: Tensor): Tensor => losses.binaryCrossEntropy(x, targets, null, false, 'sum');
    // of -log(1 - x) at 0 and -log(x) at 1; the bounded logarithms are constant
    expect(
      grad(f)(array([0, 1, 0, 1]))
        .add(0)
        .tolist(),
    ).toEqual([1, -1, 0, 0]);
    expect(f(array([0, 1, 0, 1])).item()).toBe(200);
  });
  it('cosineSimilarityLoss of a zero vector is 0, and so is its gradient', () => {
    const other = ones([1, 3]);
    const f = (x: Tensor): Tensor => losses.cosineSimilarityLoss(x, other, 1, 1e-8, 'sum');
    expect(f(zeros([1, 3])).item()).toBe(0);
    expect(
      grad(f)(zeros([1, 3]))
        .isfinite()
        .all()
        .item(),
    ).toBe(true);
  });
  it('huberLoss and smoothL1Loss meet at the threshold', () => {
    const at = array([1, -1]);
    expect(losses.huberLoss(at, zeros([2])).tolist()).toEqual([0.5, 0.5]);
    expect(losses.smoothL1Loss(at, zeros([2]), 1, 'none').tolist()).toEqual([0.5, 0.5]);
  });
});

describe('nn.losses.crossEntropy › properties', () => {
  it('stands huge logits', () => {
    const logits = array([[1e30, 0, -1e30]]);
    expect(losses.crossEntropy(logits, array([0], 'int32')).item()).toBe(0);
    expect(losses.crossEntropy(logits, array([1], 'int32')).item()).toBe(Math.fround(1e30));
  });
  it('has the gradient softmax - one-hot', () => {
    const f = (x: Tensor): Tensor => losses.crossEntropy(x, array([2], 'int32'), { reduction: 'sum' });
    const g = slope(f, array([[0, 0, 0, 0]])) as number[][];
    expect(g).toEqual([[0.25, 0.25, -0.75, 0.25]]);
  });
  it('leaves out what has weight 0', () => {
    const logits = array([[1, 2, 3], [NaN, NaN, NaN]]); // prettier-ignore
    const weights = array([1, 0]);
    const targets = array([2, 0], 'int32');
    const clean = losses.crossEntropy(logits.at(0), array(2, 'int32')).item();
    expect(losses.crossEntropy(array([[1, 2, 3], [9, 8, 7]]), targets, { weights, reduction: 'sum' }).item()).toBe(clean); // prettier-ignore
    expect(losses.crossEntropy(logits, targets, { weights, reduction: 'sum' }).item()).toBeNaN();
  });
});
