// The primitive of all convolutions, and its gradients, which are convolutions again.
import type { Node } from '../graph/node.js';
import type { Primitive } from '../graph/primitive.js';
import { shapeOf } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { differentiate, primitive, record } from './define.js';
import { at } from './indexing.js';
import { slice } from './indices.js';
import { stack } from './join.js';
import { sum } from './reduce.js';
import { flip, reshape, transpose } from './shape.js';

/**
 * `out[n, o, c]` is the sum over taps k and channels i of `x[n, o * stride + k * kernelDilation - low, i] * w[c, k, i]`, where x is
 * the input with `inputDilation - 1` zeros between its elements and zeros all round, and output channels see the input channels of
 * their group only; `flip` counts the taps from the end. The node's shape says how many outputs there are, so that both gradients
 * are this primitive again: with `stride` and `inputDilation` exchanged for the input, with `stride` and `kernelDilation` exchanged
 * for the weight.
 */
export interface Correlation {
  readonly stride: readonly number[];
  readonly low: readonly number[];
  readonly kernelDilation: readonly number[];
  readonly inputDilation: readonly number[];
  readonly groups: number;
  readonly flip: boolean;
}

/** Records `x` correlated with `w`, with outputs of the shape `dims`. */
export const correlated = (x: Node, w: Node, c: Correlation, dims: readonly number[]): Tensor =>
  record(correlation, [x, w], c, shapeOf(dims), x.type);

const spatialAxes = (x: Tensor): number[] => x.shape.slice(1, -1).map((_, i) => i + 1);

/**
 * Of the input: each element gathers what it gave, so the cotangent is dilated by the stride and read with the taps reversed, from as
 * far before it as the kernel reaches.
 */
function ofInput(g: Tensor, x: Tensor, w: Tensor, c: Correlation): Tensor {
  const spatial = spatialAxes(w);
  const [outputs, channels] = [w.shape[0]!, w.shape[w.ndim - 1]!];
  const kernel = w.shape.slice(1, -1);
  const each = outputs / c.groups;
  // (O, K, C / groups) to (C, K, O / groups)
  const split = reshape(w, [c.groups, each, ...kernel, channels]);
  const turned = transpose(split, [0, split.ndim - 1, ...spatial.map((i) => i + 1), 1]);
  const weight = reshape(turned, [c.groups * channels, ...kernel, each]);
  return correlated(
    g.node,
    weight.node,
    {
      ...c,
      stride: c.inputDilation,
      inputDilation: c.stride,
      low: c.low.map((v, i) => (kernel[i]! - 1) * c.kernelDilation[i]! - v),
      flip: !c.flip,
    },
    x.shape,
  );
}

/** Of the weight: a tap sums over outputs and batch, so the cotangent is the kernel and the batch are the channels. */
function ofWeight(g: Tensor, x: Tensor, w: Tensor, c: Correlation): Tensor {
  const spatial = spatialAxes(w);
  const [batch, channels] = [x.shape[0]!, w.shape[w.ndim - 1]!];
  if (channels === 1 && c.groups > 1 && batch > 1) {
    // without channels to sum over, the kernels go along the groups instead: one example after the other
    const one = (t: Tensor, i: number): Tensor => at(t, slice(i, i + 1));
    const parts = Array.from({ length: batch }, (_, i) => ofWeight(one(g, i), one(x, i), w, c));
    return sum(stack(parts), 0);
  }
  // (N, L, groups * C) to (C, L, groups * N)
  const split = reshape(x, [...x.shape.slice(0, -1), c.groups, channels]);
  const turned = transpose(split, [split.ndim - 1, ...spatial, split.ndim - 2, 0]);
  const input = reshape(turned, [channels, ...x.shape.slice(1, -1), c.groups * batch]);
  const last = g.ndim - 1;
  const kernel = transpose(g, [last, ...spatial, 0]);
  const taps = correlated(
    input.node,
    kernel.node,
    { ...c, stride: c.kernelDilation, kernelDilation: c.stride, flip: false },
    [channels, ...w.shape.slice(1, -1), w.shape[0]!],
  );
  const found = transpose(taps, [last, ...spatial, 0]);
  return c.flip ? flip(found, spatial) : found;
}

export const correlation: Primitive = differentiate(
  primitive({ name: 'convolution', expensive: true }),
  (g, { inputs: [x, w], attrs }) => {
    const c = attrs as Correlation;
    return [ofInput(g, x!, w!, c), ofWeight(g, x!, w!, c)];
  },
);
