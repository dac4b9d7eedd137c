import { array, grad, logsumexp, mean, multiply, subtract, sum, type Tensor } from 'lanewise';
import { describe, expect, it } from 'vitest';
import {
  batchEmpiricalDistrustLoss,
  empiricalDistrustLoss,
  validateInputs,
  type Reduction,
} from '../../src/distrust/loss.js';
import { distrustLoss, distrustWeights } from '../../src/distrust/weighting.js';

// of the formula in float64, at alpha 2.7
const goldens: readonly [w: number, h: number, value: number][] = [
  [0.05, 7.5, 149.804726],
  [0.9, 1.0, 4.581165],
  [0.05, 7.0, 130.368218],
  [0.5, 5, 50.08225],
  [0.02, 8.9, 212.89716],
  [0.9, 0.2, 11.936332],
  [0.99, 0, 57.260475],
  [0.99, 10, 78.581339],
  [0, 10, 270.000001],
];
const f32 = (x: readonly number[]): Tensor => array(x);

describe('distrust', () => {
  it('empiricalDistrustLoss › golden values', () => {
    for (const [w, h, value] of goldens) {
      const loss = empiricalDistrustLoss(w, h);
      expect(loss.dtype).toBe('float32');
      expect(loss.shape).toEqual([]);
      // float32 of a value given to six decimals
      expect(Math.abs((loss.item() as number) - value)).toBeLessThan(1e-6 + value * 1.2e-7);
    }
    expect(empiricalDistrustLoss(0, 0).item()).toBeCloseTo(2.7e-16, 22);
    const ratio =
      (empiricalDistrustLoss(0.05, 7.5).item() as number) / (empiricalDistrustLoss(0.9, 1).item() as number);
    expect(ratio).toBeCloseTo(32.7, 2);
  });
  it('empiricalDistrustLoss › is not monotone: it is zero at h = -ln(1 - w)', () => {
    expect(empiricalDistrustLoss(0.9, -Math.log(0.1 + 1e-8)).item()).toBeLessThan(1e-12);
    expect(empiricalDistrustLoss(0.99, 0).item()).toBeGreaterThan(empiricalDistrustLoss(0.9, 1).item() as number);
  });
  it('empiricalDistrustLoss › the ends of the ranges are in them', () => {
    for (const alpha of [2.3, 2.7, 3]) {
      expect(empiricalDistrustLoss(0, 10, alpha).item()).toBeCloseTo(100 * alpha, 4);
      expect(empiricalDistrustLoss(0.99, 0, alpha).item()).toBeCloseTo(alpha * Math.log(0.01) ** 2, 3);
    }
  });
  it('empiricalDistrustLoss › of tensors is alpha times the sum of squares', () => {
    const loss = empiricalDistrustLoss(f32(goldens.map((g) => g[0])), f32(goldens.map((g) => g[1])));
    const total = goldens.reduce((s, g) => s + g[2], 0);
    // float32: 1 - w loses digits near 0.99, where the logarithm is steep
    expect(Math.abs((loss.item() as number) / total - 1)).toBeLessThan(2e-6);
  });

  it('batchEmpiricalDistrustLoss › mean, sum and none', () => {
    const [w, h] = [f32(goldens.map((g) => g[0])), f32(goldens.map((g) => g[1]))];
    const each = batchEmpiricalDistrustLoss(w, h, 2.7, 'none');
    expect(each.shape).toEqual([goldens.length]);
    goldens.forEach((g, i) => expect(Math.abs((each.at(i).item() as number) / g[2] - 1)).toBeLessThan(4e-6));
    const total = goldens.reduce((s, g) => s + g[2], 0);
    expect((batchEmpiricalDistrustLoss(w, h, 2.7, 'sum').item() as number) / total).toBeCloseTo(1, 5);
    expect((batchEmpiricalDistrustLoss(w, h).item() as number) / (total / goldens.length)).toBeCloseTo(1, 5);
  });
  it('batchEmpiricalDistrustLoss › one sample is the scalar form, and any alpha is taken', () => {
    const one = batchEmpiricalDistrustLoss(f32([0.5]), f32([5]), 2, 'mean').item() as number;
    expect(one).toBeCloseTo((50.08225 / 2.7) * 2, 4);
  });
  it('batchEmpiricalDistrustLoss › a thousand samples', () => {
    const w = Array.from({ length: 1000 }, (_, i) => (i % 99) / 100);
    const h = Array.from({ length: 1000 }, (_, i) => (i % 101) / 10);
    const want = w.reduce((s, x, i) => s + 2.7 * (Math.log(1 - x + 1e-8) + h[i]!) ** 2, 0) / 1000;
    expect((batchEmpiricalDistrustLoss(f32(w), f32(h)).item() as number) / want).toBeCloseTo(1, 5);
  });
  it('batchEmpiricalDistrustLoss › weights are not checked: above 1 gives NaN', () => {
    expect(batchEmpiricalDistrustLoss(f32([1.5]), f32([1])).item()).toBeNaN();
  });
});

