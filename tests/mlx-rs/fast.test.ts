import { expect, it } from 'vitest';
import { fast, nn, ops, stop_gradient, type Array } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const names = ['q', 'k', 'v', 'att_mask', 'cube', 'norm_w', 'norm_b', 'x', 'alpha'] as const;
const [q, k, v, mask, cube, w, b, x, alpha] = names.map(input) as [
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
  Array,
];
const { ScaledDotProductAttentionMask: Mask } = fast;

table({
  'fast::rope': () => [
    fast.rope(q, 8, false, 10000, 1, 0),
    fast.rope(q, 4, true, 100, 0.5, 3),
    fast.rope(q, 8, false, null, 1, 2, ops.abs(w).add(1)),
  ],
  'fast::scaled_dot_product_attention': () => [
    fast.scaled_dot_product_attention(q, k, v, 0.5),
    fast.scaled_dot_product_attention(q, k, v, 0.5, Mask.Array(mask)),
    fast.scaled_dot_product_attention(q, k, v, 0.5, Mask.Arrays([mask, mask])),
    fast.scaled_dot_product_attention(q, k, v, 0.5, Mask.Causal),
  ],
  'fast::rms_norm': () => fast.rms_norm(cube, w, 1e-5),
  'fast::layer_norm': () => [fast.layer_norm(cube, w, b, 1e-5), fast.layer_norm(cube, null, null, 1e-5)],
});

table({
  'nn::sigmoid': () => nn.sigmoid(x),
  'nn::relu': () => nn.relu(x),
  'nn::leaky_relu': () => [nn.leaky_relu(x), nn.leaky_relu(x, 0.2)],
  'nn::log_softmax': () => [nn.log_softmax(x), nn.log_softmax(x, 0)],
  'nn::elu': () => [nn.elu(x), nn.elu(x, 0.5)],
  'nn::relu6': () => nn.relu6(x.mul(3)),
  'nn::softplus': () => nn.softplus(x),
  'nn::softsign': () => nn.softsign(x),
  'nn::celu': () => [nn.celu(x), nn.celu(x, 0.5)],
  'nn::silu': () => nn.silu(x),
  'nn::log_sigmoid': () => nn.log_sigmoid(x),
  'nn::gelu': () => nn.gelu(x),
  'nn::gelu_approximate': () => nn.gelu_approximate(x),
  'nn::gelu_fast_approximate': () => nn.gelu_fast_approximate(x),
  'nn::glu': () => [nn.glu(cube), nn.glu(cube, 0)],
  'nn::step': () => [nn.step(x), nn.step(x, 1.75)],
  'nn::selu': () => nn.selu(x),
  'nn::prelu': () => nn.prelu(x, alpha),
  'nn::mish': () => nn.mish(x),
  'nn::hard_swish': () => nn.hard_swish(x.mul(3)),
  stop_gradient: () => stop_gradient(x),
});

it('fast::ScaledDotProductAttentionMask › Causal, Array and Arrays are the plain values', () => {
  const of = (m: Parameters<typeof fast.scaled_dot_product_attention>[4]): Array =>
    fast.scaled_dot_product_attention(q, k, v, 0.5, m);
  expect(of('causal').equals(of(Mask.Causal))).toBe(true);
  expect(of(mask).equals(of(Mask.Array(mask)))).toBe(true);
  expect(of([mask]).equals(of(mask))).toBe(true);
  expect(of([]).equals(of(null))).toBe(true);
});
