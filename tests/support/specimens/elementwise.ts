// One operand, two or three, element by element.
import type { DType } from '../../../src/index.js';
import { dtypes, integers, isFloating, numbers, reals, type Draw, type Fill } from '../draw.js';
import type { Recipe, Smooth } from './recipe.js';

const one =
  (fill: Fill = 'any') =>
  (d: Draw): unknown[] => [d.tensor(d.shape({ size: 600 }), fill)];
/** A second dtype: mostly the first. */
const beside = (d: Draw, types: readonly DType[]): DType => {
  const other = d.rarely(4) ? d.pick(types) : d.type;
  // uint64 beside signed integers is float32, which not every op takes
  return (d.type === 'uint64') !== (other === 'uint64') ? d.type : other;
};
const two =
  (types: readonly DType[], fill: Fill = 'any', second: Fill = fill) =>
  (d: Draw): unknown[] => {
    const shape = d.shape();
    const left = d.partner(shape);
    const swapped = d.flag();
    const [p, q] = swapped ? [shape, left] : [left, shape];
    const x = d.tensor(p, fill);
    // a weak number must fit the dtype, so it stands beside signed numbers and floats
    return [x, d.type === 'bool' ? d.tensor(q, second, beside(d, types)) : d.operand(q, second, beside(d, types))];
  };
const unary = (types: readonly DType[], smooth: Smooth | null = {}, fill: Fill = 'any'): Recipe => ({
  dtypes: types,
  make: one(fill),
  smooth,
});
const binary = (
  types: readonly DType[],
  smooth: Smooth | null = {},
  fill: Fill = 'any',
  second: Fill = fill,
): Recipe => ({
  dtypes: types,
  make: two(types, fill, second),
  smooth,
});
const each = (names: readonly string[], recipe: Recipe): Record<string, Recipe> =>
  Object.fromEntries(names.map((name) => [name, recipe]));
const whole: readonly DType[] = [...integers, 'bool'];
const steps = { kinks: [-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3] };

export const elementwise: Readonly<Record<string, Recipe>> = {
  ...each(['negative', 'neg'], unary(numbers)),
  abs: unary(dtypes, { kinks: [0] }),
  sign: unary(dtypes, { kinks: [0] }),
  square: unary(dtypes),
  ...each(['sqrt', 'rsqrt', 'log', 'log2', 'log10'], unary(dtypes, { within: [0.2, 4] })),
  reciprocal: unary(dtypes, { within: [0.3, 4] }),
  log1p: unary(dtypes, { within: [-0.5, 4] }),
  ...each(['exp', 'sin', 'cos', 'sinh', 'cosh'], unary(dtypes, { within: [-2, 2] })),
  // complex numbers stay away from the singularities at i and i pi / 2
  ...each(['tanh', 'arcsinh', 'arctan'], unary(dtypes, { within: [-0.9, 0.9] })),
  expm1: unary(reals, { within: [-2, 2] }),
  sigmoid: unary(dtypes, { within: [-3, 3] }),
  erf: unary(reals, { within: [-2, 2] }),
  erfinv: unary(reals, { within: [-0.8, 0.8] }),
  tan: unary(dtypes, { within: [-1, 1] }),
  ...each(['arcsin', 'arccos', 'arctanh'], unary(dtypes, { within: [-0.8, 0.8] })),
  arccosh: unary(dtypes, { within: [1.2, 4] }),
  ...each(['floor', 'ceil'], unary(reals, steps)),
  round: {
    dtypes,
    make: (d) => {
      const x = d.tensor(d.shape(), 'finite');
      // jumps of hundredths lie too close for differences
      return d.flag() && d.type !== 'complex64' && isFloating(d.type) && d.smooth === null
        ? [x, d.given('count', d.pick([0, 1, 2]))]
        : [x];
    },
    smooth: steps,
  },
  ...each(['logicalNot', 'isnan', 'isinf', 'isfinite'], unary(dtypes, null)),
  ...each(['isposinf', 'isneginf'], unary(dtypes, null)),
  bitwiseInvert: unary(whole, null),
  ...each(['conjugate', 'real', 'imag'], unary(dtypes)),
  ...each(['degrees', 'radians'], unary(dtypes)),
  astype: {
    dtypes,
    make: (d) => {
      const to = d.pick(dtypes);
      // what lies outside of an integer dtype saturates in one way on every path only within its range
      return [
        d.tensor(d.shape({ size: 600 }), isFloating(to) || d.type === to ? 'any' : 'finite'),
        d.given('dtype', to),
      ];
    },
    smooth: {},
  },
  clip: {
    dtypes,
    make: (d) => {
      const shape = d.shape();
      const x = d.tensor(shape, 'any');
      const end = (): unknown => (d.rarely(3) ? null : d.tensor(d.partner(shape), 'finite'));
      return [x, end(), end()];
    },
    smooth: { distinct: true },
  },
  nanToNum: {
    dtypes,
    make: (d) => [
      d.tensor(d.shape(), 'any'),
      ...d.pick([[], [d.given('number', 2)], [d.given('number', 0), d.given('number', 9), d.given('number', -9)]]),
    ],
    smooth: {},
  },
  ...each(['add', 'subtract', 'sub', 'multiply', 'mul'], binary(dtypes)),
  ...each(['divide', 'div'], binary(dtypes, { within: [0.5, 4] })),
  floorDivide: binary(reals, null, 'finite', 'nonzero'),
  ...each(['remainder', 'mod', 'divmod'], binary(reals, { inputs: [0], kinks: [0] }, 'finite', 'nonzero')),
  power: binary(dtypes, { within: [0.5, 3] }, 'positive'),
  ...each(['maximum', 'minimum'], binary(dtypes, { distinct: true })),
  arctan2: binary(reals, { within: [0.5, 3] }),
  logaddexp: binary(dtypes, {}, 'finite'),
  ...each(['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'], binary(whole, null)),
  ...each(['leftShift', 'rightShift'], binary(whole, null, 'any', [0, 9])),
  ...each(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'], binary(dtypes, null)),
  ...each(['logicalAnd', 'logicalOr', 'logicalXor'], binary(dtypes, null)),
  ...each(['isclose', 'allclose'], {
    dtypes,
    // whole numbers: no sum of them is near the bound
    make: (d) => [
      ...two([d.type], [0, 3])(d),
      ...d.pick([[], [d.given('number', 0.01), d.given('number', 0.1), d.given('flag', true)]]),
    ],
    smooth: null,
  }),
  arrayEqual: {
    dtypes,
    make: (d) => [...two([d.type], [0, 2])(d), ...d.pick([[], [d.given('flag', true)]])],
    smooth: null,
  },
  where: {
    dtypes,
    make: (d) => {
      const shape = d.shape();
      const condition = d.tensor(d.partner(shape), 'any', d.pick(['bool', 'bool', 'int32', 'float32'] as const));
      return [
        condition,
        d.tensor(d.partner(shape), 'any'),
        d.type === 'bool' ? true : d.operand(shape, 'any', beside(d, dtypes)),
      ];
    },
    smooth: { inputs: [1, 2] },
  },
  fullLike: {
    dtypes,
    make: (d) => [d.tensor(d.shape()), d.given('number', 1), ...d.pick([[], [d.given('dtype', d.pick(dtypes))]])],
    smooth: null,
  },
  ...each(['zerosLike', 'onesLike'], {
    dtypes,
    make: (d) => [d.tensor(d.shape()), ...d.pick([[], [d.given('dtype', d.pick(dtypes))]])],
    smooth: null,
  }),
};
