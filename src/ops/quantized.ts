// Matrices of few bits per element: packing, unpacking and products. The bits are MLX's.
import { isBlockMode, type BlockMode } from '../backends/block-formats.js';
import type { Node } from '../graph/node.js';
import { isFloat, promote, types, type DType, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { broadcast, checkShape, shapeOf, showShape, showShapes, showValue } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, divide, multiply } from './arithmetic.js';
import { castTo, checkType, differentiate, nodeOf, op, primitive, record } from './define.js';
import { checkIndices, pairIndices } from './gathered-indices.js';
import { at } from './indexing.js';
import {
  blockFormat,
  decodeBlocks,
  encodeBlocks,
  gatherBlocks,
  multiplyBlocks,
  refuseParts,
} from './quantized-blocks.js';
import {
  isOptions,
  isPackable,
  optional,
  packedOf,
  required,
  schemeOf,
  type Packed,
  type QuantizationMode,
  type QuantizationOptions,
  type Scheme,
} from './quantized-modes.js';
import {
  decoded,
  dequantizePrimitive,
  packedProduct as product,
  productPrimitive,
  widthOfRows,
} from './quantized-products.js';
import { broadcastTo, expandDims, reshape, squeeze } from './shape.js';
export { blockMaskedMm, gatherMm, segmentedMm } from './gathered.js';
export { hadamardTransform } from './gathered-hadamard.js';
import { fromFp8 } from './quantized-floats.js';
export { fromFp8, gatherQqmm, qqmm, toFp8 } from './quantized-floats.js';

type Maybe<T> = T | null | undefined;

const codesPrimitive = differentiate(primitive({ name: 'quantize_codes', expensive: true }), 'none: integers');
const scalesPrimitive = differentiate(
  primitive({ name: 'quantize_scales', expensive: true }),
  'none: chosen for codes that are rounded',
);

/** The factor that nvfp4 scales are stored with: 448 * 6 over the largest magnitude of the tensor. */
const FULL_SCALE = 2688;
/** The global scale as a 0-d node. */
function globalNode(name: string, scheme: Scheme, scale: Maybe<TensorLike>): Node | null {
  const n = optional(name, scale);
  if (n === null) return null;
  if (scheme.mode !== 'nvfp4')
    throw new LanewiseError(`[${name}] only nvfp4 has a global scale, got one for ${scheme.mode}`);
  if (n.type !== types.float32 || n.shape.size !== 1) {
    throw new LanewiseError(
      `[${name}] the global scale must be one float32 number, got ${n.type.name} of shape ${showShape(n.shape.dims)}`,
    );
  }
  return reshape(new Tensor(n), []).node;
}

/** Options of `quantize`. */
export interface QuantizeOptions extends QuantizationOptions {
  /** nvfp4: the largest magnitude of the tensor, a float32 scalar, by which the scales are spread over e4m3 */
  readonly globalScale?: Maybe<TensorLike>;
}
/**
 * Packs the rows of `w` (..., N, K) into codes of `bits` bits, the first element in the lowest bits of a little-endian stream of
 * uint32 words: `[codes (..., N, K * bits / 32), scales (..., N, K / groupSize), biases]`. An affine group stores
 * `round((w - bias) / scale)`, scale and bias chosen so that zero and the end of larger magnitude are exact, in the dtype of `w`.
 * The modes mxfp4, mxfp8 (groups of 32, scales 2^(s - 127)) and nvfp4 (groups of 16, e4m3 scales) return no biases and uint8
 * scales. The modes q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k and q6_k are GGUF's: one uint8 tensor (..., N, bytes of a row) of blocks of
 * 32 or 256 elements with their scales inside, in the bytes of ggml and by its reference's search.
 * @param options group size (affine: 32, 64, 128; 64 by default), bits (affine: 1, 2, 3, 4, 5, 6, 8; 4 by default), mode and
 * global scale; MLX's positions (groupSize, bits, mode, globalScale) are taken as well
 * @throws ShapeError unless the last of at least two axes is a multiple of the group size
 * @throws DTypeError unless `w` is float32, float16 or bfloat16
 */
