// What every optimizer does with trees, handles and memory.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const { SGD, Adam, AdamW } = lw.optimizers;

test('SGD › without options subtracts the learning rate times the gradient', () => {
  const w = lw.array([1, 2]);
  const next = new SGD({ learningRate: 0.5 }).applyGradients({ w: lw.array([2, -2]) }, { w });
  expect(next.w.tolist()).toEqual([0, 3]);
  expect(w.tolist()).toEqual([1, 2]);
});

test('update › keeps the tensor, its handle gets the new value', () => {
  const w = lw.array([1, 2]);
  const parameters = { inner: [{ w }, { w: lw.array([5]) }] };
  const model = { trainableParameters: () => parameters };
  const optimizer = new Adam({ learningRate: 0.5 });
  optimizer.update(model, { inner: [{ w: lw.array([2, -2]) }] });
  expect(parameters.inner[0]!.w).toBe(w);
  expect(w.toTypedArray()[0]).toBeLessThan(1);
  expect(parameters.inner[1]!.w.tolist()).toEqual([5]);
  expect(optimizer.step.item()).toBe(1n);
  expect(lw.treeFlatten(optimizer.state).map(([path]) => path)).toEqual([
    'step',
    'learning_rate',
    'inner.0.w.m',
    'inner.0.w.v',
  ]);
});

test('update › a schedule sees the number of updates before this one', () => {
  const seen: number[] = [];
  const optimizer = new AdamW({
    learningRate: (step) => {
      seen.push(Number(step.item()));
      return step.astype('float32').mul(0.5);
    },
  });
  for (let i = 0; i < 3; i++) optimizer.applyGradients({ w: lw.array([1]) }, { w: lw.array([1]) });
  expect(seen).toEqual([0, 0, 1, 2]);
  expect(optimizer.learningRate.item()).toBe(1);
});

test('learningRate › may be set between updates, and its tensor stays', () => {
  const optimizer = new SGD({ learningRate: 0.5 });
  const held = optimizer.learningRate;
  optimizer.learningRate = 0.25;
  expect(optimizer.learningRate).toBe(held);
  expect(optimizer.applyGradients({ w: lw.array([4]) }, { w: lw.array([1]) }).w.tolist()).toEqual([0]);
  const given = lw.array(0.125);
  optimizer.learningRate = given;
  optimizer.learningRate = 1;
  expect(given.item()).toBe(0.125);
});
