// Places in a sorted vector, and distinct elements.
import { promote, types } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkShape, shapeOf, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { less } from './arithmetic.js';
import { castTo, checkValue, constant, differentiate, nodeOf, op, operands, primitive, record } from './define.js';
import { at, take } from './indexing.js';
import { slice } from './indices.js';
import { arange } from './creation.js';
import { where } from './select.js';
import { broadcastTo, reshape } from './shape.js';
import { view } from './bits.js';

const searchPrimitive = differentiate(primitive({ name: 'searchsorted', expensive: true }), 'none: positions');
/**
 * Where each of `values` belongs in the ascending vector `sorted`, uint32 in the shape of `values`: before its equals
 * (`'left'`, the number of elements below it) or after them (`'right'`, the number of elements not above it). NaN lies last.
 * Both take their common dtype.
 * @throws ShapeError unless `sorted` has one axis
 */
export const searchsorted: (sorted: TensorLike, values: TensorLike, side?: 'left' | 'right') => Tensor =
  /* @__PURE__ */ op(
    'searchsorted',
    'search',
    (sorted, values, side = 'left') => {
      const [a, b] = operands('searchsorted', sorted, values);
      if (a.shape.ndim !== 1) {
        throw new ShapeError(
          `[searchsorted] the sorted tensor must have exactly one axis, got ${showShape(a.shape.dims)}`,
        );
      }
      if (side !== 'left' && side !== 'right') {
        throw new LanewiseError(`[searchsorted] the side must be 'left' or 'right', got '${String(side)}'`);
      }
      const type = promote(a.type, b.type);
      const attrs = { right: side === 'right' };
      return record(searchPrimitive, [castTo(a, type), castTo(b, type)], attrs, b.shape, types.uint32);
    },
    searchPrimitive,
  );

/** What `unique` gives beside the distinct elements, and what stands where there are none. */
export interface UniqueOptions {
  /** also where each of them first occurs in the flattened tensor, uint32 */
  readonly returnIndex?: boolean;
  /** also the place of each element's value among them, uint32 in the shape of the tensor */
  readonly returnInverse?: boolean;
  /** also how often each of them occurs, int32; 0 past the last */
  readonly returnCounts?: boolean;
  /** the entries past the last one; the smallest element if absent */
  readonly fillValue?: TensorLike | null;
}
/** Options that make the result a list. */
export type UniqueParts = UniqueOptions &
  ({ readonly returnIndex: true } | { readonly returnInverse: true } | { readonly returnCounts: true });
/** `unique` as a function: a list with any of the `return` options, else one tensor. */
export interface Unique {
  (x: TensorLike, size: number | null | undefined, options: UniqueParts): Tensor[];
  (x: TensorLike, size?: number | null, options?: UniqueOptions): Tensor;
}

const uniquePrimitive = differentiate(primitive({ name: 'unique', expensive: true }), 'none: positions');
/**
 * The distinct elements of the flattened tensor, ascending; every NaN is one of its own, last. With a `size` the result has
 * that many entries, cut off or filled up, and `x` is not computed for it; without one `x` is computed now and the result has
 * as many as there are. Of a result cut off, `inverse` points at its last entry for elements that were dropped.
 * @returns the elements, or `[elements, index, inverse, counts]` with those asked for
 * @throws ShapeError for an empty tensor with a size and without a fill value
 */
export const unique: Unique = /* @__PURE__ */ op(
  'unique',
  'search',
  ((x: TensorLike, size: number | null = null, options: UniqueOptions = {}): Tensor | Tensor[] => {
    const n = nodeOf('unique', x);
    if (typeof options !== 'object' || options === null) {
      throw new LanewiseError(`[unique] the options must be an object, got ${String(options)}`);
    }
    const total = n.shape.size;
    const slots = size ?? total;
    if (!Number.isInteger(slots) || slots < 0) {
      throw new ShapeError(`[unique] the size must be an integer of at least 0 or null, got ${String(size)}`);
    }
    const fill = fillTensor(n.type, options.fillValue ?? null);
    if (total === 0 && slots > 0 && fill === null) {
      throw new ShapeError(`[unique] an empty tensor needs a fill value for a size above 0, got the size ${slots}`);
    }
    const flat = reshape(new Tensor(n), [total]);
    const shape = checkShape('unique', [1 + 2 * slots + total]);
    const packed = record(uniquePrimitive, [flat.node], { size: slots }, shape, types.uint32);
    const found = at(packed, 0);
    // without a size the number of distinct elements is read, which computes x
    const kept = size === null ? (total === 0 ? 0 : Number(found.item())) : slots;
    const index = at(packed, slice(1, 1 + kept));
    const values = (): Tensor => {
      if (total === 0) return broadcastTo(fill ?? new Tensor(constant(0, n.type)), [kept]);
      const picked = take(flat, index, 0);
      return fill === null || size === null ? picked : where(less(arange(kept), view(found, 'int32')), picked, fill);
    };
    const out = [values()];
    if (options.returnIndex === true) out.push(index);
    if (options.returnInverse === true) out.push(reshape(at(packed, slice(1 + 2 * slots, null)), n.shape.dims));
    if (options.returnCounts === true) out.push(view(at(packed, slice(1 + slots, 1 + slots + kept)), 'int32'));
    return out.length === 1 ? out[0]! : out;
  }) as Unique,
  uniquePrimitive,
);
/** The fill value as a 0-d tensor of `type`. */
function fillTensor(type: Tensor['node']['type'], value: TensorLike | null): Tensor | null {
  if (value === null) return null;
  if (!(value instanceof Tensor)) {
    checkValue('unique', value);
    if (typeof value === 'object' && type.category !== 'complex') {
      throw new DTypeError(`[unique] the fill value must fit ${type.name}, got a complex number`);
    }
    return new Tensor(constant(value, type));
  }
  const n = nodeOf('unique', value);
  if (n.shape.size !== 1) {
    throw new ShapeError(`[unique] the fill value must have exactly one element, got ${showShape(n.shape.dims)}`);
  }
  return reshape(new Tensor(castTo(n, type)), shapeOf([]).dims);
}
