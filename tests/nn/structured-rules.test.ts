// What MLX's values do not show of the structured layers.
import { describe, expect, it } from 'vitest';
import {
  array,
  broadcastTo,
  concatenate,
  full,
  grad,
  iinfo,
  memory,
  nn,
  ones,
  random,
  slice,
  transpose,
  treeFlatten,
  type DType,
  type Tensor,
} from '../../src/index.js';

/** The largest or the mean of each window, the obvious way: x is (1, H, W, 1) in row-major order. */
function naive(kind: 'max' | 'mean', x: Float32Array, [h, w]: number[], kernel: number[], stride: number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i + kernel[0]! <= h!; i += stride[0]!)
    for (let j = 0; j + kernel[1]! <= w!; j += stride[1]!) {
      const window: number[] = [];
      for (let u = 0; u < kernel[0]!; u++) for (let v = 0; v < kernel[1]!; v++) window.push(x[(i + u) * w! + j + v]!);
      out.push(kind === 'max' ? Math.max(...window) : window.reduce((a, b) => a + b, 0) / window.length);
    }
  return out;
}
describe('pooling', () => {
  const few = { kernel: [3, 2], stride: [2, 1] };
  const many = { kernel: [7, 6], stride: [2, 3] };
  const tiles = { kernel: [6, 8], stride: [6, 8] };
  it.each([few, many, tiles])(
    'nn.MaxPool2d › windows of $kernel every $stride have their largest, nn.AvgPool2d their mean',
    ({ kernel, stride }) => {
      const [h, w] = [12, 16];
      const x = random.normal([h, w], 'float32', 0, 1, random.key(3));
      const values = x.toTypedArray() as Float32Array;
      const image = x.reshape([1, h, w, 1]);
      // the same elements through other strides
      const turned = transpose(transpose(image, [0, 2, 1, 3]).contiguous(), [0, 2, 1, 3]);
      for (const t of [image, turned]) {
        expect([...new nn.MaxPool2d(kernel, stride).forward(t).toTypedArray()]).toEqual(
          naive('max', values, [h, w], kernel, stride),
        );
        const mean = new nn.AvgPool2d(kernel, stride).forward(t).toTypedArray();
        naive('mean', values, [h, w], kernel, stride).forEach((m, i) => expect(mean[i]).toBeCloseTo(m, 5));
      }
    },
  );
  it.each(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint64'] as DType[])(
    'nn.MaxPool1d › padding is below every %s',
    (dtype) => {
      const least = iinfo(dtype).min;
      const y = new nn.MaxPool1d(2, 1, 1).forward(full([1, 2, 1], least, dtype));
      expect(y.dtype).toBe(dtype);
      expect([...(y.toTypedArray() as Int32Array)]).toEqual([least, least, least]);
    },
  );
  it('nn.MaxPool1d › padding is below every bool', () => {
    const x = array([[[false], [true]]]);
    expect([...new nn.MaxPool1d(1, 1, 1).forward(x).toTypedArray()]).toEqual([0, 0, 1, 0]);
  });
  it('nn.AvgPool1d › half types are summed in float32', () => {
    const x = array([2048, 1, 1, 1, 1, 1, 1, 1, 1, 1], 'float16').reshape([1, 10, 1]);
    // 205.7 rounded once; in float16 each 1 would be lost beside 2048
    expect(new nn.AvgPool1d(10).forward(x).item()).toBe(205.75);
  });
});

describe('upsampling', () => {
  const options = [
    ['nearest', false, false],
    ['linear', false, false],
    ['linear', true, false],
    ['linear', false, true],
    ['cubic', false, false],
    ['cubic', true, false],
    ['cubic', false, true],
  ] as const;
  it.each(options)(
    'nn.Upsample › %s, alignCorners %s, antialias %s: what is constant stays so',
    (mode, alignCorners, antialias) => {
      for (const scale of [0.3, 0.7, 1, 1.7, 2.7, 4]) {
        const y = new nn.Upsample(scale, mode, alignCorners, antialias).forward(full([1, 5, 7, 2], 3));
        expect(y.shape).toEqual([1, Math.floor(5 * scale), Math.floor(7 * scale), 2]);
        for (const v of y.toTypedArray()) expect(v).toBeCloseTo(3, 5);
      }
    },
  );
  it('nn.Upsample › cubic: a position on an element gives the element', () => {
    const x = array([4, -1, 2.5, 7, 3]).reshape([1, 5, 1]);
    expect(new nn.Upsample(2.7, 'cubic').forward(x).toTypedArray()[6]).toBeCloseTo(2.5, 5);
  });
  it('nn.Upsample › a scale that leaves nothing leaves nothing', () => {
    for (const mode of ['nearest', 'linear', 'cubic'] as const)
      expect(new nn.Upsample(0.1, mode).forward(ones([2, 5, 3])).shape).toEqual([2, 0, 3]);
  });
});

