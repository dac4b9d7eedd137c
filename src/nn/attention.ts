// Attention with several heads.
import { scaledDotProductAttention } from '../fast/index.js';
import { less } from '../ops/arithmetic.js';
import { arange, array, zeros } from '../ops/creation.js';
import { finfo } from '../ops/dtypes.js';
import { where } from '../ops/select.js';
import { reshape, transpose } from '../ops/shape.js';
import type { DType } from '../tensor/dtype.js';
import { LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShapes } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

/** Numbers that are added to the scores, a bool tensor (true is seen), or `'causal'`; broadcast to (batch, heads, queries, keys). */
export type AttentionMask = Tensor | 'causal' | null;
/** What `MultiHeadAttention` takes beside `dims` and the heads. */
export interface AttentionOptions {
  /** features of the queries; `dims` by default */
  readonly queryInputDims?: number | null;
  /** features of the keys; `dims` by default */
  readonly keyInputDims?: number | null;
  /** features of the values; those of the keys by default */
  readonly valueInputDims?: number | null;
  /** features of the projected values, over all heads; `dims` by default */
  readonly valueDims?: number | null;
  /** features of the result; `dims` by default */
  readonly valueOutputDims?: number | null;
  /** whether the projections have biases; false by default */
  readonly bias?: boolean;
}

/**
 * Attention of `heads` heads (Vaswani et al., 2017): queries (B, L, D), keys and values (B, S, D) are projected, cut into heads,
 * attended to with scale `1 / sqrt(dims / heads)`, joined and projected: (B, L, valueOutputDims).
 */
export class MultiHeadAttention extends Module {
  readonly numHeads: number;
  query_proj: Linear;
  key_proj: Linear;
  value_proj: Linear;
  out_proj: Linear;
  /** @throws LanewiseError unless the heads divide `dims` and `valueDims` */
  constructor(dims: number, numHeads: number, options: AttentionOptions = {}) {
    super();
    const keyInput = options.keyInputDims ?? dims;
    const valueDims = options.valueDims ?? dims;
    const bias = options.bias ?? false;
    if (!Number.isInteger(numHeads) || numHeads < 1 || dims % numHeads !== 0 || valueDims % numHeads !== 0)
      throw new LanewiseError(
        `[nn.MultiHeadAttention] the heads must divide dims and valueDims, got ${String(numHeads)} heads for ${String(dims)} and ${String(valueDims)}`,
      );
    this.numHeads = numHeads;
    this.query_proj = new Linear(options.queryInputDims ?? dims, dims, bias);
    this.key_proj = new Linear(keyInput, dims, bias);
    this.value_proj = new Linear(options.valueInputDims ?? keyInput, valueDims, bias);
    this.out_proj = new Linear(valueDims, options.valueOutputDims ?? dims, bias);
  }
  /** @throws ShapeError unless queries, keys and values have three axes */
  forward(queries: Tensor, keys: Tensor, values: Tensor, mask: AttentionMask = null): Tensor {
    const given = [queries, keys, values];
    if (given.some((t) => t.ndim !== 3))
      throw new ShapeError(
        `[nn.MultiHeadAttention] queries, keys and values must have 3 axes (batch, length, features), got ${showShapes(given.map((t) => t.shape))}`,
      );
    const heads = (t: Tensor): Tensor =>
      transpose(reshape(t, [t.shape[0]!, t.shape[1]!, this.numHeads, t.shape[2]! / this.numHeads]), [0, 2, 1, 3]);
    const q = heads(this.query_proj.forward(queries));
    const k = heads(this.key_proj.forward(keys));
    const v = heads(this.value_proj.forward(values));
    const out = transpose(scaledDotProductAttention(q, k, v, Math.sqrt(1 / q.shape[3]!), mask), [0, 2, 1, 3]);
    return this.out_proj.forward(reshape(out, [out.shape[0]!, out.shape[1]!, -1]));
  }
  /** (n, n): 0 where a query sees a key, the least finite number of the dtype for keys that come later. */
  static createAdditiveCausalMask(n: number, dtype: DType = 'float32'): Tensor {
    const later = less(reshape(arange(n, 'int32'), [-1, 1]), arange(n, 'int32'));
    return where(later, array(finfo(dtype).min, dtype), zeros([], dtype));
  }
}
