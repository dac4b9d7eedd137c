import { afterEach, describe, expect, it } from 'vitest';
import type { Mode } from '../../src/backends/wasm/movement.js';
import { indexing } from '../../src/backends/wasm/indexing.js';
import { movement } from '../../src/backends/wasm/movement.js';
import { gatherTo } from '../../src/backends/wasm/runtime.js';
import * as heap from '../../src/backends/heap.js';
import { AxisError, ShapeError } from '../../src/tensor/errors.js';
import { elementTypes, types, type DType } from '../../src/tensor/dtype.js';
import { normalStrides, rowMajor, shapeOf } from '../../src/tensor/shape.js';
import { get, layouts, noise, put, reset, run, size, view } from './arrays.js';

afterEach(reset);
const dtypes = elementTypes.map((t) => t.name);
/** Values that every dtype holds exactly and that tell most positions apart. */
const counting =
  (dtype: DType) =>
  (i: number): number =>
    dtype === 'bool' ? (i * 7 + (i >> 3)) & 1 : (i * 37 + (i >> 5)) % 113;
const expected = (dtype: DType, n: number): number[] =>
  Array.from({ length: n * (dtype === 'complex64' ? 2 : 1) }, (_, i) => counting(dtype)(i));
/** Row-major coordinates of position i. */
const coords = (i: number, dims: readonly number[]): number[] =>
  rowMajor(dims).map((s, k) => Math.floor(i / s) % dims[k]!);
const flat = (c: readonly number[], dims: readonly number[]): number =>
  rowMajor(dims).reduce((o, s, k) => o + s * c[k]!, 0);

describe('copy', () => {
  const shapes = [
    [],
    [0],
    [1],
    [5],
    [3, 0, 2],
    [4, 4],
    [7, 9],
    [31, 64],
    [2, 65, 33],
    [3, 5, 6, 7],
    [64, 1, 65],
    [257, 9],
  ];
  for (const layout of layouts) {
    it(`copy › every dtype and shape of a ${layout.name} view comes out row-major`, () => {
      for (const dtype of dtypes) {
        for (const dims of shapes) {
          const a = view(dtype, dims, counting(dtype), layout);
          expect(run(movement['copy']!, dtype, dims, { a }), `${dtype} ${dims}`).toEqual(expected(dtype, size(dims)));
        }
        reset();
      }
    });
  }
  it('copy › broadcast views repeat their elements', () => {
    for (const dtype of ['uint8', 'bfloat16', 'float32', 'int64'] as const) {
      const one = view(dtype, [1, 5], counting(dtype));
      const wide = { ...one, shape: shapeOf([3, 5]), strides: [0, 1] };
      const deep = { ...one, shape: shapeOf([5, 33]), strides: [1, 0] };
      const row = expected(dtype, 5);
      expect(run(movement['copy']!, dtype, [3, 5], { a: wide })).toEqual([...row, ...row, ...row]);
      expect(run(movement['copy']!, dtype, [5, 33], { a: deep })).toEqual(row.flatMap((x) => new Array(33).fill(x)));
    }
  });
  it('gather_strided › any range of any layout is the same as that range of the whole', () => {
    for (const layout of layouts) {
      for (const dims of [
        [40, 36],
        [3, 17, 12],
        [12, 5, 9],
      ]) {
        const n = size(dims);
        const v = view('float32', dims, (i) => i, layout);
        const strides = v.strides ?? rowMajor(dims);
        for (const [start, count] of [
          [0, n],
          [1, n - 1],
          [5, 100],
          [36, 108],
          [17 * 12 - 3, 200],
          [n - 1, 1],
          [7, 0],
        ] as const) {
          const to = heap.alloc(n * 4 + 16);
          heap.f32.fill(-1, to / 4, to / 4 + n + 4);
          gatherTo({ ...v, strides }, start, count, to);
          const got = Array.from({ length: count + 1 }, (_, i) => get(types.float32, to + i * 4));
          expect(got, `${layout.name} ${dims} ${start}+${count}`).toEqual([
            ...Array.from({ length: count }, (_, i) => start + i),
            -1,
          ]);
          heap.release(to, n * 4 + 16);
        }
      }
    }
  });
});

