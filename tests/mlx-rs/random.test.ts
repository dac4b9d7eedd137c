import { describe, expect, it } from 'vitest';
import { array, Array, Dtype, linalg, ops, random } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const key = random.key(7);
const logits = input('logits');
const { ShapeOrCount } = random;

describe('functions', () => {
  table({
    'random::key': () => [random.key(0), random.key(2n ** 32n + 5n)],
    'random::split': () => random.split(key, 2),
    'random::uniform': () => [
      random.uniform(0, 1, [3], key),
      random.uniform(-2, 3, [2, 3], key),
      random.uniform(0, 1, null, key),
    ],
    'random::normal': () => [random.normal([3], null, null, key), random.normal([2, 3], 1, 0.5, key)],
    'random::randint': () => [random.randint(0, 10, [6], key), random.randint(-5, 5, [2, 2], key, Dtype.Int64)],
    'random::bernoulli': () => [random.bernoulli(null, [8], key), random.bernoulli(array([0.1, 0.9, 0.5]), null, key)],
    'random::truncated_normal': () => random.truncated_normal(-1, 1, [4], key),
    'random::gumbel': () => random.gumbel([4], key),
    'random::categorical': () => [
      random.categorical(logits, null, null, key),
      random.categorical(logits, 0, ShapeOrCount.Count(3), key),
      random.categorical(logits, null, ShapeOrCount.Shape([5, 4]), key),
    ],
    'random::seed': () => {
      random.seed(3);
      return [random.uniform(0, 1), random.uniform(0, 1), random.normal([2])];
    },
  });
});

describe('the numbers of mlx-rs', () => {
  const bits = (a: Array): number[] => [...a.as_slice<Uint32Array<ArrayBuffer>>(Dtype.Uint32)];
  const values = (a: Array): number[] => [...a.as_slice()].map((v) => Number(v.toFixed(8)));
  it('random::split › of key 0', () => {
    const [a, b] = random.split(random.key(0), 2);
    expect([bits(a), bits(b)]).toEqual([
      [4146024105, 967050713],
      [2718843009, 1272950319],
    ]);
  });
  it('random::split › gives the first two of more', () => {
    const [a, b] = random.split(random.key(0), 5);
    expect(random.split(random.key(0), 5).length).toBe(2);
    expect(a.equals(b)).toBe(false);
  });
  it('random::uniform › of key 0', () => {
    const zero = random.key(0);
    expect(values(random.uniform(0, 1, null, zero))).toEqual([0.41845712]);
    expect(values(random.uniform(0, 1, [3], zero))).toEqual([0.96532148, 0.31468171, 0.63303]);
  });
  it('random::normal › of key 0', () => {
    expect(random.normal(null, null, null, random.key(0)).item()).toBeCloseTo(-0.20584205, 7);
  });
  it('random::seed › restarts the stream of keys', () => {
    random.seed(0);
    const three = [0, 1, 2].flatMap(() => values(random.uniform(0, 1)));
    expect(three).toEqual([0.10536904, 0.27871919, 0.68668771]);
    random.seed(3);
    expect([0, 1].map(() => random.uniform(0, 1).item().toFixed(6))).toEqual(['0.476526', '0.843591']);
  });
  it('random::seed › a linear layer of mlx-rs with seed 744', () => {
    random.seed(744);
    const x = random.uniform(0, 1, [2, 8, 16]);
    const bound = Math.sqrt(1 / 16);
    const weight = random.uniform(-bound, bound, [5, 16]);
    const bias = random.uniform(-bound, bound, [5]);
    const out = ops.addmm(bias, x, weight.t());
    expect(out.mean().item()).toBeCloseTo(0.1041931, 5);
    expect(out.sum().item()).toBeCloseTo(8.335447, 4);
  });
});

describe('rules', () => {
  it('random::multivariate_normal › has the mean and the covariance asked for', () => {
    const mean = array([1, -2]);
    const covariance = Array.from_slice([2, 0.5, 0.5, 1], [2, 2]);
    const s = random.multivariate_normal(mean, covariance, [20000], random.key(1));
    expect(s.shape()).toEqual([20000, 2]);
    expect(linalg.norm_l2(s.mean_axis(0).sub(mean)).item()).toBeLessThan(0.05);
    const d = s.sub(s.mean_axis(0));
    const got = d.t().matmul(d).div(20000);
    expect(linalg.norm_l2(got.sub(covariance)).item()).toBeLessThan(0.08);
  });
  it('random::multivariate_normal_device › is random::multivariate_normal', () => {
    const args = [array([0, 0]), ops.identity(2), [3], random.key(1), null] as const;
    expect(random.multivariate_normal_device(...args, null).equals(random.multivariate_normal(...args))).toBe(true);
  });
  it('random::RandomState › with_random_state draws its numbers and leaves the global stream', () => {
    random.seed(1);
    const first = random.uniform(0, 1).item();
    random.seed(1);
    const state = new random.RandomState(9);
    const inside = random.with_random_state(state, () => [random.uniform(0, 1).item(), random.uniform(0, 1).item()]);
    expect(random.uniform(0, 1).item()).toBe(first);
    random.seed(9);
    expect(inside).toEqual([random.uniform(0, 1).item(), random.uniform(0, 1).item()]);
  });
  it('random::with_random_state › also after an error', () => {
    random.seed(1);
    const first = random.uniform(0, 1).item();
    random.seed(1);
    expect(() =>
      random.with_random_state(new random.RandomState(9), () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(random.uniform(0, 1).item()).toBe(first);
  });
  it('random::uniform › 16-bit floats are drawn as 32 bits, as MLX does since 0.26', () => {
    const a = random.uniform(0, 1, [64], key, Dtype.Float16);
    expect(a.dtype()).toBe(Dtype.Float16);
    expect(a.lt(1).all().item(Dtype.Bool)).toBe(true);
    expect(
      a
        .as_type(Dtype.Float32)
        .all_close(random.uniform(0, 1, [64], key), 1e-3, 1e-3)
        .item(),
    ).toBe(true);
  });
  it('random::ShapeOrCount › is a shape or a count', () => {
    expect(random.categorical(logits, null, ShapeOrCount.Count(2), key).shape()).toEqual([4, 2]);
    expect(random.categorical(logits, null, ShapeOrCount.Shape([3, 4]), key).shape()).toEqual([3, 4]);
  });
});
