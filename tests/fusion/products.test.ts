// Matrix products and what is done to them: evaluated together, compiled, replayed, as tiles or as generated code, on one thread or two,
// the bits are those of one op after the other.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { by, ran } from './graphs.js';

const threads = lw.threads();
beforeEach(() => lw.setDefaultDevice('wasm'));
afterAll(() => lw.setThreads(threads));
const draw = (shape: number[], seed: number, dtype: lw.DType): lw.Tensor =>
  lw.random.normal(shape, 'float32', 0, 1, lw.random.key(seed)).astype(dtype).eval();

const values = (t: lw.Tensor): Float32Array => t.toTypedArray() as Float32Array;
/** How many values differ, zeros of different signs too. */
function differing(got: Float32Array, want: Float32Array): number {
  expect(got.length).toBe(want.length);
  let n = 0;
  for (let i = 0; i < want.length; i++) if (!Object.is(got[i], want[i])) n++;
  return n;
}

interface Operands {
  readonly x: lw.Tensor;
  readonly w: lw.Tensor;
  readonly like: lw.Tensor;
  readonly row: lw.Tensor;
}
/** `each` is given every result, to evaluate it or to leave it as it is. */
type Work = (o: Operands, each: (t: lw.Tensor) => lw.Tensor) => lw.Tensor;
const works: Readonly<Record<string, Work>> = {
  bias: ({ x, w, row }, each) => each(lw.matmul(x, w)).add(row),
  'bias and relu': ({ x, w, row }, each) => lw.maximum(each(each(lw.matmul(x, w)).add(row)), 0),
  'bias and gelu': ({ x, w, row }, each) => lw.nn.gelu(each(each(lw.matmul(x, w)).add(row))),
  'bias and residual': ({ x, w, row, like }, each) => like.add(each(each(lw.matmul(x, w)).add(row))),
  'scale and mask': ({ x, w, like }, each) => each(each(lw.matmul(x, w)).multiply(0.125)).add(like),
  gate: ({ x, w, like }, each) => each(lw.nn.silu(each(lw.matmul(x, w)))).multiply(like),
  'another dtype': ({ x, w, like }, each) => each(each(lw.matmul(x, w)).astype('float16')).add(like),
  'a closing sum': ({ x, w, like }, each) => each(each(each(lw.matmul(x, w)).subtract(like)).square()).sum(-1),
  addmm: ({ x, w, row }, each) => lw.maximum(each(lw.addmm(row, x, w, 0.5, 2)), 0),
  'two products': ({ x, w, like }, each) =>
    each(lw.matmul(x, w)).multiply(each(lw.matmul(each(x.multiply(2)), w)).add(like)),
  'a product of a product': ({ x, w, like }, each) =>
    each(lw.matmul(each(each(lw.matmul(x, w)).add(like)), each(w.swapaxes(-1, -2)))).sum(-1),
  'the gradient of a squared error': ({ x, w, like, row }, each) => {
    const error = each(each(each(lw.matmul(x, w)).add(row)).subtract(like));
    return each(lw.matmul(each(x.swapaxes(-1, -2)), each(error.multiply(2))));
  },
};
/** One matrix, with rows that end amid tiles; few rows; a batch by one matrix; a batch by a batch; more than one part of threads. */
const shapes = [
  [
    [67, 30],
    [30, 33],
  ],
  [
    [1, 300],
    [300, 130],
  ],
  [
    [5, 40, 48],
    [48, 19],
  ],
  [
    [3, 40, 64],
    [3, 64, 41],
  ],
  [
    [260, 100],
    [100, 257],
  ],
] as const;
const dtypes = ['float32', 'float16', 'bfloat16'] as const;

for (const [name, work] of Object.entries(works)) {
  it(`products › ${name}: the bits of one op after the other`, () => {
    const before = ran();
    for (const dtype of dtypes) {
      for (const [left, right] of shapes) {
        const columns = right[right.length - 1]!;
        const x = draw([...left], 1, dtype);
        // by columns, as the transpose of a weight lies
        const w = draw([...right], 2, dtype)
          .swapaxes(-1, -2)
          .eval()
          .swapaxes(-1, -2);
        const like = draw([...left.slice(0, -1), columns], 3, dtype);
        const row = draw([columns], 4, dtype);
        const f = (x: lw.Tensor, w: lw.Tensor, like: lw.Tensor, row: lw.Tensor): lw.Tensor =>
          work({ x, w, like, row }, (t) => t);
        lw.setThreads(1);
        const want = values(by('tiles', () => work({ x, w, like, row }, (t) => t.eval()).eval()));
        for (const way of ['tiles', 'generated'] as const) {
          for (const count of [1, 2]) {
            lw.setThreads(count);
            expect(differing(values(by(way, () => f(x, w, like, row).eval())), want)).toBe(0);
            const g = lw.compile(f);
            for (let run = 0; run < 3; run++)
              expect(differing(values(by(way, () => g(x, w, like, row).eval())), want)).toBe(0);
          }
        }
      }
    }
    const after = ran();
    expect(after.tiles).toBeGreaterThan(before.tiles);
    expect(after.generated).toBeGreaterThan(before.generated);
  });
}

describe('layers', () => {
  const layers: Readonly<Record<string, [lw.nn.Module & { forward(x: lw.Tensor): lw.Tensor }, number[]]>> = {
    'a linear layer': [new lw.nn.Linear(64, 96), [50, 64]],
    'a convolution': [new lw.nn.Conv2d(8, 24, 3), [2, 17, 18, 8]],
  };
  for (const [name, [layer, shape]] of Object.entries(layers)) {
    it(`${name} with its bias, an activation and a residual › values and gradients have one bit pattern each`, () => {
      const x = draw(shape, 1, 'float32');
      const loss = (parameters: unknown, x: lw.Tensor): lw.Tensor => {
        layer.update(parameters as never);
        const y = layer.forward(x);
        return lw.nn.silu(y).add(y).square().mean();
      };
      const parameters = layer.parameters();
      const both = lw.valueAndGrad(loss);
      const all = (f: typeof both): Float32Array[] => {
        const [value, gradients] = f(parameters as never, x) as [lw.Tensor, Record<string, lw.Tensor>];
        return [value, ...Object.values(gradients)].map(values);
      };
      const want = by('tiles', () => all(both));
      layer.update(parameters);
      expect(by('generated', () => all(both))).toEqual(want);
      const compiled = lw.compile(both as never) as typeof both;
      for (let run = 0; run < 3; run++) expect(by('generated', () => all(compiled))).toEqual(want);
      expect(by('tiles', () => all(compiled))).toEqual(want);
      layer.update(parameters);
    });
  }
});
