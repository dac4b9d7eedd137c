// Layers over GGUF's blocks: held in stripes, read and written as plain rows of blocks.
import { describe, expect, it } from 'vitest';
import {
  array,
  arrayEqual,
  compile,
  dequantize,
  memory,
  grad,
  quantize,
  quantizedMatmul,
  random,
  type Tensor,
  withDevice,
} from 'lanewise';
import * as nn from 'lanewise/nn';

const modes = ['q8_0', 'q4_0', 'q4_1', 'q5_0', 'q5_1', 'q4_k', 'q5_k', 'q6_k'] as const;
const same = (a: Tensor, b: Tensor): boolean => Boolean(arrayEqual(a, b).item());
const layerOf = (w: Tensor, mode: (typeof modes)[number]): nn.QuantizedLinear => {
  const [rows, columns] = w.shape as [number, number];
  return nn.QuantizedLinear.fromLinear(Object.assign(new nn.Linear(columns, rows, false), { weight: w }), { mode });
};

describe('nn.QuantizedLinear › blocks', () => {
  it.each(modes)('multiplies by the blocks of its weight, %s', (mode) => {
    const w = random.normal([14, 512]);
    const layer = layerOf(w, mode);
    const [blocks] = quantize(w, { mode });
    const x = random.normal([2, 3, 512]);
    const want = quantizedMatmul(x, blocks, null, null, { mode });
    expect(same(layer.forward(x), want)).toBe(true);
    expect(same(layer.weight, blocks)).toBe(true);
    // reading the weight took nothing away
    expect(same(layer.forward(x), want)).toBe(true);
    expect(Object.keys(layer.parameters())).toEqual(['weight']);
    expect(layer.trainableParameters()).toEqual({});
  });
  it('takes other blocks by every way in which weights are given', async () => {
    const mode = 'q4_k';
    const layer = layerOf(random.normal([6, 256]), mode);
    const x = random.normal([256]);
    const ways: ((w: Tensor) => unknown)[] = [
      (w) => (layer.weight = w),
      (w) => layer.update({ weight: w }),
      (w) => layer.loadWeights([['weight', w]]),
    ];
    for (const give of ways) {
      const [w] = quantize(random.normal([6, 256]), { mode });
      give(w.eval());
      expect(same(layer.weight, w)).toBe(true);
      expect(same(layer.forward(x), quantizedMatmul(x, w, null, null, { mode }))).toBe(true);
    }
  });
  it('holds the stripes in place of the blocks', () => {
    const mode = 'q8_0';
    const [w] = quantize(random.normal([1024, 1024]), { mode });
    const bytes = w.eval().size;
    const layer = new nn.QuantizedLinear(1024, 1024, false, { mode });
    layer.forward(random.normal([1024])).eval();
    const before = memory.active();
    layer.weight = w;
    w.dispose();
    layer.forward(random.normal([1024])).eval();
    expect(Math.abs(memory.active() - before)).toBeLessThan(bytes / 8);
  });
  it('runs in compiled functions and lets gradients through to x', () => {
    const layer = layerOf(random.normal([8, 256]), 'q6_k');
    const x = random.normal([3, 256]);
    const forward = compile((a: Tensor) => layer.forward(a));
    for (let i = 0; i < 3; i++) expect(same(forward(x), layer.forward(x))).toBe(true);
    const g = grad((a: Tensor) => layer.forward(a).sum())(x);
    const want = dequantize(layer.weight, null, null, { mode: 'q6_k' }).sum(0);
    // sums of 8 numbers in another order
    expect(Number(g.sub(want).abs().max().item())).toBeLessThan(1e-5);
  });
  it('packs the layers of a model', () => {
    const model = new nn.Sequential(new nn.Embedding(8, 64), new nn.Linear(64, 64), nn.relu, new nn.Linear(64, 2));
    const tokens = array([[1, 7]], 'int32');
    const want = model.forward(tokens);
    nn.quantize(model, { mode: 'q8_0' });
    expect(String(model.layers[1])).toBe(
      'QuantizedLinear(inputDims=64, outputDims=64, bias=true, groupSize=32, bits=8, mode=q8_0)',
    );
    // weights and activations of 8 bits
    expect(Number(model.forward(tokens).sub(want).abs().max().item())).toBeLessThan(0.02);
  });
});

describe('nn.QuantizedEmbedding › blocks', () => {
  it.each(modes)(
    'gives the rows of its table, also from the end, and shares it with an output projection, %s',
    (mode) => {
      // two stripes of 16 rows, and a third that is not full
      const w = random.normal([37, 256]);
      const layer = nn.QuantizedEmbedding.fromEmbedding(Object.assign(new nn.Embedding(37, 256), { weight: w }), {
        mode,
      });
      const [blocks] = quantize(w, { mode });
      const index = array(
        [
          [0, 36, 17],
          [-1, -37, 5],
        ],
        'int32',
      );
      const table = dequantize(blocks, null, null, { mode });
      expect(same(layer.forward(index), table.take(index, 0))).toBe(true);
      expect(withDevice('reference', () => same(layer.forward(index), table.take(index, 0)))).toBe(true);
      expect(layer.forward(array(4, 'int32')).shape).toEqual([256]);
      for (const wrong of [37, 47, -38])
        expect(() => layer.forward(array([wrong], 'int32')).eval()).toThrow(
          `[take] index ${wrong} is out of bounds for axis 0 with size 37`,
        );
      const x = random.normal([2, 256]);
      expect(same(layer.asLinear(x), quantizedMatmul(x, blocks, null, null, { mode }))).toBe(true);
    },
  );
});