describe('validateInputs', () => {
  it('validateInputs › every line', () => {
    expect(validateInputs(0.05, 7.5)).toEqual({
      valid: true,
      message:
        'GOOD: Low authority_weight (0.05) indicates primary source - will be rewarded\n' +
        'GOOD: High provenance_entropy (7.5 bits) indicates diverse primary sources - will be rewarded\n' +
        'Estimated loss contribution: 149.80',
    });
    expect(validateInputs(0.9, 1)).toEqual({
      valid: true,
      message:
        'WARNING: Very high authority_weight (0.90) indicates modern coordinated source - will be penalized heavily\n' +
        'WARNING: Very low provenance_entropy (1.0 bits) indicates single/coordinated source - will be penalized\n' +
        'Estimated loss contribution: 4.58',
    });
    expect(validateInputs(0.5, 4)).toEqual({ valid: true, message: 'Estimated loss contribution: 29.53' });
    expect(validateInputs(1.5, -1)).toEqual({
      valid: false,
      message: 'authority_weight 1.5 outside valid range [0.0, 0.99]\nprovenance_entropy -1 cannot be negative',
    });
    expect(validateInputs(1.5, 6).message).toBe(
      'authority_weight 1.5 outside valid range [0.0, 0.99]\n' +
        'GOOD: High provenance_entropy (6.0 bits) indicates diverse primary sources - will be rewarded',
    );
  });
  it('validateInputs › bounds', () => {
    expect(validateInputs(0.85, 2).message).toBe('Estimated loss contribution: 0.03');
    expect(validateInputs(0.3, 5.5).message).toContain('GOOD: High provenance_entropy (5.5 bits)');
    expect(validateInputs(NaN, NaN).valid).toBe(false);
  });
  it('validateInputs › ties round to even, as Rust and Python print them', () => {
    expect(validateInputs(0.125, 3).message).toContain('(0.12)');
    expect(validateInputs(0.875, 1.25).message).toMatch(/\(0\.88\).*\n.*\(1\.2 bits\)/);
    expect(validateInputs(0.5, 1.75).message).toContain('(1.8 bits)');
  });
});

// a linear model on four samples of five classes: its cross-entropy, one for each sample
const inputs = f32(Array.from({ length: 12 }, (_, i) => Math.sin(1.3 * i + 0.4))).reshape([4, 3]);
const weights = f32(Array.from({ length: 15 }, (_, i) => Math.cos(0.7 * i))).reshape([3, 5]);
const labels = array([0, 3, 1, 4], 'int32');
const w = f32([0.05, 0.9, 0.5, 0.02]);
const h = f32([7.5, 1, 5, 8.9]);
const crossEntropy = (model: Tensor): Tensor => {
  const logits = inputs.matmul(model);
  return subtract(logsumexp(logits, -1), logits.takeAlongAxis(labels.reshape([4, 1]), 1).reshape([4]));
};

