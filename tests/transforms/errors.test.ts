// Every message of the transforms, once.
import { expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { primitive, record } from '../../src/ops/define.js';

const x = lw.array([1, 2]);
const mystery = primitive({ name: 'mystery' });
const unknown = (t: Tensor): Tensor => lw.sum(record(mystery, [t.node], null, t.node.shape, t.node.type));
const sum = (t: Tensor): Tensor => lw.sum(t);
const any = (f: (...args: never[]) => unknown): ((...args: unknown[]) => unknown) => f as never;

it.each<readonly [string, () => unknown, string, string]>([
  [
    'grad › an op without a rule',
    () => lw.grad(unknown)(x),
    'LanewiseError',
    "[valueAndGrad] the op 'mystery' has no derivative rule",
  ],
  [
    'grad › argnums out of range',
    () => lw.grad(sum, 1 as never)(x),
    'LanewiseError',
    '[valueAndGrad] argnums must name arguments that are given, 0 to 0, got 1',
  ],
  [
    'grad › argnums that are no integer',
    () => lw.grad(sum, 0.5 as never)(x),
    'LanewiseError',
    '[valueAndGrad] argnums must name arguments that are given, 0 to 0, got 0.5',
  ],
  [
    'grad › argnums twice',
    () =>
      lw.grad(
        any((a: Tensor, b: Tensor) => lw.sum(lw.add(a, b))),
        [1, 1],
      )(x, x),
    'LanewiseError',
    '[valueAndGrad] argnums must name each argument once, got [1, 1]',
  ],
  [
    'grad › no argnums',
    () => lw.grad(sum, [])(x),
    'LanewiseError',
    '[valueAndGrad] argnums must name each argument once, got []',
  ],
  [
    'grad › integers',
    () => lw.grad(sum)(lw.array([1, 2], 'int32')),
    'DTypeError',
    '[valueAndGrad] a gradient is taken of floating or complex tensors, got int32',
  ],
  [
    'grad › integers in a tree',
    () => lw.grad((p: { w: Tensor; ids: Tensor }) => lw.sum(p.w))({ w: x, ids: lw.array([0], 'uint32') }),
    'DTypeError',
    '[valueAndGrad] a gradient is taken of floating or complex tensors, got uint32',
  ],
  [
    'grad › of a number',
    () => lw.grad(any((t: number) => lw.square(t)))(3),
    'DTypeError',
    '[valueAndGrad] a gradient is taken of a tensor or a tree of tensors, got 3',
  ],
  [
    'grad › a value that is no tensor',
    () => lw.grad((t: Tensor) => t.at(0).item())(x),
    'LanewiseError',
    '[valueAndGrad] the function must return a tensor, or a list that begins with one',
  ],
  [
    'grad › a value with axes',
    () => lw.grad((t: Tensor) => t)(x),
    'ShapeError',
    '[valueAndGrad] the function must return a tensor without axes, got (2)',
  ],
  [
    'grad › a value of integers',
    () => lw.grad((t: Tensor) => lw.argmax(t))(x),
    'DTypeError',
    '[valueAndGrad] the function must return a floating dtype, got uint32',
  ],
  [
    'vjp › too few cotangents',
    () => lw.vjp((t) => [t, t], [x], [x]),
    'LanewiseError',
    '[vjp] one cotangent is needed for each of 2 tensors, got 1',
  ],
  [
    'vjp › a cotangent of another shape',
    () => lw.vjp(sum, [x], [x]),
    'ShapeError',
    '[vjp] a cotangent must have the shape of its tensor, got (2) and ()',
  ],
  [
    'jvp › too few tangents',
    () => lw.jvp(sum, [x], []),
    'LanewiseError',
    '[jvp] one tangent is needed for each of 1 tensors, got 0',
  ],
  [
    'jvp › a tangent of another shape',
    () => lw.jvp(sum, [x], [lw.array([1])]),
    'ShapeError',
    '[jvp] a tangent must have the shape of its tensor, got (1) and (2)',
  ],
])('%s', (_title, run, name, message) => {
  let error: unknown = null;
  try {
    run();
  } catch (e) {
    error = e;
  }
  expect([(error as Error | null)?.constructor.name, (error as Error | null)?.message]).toEqual([name, message]);
});
