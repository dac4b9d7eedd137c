// 8-bit floats, and products of which both sides are quantised.
import type { Node } from '../graph/node.js';
import { isFloat, types, type DType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { castTo, checkType, composite, differentiate, nodeOf, op, primitive, record } from './define.js';
import {
  isOptions,
  isPackable,
  optional,
  required,
  schemeOf,
  type QuantizationMode,
  type QuantizationOptions,
} from './quantized-modes.js';
import { grouped, listed, matrixCount, positions } from './gathered-gradients.js';
import { checkIndices, pairIndices } from './gathered-indices.js';
import { take } from './indexing.js';
import { matmul } from './linear.js';
import { dequantize, gatherQmm, quantize } from './quantized.js';
import { sumTo } from './reduce.js';
import { expandDims, reshape, squeeze, swapaxes } from './shape.js';

type Maybe<T> = T | null | undefined;

const toPrimitive = differentiate(primitive({ name: 'to_fp8' }), 'none: integers');
const fromPrimitive = differentiate(primitive({ name: 'from_fp8' }), 'none: of integers');

/**
 * The nearest 8-bit floats (e4m3, ties to even) as uint8. Magnitudes from 448 on, infinities and NaN become 448 of their sign.
 * @throws DTypeError unless the dtype is a floating one
 */
export const toFp8: (x: TensorLike) => Tensor = /* @__PURE__ */ op(
  'toFp8',
  'quantized',
  (x) => {
    const n = nodeOf('toFp8', x);
    if (!isFloat(n.type)) throw new DTypeError(`[toFp8] the operand must have a floating dtype, got ${n.type.name}`);
    return record(toPrimitive, [isPackable(n.type) ? n : castTo(n, types.float32)], null, n.shape, types.uint8);
  },
  toPrimitive,
);
/**
 * The values of 8-bit floats (e4m3) given as uint8; the patterns 0x7f and 0xff are NaN.
 * @throws DTypeError unless the operand is uint8 and the dtype a floating one
 */
export const fromFp8: (x: TensorLike, dtype?: DType) => Tensor = /* @__PURE__ */ op(
  'fromFp8',
  'quantized',
  (x, dtype = 'bfloat16') => {
    const n = nodeOf('fromFp8', x);
    if (n.type !== types.uint8) throw new DTypeError(`[fromFp8] the operand must have dtype uint8, got ${n.type.name}`);
    const type = checkType('fromFp8', dtype);
    if (!isFloat(type)) throw new DTypeError(`[fromFp8] the dtype must be a floating one, got ${type.name}`);
    return record(fromPrimitive, [n], null, n.shape, type);
  },
  fromPrimitive,
);

/** Options of `qqmm`. */
export interface QqmmOptions extends QuantizationOptions {
  /** nvfp4: the largest magnitudes of `x` and `w`, both or neither */
  readonly globalScaleX?: Maybe<TensorLike>;
  readonly globalScaleW?: Maybe<TensorLike>;
}

/** Rounded numbers, of which the cotangent goes to the numbers before: as if nothing had been rounded. */
const rounded = differentiate(primitive({ name: 'copy' }), (g) => [null, g]);
const through = (value: Tensor, x: Node): Tensor =>
  record(rounded, [value.node, x], null, value.node.shape, value.node.type);
/** A product as a function of the matrix that was packed for it too: inputs the product, `x`, the matrix, and positions in both. */
const packedOnTheFly = differentiate(primitive({ name: 'copy' }), (g, { inputs: [, x, w, lhs, rhs] }) => {
  if (lhs === undefined || rhs === undefined) return [g, null, sumTo(matmul(swapaxes(g, -1, -2), x!), w!.shape)];
  const picked = take(listed(x!), positions(lhs, matrixCount(x!)), 0);
  return [g, null, reshape(grouped(listed(g), picked, rhs, matrixCount(w!)), w!.shape)];
});

interface Sides {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly scales: Tensor;
  readonly o: QuantizationOptions & { readonly globalScale: Maybe<TensorLike> };
  /** the product as a function of the plain matrix; itself where that was packed before */
  readonly ofPlain: (y: Tensor, indices?: readonly Node[]) => Tensor;
}
/** `x` rounded through the scheme, and `w` packed with it if it is not yet. */
function sides(name: string, x: Node, w: Node, scales: Node | null, o: QqmmOptions): Sides {
  const scheme = schemeOf(name, o.groupSize, o.bits, o.mode, 'nvfp4');
  if (scheme.mode === 'affine') {
    throw new LanewiseError(`[${name}] the mode must be one of mxfp4, mxfp8, nvfp4, got affine`);
  }
  for (const n of [x, ...(w.type === types.uint32 ? [] : [w])]) {
    if (!isPackable(n.type)) {
      throw new DTypeError(`[${name}] operands must be float32, float16 or bfloat16, got ${n.type.name}`);
    }
  }
  const packed = w.type === types.uint32;
  if (packed !== (scales !== null)) {
    throw new LanewiseError(
      packed
        ? `[${name}] a packed matrix needs its scales, got none`
        : `[${name}] a plain matrix has no scales, got some`,
    );
  }
  const globalX = optional(name, o.globalScaleX);
  const globalW = optional(name, o.globalScaleW);
  if ((globalX === null) !== (globalW === null)) {
    throw new LanewiseError(`[${name}] global scales must be given for both operands or none, got one`);
  }
  if (x.shape.ndim < 2 || w.shape.ndim < 2) {
    throw new ShapeError(
      `[${name}] the operands must have at least two axes, got ${showShapes([x.shape.dims, w.shape.dims])}`,
    );
  }
  const k = x.shape.dims[x.shape.ndim - 1]!;
  const inner = w.shape.dims[w.shape.ndim - 1]! * (packed ? 32 / scheme.bits : 1);
  if (k !== inner || k % scheme.group !== 0) {
    throw new ShapeError(
      `[${name}] the inner sizes must match in whole groups of ${scheme.group}, got ${k} and ${inner}`,
    );
  }
  const parameters = { groupSize: scheme.group, bits: scheme.bits, mode: scheme.mode };
  const scale = globalX === null ? null : new Tensor(globalX);
  const [codes, own] = quantize(new Tensor(x), parameters.groupSize, parameters.bits, parameters.mode, scale);
  const decoded = dequantize(codes!, own!, null, { ...parameters, globalScale: scale, dtype: x.type.name });
  const globalScale = globalW === null ? null : new Tensor(globalW);
  const [pw, ps] = packed
    ? [new Tensor(w), new Tensor(scales!)]
    : quantize(new Tensor(w), parameters.groupSize, parameters.bits, parameters.mode, globalScale);
  const left = through(decoded, x);
  return {
    x: left,
    w: pw!,
    scales: ps!,
    o: { ...parameters, globalScale },
    ofPlain: (y, indices) =>
      packed ? y : record(packedOnTheFly, [y.node, left.node, w], null, y.node.shape, y.node.type, indices ?? null),
  };
}
/**
 * `x @ w.T` of matrices both quantised: `x` is rounded through the scheme on the fly, and so is `w` unless it is packed already and
 * given with its scales. Modes nvfp4 (the default), mxfp8 and mxfp4; the result has the dtype of `x`. Gradients are those of the
 * product of the rounded matrices, as if rounding were the identity.
 * @param options the parameters and global scales; MLX's positions (groupSize, bits, mode, globalScaleX, globalScaleW) are taken too
 * @throws ShapeError unless `w` is a matrix and the sizes fit, DTypeError unless the dtypes do
 */
export const qqmm: {
  (x: TensorLike, w: TensorLike, scales?: Maybe<TensorLike>, options?: QqmmOptions): Tensor;
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScaleX?: Maybe<TensorLike>,
    globalScaleW?: Maybe<TensorLike>,
  ): Tensor;
} = /* @__PURE__ */ composite(
  'qqmm',
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    first?: Maybe<number | QqmmOptions>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScaleX?: Maybe<TensorLike>,
    globalScaleW?: Maybe<TensorLike>,
  ): Tensor => {
    const o: QqmmOptions = isOptions(first) ? first : { groupSize: first, bits, mode, globalScaleX, globalScaleW };
    const a = nodeOf('qqmm', x);
    const b = required('qqmm', w);
    if (b.shape.ndim !== 2) {
      throw new ShapeError(`[qqmm] w must have two axes, got ${showShape(b.shape.dims)}`);
    }
    const row = a.shape.ndim === 1;
    const s = sides('qqmm', row ? expanded(a) : a, b, optional('qqmm', scales), o);
    const y = s.ofPlain(gatherQmm(s.x, s.w, s.scales, null, s.o));
    return row ? squeeze(y, 0) : y;
  },
);
const expanded = (n: Node): Node => expandDims(new Tensor(n), 0).node;

