// Initialisers against mlx.nn.init: the same numbers from the same seed.
import { describe, expect, it } from 'vitest';
import { nn, random, zeros, type DType, type Tensor } from '../../src/index.js';
import { openGoldens, type Arg } from '../support/golden.js';
import { decode } from '../support/invoke.js';
import { Judge } from '../support/nn-golden.js';

interface Case {
  readonly init: string;
  readonly args: readonly Arg[];
  readonly call: readonly Arg[];
  readonly seed: number;
  readonly shape: readonly number[];
  readonly output: string;
}
const { host, cases } = openGoldens('nn/init.safetensors');
const list = cases as readonly Case[];
/** Normal numbers pass through erfinv, whose last bits differ between machines in MLX too; a factorisation adds up rounded products. */
const BOUNDS: Readonly<Record<'equal' | 'normal' | 'orthogonal', Readonly<Partial<Record<DType, number>>>>> = {
  equal: {},
  normal: { float32: 4e-7, bfloat16: 2 ** -8 },
  orthogonal: { float32: 2e-6, float16: 2 ** -10 },
};
const kindOf = (init: string): keyof typeof BOUNDS => {
  if (init === 'orthogonal') return 'orthogonal';
  return /[nN]ormal$|sparse/.test(init) ? 'normal' : 'equal';
};

describe.each([...new Set(list.map((c) => c.init))])('nn.init.%s', (init) => {
  it(`nn.init.${init} › makes what mlx.nn.init makes`, () => {
    const judge = new Judge(BOUNDS[kindOf(init)], host);
    for (const c of list.filter((x) => x.init === init)) {
      const args = (stored: readonly Arg[]): unknown[] => stored.map((a) => decode(a, []));
      random.seed(c.seed);
      const factory = (nn.init as unknown as Record<string, (...a: unknown[]) => (...b: unknown[]) => Tensor>)[init]!;
      const made = factory(...args(c.args))(zeros(c.shape), ...args(c.call));
      judge.tensor(`${init} ${JSON.stringify(c.args)} ${c.shape.join('x')}`, init, made, c.output);
    }
  });
});

it('nn.init.orthogonal › has orthonormal rows or columns, whichever are fewer', () => {
  random.seed(3);
  const tall = nn.init.orthogonal()(zeros([7, 3]));
  const wide = nn.init.orthogonal(2)(zeros([3, 7]));
  const distance = (a: Tensor, c: number): number =>
    Math.max(...[...a.toTypedArray()].map((v, i) => Math.abs(Number(v) - (i % 4 === 0 ? c : 0))));
  expect(distance(tall.T.matmul(tall), 1)).toBeLessThan(1e-5);
  expect(distance(wide.matmul(wide.T), 4)).toBeLessThan(1e-5);
});
it('nn.init.sparse › has the same number of zeros in each row', () => {
  random.seed(3);
  const zerosOf = (row: Tensor): number => [...row.toTypedArray()].filter((v) => v === 0).length;
  expect([...nn.init.sparse(0.3)(zeros([6, 10]))].map(zerosOf)).toEqual([3, 3, 3, 3, 3, 3]);
});
