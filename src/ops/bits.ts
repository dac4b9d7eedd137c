// The bits of a tensor under another dtype, and nodes that are there for the graph alone.
import { Node } from '../graph/node.js';
import { copyPrimitive, viewOf } from '../graph/views.js';
import { types, type DType } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import { normalStrides, shapeOf, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { castTo, checkType, differentiate, identity, nodeOf, op, primitive, recordNode } from './define.js';

// pairs of real and imaginary parts are the one reading of bits that is linear
const bitsPrimitive = differentiate(primitive({ name: 'view', view: true }), (g, { inputs: [x] }) => {
  const types = [x!.dtype, g.dtype];
  return [types.includes('float32') && types.includes('complex64') ? view(g, x!.dtype) : null];
});
/**
 * The same bytes as elements of another dtype. Where the sizes differ the last axis shrinks or grows to match; it is copied
 * first where it does not lie in one run. Bytes that become bool are true where they are not 0.
 * @throws ShapeError if the last axis does not hold a whole number of the new elements
 */
export const view: (x: TensorLike, dtype: DType) => Tensor = /* @__PURE__ */ op(
  'view',
  'cast',
  (x, dtype) => {
    const n = nodeOf('view', x);
    const type = checkType('view', dtype);
    if (type === n.type) return identity(n);
    // kernels count on a bool being 0 or 1
    if (type === types.bool) return new Tensor(castTo(view(new Tensor(n), 'uint8').node, type));
    const { dims, ndim } = n.shape;
    const [from, to] = [n.type.size, type.size];
    if (from === to)
      return new Tensor(new Node(bitsPrimitive, n, null, null, null, null, n.shape, n.strides, n.offset, type, null));
    if (ndim === 0) {
      throw new ShapeError(`[view] a tensor without axes keeps its element size, got ${n.type.name} as ${type.name}`);
    }
    const last = (dims[ndim - 1]! * from) / to;
    if (!Number.isInteger(last)) {
      throw new ShapeError(
        `[view] the bytes of the last axis must be a multiple of ${to}, got ${showShape(dims)} of ${n.type.name}`,
      );
    }
    const shape = shapeOf([...dims.slice(0, -1), last]);
    const source = fits(n, to) ? n : recordNode(copyPrimitive, [n], null, n.shape, n.type);
    const strides =
      source.strides === null
        ? null
        : normalStrides(shape, [...source.strides.slice(0, -1).map((s) => (s * from) / to), 1]);
    return new Tensor(
      new Node(bitsPrimitive, source, null, null, null, null, shape, strides, source.offset, type, null),
    );
  },
  bitsPrimitive,
);
/** Whether the last axis is one run, and all runs start where elements of `size` bytes may lie. */
function fits(n: Node, size: number): boolean {
  if (n.offset % size !== 0) return false;
  if (n.strides === null) return true;
  const last = n.shape.ndim - 1;
  return (
    (n.strides[last] === 1 || n.shape.dims[last] === 1) &&
    n.strides.slice(0, -1).every((s) => (s * n.type.size) % size === 0)
  );
}

const stopPrimitive = differentiate(primitive({ name: 'stop_gradient', view: true }), 'none: it is a constant');
/** `x` itself, a constant to derivatives. */
export const stopGradient: (x: TensorLike) => Tensor = /* @__PURE__ */ op(
  'stopGradient',
  'shape',
  (x) => {
    const n = nodeOf('stopGradient', x);
    return new Tensor(viewOf(stopPrimitive, n, null, n.shape, n.strides));
  },
  stopPrimitive,
);