export const quantize: {
  (w: TensorLike, options: QuantizeOptions & { readonly mode: BlockMode }): [Tensor];
  (w: TensorLike, options: QuantizeOptions & { readonly mode: 'mxfp4' | 'mxfp8' | 'nvfp4' }): [Tensor, Tensor];
  (
    w: TensorLike,
    options?: QuantizeOptions & { readonly mode?: 'affine' | null | undefined },
  ): [Tensor, Tensor, Tensor];
  (w: TensorLike, groupSize?: Maybe<number>, bits?: Maybe<number>, mode?: 'affine'): [Tensor, Tensor, Tensor];
  (
    w: TensorLike,
    groupSize: Maybe<number>,
    bits: Maybe<number>,
    mode: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
  ): Tensor[];
} = /* @__PURE__ */ op(
  'quantize',
  'quantized',
  ((
    w: TensorLike,
    first?: Maybe<number | QuantizeOptions>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
  ): Tensor[] => {
    const o: QuantizeOptions = isOptions(first) ? first : { groupSize: first, bits, mode, globalScale };
    if (isBlockMode(o.mode)) {
      refuseParts('quantize', o.mode, o.globalScale);
      return [encodeBlocks('quantize', blockFormat('quantize', o.mode, o.groupSize, o.bits), w)];
    }
    const scheme = schemeOf('quantize', o.groupSize, o.bits, o.mode);
    const n = nodeOf('quantize', w);
    if (!isPackable(n.type)) {
      throw new DTypeError(`[quantize] the operand must be float32, float16 or bfloat16, got ${n.type.name}`);
    }
    const dims = n.shape.dims;
    const last = dims[dims.length - 1];
    if (dims.length < 2 || last! % scheme.group !== 0) {
      throw new ShapeError(
        `[quantize] the last of at least two axes must be a multiple of the group size ${scheme.group}, got ${showShape(dims)}`,
      );
    }
    const scale = globalNode('quantize', scheme, o.globalScale);
    const inputs = scale === null ? [n] : [n, divide(FULL_SCALE, new Tensor(scale)).node];
    const outer = dims.slice(0, -1);
    const codes = checkShape('quantize', [...outer, (last! * scheme.bits) / 32]);
    const packed = record(codesPrimitive, inputs, scheme, codes, types.uint32);
    const groups = [...outer, last! / scheme.group];
    if (scheme.mode !== 'affine') {
      return [packed, record(scalesPrimitive, inputs, scheme, shapeOf(groups), types.uint8)];
    }
    const both = record(scalesPrimitive, inputs, scheme, checkShape('quantize', [2, ...groups]), n.type);
    return [packed, at(both, 0), at(both, 1)];
  }) as never,
  codesPrimitive,
);

/** Options of `dequantize`. */
export interface DequantizeOptions extends QuantizationOptions {
  readonly globalScale?: Maybe<TensorLike>;
  /** of the result; affine: that of the scales and biases, GGUF's blocks: float32, else bfloat16 */
  readonly dtype?: Maybe<DType>;
}
/** Affine codes with scales and biases in double precision. */
function decodedWide(scheme: Scheme, p: Packed): Tensor {
  const dims = widthOfRows(scheme, p);
  const one = broadcastTo(1, p.scales.shape.dims).node;
  const zero = broadcastTo(0, p.scales.shape.dims).node;
  const codes = decoded(scheme, { ...p, scales: one, biases: zero }, types.float32);
  const groups = reshape(codes, [...p.scales.shape.dims, scheme.group]);
  const x = multiply(groups, expandDims(new Tensor(p.scales), -1));
  return reshape(add(x, expandDims(new Tensor(p.biases!), -1)), dims);
}
/**
 * The matrix behind `quantize`'s results: `code * scale + bias`, each step rounded to the dtype of the scales, or `value * scale`.
 * @param options as for `quantize`, and `dtype`; MLX's positions (groupSize, bits, mode, globalScale, dtype) are taken as well
 * @throws ShapeError unless the scales fit the packed matrix, DTypeError unless that is uint32
 */
