// Losses: values of MLX for the defaults of mlx-rs.
import { describe, expect, it } from 'vitest';
import { Array, array, Dtype, error, losses } from 'lanewise/mlx-rs';
import { expectNear, goldens, list, read } from './modules-goldens.js';

const { LossReduction } = losses;
const classes = ['CrossEntropy', 'NllLoss'];
interface Loss {
  apply(...arrays: Array[]): Array;
}
interface Builder {
  reduction(r: losses.LossReduction): this;
  build(): Loss;
}

for (const name of [
  'CrossEntropy',
  'BinaryCrossEntropy',
  'L1Loss',
  'MseLoss',
  'NllLoss',
  'GaussianNllLoss',
  'KlDivLoss',
  'SmoothL1Loss',
  'TripletLoss',
  'HingeLoss',
  'HuberLoss',
  'LogCoshLoss',
  'CosineSimilarityLoss',
  'MarginRankingLoss',
] as const) {
  const paths = [`losses::${name}`, `losses::${name}Builder`, `losses::${name}::new`, `losses::${name}::apply`];
  it(`${paths.join(', ')} › gives what MLX gives; the builder sets the reduction`, () => {
    const { inputs, result } = goldens.losses[name]!;
    const arrays = inputs.map(read);
    if (classes.includes(name)) arrays[1] = arrays[1]!.as_dtype(Dtype.Int32);
    const kinds = losses as unknown as Record<string, { new: () => Loss & Builder }>;
    const plain = kinds[name]!.new();
    // float32 sums of 12 terms
    expectNear(plain.apply(...arrays), result, 2e-6);
    const builder = kinds[`${name}Builder`]!.new();
    const [sum, all] = [LossReduction.Sum, LossReduction.None].map((r) =>
      builder
        .reduction(r)
        .build()
        .apply(...arrays),
    );
    expect(sum!.item()).toBeCloseTo(
      list(all!).reduce((a, b) => a + b),
      4,
    );
  });
}

describe('options', () => {
  it('losses::LossReduction, losses::LossReduction::reduce › nothing, the sum or the mean', () => {
    const loss = array([1, 2, 6]);
    expect(LossReduction.None.reduce(loss)).toBe(loss);
    expect([LossReduction.Sum.reduce(loss).item(), LossReduction.Mean.reduce(loss).item()]).toEqual([9, 3]);
  });
  it('losses::CrossEntropyBuilderWeights › factors of the losses', () => {
    const weights: losses.CrossEntropyBuilderWeights = array([2, 0]);
    const [logits, targets] = [
      array([
        [0, 0],
        [1, 5],
      ]),
      array([0, 1], Dtype.Int32),
    ];
    const weighted = losses.CrossEntropyBuilder.new().weights(weights).build();
    expect(list(weighted.apply(logits, targets))).toEqual([Math.fround(2 * Math.LN2), 0]);
    expect(weighted.weights).toBe(weights);
    expect(weighted.axis).toBe(-1);
  });
  it('error::CrossEntropyBuildError › a label smoothing outside [0, 1)', () => {
    for (const bad of [1, -0.1, NaN])
      expect(() => losses.CrossEntropyBuilder.new().label_smoothing(bad).build()).toThrow(error.CrossEntropyBuildError);
    expect(() => losses.CrossEntropyBuilder.new().label_smoothing(1).build()).toThrow(
      '[losses.CrossEntropy] the label smoothing must be at least 0 and below 1, got 1',
    );
  });
  it('builder::Builder, builder::Buildable, builder::Builder::build › each option has a setter; one builder makes several', () => {
    const builder = losses.SmoothL1LossBuilder.new().beta(2);
    const [first, second] = [builder.build(), builder.beta(4).reduction(LossReduction.Sum).build()];
    expect([first.beta, second.beta, first.reduction]).toEqual([2, 4, LossReduction.Mean]);
    expect(losses.SmoothL1Loss.DEFAULT_BETA).toBe(1);
    const d = array([1]);
    // d^2 / (2 beta)
    expect([first.apply(d, array([0])).item(), second.apply(d, array([0])).item()]).toEqual([0.25, 0.125]);
  });
});
