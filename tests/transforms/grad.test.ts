// What grad, valueAndGrad, vjp and jvp mean, against closed forms.
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import type { Kernel } from '../../src/backends/backend.js';
import { wasmBackend } from '../../src/backends/wasm/backend.js';

const x3 = (): Tensor => lw.array([1, 2, 3]);
const cube = (x: Tensor): Tensor => lw.multiply(lw.multiply(x, x), x);
const list = (t: Tensor): unknown => t.tolist();

describe('grad', () => {
  it('is the derivative by the first argument', () => {
    expect(list(lw.grad((x: Tensor, y: Tensor) => lw.sum(lw.multiply(x, y)))(x3(), lw.array([4, 5, 6])))).toEqual([
      4, 5, 6,
    ]);
  });
  it('argnums › one, several in any order, and each with the shape and dtype of its argument', () => {
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => lw.sum(lw.add(lw.multiply(x, y), z));
    const at = [x3(), lw.full([], 2), lw.array([1, 1, 1], 'float16')] as const;
    expect(list(lw.grad(f, 1)(...at))).toBe(6);
    const [gz, gx] = lw.grad(f, [2, 0])(...at);
    expect(gz.dtype).toBe('float16');
    expect([list(gz), list(gx)]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
  });
  it('trees › gradients come as the tree of the argument, what is no tensor stays', () => {
    const params = { layers: [{ w: x3(), name: 'a' }, { w: lw.full([2], 3) }], scale: lw.full([], 2), depth: 2 };
    const loss = (p: typeof params): Tensor =>
      lw.multiply(lw.add(lw.sum(lw.square(p.layers[0]!.w)), lw.sum(p.layers[1]!.w)), p.scale);
    const g = lw.grad(loss)(params);
    expect(Object.keys(g)).toEqual(['layers', 'scale', 'depth']);
    expect([g.layers[0]!.name, g.depth]).toEqual(['a', 2]);
    expect([list(g.layers[0]!.w), list(g.layers[1]!.w), list(g.scale)]).toEqual([[4, 8, 12], [2, 2], 20]);
  });
  it('is zero for an argument that the value does not depend on', () => {
    const g = lw.grad((x: Tensor, y: Tensor) => lw.sum(y), 0)(lw.array([[1, 2]], 'float64'), x3());
    expect([g.dtype, g.shape, list(g)]).toEqual(['float64', [1, 2], [[0, 0]]]);
  });
  it('counts every use of an argument', () => {
    expect(list(lw.grad((x: Tensor) => lw.add(lw.add(x, x), lw.multiply(x, x)))(lw.full([], 5)))).toBe(12);
  });
  it('an argument given twice has a gradient by each place', () => {
    const x = lw.full([], 3);
    const g = lw.grad((a: Tensor, b: Tensor) => lw.multiply(lw.square(a), b), [0, 1])(x, x);
    expect(g.map(list)).toEqual([18, 9]);
  });
  it('of a gradient is the second derivative, and so on', () => {
    const at = lw.full([], 2, 'float64');
    const first = lw.grad(cube);
    expect(list(first(at))).toBe(12);
    expect(list(lw.grad(first)(at))).toBe(12);
    expect(list(lw.grad(lw.grad(first))(at))).toBe(6);
    expect(list(lw.grad(lw.grad(lw.grad(first)))(at))).toBe(0);
  });
  it('inside of a function keeps its variables apart from those outside', () => {
    // d/dx of x * d/dy (x y^2) at y = 3, which is x * 6x
    const f = (x: Tensor): Tensor =>
      lw.multiply(x, lw.grad((y: Tensor) => lw.multiply(x, lw.square(y)))(lw.full([], 3)));
    expect(list(lw.grad(f)(lw.full([], 5)))).toBe(60);
  });
  it('of a whole Hessian: the gradient of each part of a gradient', () => {
    const f = (x: Tensor): Tensor => lw.multiply(lw.square(x.at(0)), x.at(1));
    const at = lw.array([3, 5], 'float64');
    const rows = [0, 1].map((i) => list(lw.grad((x: Tensor) => lw.grad(f)(x).at(i))(at)));
    expect(rows).toEqual([
      [10, 6],
      [6, 0],
    ]);
  });
  it('values that are read inside decide, and do not cut the graph', () => {
    const f = (x: Tensor): Tensor => {
      const y = lw.square(x);
      return Number(y.item()) > 4 ? lw.multiply(y, 10) : y;
    };
    expect(list(lw.grad(f)(lw.full([], 3)))).toBe(60);
    expect(list(lw.grad(f)(lw.full([], 1)))).toBe(2);
    const evaluated = lw.grad((x: Tensor) => {
      const y = lw.square(x).eval();
      lw.eval(lw.exp(y));
      return lw.sum(lw.multiply(y, y));
    });
    expect(list(evaluated(lw.array([1, 2])))).toEqual([4, 32]);
  });
  it('a tensor that is written in place inside has the gradient of what it was', () => {
    const f = (x: Tensor): Tensor => {
      const y = lw.multiply(x, 2);
      y.set(0, 10);
      return lw.sum(lw.square(y));
    };
    expect(list(lw.grad(f)(x3()))).toEqual([0, 16, 24]);
    const own = (x: Tensor): Tensor => {
      x.set([0], 10);
      return lw.sum(lw.square(x));
    };
    const x = x3();
    expect(list(lw.grad(own)(x))).toEqual([0, 4, 6]);
    expect(list(x)).toEqual([1, 2, 3]);
    expect(list(lw.vjp(own, [x], [lw.full([], 1)])[1][0]!)).toEqual([0, 4, 6]);
    expect(list(lw.jvp(own, [x], [x3()])[1][0]!)).toBe(26);
  });
  it('passes through casts, to half types and back, and stops at integers', () => {
    const f = (x: Tensor): Tensor => lw.sum(lw.multiply(lw.astype(x, 'float16'), lw.array([2, 3], 'bfloat16')));
    const g = lw.grad(f)(lw.array([1, 2], 'float64'));
    expect([g.dtype, list(g)]).toEqual(['float64', [2, 3]]);
    const stopped = lw.grad((x: Tensor) => lw.sum(lw.multiply(x, lw.astype(x, 'int32'))));
    expect(list(stopped(lw.array([1.5, 2.5])))).toEqual([1, 2]);
  });
  it('of complex numbers is the direction of steepest ascent', () => {
    const f = (z: Tensor): Tensor => lw.sum(lw.square(lw.abs(z)));
    const z = lw.array([{ re: 3, im: -4 }]);
    const [value] = lw.grad(f)(z).tolist() as { re: number; im: number }[];
    // of |z|^2 it is 2 z; abs rounds on the way
    expect(value!.re).toBeCloseTo(6, 5);
    expect(value!.im).toBeCloseTo(-8, 5);
  });
  it('of pairs of numbers that are viewed as complex numbers is viewed back', () => {
    const f = (x: Tensor): Tensor => lw.sum(lw.square(lw.abs(lw.view(x, 'complex64'))));
    const g = lw
      .grad(f)(lw.array([3, -4, 1, 0]))
      .tolist() as number[];
    [6, -8, 2, 0].forEach((want, i) => expect(g[i]).toBeCloseTo(want, 5));
    const bits = (x: Tensor): Tensor => lw.sum(lw.astype(lw.view(x, 'int32'), 'float32'));
    expect(list(lw.grad(bits)(x3()))).toEqual([0, 0, 0]);
  });
  it('of exclusive running products is not touched by the element that is in none of them', () => {
    for (const unused of [Infinity, NaN]) {
      // 1, a, a b
      const f = (x: Tensor): Tensor => lw.sum(lw.cumprod(x, 0, false, false));
      expect(list(lw.grad(f)(lw.array([2, 3, unused])))).toEqual([4, 2, 0]);
      const reversed = (x: Tensor): Tensor => lw.sum(lw.cumprod(x, 0, true, false));
      expect(list(lw.grad(reversed)(lw.array([unused, 3, 2])))).toEqual([0, 2, 4]);
    }
  });
  it('of running logarithms of sums leaves out what is -infinity, in both directions and twice', () => {
    const x = lw.array([-Infinity, 1, 2]);
    const t = lw.array([1, 2, 3]);
    const running = (a: Tensor): Tensor => lw.logcumsumexp(a);
    const near = (got: Tensor, want: number[]): void =>
      (got.tolist() as number[]).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 5));
    const p = 1 / (1 + Math.exp(-1)); // the share of 2 beside 1
    near(lw.jvp(running, [x], [t])[1][0]!, [0, 2, 2 + p]);
    near(lw.vjp(running, [x], [t])[1][0]!, [0, 2 + 3 * (1 - p), 3 * p]);
    const slope = lw.grad((a: Tensor) => lw.sum(lw.multiply(running(a), t)));
    const bend = 3 * p * (1 - p);
    near(lw.grad((a: Tensor) => lw.sum(lw.multiply(slope(a), t)))(x), [0, -bend, bend]);
  });
  it('chains of 50,000 ops need no stack, first and second derivative', () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 50_000; i++) y = lw.multiply(y, 1.00001);
      return y;
    };
    expect(list(lw.grad(f)(lw.full([], 1, 'float64')))).toBeCloseTo(1.00001 ** 50_000, 9);
    const g = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 5000; i++) y = lw.sin(y);
      return y;
    };
    expect(
      Number.isFinite(
        lw
          .grad(lw.grad(g))(lw.full([], 1, 'float64'))
          .item(),
      ),
    ).toBe(true);
  });
  it('what the value does not need is never computed', () => {
    // a sum over the terabyte that a broadcast stands for
    const f = (x: Tensor): Tensor => {
      lw.sum(lw.exp(lw.broadcastTo(x, [2 ** 20, 2 ** 9])));
      return lw.square(x);
    };
    expect(list(lw.grad(f)(lw.full([], 4)))).toBe(8);
  });
  it('leaves its arguments as they are, also when the function throws', () => {
    const x = x3();
    const f = (y: Tensor): Tensor => {
      if (y.size > 0) throw new Error('own');
      return y;
    };
    expect(() => lw.grad(f)(x)).toThrow('own');
    // nothing is traced any more: evaluation makes data of its roots
    const y = lw.add(x, 1).eval();
    expect(y.node.a).toBeNull();
    expect(list(x)).toEqual([1, 2, 3]);
  });
});

