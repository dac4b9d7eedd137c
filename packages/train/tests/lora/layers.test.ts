import { fileURLToPath } from 'node:url';
import { add, array, dequantize, grad, io, multiply, nn, random, subtract, sum, type Tensor } from 'lanewise';
import { beforeAll, describe, expect, it } from 'vitest';
import { isLinear, type EmbeddingBase, type LinearBase } from '../../src/lora/bases.js';
import { DoRAEmbedding, DoRALinear, LoRAEmbedding, LoRALinear, type LoraLayer } from '../../src/lora/layers.js';

const goldens = fileURLToPath(new URL('../../../../tests/goldens/lora/', import.meta.url));
interface Case {
  readonly name: string;
  readonly kind: 'linear' | 'embedding';
  readonly scale: number;
  readonly dora?: boolean;
  readonly as_linear?: boolean;
  readonly group_size?: number;
  readonly bits?: number;
}
let file: Record<string, Tensor>;
let cases: readonly Case[];
beforeAll(async () => {
  const source = await io.openSafetensors(`${goldens}layers.safetensors`);
  file = await source.tensors();
  cases = JSON.parse(source.metadata['cases']!) as Case[];
  await source.close();
});

/** The layer of a case, with the parameters that mlx-lm had. */
function layerOf(c: Case): LoraLayer {
  const at = (name: string): Tensor | undefined => file[`${c.name}.${name}`];
  const [rows, columns] =
    c.kind === 'linear'
      ? [at('lora_b')!.shape[1]!, at('lora_a')!.shape[0]!]
      : [at('lora_a')!.shape[0]!, at('lora_b')!.shape[1]!];
  const packing = { groupSize: c.group_size ?? 32, bits: c.bits ?? 4 };
  let base: LinearBase | EmbeddingBase;
  if (c.kind === 'linear') {
    const bias = at('base.bias') !== undefined;
    base =
      c.bits === undefined ? new nn.Linear(columns, rows, bias) : new nn.QuantizedLinear(columns, rows, bias, packing);
  } else
    base = c.bits === undefined ? new nn.Embedding(rows, columns) : new nn.QuantizedEmbedding(rows, columns, packing);
  base.loadWeights(
    Object.entries(file).flatMap(([k, v]): [string, Tensor][] =>
      k.startsWith(`${c.name}.base.`) ? [[k.slice(c.name.length + 6), v]] : [],
    ),
  );
  const options = { rank: at('lora_b')!.shape[0]!, scale: c.scale };
  const layer = isLinear(base)
    ? new (c.dora === true ? DoRALinear : LoRALinear)(base, options)
    : new (c.dora === true ? DoRAEmbedding : LoRAEmbedding)(base, options);
  layer.lora_a = at('lora_a')!;
  layer.lora_b = at('lora_b')!;
  if (c.dora === true) layer.m = at('m')!;
  return layer;
}
const call = (c: Case, layer: LoraLayer, x: Tensor): Tensor =>
  c.as_linear === true ? (layer as LoRAEmbedding).asLinear(x) : (layer as LoRALinear).forward(x);
/** The largest difference over the largest magnitude. */
const apart = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return (subtract(a, b).abs().max().item() as number) / (b.abs().max().item() as number);
};
// float32 sums of up to 64 products, in another order
const CLOSE = 2e-6;

describe('layers of mlx-lm', () => {
  it('layers › outputs', () => {
    expect(cases).toHaveLength(10);
    for (const c of cases) {
      const layer = layerOf(c);
      expect(apart(call(c, layer, file[`${c.name}.x`]!), file[`${c.name}.y`]!), c.name).toBeLessThan(CLOSE);
    }
  });
  it('layers › gradients of lora_a, lora_b and m', () => {
    for (const c of cases) {
      const layer = layerOf(c);
      const names = c.dora === true ? (['lora_a', 'lora_b', 'm'] as const) : (['lora_a', 'lora_b'] as const);
      const loss = (own: Record<string, Tensor>): Tensor => {
        layer.update(own);
        return sum(multiply(call(c, layer, file[`${c.name}.x`]!), file[`${c.name}.g`]!));
      };
      const grads = grad(loss)(Object.fromEntries(names.map((n) => [n, layer[n]!])));
      for (const n of names)
        expect(apart(grads[n]!, file[`${c.name}.grad.${n}`]!), `${c.name} ${n}`).toBeLessThan(2 * CLOSE);
    }
  });
  it('layers › fuse', () => {
    for (const c of cases) {
      const fused = layerOf(c).fuse(true);
      expect(fused).toBeInstanceOf(c.kind === 'linear' ? nn.Linear : nn.Embedding);
      const want = file[`${c.name}.fused.weight`];
      if (want !== undefined) expect(apart(fused.weight, want), c.name).toBeLessThan(CLOSE);
      const bias = file[`${c.name}.base.bias`];
      if (bias !== undefined) expect((fused as nn.Linear).bias!.tolist()).toEqual(bias.tolist());
      // the fused layer does what the adapter does
      const y = call(c, layerOf(c), file[`${c.name}.x`]!);
      const x = file[`${c.name}.x`]!;
      const z = c.as_linear === true ? (fused as nn.Embedding).asLinear(x) : fused.forward(x);
      expect(apart(z, y), c.name).toBeLessThan(2 * CLOSE);
    }
  });
});