describe('concatenate', () => {
  it('concatenate › inputs of any layout lie side by side along any axis', () => {
    for (const dtype of dtypes) {
      for (let axis = 0; axis < 3; axis++) {
        const parts = [2, 0, 1, 5].map((d) => [3, 2, 4].map((x, i) => (i === axis ? d : x)));
        const dims = parts[0]!.map((x, i) => (i === axis ? 8 : x));
        const rest = parts.map((p, i) => view(dtype, p, counting(dtype), layouts[i]));
        const per = dtype === 'complex64' ? 2 : 1;
        const want = Array.from({ length: size(dims) }, (_, i) => {
          const c = coords(i, dims);
          let k = 0;
          while (c[axis]! >= parts[k]![axis]!) c[axis]! -= parts[k++]![axis]!;
          const at = flat(c, parts[k]!);
          return Array.from({ length: per }, (_, j) => counting(dtype)(at * per + j));
        }).flat();
        expect(run(movement['concatenate']!, dtype, dims, { rest, attrs: { axis } })).toEqual(want);
      }
    }
  });
});

const combine: Record<Mode, (x: number, y: number) => number> = {
  none: (_, y) => y,
  add: (x, y) => x + y,
  prod: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
};
/** The combining rule in the arithmetic of the dtype, for small integer values. */
const combined = (dtype: DType, mode: Mode, x: number, y: number): number => {
  const r = combine[mode](x, y);
  if (dtype === 'bool') return r ? 1 : 0;
  if (dtype === 'uint8') return r & 255;
  if (dtype === 'int8') return (r << 24) >> 24;
  return r;
};
const modes = Object.keys(combine) as Mode[];
const real = dtypes.filter((d) => d !== 'complex64');
const small =
  (dtype: DType, seed: number) =>
  (i: number): number =>
    dtype === 'bool' ? (i * seed + (i >> 2)) & 1 : ((i * seed) % 11) + 1;

describe('slice_update', () => {
  const dims = [4, 9, 10];
  const attrs = { start: [3, 1, 8], strides: [-2, 3, -1] };
  const part = [2, 3, 7];
  for (const mode of modes) {
    it(`slice_update › mode ${mode} changes the region and nothing else, in every dtype`, () => {
      for (const dtype of real) {
        for (const over of [false, true]) {
          const a = view(dtype, dims, small(dtype, 5));
          const b = view(dtype, part, small(dtype, 3), layouts[1]);
          const want = Array.from({ length: size(dims) }, (_, i) => small(dtype, 5)(i));
          for (let i = 0; i < size(part); i++) {
            const at = flat(
              coords(i, part).map((c, k) => attrs.start[k]! + c * attrs.strides[k]!),
              dims,
            );
            want[at] = combined(dtype, mode, want[at]!, small(dtype, 3)(i));
          }
          const got = run(movement['slice_update']!, dtype, dims, { a, b, attrs: { ...attrs, mode }, over });
          expect(got, dtype).toEqual(want);
        }
      }
    });
  }
  it('slice_update › a broadcast update and a strided input of bigger rows', () => {
    const a = view('float32', [5, 64], (i) => i, layouts[2]);
    const b = { ...view('float32', [1], () => -7), shape: shapeOf([2, 60]), strides: [0, 0] };
    const got = run(movement['slice_update']!, 'float32', [5, 64], {
      a,
      b,
      attrs: { start: [1, 2], strides: [1, 1], mode: 'none' },
    });
    expect(got).toEqual(
      Array.from({ length: 320 }, (_, i) => (i >= 64 && i < 192 && i % 64 >= 2 && i % 64 < 62 ? -7 : i)),
    );
  });
  it('slice_update › complex product and lexicographic maximum', () => {
    const a = view('complex64', [2], (i) => [1, 2, 3, 4][i]!);
    const b = view('complex64', [2], (i) => [5, 6, 3, 5][i]!);
    const at = (mode: Mode): number[] =>
      run(movement['slice_update']!, 'complex64', [2], { a, b, attrs: { start: [0], strides: [1], mode } });
    expect(at('prod')).toEqual([5 - 12, 6 + 10, 9 - 20, 15 + 12]);
    expect(at('max')).toEqual([5, 6, 3, 5]);
    expect(at('min')).toEqual([1, 2, 3, 4]);
    expect(at('add')).toEqual([6, 8, 6, 9]);
  });
});