describe('valueAndGrad', () => {
  it('gives the value beside the gradients', () => {
    const [value, g] = lw.valueAndGrad((x: Tensor) => lw.sum(cube(x)))(x3());
    expect([list(value), list(g)]).toEqual([36, [3, 12, 27]]);
  });
  it('passes what follows the value in a list through', () => {
    const f = (x: Tensor): [Tensor, Tensor, string] => [lw.sum(lw.square(x)), lw.multiply(x, 2), 'kept'];
    const [[value, twice, text], g] = lw.valueAndGrad(f)(x3());
    expect([list(value), list(twice), text, list(g)]).toEqual([14, [2, 4, 6], 'kept', [2, 4, 6]]);
    expect(list(lw.grad(f)(x3()))).toEqual([2, 4, 6]);
  });
  it('takes arguments that are no tensors, and gives lists for lists of argnums', () => {
    const f = (x: Tensor, power: number, y: Tensor): Tensor => lw.sum(lw.multiply(lw.power(x, power), y));
    const [, [gx, gy]] = lw.valueAndGrad(f, [0, 2])(x3(), 2, lw.full([3], 10));
    expect([gx, gy].map(list)).toEqual([
      [20, 40, 60],
      [1, 4, 9],
    ]);
  });
});

describe('valueAndGrad › shares the work', () => {
  // the kernel of the product behind value and gradients, counted
  const counted = (
    use: (value: Tensor, g: { a: Tensor; b: Tensor }, more: Tensor) => void,
  ): [runs: number, held: number] => {
    const kernels = wasmBackend.kernels as Record<string, Kernel>;
    const kernel = kernels['matmul']!;
    let forward = 0;
    kernels['matmul'] = (call) => {
      if (call.shape.size === 4 * 5) forward++;
      kernel(call);
    };
    try {
      const p = { a: lw.ones([4, 3]).eval(), b: lw.ones([3, 5]).eval() };
      const f = ({ a, b }: typeof p): [Tensor, Tensor] => {
        const y = lw.exp(lw.matmul(a, b));
        return [lw.sum(y), lw.mean(y)];
      };
      const [[value, more], g] = lw.valueAndGrad(f)(p);
      use(value, g, more);
      return [forward, [value, more, g.a, g.b].filter((t) => t.node.store !== null).length];
    } finally {
      kernels['matmul'] = kernel;
    }
  };
  it('of the value with the gradients, whichever is read first', () => {
    expect(counted((value, g) => lw.eval(g.a, value, g.b))).toEqual([1, 4]);
    expect(counted((_, g) => void g.a.eval())).toEqual([1, 4]);
    expect(counted((value, g) => lw.eval(value.item() as number, g))).toEqual([1, 4]);
  });
  it('and keeps no gradient that only another result needs', () => {
    expect(counted((value, g, more) => lw.eval(value, more, lw.add(g.a, 1), lw.add(g.b, 1)))).toEqual([1, 2]);
  });
  it('leaves what was disposed out', () => {
    expect(
      counted((value, g, more) => {
        more.dispose();
        g.b.dispose();
        value.eval();
      }),
    ).toEqual([1, 2]);
  });
});