describe('LoRA', () => {
  it('LoRALinear › a new adapter changes nothing, and only it is trained', () => {
    for (const Layer of [LoRALinear, DoRALinear]) {
      const linear = new nn.Linear(6, 4).freeze() as nn.Linear;
      const layer = new Layer(linear, { rank: 3 });
      const x = array([[1, -2, 3, 0.5, 0, 4]]);
      expect(apart(layer.forward(x), linear.forward(x))).toBeLessThan(CLOSE);
      expect(
        Object.keys(layer.trainableParameters())
          .filter((k) => k !== 'linear' && k !== 'dropout')
          .sort(),
      ).toEqual(Layer === DoRALinear ? ['lora_a', 'lora_b', 'm'] : ['lora_a', 'lora_b']);
      expect(layer.trainableParameters()['linear']).toEqual({});
      expect([layer.lora_a.shape, layer.lora_b.shape]).toEqual([
        [6, 3],
        [3, 4],
      ]);
      const bound = 1 / Math.sqrt(6);
      expect(layer.lora_a.abs().max().item()).toBeLessThanOrEqual(bound);
      expect(layer.lora_a.abs().max().item()).toBeGreaterThan(bound / 2);
    }
  });
  it('LoRALinear › dropout zeroes inputs of the low-rank product, in training alone', () => {
    const linear = new nn.Linear(64, 1, false);
    const layer = new LoRALinear(linear, { rank: 1, scale: 1, dropout: 0.75 });
    layer.lora_a = array(new Float32Array(64).fill(1)).reshape([64, 1]);
    layer.lora_b = array([[1]]);
    const x = array(new Float32Array(64 * 200).fill(1)).reshape([200, 64]);
    const added = (): Tensor => subtract(layer.forward(x), linear.forward(x));
    // each of 64 ones stays with probability 1/4 and counts 4: mean 64, variance 64 * 3
    const kept = added();
    expect(Math.abs((kept.mean().item() as number) - 64)).toBeLessThan((4 * Math.sqrt(192)) / Math.sqrt(200));
    expect(kept.std().item()).toBeGreaterThan(10);
    layer.eval();
    expect(added().std().item()).toBeLessThan(1e-4);
  });
  it('LoRALinear › half types: the product is added in the dtype of the input', () => {
    const linear = new nn.Linear(8, 4).setDtype('bfloat16') as nn.Linear;
    for (const layer of [new LoRALinear(linear, { rank: 2 }), new DoRALinear(linear, { rank: 2 })]) {
      expect(layer.forward(array([[1, 2, 3, 4, 5, 6, 7, 8]]).astype('bfloat16')).dtype).toBe('bfloat16');
      expect(layer.fuse().weight.dtype).toBe('bfloat16');
    }
  });
  it('DoRA › rows of zeros stay zero', () => {
    const table = new nn.Embedding(3, 4);
    table.weight = array([
      [0, 0, 0, 0],
      [1, 2, 2, 0],
      [0, 0, 0, 0],
    ]);
    const layer = new DoRAEmbedding(table, { rank: 2 });
    expect(layer.forward(array([0, 1], 'int32')).tolist()).toEqual([
      [0, 0, 0, 0],
      [1, 2, 2, 0],
    ]);
    expect((layer.fuse() as nn.Embedding).weight.tolist()).toEqual(table.weight.tolist());
  });
  it.each(['mxfp4', 'nvfp4', 'mxfp8'] as const)('fuse › nothing of an adapter in float32 is lost around %s', (mode) => {
    const base = nn.QuantizedLinear.fromLinear(new nn.Linear(64, 32, false), { mode });
    const layer = new LoRALinear(base, { rank: 4 });
    layer.lora_b = random.normal([4, 32]);
    const { weight, scales, groupSize, bits } = base;
    const want = add(dequantize(weight, scales, null, groupSize, bits, mode).astype('float32'), layer.delta());
    const fused = layer.fuse(true) as nn.Linear;
    expect(fused.weight.dtype).toBe('float32');
    expect(fused.weight.tolist()).toEqual(want.tolist());
  });
  it('fuse › a packed base is packed again in its own scheme', () => {
    const c = cases.find((k) => k.name === 'qlora_linear')!;
    const fused = layerOf(c).fuse() as nn.QuantizedLinear;
    expect(fused).toBeInstanceOf(nn.QuantizedLinear);
    expect([fused.groupSize, fused.bits, fused.mode]).toEqual([32, 4, 'affine']);
    // 4 bits of groups of 32 weights
    expect(apart(fused.forward(file[`${c.name}.x`]!), file[`${c.name}.y`]!)).toBeLessThan(0.1);
  });
  it.each([
    [
      () => new LoRALinear(new nn.Linear(2, 2), { rank: 0 }),
      '[LoRALinear] rank must be an integer of at least 1, got 0',
    ],
    [
      () => new LoRAEmbedding(new nn.Embedding(2, 2), { rank: 1.5 }),
      '[LoRAEmbedding] rank must be an integer of at least 1, got 1.5',
    ],
    [() => new LoRALinear(new nn.Linear(2, 2), { scale: NaN }), '[LoRALinear] scale must be a finite number, got NaN'],
    [() => new LoRALinear(new nn.Linear(2, 2), { dropout: 1 }), '[nn.Dropout] p must be at least 0 and below 1, got 1'],
    [() => new LoRALinear(new nn.Embedding(2, 2) as never), '[LoRALinear] the layer must be Linear or QuantizedLinear'],
    [
      () => new LoRAEmbedding(new nn.Linear(2, 2) as never),
      '[LoRAEmbedding] the layer must be Embedding or QuantizedEmbedding',
    ],
  ])('layers › refuses %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }));
  });
});
