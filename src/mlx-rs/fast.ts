// mlx_rs::fast
import { fast, type Tensor } from '../slim.js';
import { tensorOf, wrap, Array, type Operand, type Opt } from './array.js';

/** Rotary position embedding. */
export const rope = (
  array: Operand,
  dimensions: number,
  traditional: boolean,
  base: Opt<number>,
  scale: number,
  offset: number,
  freqs?: Opt<Array>,
): Array =>
  wrap(fast.rope(tensorOf(array), dimensions, traditional, base ?? null, scale, offset, freqs?.tensor ?? null));

/** `ScaledDotProductAttentionMask`: an array, several that are added, or the causal mask. */
export type ScaledDotProductAttentionMask = Array | readonly Array[] | 'causal';
export const ScaledDotProductAttentionMask = {
  Array: (mask: Array): ScaledDotProductAttentionMask => mask,
  Arrays: (masks: readonly Array[]): ScaledDotProductAttentionMask => masks,
  Causal: 'causal' as ScaledDotProductAttentionMask,
} as const;
function maskOf(mask: Opt<ScaledDotProductAttentionMask>): Tensor | 'causal' | null {
  if (mask === null || mask === undefined) return null;
  if (mask === 'causal') return 'causal';
  if (mask instanceof Array) return mask.tensor;
  const [first, ...rest] = (mask as readonly Array[]).map((m) => m.tensor);
  return first === undefined ? null : rest.reduce((sum, m) => sum.add(m), first);
}
/** `softmax(scale * q @ k.T + mask) @ v` over (B, heads, length, width); fewer key heads are shared. */
export const scaled_dot_product_attention = (
  queries: Operand,
  keys: Operand,
  values: Operand,
  scale: number,
  mask?: Opt<ScaledDotProductAttentionMask>,
): Array =>
  wrap(fast.scaledDotProductAttention(tensorOf(queries), tensorOf(keys), tensorOf(values), scale, maskOf(mask)));
/** Root mean square normalisation of the last axis. */
export const rms_norm = (x: Operand, weight: Operand, eps: number): Array =>
  wrap(fast.rmsNorm(tensorOf(x), tensorOf(weight), eps));
/** Layer normalisation of the last axis. */
export const layer_norm = (x: Operand, weight: Opt<Array>, bias: Opt<Array>, eps: number): Array =>
  wrap(fast.layerNorm(tensorOf(x), weight?.tensor ?? null, bias?.tensor ?? null, eps));