const indexTypes = ['uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64'] as const;

describe('take', () => {
  it('take › every index dtype, axis and layout', () => {
    const dims = [4, 6, 5];
    for (const dtype of dtypes) {
      for (const [k, layout] of layouts.entries()) {
        for (let axis = 0; axis < 3; axis++) {
          const signed = k % 2 === 1;
          const it = indexTypes[((k + axis * 3 + (signed ? 4 : 0)) % 4) + (signed ? 4 : 0)]!;
          const list = [3, 0, 0, 2, 1, 3].map((x, i) => (signed && i % 2 ? x - dims[axis]! : x));
          const a = view(dtype, dims, counting(dtype), layout);
          const b = view(it, [2, 3], (i) => list[i]!, layouts[1]);
          const out = [...dims.slice(0, axis), 2, 3, ...dims.slice(axis + 1)];
          const per = dtype === 'complex64' ? 2 : 1;
          const want = Array.from({ length: size(out) }, (_, i) => {
            const c = coords(i, out);
            const x = list[c[axis]! * 3 + c[axis + 1]!]!;
            const from = [...c.slice(0, axis), x < 0 ? x + dims[axis]! : x, ...c.slice(axis + 2)];
            return Array.from({ length: per }, (_, j) => counting(dtype)(flat(from, dims) * per + j));
          }).flat();
          expect(
            run(indexing['take']!, dtype, out, { a, b, attrs: { axis } }),
            `${dtype} ${layout.name} ${axis}`,
          ).toEqual(want);
        }
      }
      reset();
    }
  });
  it('take › rows of every width', () => {
    for (const width of [1, 2, 3, 5, 7, 8, 9, 31, 64, 65, 257, 600]) {
      const a = view('bfloat16', [7, width], (i) => i % 128);
      const b = view('int32', [4], (i) => [6, -1, 0, 3][i]!);
      const want = [6, 6, 0, 3].flatMap((r) => Array.from({ length: width }, (_, j) => (r * width + j) % 128));
      expect(run(indexing['take']!, 'bfloat16', [4, width], { a, b, attrs: { axis: 0 } })).toEqual(want);
    }
  });
  it('take › an index out of bounds is named, in every index dtype', () => {
    const a = view('float32', [5], (i) => i);
    for (const it of indexTypes) {
      const b = view(it, [3], (i) => [1, 7, 0][i]!);
      const call = (): number[] => run(indexing['take']!, 'float32', [3], { a, b, attrs: { axis: 0 } });
      expect(call).toThrow(AxisError);
      expect(call).toThrow('[take] index 7 is out of bounds for axis 0 with size 5');
    }
    const b = view('int64', [1], () => -6);
    expect(() => run(indexing['take']!, 'float32', [1], { a, b, attrs: { axis: 0 } })).toThrow('index -6 is out');
    const big = view('uint64', [1], () => -1);
    expect(() => run(indexing['take']!, 'float32', [1], { a, b: big, attrs: { axis: 0 } })).toThrow(
      'index 18446744073709551615 is out of bounds',
    );
  });
  it('take › nothing taken, and nothing to take from', () => {
    const a = view('float32', [0, 4], () => 0);
    const none = view('uint32', [0], () => 0);
    const one = view('uint32', [1], () => 0);
    expect(run(indexing['take']!, 'float32', [0, 4], { a, b: none, attrs: { axis: 0 } })).toEqual([]);
    expect(() => run(indexing['take']!, 'float32', [1, 4], { a, b: one, attrs: { axis: 0 } })).toThrow('size 0');
  });
});

