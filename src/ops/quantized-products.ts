// The primitives that decode packed matrices, and their derivatives with respect to all that is no code.
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { isFloat, type ElementType } from '../tensor/dtype.js';
import { checkShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { multiply } from './arithmetic.js';
import { arange } from './creation.js';
import { castTo, differentiate, primitive, record, type Recorded } from './define.js';
import { grouped, listed, matrixCount, positions, scattered, wide } from './gathered-gradients.js';
import { take } from './indexing.js';
import { matmul } from './linear.js';
import { astype } from './math.js';
import type { Packed, Scheme } from './quantized-modes.js';
import { sum } from './reduce.js';
import { onesLike, zerosLike } from './select.js';
import { reshape, swapaxes } from './shape.js';

/** The shape of the decoded matrix. */
export function widthOfRows(scheme: Scheme, p: Packed): number[] {
  return [...p.w.shape.dims.slice(0, -1), p.scales.shape.dims[p.scales.shape.ndim - 1]! * scheme.group];
}
/** Codes of a scheme as elements of `type`. */
export function decoded(scheme: Scheme, p: Packed, type: ElementType): Tensor {
  const shape = checkShape('dequantize', widthOfRows(scheme, p));
  return record(dequantizePrimitive, [p.w, p.scales, p.biases], scheme, shape, type);
}
/**
 * `x` (..., M, K) times packed matrices; with indices, one product for each pair of them.
 * @param rounded whether few rows of x are rounded to 16 bits: by default where the result's dtype has fewer
 */
export function packedProduct(
  scheme: Scheme,
  x: Node,
  p: Packed,
  transpose: boolean,
  type: ElementType,
  batch: readonly number[],
  indices: readonly Node[],
  name: string,
  rounded: boolean = transpose && type.half,
): Tensor {
  const outer = transpose ? p.w.shape.dims[p.w.shape.ndim - 2]! : p.width;
  const shape = checkShape(name, [...batch, x.shape.dims[x.shape.ndim - 2]!, outer]);
  const rest = [...(p.biases === null ? [] : [p.biases]), ...indices];
  const attrs: Product = { ...scheme, transpose, gathered: indices.length > 0, rounded };
  return record(productPrimitive, [castTo(x, type), p.w, p.scales], attrs, shape, type, rest);
}

/** Attributes of the product. */
interface Product extends Scheme {
  readonly transpose: boolean;
  readonly gathered: boolean;
  readonly rounded: boolean;
}
/** Cotangents of scales and biases from that of the decoded matrix: sums over groups, for the scales of what the codes stand for. */
function ofGroups(matrix: Tensor, scheme: Scheme, p: Packed): [scales: Tensor | null, biases: Tensor | null] {
  if (!isFloat(p.scales.type)) return [null, null];
  const groups = [...p.scales.shape.dims, scheme.group];
  const scales = new Tensor(p.scales);
  const plain = { ...p, scales: onesLike(scales, 'float32').node, biases: zerosLike(scales, 'float32').node };
  const codes = decoded(scheme, plain, plain.scales.type);
  const g = reshape(astype(matrix, 'float32'), groups);
  return [sum(multiply(g, reshape(codes, groups)), -1), sum(g, -1)];
}
const packedFrom = (w: Tensor, scales: Tensor, biases: Tensor | undefined, scheme: Scheme): Packed => ({
  w: w.node,
  scales: scales.node,
  biases: biases?.node ?? null,
  type: null,
  width: scales.shape[scales.ndim - 1]! * scheme.group,
});

export const dequantizePrimitive: Primitive = differentiate(
  primitive({ name: 'dequantize', expensive: true }),
  (g, { inputs: [w, scales, biases], attrs }) => {
    const scheme = attrs as Scheme;
    return [null, ...ofGroups(g, scheme, packedFrom(w!, scales!, biases, scheme))];
  },
);

/** The cotangent of the decoded matrices behind a product. */
function ofMatrix(g: Tensor, x: Tensor, w: Tensor, { transpose }: Product, lhs?: Tensor, rhs?: Tensor): Tensor {
  const turned = (from: Tensor): [Tensor, Tensor] => (transpose ? [listed(g), from] : [from, listed(g)]);
  if (lhs !== undefined && rhs !== undefined) {
    return grouped(...turned(take(listed(x), positions(lhs, matrixCount(x)), 0)), rhs, matrixCount(w));
  }
  const [left, right] = turned(listed(x)).map(wide) as [Tensor, Tensor];
  if (w.ndim > 2) return matmul(swapaxes(left, -1, -2), right);
  // one matrix for all rows
  const rows = (t: Tensor): Tensor => reshape(t, [t.shape[0]! * t.shape[1]!, t.shape[2]!]);
  return matmul(swapaxes(rows(left), 0, 1), rows(right));
}
export const productPrimitive: Primitive = differentiate(
  primitive({ name: 'quantized_matmul', expensive: true }),
  (g: Tensor, { inputs: [x, w, scales, ...rest], attrs }: Recorded) => {
    const a = attrs as Product;
    const biases = a.mode === 'affine' ? rest.shift() : undefined;
    const [lhs, rhs] = rest;
    const p = packedFrom(w!, scales!, biases, a);
    const name = 'quantizedMatmul';
    const back = (batch: readonly number[], indices: readonly Node[]): Tensor =>
      packedProduct(a, g.node, p, !a.transpose, g.node.type, batch, indices, name);
    const batch = g.shape.slice(0, -2);
    const each = (): Node => reshape(arange(matrixCount(g), 'int64'), batch).node;
    const gx = a.gathered ? scattered(back(batch, [each(), rhs!.node]), lhs!, x!.shape) : back(batch, []);
    const [gs, gb] = ofGroups(ofMatrix(g, x!, w!, a, lhs, rhs), a, p);
    return [gx, null, gs, ...(biases === undefined ? [] : [gb])];
  },
);
