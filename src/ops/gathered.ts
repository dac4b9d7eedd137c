// Products of picked matrices, of segments, and with blocks masked out.
import type { Node } from '../graph/node.js';
import { isFloat, isInteger, promote, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkShape, shapeOf, showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { bitwiseAnd, greaterEqual, less, multiply } from './arithmetic.js';
import { arange } from './creation.js';
import { castTo, composite, differentiate, nodeOf, op, operands, primitive, record } from './define.js';
import { grouped, listed, matrixCount, positions, scattered, wide } from './gathered-gradients.js';
import { checkIndices, pairIndices } from './gathered-indices.js';
import { slice } from './indices.js';
import { at, take } from './indexing.js';
import { matmul } from './linear.js';
import { required } from './quantized-modes.js';
import { repeat } from './rearrange.js';
import { sum } from './reduce.js';
import { where } from './select.js';
import { broadcastTo, expandDims, reshape, squeeze, swapaxes } from './shape.js';

type Maybe<T> = T | null | undefined;

const gatherPrimitive = differentiate(
  primitive({ name: 'gather_matmul', expensive: true }),
  (g, { inputs: [a, b, lhs, rhs] }) => {
    const picked = take(listed(a!), positions(lhs!, matrixCount(a!)), 0);
    return [
      scattered(gatherMm(g, swapaxes(b!, -1, -2), null, rhs!), lhs!, a!.shape),
      reshape(grouped(picked, listed(g), rhs!, matrixCount(b!)), b!.shape),
    ];
  },
);
/** Every segment's product over the whole inner axis, without what lies outside of it. */
const segmentPrimitive = differentiate(
  primitive({ name: 'segment_matmul', expensive: true }),
  (cotangent, { inputs: [a, b, segments] }) => {
    const g = listed(wide(cotangent));
    const [from, to] = [0, 1].map((i) => reshape(at(segments!, '...', i), [g.shape[0]!, 1])) as [Tensor, Tensor];
    const inner = arange(a!.shape[1]!, 'int64');
    const inside = bitwiseAnd(greaterEqual(inner, from), less(inner, to));
    const left = matmul(g, swapaxes(wide(b!), 0, 1));
    const right = matmul(swapaxes(wide(a!), 0, 1), g);
    return [sum(where(expandDims(inside, 1), left, 0), 0), sum(where(expandDims(inside, 2), right, 0), 0)];
  },
);

interface Factors {
  readonly a: Node;
  readonly b: Node;
  readonly type: ElementType;
  /** drops the axes that 1-D operands were given */
  readonly trim: (y: Tensor) => Tensor;
}
/** Two operands as matrices of one floating dtype. */
function factors(name: string, a: TensorLike, b: TensorLike): Factors {
  const [x, y] = operands(name, a, b);
  const dims = [x.shape.dims, y.shape.dims];
  if (x.shape.ndim === 0 || y.shape.ndim === 0) {
    throw new ShapeError(`[${name}] the operands must have at least one axis, got ${showShapes(dims)}`);
  }
  const type = promote(x.type, y.type);
  if (!isFloat(type)) {
    throw new DTypeError(`[${name}] the operands must have floating dtypes, got ${x.type.name} and ${y.type.name}`);
  }
  const row = x.shape.ndim === 1;
  const column = y.shape.ndim === 1;
  const l = castTo(row ? expandDims(new Tensor(x), 0).node : x, type);
  const r = castTo(column ? expandDims(new Tensor(y), 1).node : y, type);
  if (l.shape.dims[l.shape.ndim - 1] !== r.shape.dims[r.shape.ndim - 2]) {
    throw new ShapeError(`[${name}] the inner sizes must match, got ${showShapes(dims)}`);
  }
  const trim = (t: Tensor): Tensor =>
    row && column ? squeeze(t, [-2, -1]) : row ? squeeze(t, -2) : column ? squeeze(t, -1) : t;
  return { a: l, b: r, type, trim };
}

/**
 * Matrix products of matrices picked by flat positions over the batch axes: entry i of the broadcast indices is
 * `a[lhsIndices[i]] @ b[rhsIndices[i]]`. An operand without indices takes all its matrices in order; without any it is `matmul`.
 * Positions count from the end where negative and are clamped to the batch. `sortedIndices` promises that they ascend; the result is
 * the same without. Floating dtypes; half types accumulate in float32.
 * @throws ShapeError unless the inner sizes match and the indices broadcast
 * @throws DTypeError unless operands are floating and indices integer
 */
export const gatherMm: (
  a: TensorLike,
  b: TensorLike,
  lhsIndices?: TensorLike | null,
  rhsIndices?: TensorLike | null,
  sortedIndices?: boolean,
) => Tensor = /* @__PURE__ */ op(
  'gatherMm',
  'matmul',
  (a, b, lhsIndices, rhsIndices) => {
    const name = 'gatherMm';
    const left = checkIndices(name, lhsIndices);
    const right = checkIndices(name, rhsIndices);
    const f = factors(name, a, b);
    if (left === null && right === null) return matmul(a, b);
    const pair = pairIndices(name, left, right, f.a, f.b);
    const shape = checkShape(name, [
      ...pair.batch,
      f.a.shape.dims[f.a.shape.ndim - 2]!,
      f.b.shape.dims[f.b.shape.ndim - 1]!,
    ]);
    return f.trim(record(gatherPrimitive, [f.a, f.b, pair.nodes[0]], null, shape, f.type, [pair.nodes[1]]));
  },
  gatherPrimitive,
);

/**
 * `a[:, from:to] @ b[from:to]` for every pair (from, to) of `segments` (..., 2): (..., M, N). A segment that ends before it begins
 * gives zeros; ends are clamped to the inner size.
 * @throws ShapeError unless `a` and `b` are matrices whose inner sizes match
 * @throws DTypeError unless operands are floating and segments integer
 */
export const segmentedMm: (a: TensorLike, b: TensorLike, segments: TensorLike) => Tensor = /* @__PURE__ */ op(
  'segmentedMm',
  'matmul',
  (a, b, segments) => {
    const name = 'segmentedMm';
    const [x, y] = operands(name, a, b);
    if (x.shape.ndim !== 2 || y.shape.ndim !== 2) {
      throw new ShapeError(
        `[${name}] the operands must have two axes, got ${showShapes([x.shape.dims, y.shape.dims])}`,
      );
    }
    const f = factors(name, new Tensor(x), new Tensor(y));
    const s = required(name, segments);
    if (s.shape.ndim === 0 || s.shape.dims[s.shape.ndim - 1] !== 2) {
      throw new ShapeError(`[${name}] the last axis of the segments must have size 2, got ${showShape(s.shape.dims)}`);
    }
    if (!isInteger(s.type)) throw new DTypeError(`[${name}] segments must have an integer dtype, got ${s.type.name}`);
    const shape = checkShape(name, [...s.shape.dims.slice(0, -1), x.shape.dims[0]!, y.shape.dims[1]!]);
    return record(segmentPrimitive, [f.a, f.b, castTo(s, types.int64)], null, shape, f.type);
  },
  segmentPrimitive,
);

/** `x` times a mask that has one entry for each block of its last two axes. */
function masked(x: Tensor, mask: Node, size: number, batch: readonly number[]): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const tall = at(repeat(new Tensor(mask), size, -2), '...', slice(0, rows), slice(0, columns === 0 ? 0 : null));
  const wide = at(repeat(tall, size, -1), '...', slice(0, columns));
  const whole = broadcastTo(wide, [...batch, rows, columns]);
  return mask.type === types.bool ? where(whole, x, 0) : multiply(x, whole);
}
/**
 * `a @ b` with blocks of `blockSize` by `blockSize` (32 or 64) of either operand or of the result masked: bool masks drop a block,
 * others multiply it. Masks have one entry for each block, with batch axes that broadcast; without masks it is `matmul`. Half types
 * accumulate in float32.
 * @throws ShapeError unless the inner sizes match and each mask fits its operand
 * @throws DTypeError unless the operands have floating dtypes
 */