/** Options of `gatherQqmm`. */
export interface GatherQqmmOptions extends QqmmOptions {
  readonly lhsIndices?: Maybe<TensorLike>;
  readonly rhsIndices?: Maybe<TensorLike>;
  /** a promise that the indices ascend; the result is the same without */
  readonly sortedIndices?: boolean;
}
/**
 * `qqmm` of matrices picked by flat positions over the batch axes, as in `gatherQmm`.
 * @param options indices and parameters; MLX's positions (lhsIndices, rhsIndices, groupSize, bits, mode, globalScaleX, globalScaleW)
 * are taken too
 * @throws ShapeError unless the sizes fit, DTypeError unless the dtypes do
 */
export const gatherQqmm: {
  (x: TensorLike, w: TensorLike, scales?: Maybe<TensorLike>, options?: GatherQqmmOptions): Tensor;
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    lhsIndices?: Maybe<TensorLike>,
    rhsIndices?: Maybe<TensorLike>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScaleX?: Maybe<TensorLike>,
    globalScaleW?: Maybe<TensorLike>,
  ): Tensor;
} = /* @__PURE__ */ composite(
  'gatherQqmm',
  (
    x: TensorLike,
    w: TensorLike,
    scales?: Maybe<TensorLike>,
    first?: Maybe<TensorLike | GatherQqmmOptions>,
    rhsIndices?: Maybe<TensorLike>,
    groupSize?: Maybe<number>,
    bits?: Maybe<number>,
    mode?: Maybe<QuantizationMode>,
    globalScaleX?: Maybe<TensorLike>,
    globalScaleW?: Maybe<TensorLike>,
  ): Tensor => {
    const o: GatherQqmmOptions =
      isOptions(first) && !('re' in first)
        ? (first as GatherQqmmOptions)
        : { lhsIndices: first as Maybe<TensorLike>, rhsIndices, groupSize, bits, mode, globalScaleX, globalScaleW };
    const name = 'gatherQqmm';
    const [a, b] = [nodeOf(name, x), required(name, w)];
    const s = sides(name, a, b, optional(name, scales), o);
    const y = gatherQmm(s.x, s.w, s.scales, null, { ...s.o, lhsIndices: o.lhsIndices, rhsIndices: o.rhsIndices });
    const [left, right] = [checkIndices(name, o.lhsIndices), checkIndices(name, o.rhsIndices)];
    return left === null && right === null ? s.ofPlain(y) : s.ofPlain(y, pairIndices(name, left, right, a, b).nodes);
  },
);
