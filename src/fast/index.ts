// Fused operations of transformers.
import { types, type ElementType } from '../tensor/dtype.js';
import { ShapeError } from '../tensor/errors.js';
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { add, divide, multiply, sub } from '../ops/arithmetic.js';
import { arange } from '../ops/creation.js';
import { castTo, constant, differentiate, nodeOf, op, primitive, record } from '../ops/define.js';
import { at } from '../ops/indexing.js';
import { slice } from '../ops/indices.js';
import { rsqrt, square } from '../ops/math.js';
import { mean, sumTo } from '../ops/reduce.js';
import { reshape } from '../ops/shape.js';
import { checkNumber, floatType, wide } from './operands.js';

export { scaledDotProductAttention } from './attention.js';

// The weight and the bias may be absent: the inputs are then fewer, and `attrs` says which they are.
interface Norm {
  readonly eps: number;
  readonly weight: boolean;
  readonly bias: boolean;
}
/** Cotangents of weight and bias: sums over all rows. */
const perRow = (g: Tensor, normed: Tensor, { weight, bias }: Norm): Tensor[] => {
  const size = g.shape[g.ndim - 1]!;
  return [...(weight ? [sumTo(multiply(g, normed), [size])] : []), ...(bias ? [sumTo(g, [size])] : [])];
};
const rmsPrimitive = differentiate(
  primitive({ name: 'rms_norm', expensive: true }),
  (cotangent, { inputs: [input, w], attrs }) => {
    const norm = attrs as Norm;
    const g = wide(cotangent);
    const x = wide(input!);
    const scale = rsqrt(add(mean(square(x), -1, true), norm.eps));
    // recorded anew for each use: it is then computed where it is used, and never stored
    const normed = (): Tensor => multiply(x, scale);
    const gw = (): Tensor => (norm.weight ? multiply(g, w!) : g);
    const gx = multiply(scale, sub(gw(), multiply(normed(), mean(multiply(gw(), normed()), -1, true))));
    return [gx, ...perRow(g, normed(), norm)];
  },
);
const layerPrimitive = differentiate(
  primitive({ name: 'layer_norm', expensive: true }),
  (cotangent, { inputs: [input, w], attrs }) => {
    const norm = attrs as Norm;
    const g = wide(cotangent);
    const x = wide(input!);
    const centred = sub(x, mean(x, -1, true));
    const scale = rsqrt(add(mean(square(centred), -1, true), norm.eps));
    const normed = multiply(centred, scale);
    const gw = norm.weight ? multiply(g, w!) : g;
    const inner = add(mean(gw, -1, true), multiply(normed, mean(multiply(gw, normed), -1, true)));
    return [multiply(scale, sub(gw, inner)), ...perRow(g, normed, norm)];
  },
);
interface Rope {
  readonly dims: number;
  readonly traditional: boolean;
  readonly scale: number;
  readonly offset: number;
  readonly freqs: boolean;
  readonly offsets: boolean;
}
const ropePrimitive: Primitive = differentiate(
  primitive({ name: 'rope', expensive: true }),
  (g, { inputs: [, ...rest], output, attrs }) => {
    const a = attrs as Rope;
    const freqs = a.freqs ? rest[0]! : null;
    const offsets = a.offsets ? rest[rest.length - 1]! : null;
    // a rotation back by the same angles
    const back = [g.node, freqs?.node ?? null, offsets?.node ?? null];
    const gx = record(ropePrimitive, back, { ...a, scale: -a.scale }, g.node.shape, g.node.type);
    return freqs === null ? [gx] : [gx, ofFrequencies(g, output, freqs, offsets, a)];
  },
);
/** Each pair turns across itself with its angle `p * scale / f`, whose derivative is `-p * scale / f^2`. */
function ofFrequencies(g: Tensor, y: Tensor, freqs: Tensor, offsets: Tensor | null, a: Rope): Tensor {
  const [half, length] = [a.dims / 2, y.shape[y.ndim - 2]!];
  const part = (t: Tensor, i: 0 | 1): Tensor =>
    wide(a.traditional ? at(t, '...', slice(i, a.dims, 2)) : at(t, '...', slice(i * half, (i + 1) * half)));
  const turned = sub(multiply(part(g, 1), part(y, 0)), multiply(part(g, 0), part(y, 1)));
  const first = offsets === null ? new Tensor(constant(a.offset, types.int32)) : reshape(offsets, [-1]);
  const rows = reshape(first, [-1, ...new Array<number>(y.ndim - 1).fill(1)]);
  const positions = add(rows, reshape(arange(length, 'int32'), [length, 1]));
  const angle = divide(multiply(new Tensor(castTo(positions.node, turned.node.type)), -a.scale), square(freqs));
  return sumTo(multiply(turned, angle), [half]);
}
function perFeature(name: string, what: string, x: TensorLike | null | undefined, size: number): Node | null {
  if (x === null || x === undefined) return null;
  const n = nodeOf(name, x);
  if (n.shape.ndim !== 1 || n.shape.dims[0] !== size) {
    throw new ShapeError(
      `[${name}] the ${what} must have the size of the last axis, (${size}), got ${showShape(n.shape.dims)}`,
    );
  }
  return n;
}
const features = (name: string, n: Node): number => {
  if (n.shape.ndim === 0) throw new ShapeError(`[${name}] x must have at least one axis, got ()`);
  return n.shape.dims[n.shape.ndim - 1]!;
};
const cast = (n: Node | null, type: ElementType): Node | null => (n === null ? null : castTo(n, type));