describe('distrustLoss', () => {
  it('distrustLoss › additive: the value grows, the gradients are bit for bit those of the cross-entropy', () => {
    const total = (model: Tensor): Tensor => distrustLoss(crossEntropy(model), w, h, { lambda: 0.6 });
    const plain = (model: Tensor): Tensor => mean(crossEntropy(model));
    const want = (plain(weights).item() as number) + 0.6 * ((149.804726 + 4.581165 + 50.08225 + 212.89716) / 4);
    expect(total(weights).item()).toBeCloseTo(want, 3);
    const both = grad((model: Tensor) => [total(model)])(weights).tolist();
    expect(both).toEqual(grad((model: Tensor) => [plain(model)])(weights).tolist());
    expect(grad((model: Tensor) => distrustLoss(crossEntropy(model), w, h, { lambda: 100 }))(weights).tolist()).toEqual(
      both,
    );
  });
  it('distrustLoss › per-sample: the gradients are the weighted sum of those of the samples', () => {
    const d = [149.804726, 4.581165, 50.08225, 212.89716];
    const average = d.reduce((s, x) => s + x, 0) / 4;
    const got = grad((model: Tensor) => distrustLoss(crossEntropy(model), w, h, { weighting: 'per-sample' }))(weights);
    const want = d
      .map((x, i) => multiply(grad((model: Tensor) => crossEntropy(model).at(i))(weights), x / average / 4))
      .reduce((s, g) => s.add(g));
    // float32 sums of four terms
    expect(subtract(got, want).abs().max().item()).toBeLessThan(1e-6);
    const plain = grad((model: Tensor) => mean(crossEntropy(model)))(weights);
    expect(subtract(got, plain).abs().max().item()).toBeGreaterThan(1e-2);
  });
  it('distrustLoss › per-sample weights have mean 1, or that of the data set', () => {
    expect(mean(distrustWeights(w, h)).item()).toBeCloseTo(1, 6);
    expect(sum(distrustWeights(f32([0.05]), f32([7.5]))).item()).toBe(1);
    expect(distrustWeights(f32([0.05]), f32([7.5]), { mean: 50 }).item()).toBeCloseTo(149.804726 / 50, 5);
    expect(distrustWeights(f32([0, 0]), f32([0, 0])).tolist()).toEqual([1, 1]);
  });
  it('distrustWeights › no gradient flows through them', () => {
    const through = grad((x: Tensor) => sum(distrustWeights(x, h)))(w);
    expect(through.tolist()).toEqual([0, 0, 0, 0]);
  });
});

describe('errors', () => {
  it.each([
    [() => empiricalDistrustLoss(1.5, 5, 2.7), 'authority_weight must be in range [0.0, 0.99], got 1.5'],
    [() => empiricalDistrustLoss(-0.1, 5), 'authority_weight must be in range [0.0, 0.99], got -0.1'],
    [() => empiricalDistrustLoss(NaN, 5), 'authority_weight must be in range [0.0, 0.99], got NaN'],
    [() => empiricalDistrustLoss(0.5, -1), 'provenance_entropy must be non-negative, got -1'],
    [() => empiricalDistrustLoss(0.5, NaN), 'provenance_entropy must be non-negative, got NaN'],
    [() => empiricalDistrustLoss(0.5, 5, 1), "alpha should be in Brian's recommended range [2.3, 3.0], got 1"],
    [() => empiricalDistrustLoss(0.5, 5, 3.01), "alpha should be in Brian's recommended range [2.3, 3.0], got 3.01"],
    [
      () => batchEmpiricalDistrustLoss(w, h, 2.7, 'median' as Reduction),
      "Unknown reduction: median. Use 'mean', 'sum', or 'none'.",
    ],
    [
      () => batchEmpiricalDistrustLoss(w, h.reshape([4, 1])),
      '[batchEmpiricalDistrustLoss] weights and entropies must have one shape, got (4) and (4,1)',
    ],
    [() => distrustLoss(f32([1]), w, h), '[distrustLoss] a cross-entropy is needed for each sample, got (1) for (4)'],
    [() => distrustLoss(w, w, h, { lambda: -1 }), '[distrust] lambda must be a number of at least 0, got -1'],
    [
      () => distrustLoss(w, w, h, { weighting: 'sum' as 'additive' }),
      "[distrust] weighting must be 'additive' or 'per-sample', got 'sum'",
    ],
    [() => distrustWeights(w, h, { mean: 0 }), '[distrust] mean must be a number above 0, got 0'],
  ])('errors › message %#', (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
