// Attention and its derivatives.
import { add, lessEqual, multiply, sub } from '../ops/arithmetic.js';
import { arange } from '../ops/creation.js';
import { castTo, differentiate, nodeOf, op, primitive, record } from '../ops/define.js';
import { matmul } from '../ops/linear.js';
import { softmax, sum } from '../ops/reduce.js';
import { where } from '../ops/select.js';
import { broadcastTo, matrixTranspose, reshape, sliced } from '../ops/shape.js';
import type { Node } from '../graph/node.js';
import { isFloat, types } from '../tensor/dtype.js';
import { DTypeError, ShapeError } from '../tensor/errors.js';
import { sameDims, shapeOf, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { checkNumber, floatType, wide } from './operands.js';

interface Attention {
  readonly scale: number;
  readonly causal: boolean;
}
/** Operands in which the heads that share keys lie side by side, (B, K, H / K * L, ...), and the weights of the keys. */
interface Scored {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly z: Tensor;
  readonly g: Tensor;
  readonly p: Tensor;
  /** like `g`, of the last size `width` */
  readonly rows: (t: Tensor, width: number) => Tensor;
}
/** The weights as recorded ops: what derivatives of the mask, and second ones, are made of. */
function scored(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  cotangent: Tensor,
  mask: Tensor | undefined,
  attrs: Attention,
): Scored {
  const [B, H, L, D] = q.shape as [number, number, number, number];
  const [, K, S] = k.shape as [number, number, number];
  const lines = (H / K) * L;
  const rows = (t: Tensor, width: number): Tensor => reshape(wide(t), [B, K, lines, width]);
  const [x, y, z, g] = [rows(q, D), wide(k), wide(v), rows(cotangent, v.shape[3]!)];
  let scores = reshape(multiply(matmul(x, matrixTranspose(y)), attrs.scale), [B, H, L, S]);
  if (attrs.causal) {
    const query = add(reshape(arange(L, 'int32'), [L, 1]), S - L);
    scores = where(lessEqual(arange(S, 'int32'), query), scores, -Infinity);
  } else if (mask !== undefined) {
    scores = mask.dtype === 'bool' ? where(mask, scores, -Infinity) : add(scores, wide(mask));
  }
  return { x, y, z, g, p: reshape(softmax(scores, -1), [B, K, lines, S]), rows };
}
/** `p (t - rowsum(t p))`: through the softmax. */
const through = (p: Tensor, t: Tensor): Tensor => multiply(p, sub(t, sum(multiply(t, p), -1, true)));

const attentionPrimitive = differentiate(
  primitive({ name: 'sdpa', expensive: true }),
  (cotangent, { inputs: [q, k, v, mask], attrs }) => {
    const nodes = [cotangent, ...(mask === undefined ? [] : [mask])].map((t) => t.node);
    const [a, b, c] = [q!.node, k!.node, v!.node];
    const shape = shapeOf([a.shape.size + b.shape.size + c.shape.size]);
    const type = a.type.half ? types.float32 : a.type;
    const flat = record(gradientPrimitive, [a, b, c], attrs, shape, type, nodes);
    return [...partsOf(flat, [q!, k!, v!]), mask === undefined ? null : ofMask(cotangent, q!, k!, v!, mask, attrs)];
  },
);
/** Views of what lies one after the other in `flat`, in the shapes of `like`. */
function partsOf(flat: Tensor, like: readonly Tensor[]): Tensor[] {
  let start = 0;
  return like.map((t) => {
    const part = sliced(flat.node, [start], [1], [t.size]);
    start += t.size;
    return reshape(part, t.shape);
  });
}
/** The cotangent of a mask that is added. */
function ofMask(cotangent: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, attrs: unknown): Tensor | null {
  if (mask.dtype === 'bool') return null;
  const { g, z, p } = scored(q, k, v, cotangent, mask, attrs as Attention);
  return reshape(through(p, matmul(g, matrixTranspose(z))), mask.shape);
}

/**
 * The cotangents of q, k and v, flat, one after the other, from that of the output. Its own derivative, with P the weights, W = G V^T,
 * T = P (W - rowsum(W P)) and (a, b, c) the cotangents of (scale T K, scale T^T Q, P^T G):
 *
 *     E = scale (a K^T + Q b^T)           F = P (E - rowsum(E P))         f = rowsum(E P)
 *     R = G c^T + E (W - rowsum(W P)) - f W     U = P (R - rowsum(R P)), the cotangent of the scores
 *     Q: scale (U K + T b)    K: scale (U^T Q + T^T a)    V: F^T G    G: P c + F V
 */
const gradientPrimitive = differentiate(
  primitive({ name: 'sdpa_grad', expensive: true }),
  (flat, { inputs: [q, k, v, cotangent, mask], attrs }) => {
    const { scale } = attrs as Attention;
    const { x, y, z, g, p, rows } = scored(q!, k!, v!, cotangent!, mask, attrs as Attention);
    const [ga, b, c] = partsOf(flat, [q!, k!, v!]) as [Tensor, Tensor, Tensor];
    const a = rows(ga, q!.shape[3]!);
    const turned = matrixTranspose;
    const along = (t: Tensor): Tensor => sum(multiply(t, p), -1, true);
    const w = matmul(g, turned(z));
    const centred = sub(w, along(w));
    const t = multiply(p, centred);
    const e = multiply(add(matmul(a, turned(y)), matmul(x, turned(b))), scale);
    const mean = along(e);
    const f = multiply(p, sub(e, mean));
    const r = sub(add(matmul(g, turned(c)), multiply(e, centred)), multiply(mean, w));
    const u = through(p, r);
    return [
      reshape(multiply(add(matmul(u, y), matmul(t, b)), scale), q!.shape),
      multiply(add(matmul(turned(u), x), matmul(turned(t), a)), scale),
      matmul(turned(f), g),
      reshape(add(matmul(p, c), matmul(f, z)), cotangent!.shape),
      mask === undefined || mask.dtype === 'bool' ? null : reshape(u, mask.shape),
    ];
  },
);

/**
 * `softmax(scale * q k^T + mask) v` in one pass. q is (B, H, L, D), k (B, K, S, D), v (B, K, S, E) with H a multiple of K (grouped
 * queries share keys). The mask is `'causal'` (query i sees keys up to i + S - L), a bool tensor (true is seen) or numbers that
 * are added, broadcast to (B, H, L, S). A query that sees nothing gives zeros.
 */
export const scaledDotProductAttention: (
  q: TensorLike,
  k: TensorLike,
  v: TensorLike,
  scale: number,
  mask?: 'causal' | Tensor | null,
) => Tensor = /* @__PURE__ */ op(
  'fast.scaledDotProductAttention',
  'fast',
  (q, k, v, scale, mask = null) => {
    const name = 'fast.scaledDotProductAttention';
    checkNumber(name, 'scale', scale);
    const [x, y, z] = [nodeOf(name, q), nodeOf(name, k), nodeOf(name, v)];
    const shapes = [x, y, z].map((n) => n.shape.dims);
    if (shapes.some((d) => d.length !== 4))
      throw new ShapeError(`[${name}] q, k and v must have four axes, got ${showShapes(shapes)}`);
    const [B, H, L, D] = shapes[0] as readonly [number, number, number, number];
    const [B2, K, S, D2] = shapes[1] as readonly [number, number, number, number];
    const [B3, K2, S2, E] = shapes[2] as readonly [number, number, number, number];
    if (B !== B2 || B !== B3 || K !== K2 || S !== S2 || D !== D2) {
      throw new ShapeError(`[${name}] q (B,H,L,D), k (B,K,S,D) and v (B,K,S,E) must agree, got ${showShapes(shapes)}`);
    }
    if (K === 0 || H % K !== 0)
      throw new ShapeError(`[${name}] the query heads must be a multiple of the key heads, got ${H} and ${K}`);
    const type = floatType(name, [x, y, z]);
    let m: Node | null = null;
    if (mask instanceof Tensor) {
      m = nodeOf(name, mask);
      if (m.type !== types.bool) {
        if (!isFloat(m.type)) throw new DTypeError(`[${name}] the mask must be bool or floating, got ${m.type.name}`);
        m = castTo(m, type);
      }
      if (!sameDims(m.shape.dims, [B, H, L, S])) m = broadcastTo(new Tensor(m), [B, H, L, S]).node;
    } else if (mask !== null && mask !== 'causal') {
      throw new ShapeError(`[${name}] the mask must be 'causal', a tensor or null, got ${String(mask)}`);
    }
    const inputs = [x, y, z].map((n) => castTo(n, type));
    const attrs = { scale, causal: mask === 'causal' };
    return record(attentionPrimitive, inputs, attrs, shapeOf([B, H, L, E]), type, m === null ? null : [m]);
  },
  attentionPrimitive,
);
