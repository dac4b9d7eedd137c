// Angles of rotary position embeddings, for `Backend.applyRope`.
import { ShapeError } from '../slim.js';
import { checkCount } from './buffer.js';

/** `theta^(-i / (headDim / 2))` for i below headDim / 2: the turn per position of each pair. @throws ShapeError unless headDim is even */
export function initRopeFreqs(headDim: number, ropeTheta: number): Float32Array {
  checkCount('initRopeFreqs', 'headDim', headDim);
  if (headDim % 2 !== 0) throw new ShapeError(`[initRopeFreqs] headDim must be even, got ${headDim}`);
  const half = headDim / 2;
  return Float32Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half));
}
/** Cosines and sines of `pos * invFreq_i`, the product rounded to float32 as torchless does. */
export function ropeEmbeddings(invFreq: Float32Array, pos: number): readonly [cos: Float32Array, sin: Float32Array] {
  checkCount('ropeEmbeddings', 'the position', pos);
  const angles = invFreq.map((f) => f * pos);
  return [angles.map(Math.cos), angles.map(Math.sin)];
}