describe('vjp and jvp', () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => [lw.multiply(x, y), lw.sum(lw.square(x))];
  const [x, y] = [lw.array([1, 2], 'float64'), lw.array([3, 4], 'float64')];
  it('vjp › multiplies cotangents from the left, for every primal', () => {
    const [outputs, pulled] = lw.vjp(f, [x, y], [lw.array([1, 10], 'float64'), lw.full([], 100, 'float64')]);
    expect(outputs.map(list)).toEqual([[3, 8], 5]);
    expect(pulled.map(list)).toEqual([
      [3 + 200, 40 + 400],
      [1, 20],
    ]);
  });
  it('jvp › multiplies tangents from the right, for every result', () => {
    const [outputs, pushed] = lw.jvp(f, [x, y], [lw.array([1, 10], 'float64'), lw.array([100, 1000], 'float64')]);
    expect(outputs.map(list)).toEqual([[3, 8], 5]);
    expect(pushed.map(list)).toEqual([[3 + 100, 40 + 2000], 2 + 40]);
  });
  it('are zero where nothing flows, in shape and dtype', () => {
    const [, [gx, gy]] = lw.vjp((a: Tensor) => lw.exp(a), [x, y], [lw.ones([2])]);
    expect([gx!.dtype, list(gy!)]).toEqual(['float64', [0, 0]]);
    const constant = (): Tensor => lw.full([2], 7);
    expect(list(lw.jvp(constant, [x], [x])[1][0]!)).toEqual([0, 0]);
  });
  it('compose: jvp of grad, grad of jvp, vjp of vjp, jvp of jvp', () => {
    const at = lw.full([], 2, 'float64');
    const one = lw.full([], 1, 'float64');
    expect(list(lw.jvp(lw.grad(cube), [at], [one])[1][0]!)).toBe(12);
    expect(list(lw.grad((t: Tensor) => lw.jvp(cube, [t], [one])[1][0]!)(at))).toBe(12);
    expect(list(lw.vjp((t: Tensor) => lw.vjp(cube, [t], [one])[1][0]!, [at], [one])[1][0]!)).toBe(12);
    expect(list(lw.jvp((t: Tensor) => lw.jvp(cube, [t], [one])[1][0]!, [at], [one])[1][0]!)).toBe(12);
  });
});