export const dequantize: {
  (w: TensorLike, scales?: Maybe<TensorLike>, biases?: Maybe<TensorLike>, options?: DequantizeOptions): Tensor;
  (
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
    dtype?: Maybe<DType>,
  ): Tensor;
} = /* @__PURE__ */ op(
  'dequantize',
  'quantized',
  (
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    first?: Maybe<number | DequantizeOptions>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
    dtype?: Maybe<DType>,
  ): Tensor => {
    const o: DequantizeOptions = isOptions(first) ? first : { groupSize: first, bits, mode, globalScale, dtype };
    const wanted = o.dtype === null || o.dtype === undefined ? null : checkType('dequantize', o.dtype);
    if (wanted !== null && !isFloat(wanted)) {
      throw new DTypeError(`[dequantize] the dtype must be a floating one, got ${wanted.name}`);
    }
    if (isBlockMode(o.mode)) {
      refuseParts('dequantize', o.mode, scales, biases, o.globalScale);
      const format = blockFormat('dequantize', o.mode, o.groupSize, o.bits);
      return decodeBlocks('dequantize', format, w, wanted ?? types.float32);
    }
    const scheme = schemeOf('dequantize', o.groupSize, o.bits, o.mode);
    const nodes = [nodeOf('dequantize', w), required('dequantize', scales), optional('dequantize', biases)] as const;
    const p = packedOf('dequantize', scheme, ...nodes);
    const scale = globalNode('dequantize', scheme, o.globalScale);
    if (p.type !== null) {
      const x = isPackable(p.type) ? decoded(scheme, p, p.type) : decodedWide(scheme, p);
      return new Tensor(castTo(x.node, wanted ?? p.type));
    }
    const type = wanted ?? types.bfloat16;
    if (scale === null) {
      const x = decoded(scheme, p, isPackable(type) ? type : types.float32);
      return new Tensor(castTo(x.node, type));
    }
    // 0x38 is a scale of one; the scales take the factor first, as MLX rounds
    const dims = p.scales.shape.dims;
    const unit = new Tensor(castTo(nodeOf('dequantize', 0x38), types.uint8));
    const codes = decoded(scheme, { ...p, scales: broadcastTo(unit, dims).node }, types.float32);
    const spread = divide(new Tensor(scale), FULL_SCALE);
    const factors = multiply(fromFp8(new Tensor(p.scales), 'float32'), spread);
    const x = multiply(reshape(codes, [...dims, scheme.group]), expandDims(factors, -1));
    return new Tensor(castTo(reshape(x, widthOfRows(scheme, p)).node, type));
  },
  dequantizePrimitive,
);

/** How a product takes `x`. */
export type Activations = 'int8' | 'int16' | 'float32';
/** Options of `quantizedMatmul`. */
export interface QuantizedMatmulOptions extends QuantizationOptions {
  /** multiply by the transposed matrix, as for weights (outputs, inputs); true by default */
  readonly transpose?: Maybe<boolean>;
  /**
   * GGUF's blocks: `'int8'` quantises `x` as llama.cpp does, in blocks of the format's size, and sums integers; `'float32'` decodes the
   * matrix. int8 by default, float32 unless `transpose`.
   *
   * Other modes: `'float32'` multiplies `x` as it is. `'int16'` lets up to eight rows of `x` (four in mxfp4 and nvfp4, none in mxfp8) be
   * rounded to 16 bits, which is about twice as fast. int16 by default where the result is float16 or bfloat16, float32 where it is float32
   * and unless `transpose`.
   */
  readonly activations?: Maybe<Activations>;
}

