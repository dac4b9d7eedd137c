// States saved in the middle of a run, and taken over by another optimizer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { make, type Options } from './support.js';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'lanewise-optimizers-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const rate: Options = { learningRate: { schedule: 'cosineDecay', args: [0.1, 9, 0.01] } };
const rules: [string, Options][] = [
  ['SGD', { ...rate, momentum: 0.9 }],
  ['RMSprop', rate],
  ['AdaDelta', rate],
  ['AdamW', { ...rate, biasCorrection: true }],
  ['Lion', rate],
  ['Adafactor', { beta1: 0.9 }],
  ['Muon', rate],
  [
    'MultiOptimizer',
    {
      parts: [
        ['Muon', rate],
        ['Lion', rate],
        ['AdamW', { learningRate: 0.3 }],
      ],
    },
  ],
];
const shapes = { tall: [3, 2], layers: [[4], [2, 2, 2]] };
const drawn = (seed: number, dtype: lw.DType): Record<string, unknown> => {
  const normal = (shape: number[], i: number): lw.Tensor =>
    lw.random.normal(shape, 'float32', 0, 1, lw.random.key(10 * seed + i)).astype(dtype);
  return { tall: normal(shapes.tall, 0), layers: shapes.layers.map((s, i) => ({ w: normal(s, i + 1) })) };
};
const bytes = (tree: unknown): [string, string, number[]][] =>
  lw
    .treeFlatten(tree)
    .map(([path, x]) => [path, x.dtype, Array.from(x.reshape([-1]).view('uint8').toTypedArray(), Number)]);

describe.each(rules)('%s', (name, options) => {
  test.each(['float32', 'bfloat16'] as const)('saveState, loadState › %s goes on bit for bit', async (dtype) => {
    const rule = make(name, options);
    const run = (o: lw.optimizers.Optimizer, tree: unknown, from: number, to: number): void => {
      for (let t = from; t < to; t++) o.update({ trainableParameters: () => tree }, drawn(t, dtype));
    };
    const tree = drawn(99, dtype);
    run(rule, tree, 0, 5);
    const file = join(folder, `${name}-${dtype}.safetensors`);
    await rule.saveState(file);
    const copy = lw.treeMap((x: lw.Tensor) => lw.array(x), tree);
    const [fresh, opened] = [make(name, options), make(name, options)];
    opened.init(copy);
    const handles = lw.treeFlatten(opened.state).map(([, x]) => x);
    for (const o of [fresh, opened]) {
      await o.loadState(file);
      expect(bytes(o.state).sort()).toEqual(bytes(rule.state).sort());
    }
    expect(lw.treeFlatten(opened.state).every(([, x], i) => x === handles[i])).toBe(true);
    const copies = [copy, lw.treeMap((x: lw.Tensor) => lw.array(x), tree)];
    run(rule, tree, 5, 12);
    [fresh, opened].forEach((o, i) => {
      run(o, copies[i], 5, 12);
      expect(bytes(copies[i])).toEqual(bytes(tree));
      expect(bytes(o.state).sort()).toEqual(bytes(rule.state).sort());
    });
  });
});

test('state › may be given; what it holds is copied, and missing parameters begin anew', () => {
  const [a, b] = [make('AdamW', rate), make('AdamW', rate)];
  const tree = { w: lw.array([1]), 'dotted.name': lw.array([2]) };
  const model = { trainableParameters: () => tree };
  const grads = { w: lw.array([1]), 'dotted.name': lw.array([1]) };
  a.update(model, grads);
  b.state = lw.treeMap((x: lw.Tensor) => x, { step: a.state['step'], w: a.state['w'] }) as never;
  const before = bytes(a.state);
  b.update(model, grads);
  expect(bytes(a.state)).toEqual(before);
  expect(b.step.item()).toBe(2n);
  expect(b.learningRate.item()).not.toBe(a.learningRate.item());
  expect((b.state as never as Record<string, { m: lw.Tensor }>)['dotted.name']!.m.item()).toBeCloseTo(0.1, 6);
});

test('loadState › an opened state takes names with dots from a file', async () => {
  const tree = { 'dotted.name': lw.array([2]) };
  const a = make('Adam', rate);
  a.update({ trainableParameters: () => tree }, { 'dotted.name': lw.array([1]) });
  const file = join(folder, 'dotted.safetensors');
  await a.saveState(file);
  const b = make('Adam', rate);
  b.init(tree);
  await b.loadState(file);
  expect(bytes(b.state)).toEqual(bytes(a.state));
});