/** `x / sqrt(mean(x^2) + eps) * weight` over the last axis, computed in at least float32 and rounded once. */
export const rmsNorm: (x: TensorLike, weight?: TensorLike | null, eps?: number) => Tensor = /* @__PURE__ */ op(
  'fast.rmsNorm',
  'fast',
  (x, weight = null, eps = 1e-5) => {
    checkNumber('fast.rmsNorm', 'eps', eps);
    const n = nodeOf('fast.rmsNorm', x);
    const w = perFeature('fast.rmsNorm', 'weight', weight, features('fast.rmsNorm', n));
    const type = floatType('fast.rmsNorm', [n, w]);
    return record(
      rmsPrimitive,
      [castTo(n, type), cast(w, type)],
      { eps, weight: w !== null, bias: false },
      n.shape,
      type,
    );
  },
  rmsPrimitive,
);
/** `(x - mean) / sqrt(variance + eps) * weight + bias` over the last axis, computed in at least float32 and rounded once. */
export const layerNorm: (x: TensorLike, weight?: TensorLike | null, bias?: TensorLike | null, eps?: number) => Tensor =
  /* @__PURE__ */ op(
    'fast.layerNorm',
    'fast',
    (x, weight = null, bias = null, eps = 1e-5) => {
      checkNumber('fast.layerNorm', 'eps', eps);
      const n = nodeOf('fast.layerNorm', x);
      const size = features('fast.layerNorm', n);
      const w = perFeature('fast.layerNorm', 'weight', weight, size);
      const b = perFeature('fast.layerNorm', 'bias', bias, size);
      const type = floatType('fast.layerNorm', [n, w, b]);
      return record(
        layerPrimitive,
        [castTo(n, type), cast(w, type), cast(b, type)],
        { eps, weight: w !== null, bias: b !== null },
        n.shape,
        type,
      );
    },
    layerPrimitive,
  );
/**
 * Rotary position embedding of the first `dims` features; the sequence is axis -2. Pair i at position p turns by
 * `p * scale * base^(-2i / dims)`, or by `p * scale / freqs[i]`. Pairs are (2i, 2i + 1) if `traditional`, else
 * (i, i + dims / 2). Positions count from `offset`: a number, or an int32 tensor with one entry per batch row.
 */
export const rope: (
  x: TensorLike,
  dims: number,
  traditional: boolean,
  base: number | null,
  scale: number,
  offset: number | Tensor,
  freqs?: TensorLike | null,
) => Tensor = /* @__PURE__ */ op(
  'fast.rope',
  'fast',
  (x, dims, traditional, base, scale, offset, freqs = null) => {
    const name = 'fast.rope';
    checkNumber(name, 'scale', scale);
    if (base !== null) checkNumber(name, 'base', base);
    const n = nodeOf(name, x);
    if (n.shape.ndim < 2)
      throw new ShapeError(`[${name}] x must have at least two axes, got ${showShape(n.shape.dims)}`);
    const size = features(name, n);
    if (!Number.isInteger(dims) || dims < 2 || dims % 2 !== 0 || dims > size) {
      throw new ShapeError(`[${name}] dims must be even, at least 2 and at most the last axis (${size}), got ${dims}`);
    }
    if ((base === null) === (freqs === null)) {
      throw new ShapeError(
        `[${name}] exactly one of base and freqs must be given, got ${base === null ? 'neither' : 'both'}`,
      );
    }
    const type = floatType(name, [n]);
    let f: Node | null = null;
    if (freqs !== null) {
      f = castTo(nodeOf(name, freqs), types.float32);
      if (f.shape.ndim !== 1 || f.shape.dims[0] !== dims / 2) {
        throw new ShapeError(
          `[${name}] freqs must have dims / 2 elements, (${dims / 2}), got ${showShape(f.shape.dims)}`,
        );
      }
    }
    let o: Node | null = null;
    if (offset instanceof Tensor) {
      o = castTo(nodeOf(name, offset), types.int32);
      const rows = n.shape.ndim > 2 ? n.shape.dims[0]! : 1;
      if (o.shape.ndim > 1 || (o.shape.size !== 1 && o.shape.size !== rows)) {
        throw new ShapeError(
          `[${name}] the offset must be a number, or one integer per batch row (${rows}), got ${showShape(o.shape.dims)}`,
        );
      }
    } else if (!Number.isInteger(offset))
      throw new ShapeError(`[${name}] the offset must be an integer, got ${offset}`);
    const attrs = {
      dims,
      traditional,
      base: base ?? 1,
      scale,
      offset: o === null ? (offset as number) : 0,
      freqs: f !== null,
      offsets: o !== null,
    };
    return record(ropePrimitive, [castTo(n, type), f, o], attrs, n.shape, type);
  },
  ropePrimitive,
);