describe('recurrence', () => {
  it('nn.LSTM › the gradient of 2000 steps needs no more than a few copies of them', () => {
    const layer = new nn.LSTM(4, 8);
    const x = random.normal([2000, 4]).eval();
    const gradient = grad((t: Tensor) => layer.forward(t)[0].sum());
    memory.resetPeak();
    const before = memory.active();
    expect(gradient(x).eval().shape).toEqual([2000, 4]);
    // one slice of all steps after another would spread 2000 gradients over 2000 * 32 numbers, 512 MB
    expect(memory.peak() - before).toBeLessThan(32e6);
  });
  it.each(['RNN', 'GRU', 'LSTM'] as const)('nn.%s › goes on from the state it ended with', (name) => {
    const layer = new nn[name](3, 4);
    const run = (x: Tensor, ...states: Tensor[]): Tensor[] => {
      const out = layer.forward(x, ...(states as []));
      return Array.isArray(out) ? out : [out];
    };
    const x = random.normal([2, 7, 3]);
    const whole = run(x);
    const first = run(x.at(':', slice(0, 4)));
    const rest = run(x.at(':', slice(4, 7)), ...first.map((s) => s.at(':', 3)));
    whole.forEach((all, k) => {
      const parts = concatenate([first[k]!, rest[k]!], 1);
      expect(all.sub(parts).abs().max().item()).toBeLessThan(1e-6);
    });
  });
  it('nn.GRU › one state for all rows of a batch is that state in each', () => {
    const layer = new nn.GRU(3, 4);
    const [x, state] = [random.normal([2, 3, 3]), random.normal([4])];
    const same = layer.forward(x, state).sub(layer.forward(x, broadcastTo(state, [2, 4])));
    expect(same.abs().max().item()).toBeLessThan(1e-6);
  });
});

describe('transformer', () => {
  it.each(['TransformerEncoder', 'TransformerDecoder'] as const)(
    'nn.%s › checkpoint changes neither the value nor a gradient, with the same dropout',
    (name) => {
      const results = [false, true].map((checkpoint) => {
        random.seed(5);
        const model = new nn[name](2, 8, 2, { mlpDims: 12, dropout: 0.3, checkpoint });
        const [x, memory] = [random.normal([2, 3, 8]), random.normal([2, 4, 8])];
        const call = (t: Tensor): Tensor =>
          model instanceof nn.TransformerDecoder ? model.forward(t, memory, 'causal') : model.forward(t, 'causal');
        const step = nn.valueAndGrad(model, (t: Tensor) => call(t).square().sum());
        return [...step(x), grad((t: Tensor) => call(t).square().sum())(x)].flatMap((tree) =>
          treeFlatten(tree).map(([path, t]) => [path, t.tolist()]),
        );
      });
      expect(results[1]).toEqual(results[0]);
    },
  );
  it('nn.TransformerEncoder › checkpoint holds less at its peak', () => {
    const [plain, again] = [false, true].map((checkpoint) => {
      const model = new nn.TransformerEncoder(6, 32, 2, { checkpoint });
      const x = random.normal([8, 64, 32]).eval();
      const step = nn.valueAndGrad(model, (t: Tensor) => model.forward(t).sum());
      step(x);
      memory.clear();
      memory.resetPeak();
      const before = memory.active();
      step(x);
      return memory.peak() - before;
    });
    // what 6 layers keep, against 6 inputs and what one layer keeps: a quarter
    expect(again!).toBeLessThan(plain! / 3);
  });
  it('nn.TransformerEncoderLayer › in eval() dropout does nothing', () => {
    const layer = new nn.TransformerEncoderLayer(8, 2, { dropout: 0.5 });
    const x = random.normal([1, 3, 8]);
    expect(layer.forward(x).tolist()).not.toEqual(layer.forward(x).tolist());
    layer.eval();
    expect(layer.forward(x).tolist()).toEqual(layer.forward(x).tolist());
  });
  it('nn.Transformer › has the sizes of the paper, and takes other encoders and decoders', () => {
    const model = new nn.Transformer({ dims: 8, numHeads: 2, mlpDims: 8 });
    expect(model.encoder.children()['layers']).toHaveLength(6);
    expect(model.decoder.children()['layers']).toHaveLength(6);
    class Twice extends nn.Module {
      readonly scale = array([2]);
      forward(x: Tensor): Tensor {
        return x.multiply(this.scale);
      }
    }
    class Sum extends nn.Module {
      forward(x: Tensor, memory: Tensor): Tensor {
        return x.add(memory);
      }
    }
    const other = new nn.Transformer({ customEncoder: new Twice(), customDecoder: new Sum() });
    expect(other.forward(array([3]), array([1])).tolist()).toEqual([7]);
    expect(treeFlatten(other.parameters()).map(([path]) => path)).toEqual(['encoder.scale']);
  });
});

it('layers › print what they were made of', () => {
  const shown: [nn.Module, string][] = [
    [
      new nn.Conv2d(4, 6, [3, 2], { stride: 2, groups: 2 }),
      'Conv2d(inputChannels=4, outputChannels=6, kernelSize=(3,2), stride=(2,2), padding=(0,0), dilation=(1,1), groups=2, bias=true)',
    ],
    [
      new nn.ConvTranspose1d(4, 6, 3, { bias: false, outputPadding: 1 }),
      'ConvTranspose1d(inputChannels=4, outputChannels=6, kernelSize=(3), stride=(1), padding=(0), dilation=(1), groups=1, bias=false, outputPadding=(1))',
    ],
    [new nn.MaxPool2d(2, [1, 2], 1), 'MaxPool2d(kernelSize=(2,2), stride=(1,2), padding=(1,1))'],
    [new nn.AvgPool1d(3), 'AvgPool1d(kernelSize=(3), stride=(3), padding=(0))'],
    [
      new nn.Upsample([2, 0.5], 'cubic'),
      'Upsample(scaleFactor=(2,0.5), mode=cubic, alignCorners=false, antialias=false)',
    ],
    [new nn.RNN(3, 4), 'RNN(inputSize=3, hiddenSize=4, bias=true)'],
    [new nn.GRU(3, 4, false), 'GRU(inputSize=3, hiddenSize=4, bias=false)'],
    [new nn.LSTM(3, 4), 'LSTM(inputSize=3, hiddenSize=4, bias=true)'],
    [new nn.RoPE(8, true), 'RoPE(dims=8, traditional=true)'],
    [new nn.ALiBi(), 'ALiBi()'],
  ];
  for (const [layer, text] of shown) expect(String(layer)).toBe(text);
});
