// The Walsh-Hadamard transform.
import { isFloat, types } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { multiply } from './arithmetic.js';
import { eye } from './creation.js';
import { castTo, differentiate, nodeOf, op, primitive, record } from './define.js';
import { matmul } from './linear.js';
import { reshape } from './shape.js';

const hadamardPrimitive = differentiate(primitive({ name: 'hadamard', expensive: true }), (g, { attrs }) => {
  const { m, scale } = attrs as Hadamard;
  if (m < 20) return [hadamardTransform(g, scale)];
  // the matrices of 20 and 28 are not symmetric: H of the power of two, then the transpose of H of m across
  const length = g.shape[g.ndim - 1]!;
  const inner = hadamardTransform(reshape(g, [...g.shape.slice(0, -1), m, length / m]), scale);
  const columns = hadamardTransform(eye(m, m, 0, g.dtype), 1);
  return [reshape(matmul(columns, inner), g.shape)];
});

/** Factors of a length besides a power of two, in the order they are tried. */
const ODD = [12, 20, 28] as const;
/** What the kernels get: the length is `m * 2^k`. */
export interface Hadamard {
  readonly m: number;
  readonly scale: number;
}
/** The factor `m` of a length, or 0 where there is none. */
function factorOf(n: number): number {
  const power = (x: number): boolean => x > 0 && Math.log2(x) % 1 === 0;
  if (power(n)) return 1;
  return ODD.find((m) => n % m === 0 && power(n / m)) ?? 0;
}

/**
 * `scale * H x` along the last axis with the Hadamard matrix H of its length n, which must be m 2^k for m of 1, 12, 20, 28. The
 * default scale `1 / sqrt(n)` makes it orthonormal. Integers and bool become float32; half types compute in float32 and round once.
 * @throws ShapeError for any other length or an empty tensor, DTypeError for float64 and complex64
 */
export const hadamardTransform: (x: TensorLike, scale?: number | null) => Tensor = /* @__PURE__ */ op(
  'hadamardTransform',
  'quantized',
  (x, scale) => {
    const name = 'hadamardTransform';
    const n = nodeOf(name, x);
    if (n.type === types.float64 || n.type.category === 'complex') {
      throw new DTypeError(
        `[${name}] the operand must be float32, float16, bfloat16 or an integer, got ${n.type.name}`,
      );
    }
    const length = n.shape.dims[n.shape.ndim - 1] ?? 1;
    if (n.shape.size === 0)
      throw new ShapeError(`[${name}] the operand must have elements, got ${showShape(n.shape.dims)}`);
    if (scale !== null && scale !== undefined && typeof scale !== 'number') {
      throw new LanewiseError(`[${name}] the scale must be a number, got ${typeof scale}`);
    }
    const m = factorOf(length);
    if (m === 0) {
      throw new ShapeError(`[${name}] the length must be m * 2^k with m of 1, 12, 20, 28, got ${length}`);
    }
    const factor = Math.fround(scale ?? 1 / Math.sqrt(length));
    const a = castTo(n, isFloat(n.type) ? n.type : types.float32);
    if (length === 1) return multiply(new Tensor(a), factor);
    return record(hadamardPrimitive, [a], { m, scale: factor } satisfies Hadamard, n.shape, a.type);
  },
  hadamardPrimitive,
);
