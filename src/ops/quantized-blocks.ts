// Matrices in GGUF's block formats: one uint8 tensor (..., rows, bytes of a row) in ggml's byte layout, without scales and biases.
import {
  blockFormats,
  rowElements,
  STRIPE,
  type BlockFormat,
  type BlockMode,
  type BlockProduct,
  type BlockStripes,
} from '../backends/block-formats.js';
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkShape, shapeOf, showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { arange } from './creation.js';
import { castTo, differentiate, nodeOf, primitive, record, type Recorded } from './define.js';
import { matrixCount, scattered } from './gathered-gradients.js';
import { pairIndices } from './gathered-indices.js';
import { take } from './indexing.js';
import { isPackable } from './quantized-modes.js';
import { broadcastTo, expandDims, reshape, squeeze } from './shape.js';

export const encodePrimitive: Primitive = differentiate(
  primitive({ name: 'blocks_encode', expensive: true }),
  'none: integers',
);
export const decodePrimitive: Primitive = differentiate(
  primitive({ name: 'blocks_decode', expensive: true }),
  'none: of integers',
);
const packPrimitive = differentiate(primitive({ name: 'blocks_pack', expensive: true }), 'none: integers');
const unpackPrimitive = differentiate(primitive({ name: 'blocks_unpack' }), 'none: integers');

/** What stripes of `mode` a matrix is to be turned back from, if it is recorded so. */
const stripesOf = (n: Node, mode: BlockMode): Node | null =>
  n.prim === unpackPrimitive && n.b === null && (n.attrs as BlockStripes).mode === mode ? n.a : null;

/** The format of `mode`, checked against options that only other modes have. */
export function blockFormat(op: string, mode: BlockMode, groupSize: unknown, bits: unknown): BlockFormat {
  const f = blockFormats[mode];
  if ((groupSize ?? f.elements) !== f.elements)
    throw new LanewiseError(`[${op}] the group size of ${mode} must be ${f.elements}, got ${String(groupSize)}`);
  if ((bits ?? f.bits) !== f.bits)
    throw new LanewiseError(`[${op}] the bits of ${mode} must be ${f.bits}, got ${String(bits)}`);
  return f;
}
/** Refuses scales and biases, which blocks carry inside. */
export function refuseParts(op: string, mode: BlockMode, ...parts: unknown[]): void {
  if (parts.some((p) => p !== null && p !== undefined))
    throw new LanewiseError(`[${op}] the mode ${mode} has neither scales nor biases nor a global scale, got some`);
}

/** Rows of `w` as blocks. */
export function encodeBlocks(op: string, f: BlockFormat, w: TensorLike): Tensor {
  const n = nodeOf(op, w);
  if (!isPackable(n.type))
    throw new DTypeError(`[${op}] the operand must be float32, float16 or bfloat16, got ${n.type.name}`);
  const dims = n.shape.dims;
  const last = dims[dims.length - 1];
  if (dims.length < 2 || last! % f.elements !== 0) {
    throw new ShapeError(
      `[${op}] the last of at least two axes must be a multiple of the ${f.elements} elements of a block, got ${showShape(dims)}`,
    );
  }
  const shape = checkShape(op, [...dims.slice(0, -1), (last! / f.elements) * f.bytes]);
  return record(encodePrimitive, [castTo(n, types.float32)], f, shape, types.uint8);
}

/** A checked matrix of blocks. */
function blocksOf(op: string, f: BlockFormat, w: TensorLike): Node {
  const n = nodeOf(op, w);
  if (n.type !== types.uint8) throw new DTypeError(`[${op}] blocks must have dtype uint8, got ${n.type.name}`);
  const nd = n.shape.ndim;
  if (nd < 2 || n.shape.dims[nd - 1]! % f.bytes !== 0) {
    throw new ShapeError(
      `[${op}] the last of at least two axes must be a multiple of the ${f.bytes} bytes of a ${f.mode} block, got ${showShape(n.shape.dims)}`,
    );
  }
  return n;
}
/** The matrix behind blocks. */
export function decodeBlocks(op: string, f: BlockFormat, w: TensorLike, type: ElementType): Tensor {
  const n = blocksOf(op, f, w);
  const { dims } = n.shape;
  const shape = checkShape(op, [...dims.slice(0, -1), rowElements(f, dims[dims.length - 1]!)]);
  return new Tensor(castTo(record(decodePrimitive, [n], f, shape, types.float32).node, type));
}

/**
 * Rows of blocks (rows, bytes) in stripes of 16, whose words alternate as products read them fastest: (rows to the next multiple of 16, bytes).
 * The bytes are the same, in another order.
 */
export function packBlocks(mode: BlockMode, w: TensorLike): Tensor {
  const f = blockFormats[mode];
  const n = blocksOf('packBlocks', f, w);
  const stripes = stripesOf(n, mode);
  if (stripes !== null) return new Tensor(stripes);
  const [rows, bytes] = n.shape.dims as [number, number];
  return record(packPrimitive, [n], f, shapeOf([Math.ceil(rows / STRIPE) * STRIPE, bytes]), types.uint8);
}
/** `rows` rows of blocks from `packBlocks`. A product that is given this very tensor reads the packed ones. */
export function unpackBlocks(mode: BlockMode, packed: Tensor, rows: number): Tensor {
  const f = blockFormats[mode];
  const attrs: BlockStripes = { ...f, rows };
  return record(unpackPrimitive, [packed.node], attrs, shapeOf([rows, packed.shape[1]!]), types.uint8);
}

