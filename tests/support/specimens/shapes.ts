// The same elements in other shapes, parts, repetitions and orders.
import { dtypes, Given, type Draw } from '../draw.js';
import type { Recipe } from './recipe.js';

/** A shape of the same size: axes joined or split, sometimes one left to find. */
function reshaped(d: Draw, shape: readonly number[]): number[] {
  const size = shape.reduce((p, n) => p * n, 1);
  const flat: number[] = [];
  let left = size;
  for (const f of [2, 3, 4, 5, 7]) {
    if (left > 0 && left % f === 0 && d.flag()) {
      flat.push(f);
      left /= f;
    }
  }
  if (left !== 1 || flat.length === 0) flat.splice(d.int(0, flat.length), 0, left);
  if (size > 0 && d.rarely(3)) flat[d.int(0, flat.length - 1)] = -1;
  return flat;
}
const moved = (make: (d: Draw, shape: number[], x: unknown) => readonly unknown[], min = 0, full = false): Recipe => ({
  dtypes,
  make: (d) => {
    const shape = d.shape({ min, full });
    return make(d, shape, d.tensor(shape, 'any'));
  },
  smooth: {},
});
const shuffled = (d: Draw, n: number): number[] => {
  const order: number[] = [];
  for (let i = 0; i < n; i++) order.splice(d.int(0, i), 0, i);
  return order.reverse().map((a) => (d.rarely(4) ? a - n : a));
};
const triangle: Recipe = moved((d, _, x) => [x, ...d.pick([[], [d.given('index', d.int(0, 6) - 3)]])], 2);

