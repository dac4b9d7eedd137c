// Layers: what MLX draws and gives after the same seed, for the defaults of mlx-rs.
import { describe, expect, it } from 'vitest';
import { Array, array, Dtype, error, module, nn, ops, quantization, random } from 'lanewise/mlx-rs';
import { expectNear, goldens, list, read } from './modules-goldens.js';

interface Kind {
  readonly new: (...required: readonly unknown[]) => nn.Linear & { build(): nn.Linear };
}
const kinds = nn as unknown as Readonly<Record<string, Kind>>;
/** What each layer needs; the others need nothing. */
const required: Readonly<Record<string, readonly unknown[]>> = {
  ...{ Linear: [8, 3], Bilinear: [8, 8, 3], Embedding: [10, 4], InstanceNorm: [8], LayerNorm: [8], RmsNorm: [8] },
  ...{ GroupNorm: [4, 8], BatchNorm: [8], Conv1d: [8, 3, 2], Conv2d: [4, 3, [2, 3]], Conv3d: [2, 3, 2] },
  ...{ ConvTranspose1d: [8, 3, 2], ConvTranspose2d: [4, 2, [2, 3]], ConvTranspose3d: [2, 1, 2] },
  ...{ RotaryPositionalEncoding: [8], SinusoidalPositionalEncoding: [6], Rnn: [8, 3], Gru: [8, 3], Lstm: [8, 3] },
  ...{ MultiHeadAttention: [8, 2], QuantizedLinear: [64, 3], QuantizedEmbedding: [10, 64] },
  ...{
    MaxPool1d: [3, 2],
    AvgPool1d: [3, 2],
    MaxPool2d: [
      [2, 3],
      [2, 1],
    ],
    AvgPool2d: [
      [2, 3],
      [2, 1],
    ],
  },
  ...{ Upsample: [1.5, nn.UpsampleMode.Linear({ align_corners: true })] },
};
const places = (x: Array): Array => x.multiply(4).add(5).as_dtype(Dtype.Int32);
const from = (x: Array, start: number, stop: number): Array => ops.split_sections(x, [start, stop], 1)[1]!;
/** How layers are called that do not map the input alone. */
const calls: Readonly<Record<string, (layer: module.Module, x: Array) => unknown>> = {
  Embedding: (layer, x) => layer.forward(...([places(x)] as never[])),
  QuantizedEmbedding: (layer, x) => layer.forward(...([places(x)] as never[])),
  Lstm: (layer, x) => ops.concatenate_axis((layer as nn.Lstm).forward(x), -1),
  MultiHeadAttention: (layer, x) => (layer as nn.MultiHeadAttention).forward([x, from(x, 1, 6), from(x, 1, 6)]),
};
function check(name: string, make: () => module.Module): void {
  const { x, result } = goldens.layers[name]!;
  random.seed(7);
  const layer = make();
  const call = calls[name] ?? ((l, input): unknown => l.forward(...([input] as never[])));
  // float32 sums of at most 64 products
  expectNear(call(layer, read(x)) as Array, result, 2e-5);
  layer.training_mode(false);
}

for (const name of [
  'Sigmoid',
  'Mish',
  'Relu',
  'Relu6',
  'Softplus',
  'Softsign',
  'Silu',
  'LogSigmoid',
  'Tanh',
  'HardSwish',
  'Selu',
  'Embedding',
  'MaxPool1d',
  'MaxPool2d',
  'AvgPool1d',
  'AvgPool2d',
  'Alibi',
  'Upsample',
] as const) {
  const paths = [`nn::${name}`, `nn::${name}::new`, `nn::${name}::forward`];
  it(`${paths.join(', ')} › gives what MLX gives`, () =>
    check(name, () => kinds[name]!.new(...(required[name] ?? []))));
}
for (const name of [
  'Glu',
  'LeakyRelu',
  'Softmax',
  'Celu',
  'LogSoftmax',
  'Prelu',
  'Gelu',
  'Step',
  'Dropout',
  'Dropout2d',
  'Dropout3d',
  'Linear',
  'Bilinear',
  'InstanceNorm',
  'LayerNorm',
  'RmsNorm',
  'GroupNorm',
  'BatchNorm',
  'Conv1d',
  'Conv2d',
  'Conv3d',
  'ConvTranspose1d',
  'ConvTranspose2d',
  'ConvTranspose3d',
  'RotaryPositionalEncoding',
  'SinusoidalPositionalEncoding',
  'Rnn',
  'Gru',
  'Lstm',
  'MultiHeadAttention',
  'QuantizedLinear',
  'QuantizedEmbedding',
] as const) {
  const paths = [`nn::${name}`, `nn::${name}Builder`, `nn::${name}::new`, `nn::${name}::forward`];
  it(`${paths.join(', ')} › gives what MLX gives, built either way`, () => {
    const args = required[name] ?? [];
    check(name, () => kinds[name]!.new(...args));
    check(name, () => kinds[`${name}Builder`]!.new(...args).build());
  });
}

