// Values by closed forms.
import { describe, expect, it } from 'vitest';
import { Array, array, f32, ops, random, transforms } from 'lanewise/mlx-rs';

const { compile } = transforms;
const item = (a: Array): number => a.item();
const list = (a: Array): number[] => [...a.as_slice()];

describe('derivatives', () => {
  const product = ([x, y]: Array[]): Array[] => [x!.multiply(y!)];
  it('transforms::grad › of one array gives one, of a list a list', () => {
    expect(item(transforms.grad((x: Array) => x.square())(f32(1.5)))).toBe(3);
    const [dx, ...rest] = transforms.grad(product)([f32(2), f32(3)]);
    expect([item(dx!), rest.length]).toEqual([3, 0]);
    expect(item(transforms.grad((x: Array) => transforms.grad((t: Array) => t.power(3))(x))(f32(2)))).toBe(12);
  });
  it('transforms::grad_with_argnums › picks arguments; grad took them in 0.21', () => {
    expect(
      transforms
        .grad_with_argnums(
          product,
          [1],
        )([f32(2), f32(3)])
        .map(item),
    ).toEqual([2]);
    expect(
      transforms
        .grad_with_argnums(
          product,
          [0, 1],
        )([f32(2), f32(3)])
        .map(item),
    ).toEqual([3, 2]);
    expect(
      transforms
        .grad(
          product,
          [1],
        )([f32(2), f32(3)])
        .map(item),
    ).toEqual([2]);
  });
  it('transforms::value_and_grad › gives all values, and gradients of the first', () => {
    const f = ([x, y]: Array[]): Array[] => [x!.multiply(y!), x!.add(y!)];
    const [values, grads] = transforms.value_and_grad(f)([f32(2), f32(3)]);
    expect([values.map(item), grads.map(item)]).toEqual([[6, 5], [3]]);
  });
  it('transforms::value_and_grad_with_argnums › gives gradients in the order of the arguments', () => {
    const [values, grads] = transforms.value_and_grad_with_argnums(product, [1, 0])([f32(2), f32(3)]);
    expect([values.map(item), grads.map(item)]).toEqual([[6], [3, 2]]);
  });
  it('transforms::keyed_value_and_grad, transforms::KeyedParameters, transforms::KeyedGrad › names parameters', () => {
    const f = (parameters: Map<string, Array>, [x]: Array[]): Array[] => [
      ops.sum(parameters.get('w')!.multiply(x!).add(parameters.get('b')!), null),
    ];
    const parameters: transforms.KeyedParameters = new Map([
      ['w', array([1, 2])],
      ['b', f32(0.5)],
    ]);
    const [values, grads]: [Array[], transforms.KeyedGrad] = transforms.keyed_value_and_grad(f)(parameters, [
      array([3, 4]),
    ]);
    expect(values.map(item)).toEqual([12]);
    expect([...grads].map(([name, g]) => [name, list(g)])).toEqual([
      ['w', [3, 4]],
      ['b', [2]],
    ]);
  });
  it('transforms::jvp, transforms::fallible_jvp › the Jacobian times tangents', () => {
    const [values, products] = transforms.jvp(product, [f32(4), f32(2)], [f32(1), f32(3)]);
    expect([values.map(item), products.map(item)]).toEqual([[8], [14]]);
    expect(transforms.fallible_jvp).toBe(transforms.jvp);
  });
  it('transforms::vjp, transforms::fallible_vjp › cotangents times the Jacobian', () => {
    const [values, products] = transforms.vjp(product, [f32(4), f32(2)], [f32(3)]);
    expect([values.map(item), products.map(item)]).toEqual([[8], [6, 12]]);
    expect(transforms.fallible_vjp).toBe(transforms.vjp);
  });
});

describe('compile', () => {
  it('transforms::compile::compile › traces once, for one array, tuples and slices', () => {
    let calls = 0;
    const f = compile.compile((x: Array) => {
      calls++;
      return x.add(1).square();
    });
    expect([item(f(f32(1))), item(f(f32(2))), item(f(f32(3)))]).toEqual([4, 9, 16]);
    expect(calls).toBe(1);
    const two = compile.compile(([x, y]: readonly Array[]) => [x!.add(y!), x!.multiply(y!)], true);
    expect(two([f32(2), f32(5)]).map(item)).toEqual([7, 10]);
    expect(two([array([1, 2]), f32(5)]).map(list)).toEqual([
      [6, 7],
      [5, 10],
    ]);
  });
  it('transforms::compile::compile_with_state › updates what the state holds', () => {
    const step = compile.compile_with_state((state: Array[], x: Array) => {
      state[0] = state[0]!.add(x);
      return state[0].multiply(2);
    });
    const state = [f32(0)];
    expect([1, 2, 3].map((x) => item(step(state, f32(x))))).toEqual([2, 6, 12]);
    expect(item(state[0]!)).toBe(6);
    const held = f32(10);
    const assigning = compile.compile_with_state((s: Array, x: Array) => {
      s.add_assign(x);
      return s.clone();
    });
    expect([item(assigning(held, f32(1))), item(assigning(held, f32(2))), item(held)]).toEqual([11, 13, 13]);
  });
  it('transforms::compile::compile_with_state › takes what has updatable_states', () => {
    class Counter {
      count = f32(0);
      updatable_states(): readonly Array[] {
        return [this.count];
      }
    }
    const counter = new Counter();
    const tick = compile.compile_with_state((c: Counter, x: Array) => {
      c.count = c.count.add(x);
      return x;
    });
    for (const x of [1, 2, 3]) tick(counter, f32(x));
    expect(item(counter.count)).toBe(6);
  });
  it('transforms::compile::compile › draws new random numbers each time', () => {
    const f = compile.compile((x: Array) => x.add(random.uniform(0, 1, [4])));
    random.seed(3);
    const [a, b] = [list(f(f32(0))), list(f(f32(0)))];
    random.seed(3);
    expect([list(random.uniform(0, 1, [4])), list(random.uniform(0, 1, [4]))]).toEqual([a, b]);
  });
  it('transforms::compile::enable_compile, transforms::compile::disable_compile, transforms::compile::clear_cache', () => {
    let calls = 0;
    const f = compile.compile((x: Array) => {
      calls++;
      return x.add(1);
    });
    const run = (times: number): number => {
      calls = 0;
      for (let i = 0; i < times; i++) expect(item(f(f32(i)))).toBe(i + 1);
      return calls;
    };
    expect(run(3)).toBe(1);
    compile.disable_compile();
    expect(run(3)).toBe(3);
    compile.enable_compile();
    expect(run(3)).toBe(0);
    compile.clear_cache();
    expect(run(3)).toBe(1);
  });
});