/** The dtype that a product with a packed matrix computes in; the checks of its sizes. */
function productType(name: string, scheme: Scheme, x: Node, p: Packed, transpose: boolean): ElementType {
  if (x.shape.ndim === 0) throw new ShapeError(`[${name}] x must have at least one axis, got ()`);
  const type = p.type === null ? x.type : promote(x.type, p.type);
  if (!isPackable(type)) {
    throw new DTypeError(`[${name}] the product must be of float32, float16 or bfloat16, got ${type.name}`);
  }
  const k = transpose ? p.width : p.w.shape.dims[p.w.shape.ndim - 2]!;
  if (x.shape.dims[x.shape.ndim - 1] !== k) {
    const matrix = [p.w.shape.dims[p.w.shape.ndim - 2]!, p.width];
    throw new ShapeError(
      `[${name}] the inner sizes must match, got ${showShapes([x.shape.dims, matrix])}${transpose ? ' transposed' : ''} ` +
        `for ${scheme.bits} bits`,
    );
  }
  return type;
}
/**
 * `x @ w.T` (or `x @ w` unless `transpose`) with a packed matrix from `quantize`, which is decoded block by block. Batch axes
 * broadcast; a 1-D `x` is a row. The result has the dtype that `x` and the scales have together, or that of `x` beside uint8 scales;
 * sums are float32.
 *
 * With int16 activations, which few rows have where the result is float16 or bfloat16, each group of x (as long as those of the matrix) is
 * rounded to multiples of `amax / 32767`, where `amax` is its largest magnitude, and sums over a group are exact. Beyond the rounding of
 * float32 a result is then off by at most `amax / 65534 * sum(abs(w))`, summed over the groups, as `amax * 2^-12` is what float16 may lose of
 * the largest element alone. Where x has NaN, infinities, or groups of magnitudes above 2^63 or below 2^-64, it is not rounded.
 * @param options transpose and the parameters of the matrix; MLX's positions (transpose, groupSize, bits, mode) are taken as well
 * @throws ShapeError unless the sizes fit, DTypeError unless the dtypes do
 */
export const quantizedMatmul: {
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    options?: QuantizedMatmulOptions,
  ): Tensor;
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    transpose?: Maybe<boolean>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
  ): Tensor;
} = /* @__PURE__ */ op(
  'quantizedMatmul',
  'quantized',
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    first?: Maybe<boolean | QuantizedMatmulOptions>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
  ): Tensor => {
    const o: QuantizedMatmulOptions = isOptions(first) ? first : { transpose: first, groupSize, bits, mode };
    return multiplied('quantizedMatmul', x, w, scales, biases, o);
  },
  productPrimitive,
);
/** Whether the elements of `x` become whole numbers, if the caller says so. */
function roundedOf(name: string, o: QuantizedMatmulOptions): boolean | undefined {
  const wanted: unknown = o.activations ?? undefined;
  if (wanted === undefined) return undefined;
  if (wanted === 'float32') return false;
  if (wanted !== 'int8' && wanted !== 'int16')
    throw new LanewiseError(`[${name}] the activations must be 'int8', 'int16' or 'float32', got ${showValue(wanted)}`);
  const whole = isBlockMode(o.mode) ? 'int8' : 'int16';
  if (wanted !== whole) {
    const mode = o.mode ?? 'affine';
    throw new LanewiseError(`[${name}] the mode ${mode} multiplies ${whole} or float32, got ${wanted} activations`);
  }
  if (!(o.transpose ?? true))
    throw new LanewiseError(`[${name}] ${wanted} activations need the transposed matrix, got transpose false`);
  return true;
}
/** A product whose batch axes broadcast. */
function multiplied(
  name: string,
  x: TensorLike,
  w: TensorLike,
  scales: Maybe<TensorLike>,
  biases: Maybe<TensorLike>,
  o: QuantizedMatmulOptions,
): Tensor {
  const transpose = o.transpose ?? true;
  const rounded = roundedOf(name, o);
  if (isBlockMode(o.mode)) {
    refuseParts(name, o.mode, scales, biases);
    return multiplyBlocks(name, blockFormat(name, o.mode, o.groupSize, o.bits), x, w, transpose, rounded);
  }
  const scheme = schemeOf(name, o.groupSize, o.bits, o.mode);
  const a = nodeOf(name, x);
  const given = packedOf(name, scheme, required(name, w), required(name, scales), optional(name, biases));
  const type = productType(name, scheme, a, given, transpose);
  const row = a.shape.ndim === 1;
  const left = row ? expandDims(new Tensor(a), 0).node : a;
  const own = given.w.shape.dims.slice(0, -2);
  const batch = broadcast(name, shapeOf(left.shape.dims.slice(0, -2)), shapeOf(own)).dims;
  const spread = (n: Node): Node => broadcastTo(new Tensor(n), [...batch, ...n.shape.dims.slice(-2)]).node;
  const shared = own.every((d) => d === 1);
  const matrix = (n: Node): Node => (shared ? reshape(new Tensor(n), n.shape.dims.slice(-2)).node : spread(n));
  const p: Packed = {
    ...given,
    w: matrix(given.w),
    scales: matrix(given.scales),
    biases: given.biases === null ? null : matrix(given.biases),
  };
  const y = product(scheme, spread(left), p, transpose, type, batch, [], name, rounded);
  return row ? squeeze(y, -2) : y;
}

