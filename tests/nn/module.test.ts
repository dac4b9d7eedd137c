// What a module sees of its properties, and what its methods change.
import { describe, expect, it } from 'vitest';
import { array, ones, random, Tensor, tidy, treeFlatten, zeros } from 'lanewise';
import * as nn from 'lanewise/nn';
import { flat } from '../support/nn-golden.js';

class Block extends nn.Module {
  readonly norm = new nn.LayerNorm(4);
  readonly fc: nn.Linear;
  constructor(outputs: number) {
    super();
    this.fc = new nn.Linear(4, outputs, false);
  }
  forward(x: Tensor): Tensor {
    return this.fc.forward(this.norm.forward(x));
  }
}
class Model extends nn.Module {
  readonly blocks = [new Block(4), new Block(2)];
  readonly heads = { left: new nn.Linear(2, 1), deep: [{ right: new nn.PReLU() }] };
  readonly scales = [ones([2]), zeros([1])];
  readonly drop = new nn.Dropout(0.5);
  readonly sizes = [1, 2];
  readonly name = 'model';
  readonly _hidden = new nn.Linear(1, 1);
  readonly _cache = ones([3]);
  forward(x: Tensor): Tensor {
    return this.heads.left.forward(this.drop.forward(this.blocks.reduce((y, b) => b.forward(y), x)));
  }
}
const names = (tree: unknown): string[] => treeFlatten(tree).map(([path]) => path);
const all = [
  ...['blocks.0.norm.weight', 'blocks.0.norm.bias', 'blocks.0.fc.weight'],
  ...['blocks.1.norm.weight', 'blocks.1.norm.bias', 'blocks.1.fc.weight'],
  ...['heads.left.weight', 'heads.left.bias', 'heads.deep.0.right.weight', 'scales.0', 'scales.1'],
];
const list = (x: Tensor): unknown => x.tolist();

describe('nn.Module › contents', () => {
  it('finds parameters in modules, lists and plain objects, and leaves private names alone', () => {
    const model = new Model();
    expect(names(model.parameters())).toEqual(all);
    expect(Object.keys(model.parameters())).toEqual(['blocks', 'heads', 'scales', 'drop']);
    expect(flat(model.parameters())['blocks.1.fc.weight']).toBe(model.blocks[1]!.fc.weight);
    expect(names(model.state)).toEqual(all);
  });
  it('keeps the indices of a list whose other elements are functions', () => {
    const model = new nn.Sequential(
      (x) => x,
      new nn.Linear(1, 1),
      (x) => x,
    );
    expect(names(model.parameters())).toEqual(['layers.1.weight', 'layers.1.bias']);
    expect(model.leafModules()).toEqual({ layers: [{}, model.layers[1], {}] });
  });
  it('names modules by path, parents first', () => {
    const model = new Model();
    const named = model.namedModules();
    expect(named.map(([path]) => path)).toEqual([
      ...['', 'blocks.0', 'blocks.0.norm', 'blocks.0.fc', 'blocks.1', 'blocks.1.norm', 'blocks.1.fc'],
      ...['heads.left', 'heads.deep.0.right', 'drop'],
    ]);
    expect(named.map(([, m]) => m)).toEqual(model.modules());
    expect(model.children()['blocks']).toEqual(model.blocks);
    expect(names(model.leafModules())).toEqual([
      ...['blocks.0.norm', 'blocks.0.fc', 'blocks.1.norm', 'blocks.1.fc', 'heads.left', 'heads.deep.0.right', 'drop'],
    ]);
  });
  it('prints the tree', () => {
    expect(String(new nn.Sequential(new nn.Linear(2, 3), nn.relu, new Block(2)))).toBe(
      [
        'Sequential(',
        '  (layers.0): Linear(inputDims=2, outputDims=3, bias=true)',
        '  (layers.2): Block(',
        '    (norm): LayerNorm(4, eps=0.00001, affine=true)',
        '    (fc): Linear(inputDims=4, outputDims=2, bias=false)',
        '  )',
        ')',
      ].join('\n'),
    );
  });
  it('keeps the types of a subclass', () => {
    const model = new Model();
    const weight: Tensor = model.blocks[0]!.fc.weight;
    const bias: Tensor | undefined = model.heads.left.bias;
    // @ts-expect-error a model has the layers that its class names
    expect(model.nowhere).toBeUndefined();
    // @ts-expect-error an input is a tensor
    expect(() => model.forward('x')).toThrow();
    const same: Model = model.eval().train().freeze().unfreeze().setDtype('float32');
    expect([same, weight.ndim, bias?.ndim]).toEqual([model, 2, 1]);
  });
});