describe('take_along_axis, put_along_axis', () => {
  const dims = [3, 5, 4];
  for (let axis = 0; axis < 3; axis++) {
    const at = dims.map((d, i) => (i === axis ? 6 : d));
    const index = (i: number): number => ((i * 7) % dims[axis]!) - (i % 3 === 0 ? dims[axis]! : 0);
    const source = (i: number): number => {
      const c = coords(i, at);
      c[axis] = (index(i) + dims[axis]!) % dims[axis]!;
      return flat(c, dims);
    };
    it(`take_along_axis › axis ${axis}, every dtype and layout`, () => {
      for (const [k, dtype] of dtypes.entries()) {
        const a = view(dtype, dims, counting(dtype), layouts[k % layouts.length]);
        const b = view('int32', at, index, layouts[(k + 1) % layouts.length]);
        const per = dtype === 'complex64' ? 2 : 1;
        const want = Array.from({ length: size(at) * per }, (_, i) =>
          counting(dtype)(source(Math.floor(i / per)) * per + (i % per)),
        );
        expect(run(indexing['take_along_axis']!, dtype, at, { a, b, attrs: { axis } })).toEqual(want);
      }
    });
    it(`put_along_axis › axis ${axis}, every mode and dtype, repeated indices all count`, () => {
      for (const mode of modes) {
        for (const dtype of real) {
          const two = at.map((d, i) => (i === axis ? 2 : d));
          const a = view(dtype, dims, small(dtype, 5), layouts[2]);
          const b = view('int64', two, (i) => ((i * 7) % dims[axis]!) - (i % 3 === 0 ? dims[axis]! : 0));
          const c = view(dtype, two, small(dtype, 3), layouts[3]);
          const want = Array.from({ length: size(dims) }, (_, i) => small(dtype, 5)(i));
          for (let i = 0; i < size(two); i++) {
            const p = coords(i, two);
            p[axis] = (i * 7) % dims[axis]!;
            const to = flat(p, dims);
            want[to] = combined(dtype, mode, want[to]!, small(dtype, 3)(i));
          }
          expect(
            run(indexing['put_along_axis']!, dtype, dims, { a, b, c, attrs: { axis, mode } }),
            `${mode} ${dtype}`,
          ).toEqual(want);
        }
      }
    });
  }
  it('take_along_axis › an index out of bounds is named', () => {
    const a = view('float32', [2, 3], (i) => i);
    const b = view('int32', [2, 1], (i) => i * 3);
    expect(() => run(indexing['take_along_axis']!, 'float32', [2, 1], { a, b, attrs: { axis: 1 } })).toThrow(
      '[take_along_axis] index 3 is out of bounds for axis 1 with size 3',
    );
  });
});

