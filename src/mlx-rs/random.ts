// mlx_rs::random. The same key gives MLX's bits. The element type that Rust names, `uniform::<_, f32>`, is a last argument.
import { random, type TensorLike } from '../slim.js';
import { tensorOf, wrap, type Array, type Operand, type Opt } from './array.js';
import { Dtype } from './dtype.js';

type Shape = Opt<readonly number[]>;
type Key = Opt<Array>;
const keyOf = (k: Key): Parameters<typeof random.bits>[2] => k?.tensor ?? null;
/** Bounds and parameters are floats, also where JavaScript writes them without a point. */
const real = (x: Operand): TensorLike => (typeof x === 'number' ? x : tensorOf(x));

/** A stream of keys of its own. */
export class RandomState {
  /** @internal */
  state: Array;
  constructor(seed: number | bigint) {
    this.state = key(seed);
  }
  /** @internal the next key */
  next(): Array {
    const [rest, sub] = split(this.state, 2);
    this.state = rest;
    return sub;
  }
}
let current: RandomState | null = null;
/** Runs `f` with keys from `state` where none is given. In mlx-rs no such state can be made; here `new RandomState(seed)` makes one. */
export function with_random_state<T>(state: RandomState, f: () => T): T {
  const before = current;
  current = state;
  try {
    return f();
  } finally {
    current = before;
  }
}
const keyOrNext = (k: Key): Parameters<typeof random.bits>[2] => keyOf(k ?? current?.next() ?? null);

/** Restarts the numbers drawn without a key. */
export function seed(seed: number | bigint): void {
  random.seed(seed);
}
/** The key of a seed. */
export const key = (seed: number | bigint): Array => wrap(random.key(seed));
/** Two keys made of one; the first two whatever `num` is, as in mlx-rs. */
export const split = (key: Array, num: number = 2): [Array, Array] => {
  const keys = random.split(key.tensor, num);
  return [wrap(keys.at(0)), wrap(keys.at(1))];
};
/** Uniform in [lower, upper). */
export const uniform = (lower: Operand, upper: Operand, shape?: Shape, key?: Key, dtype?: Opt<Dtype>): Array =>
  wrap(
    random.uniform(real(lower), real(upper), shape ?? [], (dtype ?? Dtype.Float32).core as 'float32', keyOrNext(key)),
  );
/** Normal with mean `loc` and standard deviation `scale`. */
export const normal = (shape?: Shape, loc?: Opt<number>, scale?: Opt<number>, key?: Key, dtype?: Opt<Dtype>): Array =>
  wrap(random.normal(shape ?? [], (dtype ?? Dtype.Float32).core, loc ?? 0, scale ?? 1, keyOrNext(key)));
/** Jointly normal, by mean and covariance. */
export const multivariate_normal = (
  mean: Operand,
  covariance: Operand,
  shape?: Shape,
  key?: Key,
  dtype?: Opt<Dtype>,
): Array =>
  wrap(
    random.multivariateNormal(
      tensorOf(mean),
      tensorOf(covariance),
      shape ?? [],
      (dtype ?? Dtype.Float32).core,
      keyOrNext(key),
    ),
  );
/** Integers in [lower, upper). */
export const randint = (lower: Operand, upper: Operand, shape?: Shape, key?: Key, dtype?: Opt<Dtype>): Array =>
  wrap(random.randint(real(lower), real(upper), shape ?? undefined, (dtype ?? Dtype.Int32).core, keyOrNext(key)));
/** Bool, true with probability `p`, by default a half. */
export const bernoulli = (p?: Opt<Operand>, shape?: Shape, key?: Key): Array =>
  wrap(random.bernoulli(p === null || p === undefined ? 0.5 : real(p), shape ?? undefined, keyOrNext(key)));
/** Normal within bounds. */
export const truncated_normal = (lower: Operand, upper: Operand, shape?: Shape, key?: Key, dtype?: Opt<Dtype>): Array =>
  wrap(
    random.truncatedNormal(real(lower), real(upper), shape ?? undefined, (dtype ?? Dtype.Float32).core, keyOrNext(key)),
  );
/** Standard Gumbel. */
export const gumbel = (shape?: Shape, key?: Key, dtype?: Opt<Dtype>): Array =>
  wrap(random.gumbel(shape ?? [], (dtype ?? Dtype.Float32).core, keyOrNext(key)));

/** `ShapeOrCount`: a shape of samples, or how many for each distribution. */
export type ShapeOrCount = { readonly shape: readonly number[] } | { readonly count: number };
export const ShapeOrCount = {
  Shape: (shape: readonly number[]): ShapeOrCount => ({ shape }),
  Count: (count: number): ShapeOrCount => ({ count }),
} as const;
/** Samples of categories by their unnormalised log-probabilities. */
export const categorical = (
  logits: Operand,
  axis?: Opt<number>,
  shape_or_count?: Opt<ShapeOrCount>,
  key?: Key,
): Array => {
  const of: Partial<{ shape: readonly number[]; count: number }> = shape_or_count ?? {};
  const shape = of.shape ?? null;
  const count = of.count ?? null;
  return wrap(random.categorical(tensorOf(logits), axis ?? -1, shape, count, keyOrNext(key)));
};
