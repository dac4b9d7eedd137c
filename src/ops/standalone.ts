// Functions of MLX's namespace that are no methods: other names for making tensors, and the order of work.
import { copyPrimitive } from '../graph/views.js';
import { types, type DType } from '../tensor/dtype.js';
import { LanewiseError } from '../tensor/errors.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { array, zeros, type ArrayLikeData } from './creation.js';
import { composite, identity, nodeOf, record } from './define.js';
import { concatenate } from './join.js';

/**
 * `array(data, dtype)`; a tensor of that dtype shares its memory. `copy` as false refuses what would have to be copied, as true
 * gives a tensor memory of its own.
 * @throws LanewiseError if `copy` is false and the data is no tensor of the dtype
 */
export const asarray: (data: ArrayLikeData, dtype?: DType | null, copy?: boolean | null) => Tensor =
  /* @__PURE__ */ composite(
    'asarray',
    (data: ArrayLikeData, dtype: DType | null = null, copy: boolean | null = null) => {
      const shared = data instanceof Tensor && (dtype === null || dtype === data.dtype);
      if (copy === false && !shared) {
        const got = data instanceof Tensor ? `${data.dtype} for ${String(dtype)}` : 'JavaScript values';
        throw new LanewiseError(`[asarray] without a copy the data must be a tensor of the dtype, got ${got}`);
      }
      const t = array(data, dtype ?? undefined);
      return copy === true && shared ? record(copyPrimitive, [t.node], null, t.node.shape, t.node.type) : t;
    },
  );
/** A tensor with any contents; as in MLX they are zeros. */
export const empty: (shape: readonly number[], dtype?: DType) => Tensor = /* @__PURE__ */ composite(
  'empty',
  (shape: readonly number[], dtype: DType = types.float32.name) => zeros(shape, dtype),
);
/** `concatenate`. */
export const concat: typeof concatenate = /* @__PURE__ */ composite('concat', (arrays, axis) =>
  concatenate(arrays, axis),
);
/**
 * The inputs under handles of their own. MLX makes them wait for `dependencies`; here nothing can be seen of the order in which
 * values are computed, so they are only checked.
 */
export const depends: {
  (inputs: readonly TensorLike[], dependencies: TensorLike | readonly TensorLike[]): Tensor[];
  (inputs: TensorLike, dependencies: TensorLike | readonly TensorLike[]): Tensor;
} = /* @__PURE__ */ composite('depends', ((
  inputs: TensorLike | readonly TensorLike[],
  dependencies: TensorLike | readonly TensorLike[],
) => {
  const nodes = (x: TensorLike | readonly TensorLike[]): Tensor[] =>
    (Array.isArray(x) ? (x as readonly TensorLike[]) : [x as TensorLike]).map((y) => identity(nodeOf('depends', y)));
  nodes(dependencies);
  const out = nodes(inputs);
  return Array.isArray(inputs) ? out : out[0]!;
}) as never);
/** Waits until all work that was started is done. Here it is when a call returns, so there is nothing to wait for. */
export const synchronize = (): void => undefined;