describe('memory', () => {
  interface Layer {
    w: Tensor;
    b: Tensor;
  }
  it('2,000 steps of a perceptron keep the heap flat, without dispose', () => {
    const random = (shape: number[], seed: number): Tensor =>
      lw.multiply(lw.random.normal(shape, 'float32', null, null, lw.random.key(seed)), 0.3).eval();
    let params: Layer[] = [
      { w: random([8, 32], 1), b: lw.zeros([32]) },
      { w: random([32, 1], 2), b: lw.zeros([1]) },
    ];
    const inputs = random([64, 8], 3);
    const wanted = lw.sum(lw.square(inputs), 1, true).eval();
    const loss = (layers: Layer[]): Tensor => {
      const hidden = lw.tanh(lw.add(lw.matmul(inputs, layers[0]!.w), layers[0]!.b));
      return lw.mean(lw.square(lw.subtract(lw.add(lw.matmul(hidden, layers[1]!.w), layers[1]!.b), wanted)));
    };
    const step = lw.valueAndGrad(loss);
    const held: number[] = [];
    const losses: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const [value, grads] = step(params);
      params = params.map((layer, k) => ({
        w: lw.subtract(layer.w, lw.multiply(grads[k]!.w, 0.05)),
        b: lw.subtract(layer.b, lw.multiply(grads[k]!.b, 0.05)),
      }));
      lw.eval(value, ...params.flatMap(({ w, b }) => [w, b]));
      if (i % 500 === 499) {
        losses.push(value.item() as number);
        lw.memory.clear();
        held.push(lw.memory.active());
      }
    }
    expect(losses[3]!).toBeLessThan(losses[0]!);
    // a leak of one hidden layer a step would be 16 MB
    expect(Math.max(...held) - held[0]!).toBeLessThan(2 ** 20);
  });
});