describe('options and methods', () => {
  const x = read(goldens.layers['Linear']!.x);
  const same = (layer: module.UnaryModule, want: Array): void => expect(layer.forward(x).equals(want)).toBe(true);
  it('nn::GeluApprox › which function; options of activations', () => {
    const of = (approximate: nn.GeluApprox): nn.Gelu => nn.GeluBuilder.new().approximate(approximate).build();
    same(of(nn.GeluApprox.None), nn.gelu(x));
    same(of(nn.GeluApprox.Precise), nn.gelu_approximate(x));
    same(of(nn.GeluApprox.Fast), nn.gelu_fast_approximate(x));
    same(nn.LeakyReluBuilder.new().neg_slope(0.5).build(), nn.leaky_relu(x, 0.5));
    same(nn.CeluBuilder.new().alpha(2).build(), nn.celu(x, 2));
    same(nn.StepBuilder.new().threshold(0.5).build(), nn.step(x, 0.5));
    same(nn.GluBuilder.new().axis(1).build(), nn.glu(x, 1));
    same(nn.SoftmaxBuilder.new().axis(1).build(), ops.softmax_axis(x, 1));
    same(nn.LogSoftmaxBuilder.new().axis(0).build(), nn.log_softmax(x, 0));
    same(nn.PreluBuilder.new().count(8).value(0.5).build(), nn.prelu(x, Array.full([8], 0.5)));
    expect(nn.LeakyReluBuilder.new().neg_slope(0.5).build().neg_slope).toBe(0.5);
  });
  it('nn::Linear::shape, nn::LinearBuilder › outputs and inputs; without a bias it is null', () => {
    const layer = nn.LinearBuilder.new(2, 3).bias(false).build();
    expect([layer.shape(), layer.bias, layer.num_parameters()]).toEqual([[3, 2], null, 1]);
    const v = array([1, 2]);
    expect(layer.forward(v).equals(ops.matmul(v, layer.weight.t()))).toBe(true);
  });
  it('nn::Sequential, nn::Sequential::new, nn::Sequential::append, nn::Sequential::forward, nn::SequentialModuleItem › layers in order', () => {
    const tanh: nn.SequentialModuleItem = nn.Tanh.new();
    check('Sequential', () => nn.Sequential.new().append(nn.Linear.new(8, 3)).append(tanh));
    expect([...nn.Sequential.new().append(nn.Linear.new(1, 1)).parameters().flatten().keys()]).toEqual([
      'layers.0.weight',
      'layers.0.bias',
    ]);
    expect(() => nn.Sequential.new().append(nn.relu as never)).toThrow(
      '[nn.Sequential] a layer must be a module, got function',
    );
  });
  it('nn::Embedding::as_linear, nn::QuantizedEmbedding::as_linear › the product with the rows', () => {
    const layer = nn.Embedding.new(3, 64);
    const v = Array.ones([1, 64]);
    expect(layer.as_linear(v).equals(ops.matmul(v, layer.weight.t()))).toBe(true);
    const packed = nn.QuantizedEmbedding.try_from_embedding(layer);
    // a row of 64 elements with standard deviation 1/8 in 4 bits
    list(packed.as_linear(v)).forEach((y, i) => expect(Math.abs(y - list(layer.as_linear(v))[i]!)).toBeLessThan(0.5));
  });
  it('error::DropoutBuildError › a probability outside [0, 1)', () => {
    for (const kind of [nn.DropoutBuilder, nn.Dropout2dBuilder, nn.Dropout3dBuilder])
      expect(() => kind.new().p(1).build()).toThrow(error.DropoutBuildError);
    expect([nn.Dropout.DEFAULT_P, nn.Dropout.DEFAULT_TRAINING]).toEqual([0.5, true]);
  });
  it('nn::BatchNorm › counts while it trains; running statistics are parameters that are not trainable', () => {
    const layer = nn.BatchNormBuilder.new(8).momentum(0.5).build();
    const before = layer.running_mean!.clone();
    layer.forward(x);
    expect(Boolean(layer.running_mean!.all_close(x.mean_axes([0, 1]).multiply(array(0.5))).item())).toBe(true);
    expect(list(before)).toEqual(globalThis.Array(8).fill(0));
    expect([...layer.trainable_parameters().flatten().keys()]).toEqual(['weight', 'bias']);
    expect(layer.num_parameters()).toBe(4);
    const [moved] = [list(layer.running_mean!)];
    nn.value_and_grad((m: nn.BatchNorm, input: Array) => m.forward(input).sum())(layer, x);
    expect(list(layer.running_mean!)).not.toEqual(moved);
    layer.training_mode(false);
    const [a, b] = [layer.forward(x), layer.forward(x)];
    expect(a.equals(b)).toBe(true);
  });
  it('nn::Conv2dBuilder › strides, padding, dilation and groups, for all axes or for each', () => {
    const layer = nn.Conv2dBuilder.new(4, 2, 2).stride([2, 1]).padding(1).dilation(2).groups(2).bias(false).build();
    const image = Array.ones([1, 6, 6, 4]);
    const want = ops.conv2d(image, layer.weight, [2, 1], [1, 1], [2, 2], 2);
    expect(layer.forward(image).equals(want)).toBe(true);
    expect([layer.stride, layer.groups, nn.Conv2d.DEFAULT_STRIDE]).toEqual([[2, 1], 2, [1, 1]]);
    const back = nn.ConvTranspose2dBuilder.new(4, 2, 2).stride(2).output_padding(1).build();
    expect(back.forward(image).shape()).toEqual([1, 13, 13, 2]);
  });
  it('nn::Pool, nn::Pool::new, nn::Pool::forward, nn::Pooling › any reduction of windows', () => {
    const op: nn.Pooling = (windows, axes) => windows.max_axes(axes);
    const image = read(goldens.layers['MaxPool2d']!.x);
    expectNear(nn.Pool.new([2, 3], [2, 1], op).forward(image), goldens.layers['MaxPool2d']!.result, 1e-7);
    expect(() => nn.Pool.new([9], [1], op).forward(Array.ones([1, 4, 1]))).toThrow(
      '[nn.Pool] x must be (batch, ...spatial, channels) with room for a window, got (1,4,1) for (9)',
    );
  });
  it('nn::UpsampleMode › nearest, linear or cubic', () => {
    const image = Array.arange(0, 4).reshape([1, 4, 1]);
    const up = (mode: nn.UpsampleMode): number[] => list(nn.Upsample.new(2, mode).forward(image)).slice(0, 3);
    expect(up(nn.UpsampleMode.Nearest)).toEqual([0, 0, 1]);
    expect(up(nn.UpsampleMode.Linear({ align_corners: false }))).toEqual([0, 0.25, 0.75]);
    expect(nn.Upsample.new([2], nn.UpsampleMode.Cubic({ align_corners: true })).mode.align_corners).toBe(true);
  });
});

