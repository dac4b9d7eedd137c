// Every message of nn once: modules, simple layers, initialisers, losses, trees.
import { expect, it } from 'vitest';
import { array, ones, treeFlatten, treeMap, treeMerge, treeUnflatten, zeros, type Tensor } from 'lanewise';
import * as nn from 'lanewise/nn';

const { init, losses } = nn;
const x = (): Tensor => ones([2, 3]);
const any = (v: unknown): never => v as never;
const linear = (): nn.Linear => new nn.Linear(2, 2, false);
class Ring extends nn.Module {
  inner: nn.Module = this;
}
let deep: unknown = 1;
for (let i = 0; i < 2000; i++) deep = [deep];

const cases: readonly (readonly [string, () => unknown, string])[] = [
  // trees
  ['LanewiseError', () => treeFlatten(deep), '[tree] a tree must be at most 1000 deep, got a deeper one or a cycle'],
  [
    'LanewiseError',
    () => treeUnflatten([['a', 1], ['a.b', 2]]), // prettier-ignore
    "[treeUnflatten] a path must not lead through a leaf, got 'a.b'",
  ],
  [
    'LanewiseError',
    () => treeUnflatten([['a', 1], ['a', 2]]), // prettier-ignore
    "[treeUnflatten] a path must be given once, got 'a' again",
  ],
  [
    'LanewiseError',
    () => treeMap((v) => v, { a: [1] }, { a: [] }),
    "[treeMap] every tree must have what the first one has, got none with 'a.0'",
  ],
  [
    'LanewiseError',
    () => treeMerge({ a: [1] }, { a: { b: 1 } }),
    "[treeMerge] the trees must have branches of one kind, got two kinds at 'a'",
  ],
  [
    'LanewiseError',
    () => treeMerge({ a: 1 }, { a: 2 }),
    "[treeMerge] leaves at one place need a merge function, got none for 'a'",
  ],
  // modules
  [
    'LanewiseError',
    () => new Ring().parameters(),
    '[nn.Module] modules must be nested at most 1000 deep, got a deeper one or one that contains itself',
  ],
  [
    'LanewiseError',
    () => linear().update({ bias: zeros([2]) }),
    "[nn.Module.update] the module must have what it is given, got 'bias', which it has not",
  ],
  [
    'LanewiseError',
    () => linear().update(any({ weight: 3 })),
    "[nn.Module.update] a parameter must be a tensor, got number for 'weight'",
  ],
  [
    'LanewiseError',
    () => new nn.Sequential(linear()).update(any({ layers: 3 })),
    "[nn.Module.update] 'layers' must be a list or a plain object, got number",
  ],
  [
    'DisposedError',
    () => {
      const gone = ones([2, 2]);
      gone.dispose();
      return linear().update({ weight: gone });
    },
    '[nn.Module.update] the tensor was disposed',
  ],
  [
    'LanewiseError',
    () => new nn.Sequential(linear()).updateModules({ layers: [{}, linear()] }),
    "[nn.Module.updateModules] the module must have what it is given, got 'layers.1', which it has not",
  ],
  [
    'LanewiseError',
    () => linear().freeze({ keys: ['weight', 'bias'], strict: true }),
    "[nn.Module.freeze] a key must be a member of a module, got 'bias'",
  ],
  [
    'LanewiseError',
    () => linear().unfreeze({ keys: 'lora', strict: true }),
    "[nn.Module.unfreeze] a key must be a member of a module, got 'lora'",
  ],
  [
    'DTypeError',
    () => linear().setDtype(any('float8')),
    '[nn.Module.setDtype] the dtype must be one of bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16, complex64, got float8',
  ],
  [
    'LanewiseError',
    () => linear().loadWeights(any(3)),
    '[nn.Module.loadWeights] weights must be pairs, a record, a map or a file, got number',
  ],
  [
    'LanewiseError',
    () => linear().loadWeights(any({ weight: [1] })),
    "[nn.Module.loadWeights] a weight must be a tensor, got object for 'weight'",
  ],
  [
    'LanewiseError',
    () =>
      new nn.Sequential(new nn.Linear(2, 3), new nn.PReLU()).loadWeights({
        'layers.0.weight': ones([2, 3]),
        'layers.1.weight': ones([]),
        'lm_head.weight': ones([1]),
      }),
    '[nn.Module.loadWeights] weights must match the parameters, got 1 missing: layers.0.bias; 1 unknown: lm_head.weight; ' +
      '2 of another shape: layers.0.weight (2,3) for (3,2), layers.1.weight () for (1)',
  ],
  [
    'LanewiseError',
    () => linear().loadWeights(Array.from({ length: 23 }, (_, i) => [`a${i}`, ones([1])] as const)),
    '[nn.Module.loadWeights] weights must match the parameters, got 1 missing: weight; 23 unknown: a0, a1, a2, a3, a4, a5, a6, a7, a8, ' +
      'a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19 and 3 more',
  ],
  // layers
  ['ShapeError', () => new nn.Linear(0, 2), '[nn.Linear] inputDims must be a positive integer, got 0'],
  ['ShapeError', () => new nn.Bilinear(1, 2.5, 2), '[nn.Bilinear] input2Dims must be a positive integer, got 2.5'],
  ['ShapeError', () => new nn.Embedding(2, any('3')), '[nn.Embedding] dims must be a positive integer, got 3'],
  ['ShapeError', () => new nn.PReLU(-1), '[nn.PReLU] numParameters must be a positive integer, got -1'],
  [
    'LanewiseError',
    () => new nn.Sequential(linear(), any(3)),
    '[nn.Sequential] a layer must be a module with forward or a function, got number at 1',
  ],
  [
    'LanewiseError',
    () => new nn.GELU(any('exact')),
    '[nn.GELU] the approximation must be one of none, precise, tanh, fast, got exact',
  ],
  ['LanewiseError', () => new nn.Dropout(1), '[nn.Dropout] p must be at least 0 and below 1, got 1'],
  ['LanewiseError', () => new nn.Dropout2d(NaN), '[nn.Dropout2d] p must be at least 0 and below 1, got NaN'],
  ['ShapeError', () => new nn.Dropout2d().forward(x()), '[nn.Dropout2d] the input must have 3 or 4 axes, got (2,3)'],
  ['ShapeError', () => new nn.Dropout3d().forward(x()), '[nn.Dropout3d] the input must have 4 or 5 axes, got (2,3)'],
  ['LanewiseError', () => new nn.LayerNorm(2, 0), '[nn.LayerNorm] eps must be positive, got 0'],
  ['ShapeError', () => new nn.RMSNorm(0), '[nn.RMSNorm] dims must be a positive integer, got 0'],
  [
    'ShapeError',
    () => new nn.InstanceNorm(3).forward(x()),
    '[nn.InstanceNorm] the input must have at least 3 axes (N, ..., C), got (2,3)',
  ],
  ['ShapeError', () => new nn.GroupNorm(2, 3), '[nn.GroupNorm] the number of groups must divide dims, got 2 for 3'],
  [
    'ShapeError',
    () => new nn.GroupNorm(2, 4).forward(x()),
    '[nn.GroupNorm] the input must be (N, ..., C) with 4 channels, got (2,3)',
  ],
  [
    'ShapeError',
    () => new nn.BatchNorm(4).forward(x()),
    '[nn.BatchNorm] the input must have 2 to 4 axes, the last of 4 channels, got (2,3)',
  ],
  [
    'ShapeError',
    () => new nn.BatchNorm(3).forward(ones([1, 3])),
    '[nn.BatchNorm] training needs more than one value per channel, got an input of (1,3)',
  ],
  // packed layers
  [
    'LanewiseError',
    () => new nn.QuantizedLinear(64, 2, true, { mode: any('int4') }),
    '[nn.QuantizedLinear] the mode must be one of affine, mxfp4, mxfp8, nvfp4, got int4',
  ],
  [
    'ShapeError',
    () => new nn.Linear(48, 2).toQuantized(),
    '[quantize] the last of at least two axes must be a multiple of the group size 64, got (2,48)',
  ],
  [
    'LanewiseError',
    () => new nn.Linear(64, 2, false).toQuantized({ quantizeInput: true, mode: 'mxfp4' }),
    '[nn.QQLinear] inputs can be quantised in the modes nvfp4 and mxfp8, got mxfp4',
  ],
  [
    'LanewiseError',
    () => new nn.Linear(64, 2).toQuantized({ quantizeInput: true, mode: 'nvfp4' }),
    '[nn.QQLinear] a layer with quantised inputs must have no bias, got one',
  ],
  [
    'LanewiseError',
    () => new nn.Embedding(2, 64).toQuantized({ quantizeInput: true }),
    '[nn.Embedding.toQuantized] an embedding has no inputs to quantise, got quantizeInput',
  ],
  [
    'LanewiseError',
    () => nn.quantize(new nn.Sequential(new nn.ReLU()), { classPredicate: () => true }),
    "[nn.quantize] a layer must have toQuantized, got ReLU at 'layers.0'",
  ],
  [
    'LanewiseError',
    () => nn.quantize(new nn.Sequential(new nn.ReLU()), { classPredicate: () => any('yes') }),
    '[nn.quantize] the predicate must return a boolean or options, got yes',
  ],
  // checkpoint
  ['LanewiseError', () => nn.checkpoint(any(x)), '[nn.checkpoint] the first argument must be a module, got a function'],
  // initialisers
  ['ShapeError', () => init.identity()(x()), '[nn.init.identity] the tensor must be a square matrix, got (2,3)'],
  [
    'ShapeError',
    () => init.glorotUniform()(ones([3])),
    '[nn.init.glorotUniform] the tensor must have at least 2 axes, got (3)',
  ],
  [
    'LanewiseError',
    () => init.heNormal()(x(), any('fan')),
    '[nn.init.heNormal] the mode must be one of fan_in, fan_out, got fan',
  ],
  ['LanewiseError', () => init.sparse(1.5), '[nn.init.sparse] the sparsity must be in 0 to 1, got 1.5'],
  ['ShapeError', () => init.sparse(0.5)(ones([3])), '[nn.init.sparse] the tensor must be a matrix, got (3)'],
  ['ShapeError', () => init.orthogonal()(ones([3])), '[nn.init.orthogonal] the tensor must be a matrix, got (3)'],
  // losses
  [
    'LanewiseError',
    () => losses.mseLoss(x(), x(), any('max')),
    '[nn.losses.mseLoss] the reduction must be one of none, mean, sum, got max',
  ],
  [
    'ShapeError',
    () => losses.l1Loss(x(), ones([2])),
    '[nn.losses.l1Loss] the operands must have one shape, got (2,3) and (2)',
  ],
  [
    'ShapeError',
    () => losses.crossEntropy(x(), array([0, 1, 2], 'int32')),
    '[nn.losses.crossEntropy] class indices must have the shape of the scores without the axis, got (3) for (2,3)',
  ],
  [
    'DTypeError',
    () => losses.nllLoss(x(), array([0, 1])),
    '[nn.losses.nllLoss] class indices must have an integer dtype, got float32',
  ],
  [
    'LanewiseError',
    () => losses.crossEntropy(x(), x(), { labelSmoothing: 1 }),
    '[nn.losses.crossEntropy] the label smoothing must be at least 0 and below 1, got 1',
  ],
  [
    'ShapeError',
    () => losses.binaryCrossEntropy(x(), x(), ones([2])),
    '[nn.losses.binaryCrossEntropy] the weights must have the shape of the loss, got (2) and (2,3)',
  ],
  ['LanewiseError', () => losses.smoothL1Loss(x(), x(), 0), '[nn.losses.smoothL1Loss] beta must be positive, got 0'],
  [
    'AxisError',
    () => losses.crossEntropy(x(), array([0, 1], 'int32'), { axis: 2 }),
    '[nn.losses.crossEntropy] the axis must be an integer in [-2, 2), got 2',
  ],
];

it.each(cases)('%s %#', (name, run, message) => {
  let thrown: unknown = null;
  try {
    run();
  } catch (e) {
    thrown = e;
  }
  expect({ name: (thrown as Error | null)?.name, message: (thrown as Error | null)?.message }).toEqual({
    name,
    message,
  });
});