describe('nn.Module › update', () => {
  it('takes the values of a part of the tree, and keeps its tensors', () => {
    const [a, b] = [new nn.Linear(2, 1), new nn.Linear(2, 1)];
    const [weight, bias] = [b.weight, list(b.bias!)];
    b.update({ weight: a.weight });
    expect(b.weight === weight).toBe(true);
    expect(list(b.weight)).toEqual(list(a.weight));
    expect(list(b.bias!)).toEqual(bias);
    const before = list(b.weight);
    a.weight.set([0], 5);
    expect(list(a.weight)).toEqual([[5, 5]]);
    expect(list(b.weight)).toEqual(before);
    a.weight.dispose();
    expect(list(b.weight)).toEqual(before);
  });
  it('outlives tidy', () => {
    const layer = new nn.Linear(1, 1);
    tidy(() => layer.update({ weight: ones([1, 1]).mul(3), bias: zeros([1]) }).apply((x) => x.add(1)));
    expect([list(layer.weight), list(layer.bias!)]).toEqual([[[4]], [1]]);
    tidy(() => void layer.setDtype('float16'));
    expect(layer.weight.dtype).toBe('float16');
  });
  it('skips what the module has not unless strict', () => {
    const model = new nn.Sequential(new nn.Linear(1, 1));
    model.update({ layers: [{ weight: ones([1, 1]), other: ones([1]) }, { weight: ones([1]) }], more: {} }, false);
    expect(list(flat(model.parameters())['layers.0.weight']!)).toEqual([[1]]);
  });
  it('maps parameters by apply, those of a filter alone', () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), new nn.BatchNorm(1));
    model.apply((x) => zeros(x.shape).add(7));
    expect(treeFlatten(model.parameters()).map(([, x]) => x.toTypedArray()[0])).toEqual([7, 7, 7, 7, 7, 7]);
    model.apply(
      (x) => zeros(x.shape),
      (_, name) => name !== 'weight',
    );
    expect(treeFlatten(model.parameters()).map(([, x]) => x.toTypedArray()[0])).toEqual([7, 0, 7, 0, 0, 0]);
  });
  it('replaces modules by updateModules', () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), nn.relu, new nn.Linear(1, 1));
    const fresh = new nn.Linear(1, 2);
    const first = model.layers[0];
    expect(model.updateModules({ layers: [{}, {}, fresh] })).toBe(model);
    expect(model.layers[0]).toBe(first);
    expect(model.layers[2]).toBe(fresh);
  });
  it('converts floating parameters by setDtype', () => {
    const layer = nn.QuantizedLinear.fromLinear(new nn.Linear(32, 2), { groupSize: 32 });
    layer.setDtype('bfloat16');
    const dtypes = Object.fromEntries(treeFlatten(layer.parameters()).map(([path, x]) => [path, x.dtype]));
    expect(dtypes).toEqual({ weight: 'uint32', scales: 'bfloat16', biases: 'bfloat16', bias: 'bfloat16' });
    const plain = new nn.Linear(2, 2).setDtype('float16', (dtype) => dtype === 'float64');
    expect(plain.weight.dtype).toBe('float32');
    expect(new nn.Linear(2, 2).setDtype('float64', null).weight.dtype).toBe('float64');
  });
});

describe('nn.Module › freeze', () => {
  it('takes all parameters out, and puts them back', () => {
    const model = new Model();
    expect(names(model.freeze().trainableParameters())).toEqual([]);
    expect(names(model.parameters())).toEqual(all);
    expect(names(model.unfreeze().trainableParameters())).toEqual(all);
  });
  it('takes keys, everywhere or here alone', () => {
    const model = new Model().freeze({ keys: 'bias' });
    expect(names(model.trainableParameters())).toEqual(all.filter((path) => !path.endsWith('bias')));
    model.unfreeze({ keys: ['bias', 'nothing'] }).freeze({ recurse: false });
    expect(names(model.trainableParameters())).toEqual(all.filter((path) => !path.startsWith('scales')));
    model.unfreeze().freeze({ recurse: false, keys: ['blocks'] });
    expect(names(model.trainableParameters())).toEqual(all.filter((path) => !path.startsWith('blocks')));
  });
  it('never trains running statistics or packed codes', () => {
    const model = new nn.Sequential(new nn.BatchNorm(2), new nn.QuantizedLinear(32, 2, true, { groupSize: 32 }));
    expect(names(model.trainableParameters())).toEqual(['layers.0.weight', 'layers.0.bias']);
    model.unfreeze();
    expect(names(model.trainableParameters()).sort()).toEqual([
      ...['layers.0.bias', 'layers.0.weight', 'layers.1.bias', 'layers.1.biases', 'layers.1.scales'],
    ]);
    expect(names(new nn.QuantizedLinear(32, 2, false, { mode: 'mxfp4' }).unfreeze().trainableParameters())).toEqual([]);
  });
});

describe('nn.Module › training and evaluation', () => {
  it('sets the mode of every module', () => {
    const model = new Model();
    expect(model.modules().every((m) => m.training)).toBe(true);
    expect(
      model
        .eval()
        .modules()
        .some((m) => m.training),
    ).toBe(false);
    expect(model.train().drop.training).toBe(true);
  });
  it('draws and counts in training only', () => {
    random.seed(1);
    const drop = new nn.Dropout(0.5);
    const x = ones([8, 8]);
    expect(new Set<unknown>(drop.forward(x).toTypedArray())).toEqual(new Set([0, 2]));
    expect(drop.eval().forward(x)).toBe(x);
    const norm = new nn.BatchNorm(2);
    norm.forward(array([[1, 10], [3, 30]])); // prettier-ignore
    expect(list(norm.running_mean!)).toEqual([Math.fround(0.2), 2]);
    const counted = list(norm.running_var!);
    norm.eval().forward(ones([4, 2]));
    expect(list(norm.running_mean!)).toEqual([Math.fround(0.2), 2]);
    expect(list(norm.running_var!)).toEqual(counted);
  });
  it('keeps running statistics in the same tensors, also out of tidy', () => {
    const norm = new nn.BatchNorm(1);
    const { running_mean } = norm;
    tidy(() => norm.forward(array([[1], [3]])));
    expect(norm.running_mean).toBe(running_mean);
    expect(list(running_mean!)).toEqual([Math.fround(0.2)]);
  });
});