describe('layers of several inputs', () => {
  const x = read(goldens.layers['Rnn']!.x);
  const equal = (a: Array, b: Array): void => expect(a.equals(b)).toBe(true);
  it('nn::RopeInput, nn::RopeInputBuilder, nn::RopeInput::new, nn::Rope, nn::RopeBuilder › one array, a pair or a struct', () => {
    const rope: nn.RotaryPositionalEncoding = nn.RopeBuilder.new(8).traditional(true).build();
    equal(rope.forward([x, 3]), rope.forward(nn.RopeInputBuilder.new(x).offset(3).build()));
    equal(rope.forward(x), rope.forward(nn.RopeInput.new(x)));
    expect([nn.Rope, rope.dimensions]).toEqual([nn.RotaryPositionalEncoding, 8]);
  });
  it('nn::Sinpe, nn::SinpeBuilder › another name; the frequencies are a parameter', () => {
    const [plain, turned] = [nn.Sinpe.new(4), nn.SinpeBuilder.new(4).full_turns(true).cosine_first(true).build()];
    expect([...plain.parameters().flatten().keys()]).toEqual(['sigmas']);
    expect(list(turned.forward(array([1]))).slice(0, 1)[0]).toBeCloseTo(Math.SQRT1_2, 5);
  });
  it('nn::AlibiInput, nn::AlibiInputBuilder, nn::AlibiInput::new › an offset and a mask', () => {
    const scores = Array.zeros([1, 2, 2, 3]);
    const mask = Array.ones([2, 3]);
    const of = nn.AlibiInputBuilder.new(scores).offset(1).mask(mask).build();
    equal(nn.Alibi.new().forward(of), nn.Alibi.new().forward([scores, 1]).add(1));
    equal(nn.Alibi.new().forward(nn.AlibiInput.new(scores)), nn.Alibi.new().forward(scores));
  });
  it('nn::RnnInput, nn::RnnInputBuilder, nn::RnnInput::new, nn::Rnn::step, nn::NonLinearity › a first state', () => {
    const f: nn.NonLinearity = (a) => nn.relu(a);
    const layer = nn.RnnBuilder.new(8, 3).non_linearity(f).bias(false).build();
    const [head, tail] = ops.split_sections(x, [2], 1) as [Array, Array];
    const whole = layer.forward(nn.RnnInput.new(x));
    const last = ops.split_sections(layer.forward(head), [1], 1)[1]!.squeeze_axes([1]);
    const rest = layer.step(tail, last);
    // the same sums in another order
    expect(Boolean(rest.all_close(ops.split_sections(whole, [2], 1)[1]!, 1e-5, 1e-6).item())).toBe(true);
    equal(rest, layer.forward(nn.RnnInputBuilder.new(tail).hidden(last).build()));
    equal(rest, layer.forward([tail, last]));
    expect(list(whole).every((v) => v >= 0)).toBe(true);
    expect([nn.Rnn.DEFAULT_BIAS, nn.Rnn.DEFAULT_NONLINEARITY]).toEqual([true, null]);
    expect([...nn.Rnn.new(1, 1).parameters().flatten().keys()]).toEqual(['wxh', 'whh', 'bias']);
  });
  it('nn::GruInput, nn::GruInputBuilder, nn::Gru::step › a first state', () => {
    const layer = nn.Gru.new(8, 3);
    const hidden = Array.ones([2, 3]);
    equal(layer.step(x, hidden), layer.forward(nn.GruInputBuilder.new(x).hidden(hidden).build()));
    equal(layer.step(x), layer.forward(nn.GruInput.new(x)));
    expect([...layer.parameters().flatten().keys(), layer.hidden_size]).toEqual(['wx', 'wh', 'bias', 'bhn', 3]);
  });
  it('nn::LstmInput, nn::LstmInputBuilder, nn::LstmInput::new, nn::Lstm::step › a first state and cell', () => {
    const layer = nn.Lstm.new(8, 3);
    const [hidden, cell] = [Array.ones([2, 3]), Array.full([2, 3], 0.5)];
    const want = layer.step(x, hidden, cell);
    for (const input of [[x, hidden, cell], nn.LstmInputBuilder.new(x).hidden(hidden).cell(cell).build()] as const)
      layer.forward(input).forEach((a, i) => equal(a, want[i]!));
    equal(layer.forward(nn.LstmInput.new(x))[0], layer.step(x)[0]);
  });
  it('nn::MultiHeadAttentionInput, nn::MultiHeadAttentionInputBuilder, nn::MultiHeadAttentionInput::new, nn::MultiHeadAttention::create_additive_causal_mask › a causal mask', () => {
    const layer = nn.MultiHeadAttentionBuilder.new(8, 2).bias(true).value_output_dims(5).build();
    const mask = nn.MultiHeadAttention.create_additive_causal_mask(6);
    const masked = layer.forward(nn.MultiHeadAttentionInputBuilder.new(x, x, x).mask(mask).build());
    equal(masked, layer.forward([x, x, x, mask]));
    const [first] = ops.split_sections(masked, [1], 1);
    const [x1] = ops.split_sections(x, [1], 1) as [Array];
    // the first query sees itself only
    expect(
      Boolean(first!.all_close(layer.forward(nn.MultiHeadAttentionInput.new(x1, x1, x1)), 1e-5, 1e-6).item()),
    ).toBe(true);
    expect([...layer.parameters().flatten().keys()].slice(-2)).toEqual(['output_proj.weight', 'output_proj.bias']);
    expect(layer.num_heads).toBe(2);
  });
  it('error::MultiHeadAttentionBuildError, error::TransformerBulidError › heads that do not divide, a probability out of range', () => {
    expect(() => nn.MultiHeadAttention.new(8, 3)).toThrow(error.MultiHeadAttentionBuildError);
    const small = (): nn.TransformerBuilder => nn.TransformerBuilder.new().dimensions(8).encoder_layer_count(1);
    expect(() => small().num_heads(3).build()).toThrow(error.TransformerBulidError);
    expect(() => small().num_heads(2).dropout(2).build()).toThrow(error.TransformerBulidError);
  });
  const small = (): nn.TransformerBuilder =>
    nn.TransformerBuilder.new().dimensions(8).num_heads(2).encoder_layer_count(1).decoder_layer_count(1);
  it('nn::Transformer, nn::TransformerBuilder, nn::TransformerInput, nn::Transformer::forward › gives what MLX gives', () => {
    random.seed(7);
    const layer = small().norm_first(true).build();
    const source = read(goldens.layers['Transformer']!.x);
    const input: nn.TransformerInput = { source, target: from(source, 1, 4) };
    expectNear(layer.forward(input), goldens.layers['Transformer']!.result, 2e-5);
    const paths = [...layer.parameters().flatten().keys()];
    expect(paths.length).toBe(34);
    expect(paths).toContain('encoder.layers.0.attention.query_proj.weight');
    expect(paths).toContain('decoder.layers.0.cross_attention.output_proj.weight');
  });
  it('nn::Transformer::new, nn::Activation › its defaults; one activation for all layers', () => {
    expect([nn.Transformer.DEFAULT_NORM_FIRST, nn.Transformer.DEFAULT_DIMENSIONS]).toEqual([false, 512]);
    expect(nn.Transformer.new().num_heads).toBe(8);
    const activation: nn.Activation = nn.Prelu.new();
    const layer = small().activation(activation).build();
    const [, grads] = nn.value_and_grad((m: nn.Transformer, a: Array) => m.forward([a, a]).square().sum())(layer, x);
    expect(Math.abs(grads.get('activation.weight')!.item())).toBeGreaterThan(0);
    expect(grads.size).toBe(layer.num_parameters());
  });
});

