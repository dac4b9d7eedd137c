// Packed layers beside the layers they come from, and which layers nn.quantize packs.
import { describe, expect, it } from 'vitest';
import { array, dequantize, quantize, random, treeFlatten, zeros, type Tensor } from 'lanewise';
import * as nn from 'lanewise/nn';

const farthest = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());
/** The matrix behind a packing of `w`. */
function rounded(w: Tensor, groupSize: number, bits: number, mode: 'affine' | 'nvfp4' | 'mxfp8'): Tensor {
  const [codes, scales, biases] = quantize(w, groupSize, bits, mode);
  return dequantize(codes!, scales!, biases ?? null, { groupSize, bits, mode, dtype: 'float32' });
}
function made(): nn.Sequential {
  random.seed(1);
  return new nn.Sequential(
    new nn.Embedding(8, 64),
    new nn.Linear(64, 64),
    nn.relu,
    new nn.Sequential(new nn.Linear(64, 2)),
  );
}
const kinds = (model: nn.Module): string[] => model.modules().map((m) => m.constructor.name);

describe('nn.quantize › layers', () => {
  it('packs each linear and embedding layer in place', () => {
    const model = made();
    const tokens = array([[1, 7]], 'int32');
    const [e, a, , { layers: b }] = model.layers as [nn.Embedding, nn.Linear, unknown, nn.Sequential];
    const head = b[0] as nn.Linear;
    const x = rounded(e.weight, 32, 8, 'affine').take(tokens, 0);
    const y = nn.relu(x.matmul(rounded(a.weight, 32, 8, 'affine').T).add(a.bias!));
    const want = y.matmul(rounded(head.weight, 32, 8, 'affine').T).add(head.bias!);
    expect(nn.quantize(model, { groupSize: 32, bits: 8 })).toBe(model);
    expect(kinds(model)).toEqual([
      ...['Sequential', 'QuantizedEmbedding', 'QuantizedLinear', 'Sequential', 'QuantizedLinear'],
    ]);
    // sums of 64 products in another order
    expect(farthest(model.forward(tokens), want)).toBeLessThan(2e-6);
    // as in MLX, where a bias that comes with the layer stays trainable
    expect(treeFlatten(model.trainableParameters()).map(([path]) => path)).toEqual([
      ...['layers.1.bias', 'layers.3.layers.0.bias'],
    ]);
  });
  it('asks the predicate, which may give options', () => {
    const model = nn.quantize(made(), {
      bits: 8,
      classPredicate: (path, m) => m instanceof nn.Linear && (path === 'layers.1' ? { bits: 2, groupSize: 32 } : true),
    });
    expect(kinds(model)).toEqual(['Sequential', 'Embedding', 'QuantizedLinear', 'Sequential', 'QuantizedLinear']);
    expect(String(model.layers[1])).toBe(
      'QuantizedLinear(inputDims=64, outputDims=64, bias=true, groupSize=32, bits=2, mode=affine)',
    );
    expect((model.layers[3] as nn.Sequential).layers[0]).toMatchObject({ groupSize: 64, bits: 8 });
  });
  it('shares the embedding with an output projection', () => {
    const layer = new nn.Embedding(8, 64);
    const x = random.normal([3, 64]);
    const want = x.matmul(rounded(layer.weight, 64, 4, 'affine').T);
    expect(farthest(layer.toQuantized().asLinear(x), want)).toBeLessThan(1e-5);
    expect(farthest(layer.asLinear(x), x.matmul(layer.weight.T))).toBe(0);
    expect(layer.toQuantized().forward(array(3, 'int32')).shape).toEqual([64]);
  });
});

describe('nn.QQLinear › training and evaluation', () => {
  it.each([
    ['nvfp4', 16, 4],
    ['mxfp8', 32, 8],
  ] as const)('rounds inputs and weights in %s, and packs the weight in evaluation', (mode, groupSize, bits) => {
    random.seed(5);
    const plain = new nn.Linear(64, 6, false);
    const layer = plain.toQuantized({ quantizeInput: true, mode }) as nn.QQLinear;
    const x = random.normal([3, 64]);
    const want = rounded(x, groupSize, bits, mode).matmul(rounded(plain.weight, groupSize, bits, mode).T);
    expect(layer.weight.dtype).toBe('float32');
    expect(farthest(layer.forward(x), want)).toBeLessThan(1e-5);
    layer.eval();
    expect([layer.weight.dtype, layer.scales!.dtype]).toEqual(['uint32', 'uint8']);
    expect(farthest(layer.forward(x), want)).toBeLessThan(1e-5);
    layer.train();
    expect([layer.weight.dtype, layer.scales]).toEqual(['float32', undefined]);
    expect(farthest(layer.weight, rounded(plain.weight, groupSize, bits, mode))).toBe(0);
  });
  it('follows the mode of its model', () => {
    const model = made().eval();
    nn.quantize(model, {
      mode: 'nvfp4',
      quantizeInput: true,
      classPredicate: (_, m) => m instanceof nn.Linear && m.bias === undefined,
    });
    expect(kinds(model)).toEqual(kinds(made()));
    const bare = new nn.Sequential(new nn.Linear(32, 2, false)).eval();
    nn.quantize(bare, { mode: 'mxfp8', quantizeInput: true });
    expect((bare.layers[0] as nn.QQLinear).scales).toBeDefined();
    expect(bare.forward(zeros([1, 32])).tolist()).toEqual([[0, 0]]);
  });
});