/** Rows `indices` (n) of a matrix of blocks. Of one from `unpackBlocks` no other rows are turned back. */
export function takeBlocks(mode: BlockMode, w: Tensor, indices: Tensor): Tensor {
  const whole = stripesOf(w.node, mode);
  if (whole === null) return take(w, indices, 0);
  const [rows, bytes] = w.shape as [number, number];
  const attrs: BlockStripes = { ...blockFormats[mode], rows };
  return record(unpackPrimitive, [whole, indices.node], attrs, shapeOf([indices.size, bytes]), types.uint8);
}

/** `x` (..., M, K) times matrices (rows, bytes) or a batch of them; with indices, one product for each pair of them. */
function productOf(
  x: Node,
  w: Node,
  p: BlockProduct,
  batch: readonly number[],
  type: ElementType,
  indices: readonly Node[] = [],
): Tensor {
  const nd = w.shape.ndim;
  const outer = p.transpose ? p.rows : rowElements(p, w.shape.dims[nd - 1]!);
  const name = p.gathered ? 'gatherQmm' : 'quantizedMatmul';
  const shape = checkShape(name, [...batch, x.shape.dims[x.shape.ndim - 2]!, outer]);
  return record(blockProductPrimitive, [castTo(x, type), w], p, shape, type, indices);
}
export const blockProductPrimitive: Primitive = differentiate(
  primitive({ name: 'blocks_product', expensive: true }),
  (g: Tensor, { inputs: [x, w, lhs, rhs], attrs }: Recorded) => {
    const p = attrs as BlockProduct;
    const back: BlockProduct = { ...p, transpose: !p.transpose, activations: 'float32' };
    const batch = g.shape.slice(0, -2);
    if (!p.gathered) return [productOf(g.node, w!.node, back, batch, g.node.type), null];
    const each = reshape(arange(matrixCount(g), 'int64'), batch).node;
    const y = productOf(g.node, w!.node, back, batch, g.node.type, [each, rhs!.node]);
    return [scattered(y, lhs!, x!.shape), null];
  },
);

/** Products of matrices in batches, which are broadcast. */
function batched(op: string, x: Node, w: Node, stripes: Node | null, p: BlockProduct, type: ElementType): Tensor {
  const own = w.shape.dims.slice(0, -2);
  const batch = broadcast(op, shapeOf(x.shape.dims.slice(0, -2)), shapeOf(own)).dims;
  const spread = (n: Node): Node => broadcastTo(new Tensor(n), [...batch, ...n.shape.dims.slice(-2)]).node;
  const single = own.every((d) => d === 1);
  const plain = (): Node => (single ? reshape(new Tensor(w), w.shape.dims.slice(-2)).node : spread(w));
  return productOf(spread(x), stripes ?? plain(), p, batch, type);
}
/** The product's checked operands: x, and what is known of the matrix. */
function operands(
  op: string,
  f: BlockFormat,
  x: TensorLike,
  w: TensorLike,
  transpose: boolean,
): readonly [a: Node, given: Node, rows: number] {
  const a = nodeOf(op, x);
  if (a.shape.ndim === 0) throw new ShapeError(`[${op}] x must have at least one axis, got ()`);
  if (!isPackable(a.type))
    throw new DTypeError(`[${op}] the product must be of float32, float16 or bfloat16, got ${a.type.name}`);
  const given = blocksOf(op, f, w);
  const nd = given.shape.ndim;
  const rows = given.shape.dims[nd - 2]!;
  const bytes = given.shape.dims[nd - 1]!;
  const width = rowElements(f, bytes);
  if (a.shape.dims[a.shape.ndim - 1] !== (transpose ? width : rows)) {
    throw new ShapeError(
      `[${op}] the inner sizes must match, got ${showShapes([a.shape.dims, [rows, width]])}${transpose ? ' transposed' : ''} for ${f.mode}`,
    );
  }
  return [a, given, rows];
}
/** Products of matrices picked by flat positions: see `gatherQmm`. */
export function gatherBlocks(
  op: string,
  f: BlockFormat,
  x: TensorLike,
  w: TensorLike,
  left: Node | null,
  right: Node | null,
  transpose: boolean,
  rounded: boolean = transpose,
): Tensor {
  const [a, given, rows] = operands(op, f, x, w, transpose);
  if (a.shape.ndim < 2) throw new ShapeError(`[${op}] x must have at least two axes, got ${showShape(a.shape.dims)}`);
  const { batch, nodes } = pairIndices(op, left, right, a, given);
  const stripes = stripesOf(given, f.mode);
  const activations = rounded ? 'int8' : 'float32';
  const p: BlockProduct = { ...f, transpose, packed: stripes !== null, rows, activations, gathered: true };
  return productOf(a, stripes ?? given, p, batch, a.type, nodes);
}

/** `x @ w.T`, or `x @ w`: see `quantizedMatmul`. */
export function multiplyBlocks(
  op: string,
  f: BlockFormat,
  x: TensorLike,
  w: TensorLike,
  transpose: boolean,
  rounded: boolean = transpose,
): Tensor {
  const [a, given, rows] = operands(op, f, x, w, transpose);
  const row = a.shape.ndim === 1;
  const left = row ? expandDims(new Tensor(a), 0).node : a;
  const stripes = stripesOf(given, f.mode);
  const activations = rounded ? 'int8' : 'float32';
  const p: BlockProduct = { ...f, transpose, packed: stripes !== null, rows, activations, gathered: false };
  const y =
    given.shape.ndim === 2
      ? productOf(left, stripes ?? given, p, left.shape.dims.slice(0, -2), a.type)
      : batched(op, left, given, stripes, p, a.type);
  return row ? squeeze(y, -2) : y;
}