export const blockMaskedMm: (
  a: TensorLike,
  b: TensorLike,
  blockSize?: number,
  maskOut?: TensorLike | null,
  maskLhs?: TensorLike | null,
  maskRhs?: TensorLike | null,
) => Tensor = /* @__PURE__ */ composite('blockMaskedMm', (a, b, blockSize = 64, maskOut, maskLhs, maskRhs) => {
  const name = 'blockMaskedMm';
  if (blockSize !== 32 && blockSize !== 64) {
    throw new LanewiseError(`[${name}] the block size must be 32 or 64, got ${String(blockSize)}`);
  }
  const given = (m: Maybe<TensorLike>): m is TensorLike => m !== null && m !== undefined;
  const f = factors(name, a, b);
  if (!given(maskOut) && !given(maskLhs) && !given(maskRhs)) return matmul(a, b);
  const [x, y] = operands(name, a, b);
  const batch = broadcast(name, shapeOf(f.a.shape.dims.slice(0, -2)), shapeOf(f.b.shape.dims.slice(0, -2))).dims;
  const apply = (t: Tensor, m: Maybe<TensorLike>, which: string, row: boolean, column: boolean): Tensor => {
    if (!given(m)) return t;
    let n = nodeOf(name, m);
    if (n.type !== types.bool) n = castTo(n, f.type);
    if (row) n = expandDims(new Tensor(n), -2).node;
    if (column) n = expandDims(new Tensor(n), -1).node;
    const blocks = t.shape.slice(-2).map((d) => Math.ceil(d / blockSize));
    const want = [...batch, ...blocks];
    const own = n.shape.dims;
    const fits = own.length <= want.length && own.every((d, i) => d === 1 || d === want[want.length - own.length + i]);
    if (!fits) {
      throw new ShapeError(
        `[${name}] ${which} must have an entry for each block, ${showShape(blocks)}, got ${showShape(nodeOf(name, m).shape.dims)}`,
      );
    }
    const lines = broadcastTo(new Tensor(n), [...own.slice(0, -2), ...blocks]).node;
    const spread = broadcastTo(t, [...batch, ...t.shape.slice(-2)]);
    return masked(spread, lines, blockSize, batch);
  };
  const row = x.shape.ndim === 1;
  const column = y.shape.ndim === 1;
  const left = apply(new Tensor(f.a), maskLhs, 'maskLhs', row, false);
  const right = apply(new Tensor(f.b), maskRhs, 'maskRhs', false, column);
  return f.trim(apply(matmul(left, right), maskOut, 'maskOut', row, column));
});
