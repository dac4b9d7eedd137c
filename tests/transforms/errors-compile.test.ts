// Every message of compile once; those of checkpoint and customFunction stand in their own tests, those of shapeless in its.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';

const x = lw.array([1, 2]);
const call = (fn: (...args: never[]) => unknown, ...args: unknown[]): (() => unknown) => {
  const c = lw.compile(fn as (...all: unknown[]) => unknown);
  return () => c(...args);
};

test.each<[string, () => unknown, string]>([
  ['a function', () => lw.compile(3 as never), '[compile] a function is needed, got number'],
  [
    'no async function',
    call(async () => Promise.resolve(x)),
    '[compile] the function must not be async, got a promise',
  ],
  [
    'no class in a result',
    call(() => new Map([['a', x]])),
    'a tree of tensors and plain values, got an object of class Map',
  ],
  ['no function in a result', call(() => ({ f: () => x })), 'a tree of tensors and plain values, got a function'],
  [
    'arguments are not set',
    call((t: lw.Tensor) => t.set(0, 1), x),
    '[compile] the function must not set its arguments;',
  ],
  [
    'no seeding',
    call(() => lw.random.seed(1)),
    '[compile] a compiled function must not seed the random numbers; do it outside',
  ],
  ['no item()', call((t: lw.Tensor) => t.sum().item(), x), 'must not read values that depend on its arguments'],
  ['no tolist()', call((t: lw.Tensor) => t.tolist(), x), 'must not read values that depend on its arguments'],
  ['no eval()', call((t: lw.Tensor) => t.add(1).eval(), x), 'must not read values that depend on its arguments'],
  ['no eval(trees)', call((t: lw.Tensor) => lw.eval([t]), x), 'must not read values that depend on its arguments'],
])('compile › %s', (_rule, run, message) => {
  expect(run).toThrow(lw.LanewiseError);
  for (let i = 0; i < 2; i++) expect(run).toThrow(message);
});
test('compile › a function that calls itself', () => {
  const again: (t: lw.Tensor) => lw.Tensor = lw.compile((t: lw.Tensor) => again(t.add(1)));
  expect(() => again(x)).toThrow('[compile] the function must not call itself with the arguments it is traced for');
  const halves: (t: lw.Tensor) => lw.Tensor = lw.compile((t: lw.Tensor) =>
    t.size === 1 ? t : halves(t.at(lw.slice(0, t.size / 2))),
  );
  expect(halves(lw.arange(2)).tolist()).toEqual([0]);
});
test('compile › disposed tensors, and cycles', () => {
  const c = lw.compile((t: lw.Tensor) => t.add(1));
  const gone = lw.array([1]);
  gone.dispose();
  expect(() => c(gone)).toThrow(lw.DisposedError);
  expect(() => c(gone)).toThrow('[compile] the tensor was disposed');
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => lw.compile((_: unknown) => x)(cycle)).toThrow(
    '[compile] a tree must be at most 1000 deep, got a deeper one or a cycle',
  );
  let made: lw.Tensor | undefined;
  const keeps = lw.compile((t: lw.Tensor) => {
    made ??= lw.array([3]);
    return t.add(made);
  });
  expect(keeps(lw.array([1])).tolist()).toEqual([4]);
  made!.dispose();
  const y = keeps(lw.array([1]));
  expect(() => y.eval()).toThrow('[compile] a tensor that the function made was disposed');
});
test('compile › a tree of state that lost its structure', () => {
  const state: { inner?: { y?: lw.Tensor } } = { inner: {} };
  const c = lw.compile(
    (t: lw.Tensor) => {
      state.inner!.y = t.add(1);
      return t;
    },
    { outputs: state },
  );
  c(x);
  delete state.inner;
  expect(() => c(x)).toThrow(
    "[compile] the trees of state must keep the structure they were traced with, got none at 'outputs.inner.y'",
  );
});
test('compile › a function that throws leaves tensors and trees as they were', () => {
  const w = lw.array([1, 2]);
  const state = { y: lw.array(5) };
  const held = state.y;
  const node = w.node;
  const c = lw.compile(
    (t: lw.Tensor) => {
      w.set(0, t.at(0));
      state.y = t;
      throw new Error('mine');
    },
    { inputs: state },
  );
  expect(() => c(x)).toThrow('mine');
  expect([w.node === node, state.y === held, w.tolist(), state.y.item()]).toEqual([true, true, [1, 2], 5]);
});
