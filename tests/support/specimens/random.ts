// Draws, always with a key: without one no two calls are equal.
import { dtypes, floats, integers, Ref, type Draw, type Fill } from '../draw.js';
import { none, type Recipe, type Smooth } from './recipe.js';

const key = (d: Draw): Ref => d.tensor([2], [0, 2 ** 16], 'uint32');
const drawn = (make: (d: Draw) => readonly unknown[], smooth: Smooth | null = null): Recipe => ({
  dtypes: none,
  make,
  smooth,
});
/** A parameter of a distribution: absent, a number or a tensor. */
const parameter = (d: Draw, fill: Fill): unknown => d.pick([() => null, () => 2, () => d.tensor([], fill)])();
const float = (d: Draw): unknown => d.given('dtype', d.pick(['float32', 'float16', 'bfloat16'] as const));
const shape = (d: Draw): unknown => d.given('shape', d.shape());

export const random: Readonly<Record<string, Recipe>> = {
  'random.key': drawn((d) => [d.given('count', d.flag() ? d.int(0, 1000) : BigInt(d.int(0, 1000)) << 32n)]),
  'random.bits': drawn((d) => [shape(d), d.given('mode', d.pick([4, 2, 1])), key(d)]),
  'random.split': drawn((d) => [key(d), ...d.pick([[], [d.given('count', d.int(0, 9))]])]),
  'random.uniform': drawn((d) => {
    const to = d.shape();
    return [d.operand(d.partner(to), 'unit', 'float32'), d.given('number', 4), d.given('shape', to), float(d), key(d)];
  }, {}),
  'random.normal': drawn((d) => [shape(d), float(d), parameter(d, 'finite'), parameter(d, 'positive'), key(d)], {}),
  'random.randint': drawn((d) => [
    d.given('number', d.int(0, 5)),
    d.given('number', d.int(6, 90)),
    shape(d),
    d.given('dtype', d.pick(integers)),
    key(d),
  ]),
  'random.bernoulli': drawn((d) => {
    const to = d.shape();
    return [d.flag() ? 0.25 : d.tensor(d.partner(to), 'unit', 'float32'), d.given('shape', to), key(d)];
  }),
  'random.gumbel': drawn((d) => [shape(d), float(d), key(d)]),
  'random.laplace': drawn((d) => [shape(d), float(d), parameter(d, 'finite'), parameter(d, 'positive'), key(d)], {}),
  'random.truncatedNormal': drawn(
    (d) => [
      d.given('number', -1),
      d.flag() ? d.tensor([], 'unit') : d.given('number', d.int(0, 2)),
      shape(d),
      float(d),
      key(d),
    ],
    {},
  ),
  'random.categorical': drawn((d) => {
    const own = d.shape({ min: 1, full: true, size: 120 });
    const logits = d.tensor(own, 'finite', d.pick(floats));
    const axis = d.axis(own.length);
    return d.flag() ? [logits, axis, null, null, key(d)] : [logits, axis, null, d.given('count', d.int(0, 5)), key(d)];
  }),
  'random.permutation': drawn((d) => {
    if (d.flag()) return [d.given('count', d.int(0, 30)), d.given('axis', 0), key(d)];
    const own = d.shape({ min: 1 });
    return [d.tensor(own, 'any', d.pick(dtypes)), d.axis(own.length), key(d)];
  }, {}),
  'random.multivariateNormal': drawn((d) => {
    const n = d.int(1, 4);
    const diagonal = d.tensor([n, n], [0, 1], 'float32', true);
    const { values } = d.inputs[diagonal.index]!.host;
    for (let i = 0; i < n; i++) (values as Float32Array)[i * n + i] = 1 + i;
    return [
      d.tensor([n], 'finite', 'float32'),
      diagonal,
      d.given('shape', d.shape({ max: 2, size: 12 })),
      d.given('dtype', 'float32'),
      key(d),
    ];
  }, {}),
};