describe('quantization', () => {
  const x = Array.ones([2, 64]);
  it('nn::quantize, quantization::Quantizable, quantization::Quantizable::try_into_quantized, nn::QuantizedLinear::try_from_linear › packs a layer', () => {
    const layer: quantization.Quantizable = nn.Linear.new(64, 3);
    const linear = layer as nn.Linear;
    const packed: nn.QuantizedLinear = nn.quantize(linear, 32, 8);
    equalPacked(packed, nn.QuantizedLinear.try_from_linear(linear, 32, 8));
    expect([packed.group_size, packed.bits, packed.all_frozen()]).toEqual([32, 8, true]);
    expect([...packed.parameters().flatten().keys()].sort()).toEqual([
      'biases',
      'inner.bias',
      'inner.weight',
      'scales',
    ]);
    // 64 products of weights up to 1/8 in 8 bits
    expect(Boolean(packed.forward(x).all_close(linear.forward(x), 0, 0.05).item())).toBe(true);
    expect(linear.try_into_quantized(64, 4).bits).toBe(4);
  });
  function equalPacked(a: module.Module, b: module.Module): void {
    for (const [path, p] of a.parameters().flatten()) expect(b.parameters().flatten().get(path)!.equals(p)).toBe(true);
  }
  it('nn::QuantizedLinearBuilder::build_with_linear, nn::build_quantized_linear, nn::QuantizedEmbeddingBuilder::build_with_embedding, nn::QuantizedEmbeddingBuilder::build_with_weight, nn::QuantizedEmbedding::try_from_embedding › of a layer, of rows', () => {
    const linear = nn.Linear.new(64, 3);
    const builder = nn.QuantizedLinearBuilder.new(64, 3).bits(8);
    equalPacked(builder.build_with_linear(linear), nn.quantize(linear, 64, 8));
    expect(nn.build_quantized_linear(builder).forward(x).shape()).toEqual([2, 3]);
    const rows = nn.Embedding.new(5, 64);
    const packer = nn.QuantizedEmbeddingBuilder.new(5, 64).group_size(32);
    const packed = packer.build_with_embedding(rows);
    equalPacked(packed, packer.build_with_weight(rows.weight));
    equalPacked(packed, nn.QuantizedEmbedding.try_from_embedding(rows, 32));
    equalPacked(packed, nn.quantize(rows, 32, null));
    expect(packed.any_frozen()).toBe(true);
  });
  it('quantization::MaybeQuantized, quantization::MaybeQuantized::new, quantization::MaybeQuantized::quantize_with, quantization::MaybeQuantized::is_quantized, quantization::MaybeQuantized::forward › packs the layer that it holds', () => {
    const { MaybeQuantized } = quantization;
    const model = Object.assign(new module.Module(), { proj: MaybeQuantized.new(nn.Linear.new(64, 3)) });
    expect([...model.parameters().flatten().keys()]).toEqual(['proj.weight', 'proj.bias']);
    const before = model.proj.forward(x);
    expect(nn.quantize(model, 64, 8)).toBe(model);
    expect(model.proj.is_quantized()).toBe(true);
    expect(Boolean(model.proj.forward(x).all_close(before, 0, 0.05).item())).toBe(true);
    const held = model.proj.module;
    expect(model.proj.quantize_with(() => expect.fail('packed already')).module).toBe(held);
    model.training_mode(false);
    const own = MaybeQuantized.Original(nn.Linear.new(64, 3)).quantize_with((l) => nn.quantize(l, 32, 4));
    expect([
      own.is_quantized(),
      MaybeQuantized.Quantized<nn.Linear>(own.module as nn.QuantizedLinear).is_quantized(),
    ]).toEqual([true, true]);
  });
  it('nn::quantize › packs the projections of attention, and of a transformer', () => {
    const layer = nn.MultiHeadAttention.new(64, 2);
    const input = Array.ones([1, 2, 64]);
    const before = layer.forward([input, input, input]);
    nn.quantize(layer, 64, 8);
    expect(layer.query_proj.is_quantized()).toBe(true);
    const after = layer.forward([input, input, input]);
    expect([after.equals(before), after.all_close(before, 0, 0.1).equals(true)]).toEqual([false, true]);
    const model = nn.TransformerBuilder.new()
      .dimensions(64)
      .num_heads(2)
      .encoder_layer_count(1)
      .decoder_layer_count(1)
      .build();
    nn.quantize(model);
    expect([...model.parameters().flatten().keys()].filter((p) => p.endsWith('scales')).length).toBe(16);
    expect(model.forward([input, input]).shape()).toEqual([1, 2, 64]);
  });
});