describe('gather, scatter', () => {
  const dims = [5, 6, 7];
  const sizes = [1, 4, 3];
  const rows = [4, 0, -1, 2];
  const cols = [0, 2, 1, 2];
  const axes = [0, 1];
  const begin = (i: number): number[] => [(rows[i]! + 5) % 5, cols[i]!, 0];
  const out = [2, 2, ...sizes];
  const place = (i: number): number => {
    const c = coords(i, out);
    const b = begin(c[0]! * 2 + c[1]!);
    return flat(
      b.map((x, k) => x + c[k + 2]!),
      dims,
    );
  };
  const indices = (): ReturnType<typeof view>[] => [
    view('int16', [2, 2], (i) => rows[i]!),
    view('int16', [2, 2], (i) => cols[i]!, layouts[1]),
  ];
  it('gather › slices at index pairs, every dtype and layout', () => {
    for (const dtype of real) {
      for (const layout of layouts) {
        const a = view(dtype, dims, counting(dtype), layout);
        const got = run(indexing['gather']!, dtype, out, { a, rest: indices(), attrs: { axes, sliceSizes: sizes } });
        expect(got).toEqual(Array.from({ length: size(out) }, (_, i) => counting(dtype)(place(i))));
      }
      reset();
    }
  });
  it('scatter › overlapping slices, every mode and dtype', () => {
    for (const mode of modes) {
      for (const dtype of real) {
        for (const over of [false, true]) {
          const a = view(dtype, dims, small(dtype, 5));
          const b = view(dtype, out, small(dtype, 3), layouts[2]);
          const want = Array.from({ length: size(dims) }, (_, i) => small(dtype, 5)(i));
          for (let i = 0; i < size(out); i++) {
            want[place(i)] = combined(dtype, mode, want[place(i)]!, small(dtype, 3)(i));
          }
          const got = run(indexing['scatter']!, dtype, dims, { a, b, rest: indices(), attrs: { axes, mode }, over });
          expect(got, `${mode} ${dtype}`).toEqual(want);
        }
      }
    }
  });
  it('gather › a start out of bounds, and a slice that would pass the end', () => {
    const a = view('float32', [5], (i) => i);
    const at = (x: number): (() => number[]) => {
      const rest = [view('int32', [1], () => x)];
      return () => run(indexing['gather']!, 'float32', [1, 2], { a, rest, attrs: { axes: [0], sliceSizes: [2] } });
    };
    expect(at(-2)()).toEqual([3, 4]);
    expect(at(5)).toThrow('[gather] index 5 is out of bounds for axis 0 with size 5');
    expect(at(4)).toThrow('[gather] slices of 2 must lie inside axis 0 with size 5, got the start 4');
  });
});

describe('masked_scatter', () => {
  it('masked_scatter › true elements take the next value, every dtype', () => {
    for (const dtype of real) {
      const n = 131;
      const chosen = (i: number): number => (noise(3)(i) > 0 ? 1 : 0);
      const a = view(dtype, [n], small(dtype, 5), layouts[4]);
      const b = view('bool', [n], chosen);
      const c = view(dtype, [2, n], small(dtype, 3), layouts[1]);
      let k = 0;
      const want = Array.from({ length: n }, (_, i) => (chosen(i) ? small(dtype, 3)(k++) : small(dtype, 5)(i)));
      expect(run(indexing['masked_scatter']!, dtype, [n], { a, b, c })).toEqual(want);
    }
  });
  it('masked_scatter › too few values', () => {
    const a = view('float32', [3], () => 0);
    const b = view('bool', [3], () => 1);
    const c = view('float32', [2], () => 0);
    const call = (): number[] => run(indexing['masked_scatter']!, 'float32', [3], { a, b, c });
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('got 2 for 3');
  });
});

describe('half precision', () => {
  it('accumulate › float16 and bfloat16 round once per sum, to nearest even', () => {
    for (const [dtype, values] of [
      [
        'float16',
        [
          [1, 2 ** -11],
          [1 + 2 ** -10, 2 ** -11],
          [65504, 16],
          [6e-8, 6e-8],
          [2 ** -14, -(2 ** -24)],
          [-2, 2],
        ],
      ],
      [
        'bfloat16',
        [
          [1, 2 ** -8],
          [1 + 2 ** -7, 2 ** -8],
          [3e38, 3e38],
          [NaN, 1],
          [-Infinity, 1],
          [2 ** -130, 2 ** -133],
        ],
      ],
    ] as const) {
      const a = view(dtype, [6], (i) => values[i]![0]!);
      const b = view(dtype, [6], (i) => values[i]![1]!);
      const at = heap.alloc(16);
      const want = values.map(([x, y]) => {
        const t = types[dtype];
        put(t, at, x);
        const first = get(t, at);
        put(t, at, y);
        put(t, at, first + get(t, at));
        return get(t, at);
      });
      heap.release(at, 16);
      const attrs = { start: [0], strides: [1], mode: 'add' };
      expect(run(movement['slice_update']!, dtype, [6], { a, b, attrs })).toEqual(want);
    }
  });
  it('normalStrides › a view made by these tests that is row-major says so', () => {
    expect(normalStrides(shapeOf([2, 3]), [3, 1])).toBeNull();
  });
});