/** Options of `gatherQmm`. */
export interface GatherQmmOptions extends QuantizedMatmulOptions {
  /** flat positions among the matrices of `x`; all of them in order by default */
  readonly lhsIndices?: Maybe<TensorLike>;
  /** flat positions among the packed matrices; all of them in order by default */
  readonly rhsIndices?: Maybe<TensorLike>;
  readonly globalScale?: Maybe<TensorLike>;
  /** a promise that the indices ascend; the result is the same without */
  readonly sortedIndices?: boolean;
}
/**
 * `quantizedMatmul` of matrices picked by flat positions over the batch axes: entry i of the broadcast indices is
 * `x[lhsIndices[i]] @ w[rhsIndices[i]].T`. Positions are not checked against the batch: they count from the end where negative
 * and are clamped to it.
 * @param options indices, transpose, the parameters of the matrix; MLX's positions (lhsIndices, rhsIndices, transpose, groupSize,
 * bits, mode, globalScale) are taken as well
 * @throws ShapeError unless the sizes fit, DTypeError unless the dtypes do
 */
export const gatherQmm: {
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    options?: GatherQmmOptions,
  ): Tensor;
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    lhsIndices?: Maybe<TensorLike>,
    rhsIndices?: Maybe<TensorLike>,
    transpose?: Maybe<boolean>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
  ): Tensor;
} = /* @__PURE__ */ op(
  'gatherQmm',
  'quantized',
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    biases?: Maybe<TensorLike>,
    first?: Maybe<TensorLike | GatherQmmOptions>,
    rhsIndices?: Maybe<TensorLike>,
    transpose?: Maybe<boolean>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScale?: Maybe<TensorLike>,
  ): Tensor => {
    const o: GatherQmmOptions =
      isOptions(first) && !('re' in first)
        ? (first as GatherQmmOptions)
        : { lhsIndices: first as Maybe<TensorLike>, rhsIndices, transpose, groupSize, bits, mode, globalScale };
    const name = 'gatherQmm';
    if (isBlockMode(o.mode)) {
      refuseParts(name, o.mode, scales, biases, o.globalScale);
      const [l, r] = [checkIndices(name, o.lhsIndices), checkIndices(name, o.rhsIndices)];
      if (l === null && r === null) return multiplied(name, x, w, scales, biases, o);
      const format = blockFormat(name, o.mode, o.groupSize, o.bits);
      return gatherBlocks(name, format, x, w, l, r, o.transpose ?? true, roundedOf(name, o));
    }
    const factor = globalNode(name, schemeOf(name, o.groupSize, o.bits, o.mode), o.globalScale);
    const scaled = (y: Tensor): Tensor => {
      if (factor === null) return y;
      const wide = multiply(new Tensor(castTo(y.node, types.float32)), divide(new Tensor(factor), FULL_SCALE));
      return new Tensor(castTo(wide.node, y.node.type));
    };
    const left = checkIndices(name, o.lhsIndices);
    const right = checkIndices(name, o.rhsIndices);
    if (left === null && right === null) return scaled(multiplied(name, x, w, scales, biases, o));
    const scheme = schemeOf(name, o.groupSize, o.bits, o.mode);
    const transposed = o.transpose ?? true;
    const a = nodeOf(name, x);
    const p = packedOf(name, scheme, required(name, w), required(name, scales), optional(name, biases));
    const type = productType(name, scheme, a, p, transposed);
    if (a.shape.ndim < 2)
      throw new ShapeError(`[${name}] x must have at least two axes, got ${showShape(a.shape.dims)}`);
    const pair = pairIndices(name, left, right, a, p.w);
    const rounded = roundedOf(name, o);
    return scaled(product(scheme, a, p, transposed, type, pair.batch, pair.nodes, name, rounded));
  },
  productPrimitive,
);
