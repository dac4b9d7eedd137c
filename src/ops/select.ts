// Choosing between tensors, and tensors shaped like others.
import { current } from '../backends/registry.js';
import { Node } from '../graph/node.js';
import { promote, types, type DType } from '../tensor/dtype.js';
import { broadcast } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import {
  castTo,
  checkType,
  checkValue,
  composite,
  constant,
  differentiate,
  nodeOf,
  op,
  operands,
  primitive,
} from './define.js';
import { broadcastTo } from './shape.js';

const select = differentiate(
  primitive({
    name: 'select',
    elementwise: 3,
    reference: (c: unknown, x: unknown, y: unknown) => (c ? x : y),
  }),
  (g, { inputs: [c] }) => [null, where(c!, g, 0), where(c!, 0, g)],
);
/** Elementwise `condition ? x : y`; all three broadcast, x and y take their common dtype. */
export const where: (condition: TensorLike, x: TensorLike, y: TensorLike) => Tensor = /* @__PURE__ */ op(
  'where',
  'select',
  (condition, x, y) => {
    const c = castTo(nodeOf('where', condition), types.bool);
    const [a, b] = operands('where', x, y);
    const type = promote(a.type, b.type);
    const shape = broadcast('where', c.shape, broadcast('where', a.shape, b.shape));
    return new Tensor(
      new Node(select, c, castTo(a, type), castTo(b, type), null, null, shape, null, 0, type, current()),
    );
  },
  select,
);

/** A tensor of the shape of `x` filled with `value`, in the dtype of `x` unless given. Takes no memory of its own size. */
export const fullLike: (x: TensorLike, value: number | bigint | boolean, dtype?: DType) => Tensor =
  /* @__PURE__ */ composite('fullLike', (x, value, dtype) => {
    const n = nodeOf('fullLike', x);
    const type = dtype === undefined ? n.type : checkType('fullLike', dtype);
    checkValue('fullLike', value);
    return broadcastTo(new Tensor(constant(value, type)), n.shape.dims);
  });
/** Zeros in the shape of `x`, and its dtype unless given. */
export const zerosLike: (x: TensorLike, dtype?: DType) => Tensor = /* @__PURE__ */ composite('zerosLike', (x, dtype) =>
  fullLike(x, 0, dtype),
);
/** Ones in the shape of `x`, and its dtype unless given. */
export const onesLike: (x: TensorLike, dtype?: DType) => Tensor = /* @__PURE__ */ composite('onesLike', (x, dtype) =>
  fullLike(x, 1, dtype),
);