export const shapes: Readonly<Record<string, Recipe>> = {
  reshape: moved((d, shape, x) => [x, d.given('shape', reshaped(d, shape))]),
  flatten: moved((d, shape, x) => {
    if (shape.length === 0 || d.flag()) return [x];
    const a = d.int(0, shape.length - 1);
    return [
      x,
      d.given('axis', a, shape.length),
      d.given('axis', d.int(a, shape.length - 1) - shape.length, shape.length),
    ];
  }),
  unflatten: moved((d, shape, x) => {
    const a = d.int(0, shape.length - 1);
    return [x, d.given('axis', a, shape.length), d.given('shape', reshaped(d, [shape[a]!]))];
  }, 1),
  squeeze: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1 }).map((n) => (d.rarely(2) ? 1 : n));
      const ones = shape.flatMap((n, i) => (n === 1 ? [i] : []));
      const x = d.tensor(shape, 'any');
      if (ones.length === 0 || d.flag()) return [x];
      return [x, d.given('axes', d.flag() ? ones : ones[0], shape.length)];
    },
    smooth: {},
  },
  expandDims: moved((d, shape, x) => [
    x,
    d.flag()
      ? d.given('axis', d.axisOf(shape.length + 1), shape.length + 1)
      : d.given('axes', [0, -1], shape.length + 2),
  ]),
  atleast1d: moved((_d, _s, x) => [x]),
  atleast2d: moved((_d, _s, x) => [x]),
  atleast3d: moved((_d, _s, x) => [x]),
  transpose: moved((d, shape, x) => (d.flag() ? [x] : [x, d.given('axes', shuffled(d, shape.length), shape.length)])),
  swapaxes: moved((d, shape, x) => [x, d.axis(shape.length), d.axis(shape.length)], 1),
  moveaxis: moved((d, shape, x) => [x, d.axis(shape.length), d.axis(shape.length)], 1),
  broadcastTo: {
    dtypes,
    make: (d) => {
      const to = d.shape();
      return [d.tensor(d.partner(to), 'any'), d.given('shape', to)];
    },
    smooth: {},
  },
  asStrided: {
    dtypes,
    make: (d) => {
      const x = d.tensor(d.shape({ min: 1, full: true }), 'any');
      const n = d.inputs[0]!.host.shape.reduce((p, k) => p * k, 1);
      if (d.rarely(4)) return [x];
      const shape = [d.int(1, Math.min(n, 5)), d.int(1, 3)];
      const room = n - 1;
      const second = shape[1] === 1 ? 1 : d.int(0, Math.floor(room / (shape[1]! - 1)));
      const left = room - second * (shape[1]! - 1);
      const first = shape[0] === 1 ? 1 : d.int(0, Math.floor(Math.max(left, 0) / (shape[0]! - 1)));
      const used = (shape[0]! - 1) * first + (shape[1]! - 1) * second;
      const back = d.flag();
      const offset = d.int(0, n - 1 - used) + (back ? (shape[0]! - 1) * first : 0);
      return [x, d.given('shape', shape), d.given('count', [back ? -first : first, second]), d.given('index', offset)];
    },
    smooth: {},
  },
  flip: moved((d, shape, x) => (d.flag() ? [x] : [x, d.axes(shape.length)])),
  diagonal: moved((d, shape, x) => {
    if (d.flag()) return [x];
    const [a, b] = shuffled(d, shape.length);
    return [x, d.given('count', d.int(0, 6) - 3), d.given('axis', a, shape.length), d.given('axis', b, shape.length)];
  }, 2),
  trace: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 2 });
      const x = d.tensor(shape, 'finite');
      if (d.flag()) return [x];
      const [a, b] = shuffled(d, shape.length);
      return [x, d.given('count', d.int(0, 6) - 3), d.given('axis', a, shape.length), d.given('axis', b, shape.length)];
    },
    smooth: {},
  },
  contiguous: moved((_d, _s, x) => [x]),
  split: moved((d, shape, x) => {
    const a = d.int(0, shape.length - 1);
    const n = shape[a]!;
    const parts = [1, 2, 3, 4, 5, 7].filter((k) => n % k === 0);
    const places = Array.from({ length: d.int(0, 3) }, () => d.int(0, n)).sort((p, q) => p - q);
    return [
      x,
      d.given('count', d.flag() ? places : d.pick(parts)),
      ...(a === 0 ? [] : [d.given('axis', a, shape.length)]),
    ];
  }, 1),
  unstack: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1, size: 60 });
      return [d.tensor(shape, 'any'), ...d.pick([[], [d.axis(shape.length)]])];
    },
    smooth: {},
  },
  tile: moved((d, _, x) => [
    x,
    d.given('count', d.flag() ? d.int(0, 3) : Array.from({ length: d.int(0, 3) }, () => d.int(1, 3))),
  ]),
  repeat: moved((d, shape, x) => [
    x,
    d.given('count', d.int(0, 3)),
    ...(shape.length > 0 && d.flag() ? [d.axis(shape.length)] : []),
  ]),
  roll: moved((d, shape, x) => {
    const by = d.int(0, 14) - 7;
    if (shape.length === 0 || d.rarely(3)) return [x, d.given('count', by)];
    const axes = d.axes(shape.length);
    return [x, d.given('count', by), axes];
  }),
  pad: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ size: 60, min: 1, full: true });
      const x = d.tensor(shape, 'any');
      const width = d.pick([d.int(0, 3), [d.int(0, 2), d.int(0, 2)], shape.map(() => [d.int(0, 2), d.int(0, 2)])]);
      const mode = d.pick([
        [],
        [d.given('mode', 'edge')],
        [d.given('mode', 'constant'), 1],
        [d.given('mode', 'reflect')],
        [d.given('mode', 'symmetric')],
      ]);
      return [x, new Given('count', width), ...mode];
    },
    smooth: {},
  },
  tril: triangle,
  triu: triangle,
  diag: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1, max: 2, size: 40 });
      return [d.tensor(shape, 'any'), ...d.pick([[], [d.given('index', d.int(0, 6) - 3)]])];
    },
    smooth: {},
  },
  concatenate: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ min: 1 });
      const a = d.int(0, shape.length - 1);
      const type = (): typeof d.type => (d.rarely(4) ? d.pick(dtypes) : d.type);
      const list = Array.from({ length: d.int(1, 4) }, () =>
        d.tensor(
          shape.map((n, k) => (k === a ? d.int(0, 5) : n)),
          'finite',
          type(),
        ),
      );
      return [list, ...(a === 0 ? [] : [d.given('axis', d.flag() ? a - shape.length : a, shape.length)])];
    },
    smooth: {},
  },
  stack: {
    dtypes,
    make: (d) => {
      const shape = d.shape({ size: 80 });
      const list = Array.from({ length: d.int(1, 4) }, () =>
        d.tensor(shape, 'finite', d.rarely(4) ? d.pick(dtypes) : d.type),
      );
      return [list, ...d.pick([[], [d.axis(shape.length + 1)]])];
    },
    smooth: {},
  },
  broadcastArrays: {
    dtypes,
    make: (d) => {
      const shape = d.shape();
      return [Array.from({ length: d.int(1, 3) }, () => d.tensor(d.partner(shape), 'any'))];
    },
    smooth: {},
  },
};
