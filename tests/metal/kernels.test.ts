// Values of every kernel against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, f32Bits, folder, inEveryOrder, kernelsUnderTest, text } from './rig.js';
import { F32, FLOATS, indices, numbers, size, stored, ulps } from './values.js';

describe('metal kernels', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    const LENGTHS = [1, 2, 31, 32, 33, 100, 1000, 5000];
    it.each(FLOATS)('reduce › agrees with float64 for rows of any length: $code', (t) => {
      for (const n of LENGTHS) {
        const rows = 3;
        const x = stored(t, numbers(rows * n, n));
        const each = <R>(f: (row: number[]) => R): R[] =>
          Array.from({ length: rows }, (_, r) => f(x.slice(r * n, r * n + n)));
        const call = (name: string, width = size(t)): Uint8Array =>
          new Bench(addon).run(`reduce_${name}_${t.code}`, [t.pack(x)], rows * width, [rows, n]);
        const sums = stored(
          t,
          each((row) => row.reduce((a, b) => a + b, 0)),
        );
        // partial sums grow like sqrt(n): their rounding in float32 against a sum that may be near zero
        expect(ulps(t.unpack(call('sum')), sums, t.eps, Math.sqrt(n))).toBeLessThanOrEqual(4);
        expect(t.unpack(call('max'))).toEqual(each((row) => Math.max(...row)));
        expect(t.unpack(call('min'))).toEqual(each((row) => Math.min(...row)));
        expect([...new Uint32Array(call('argmax', 4).buffer)]).toEqual(each((row) => row.indexOf(Math.max(...row))));
        expect([...new Uint32Array(call('argmin', 4).buffer)]).toEqual(each((row) => row.indexOf(Math.min(...row))));
      }
      const few = stored(t, [1.5, -2, 0.5, 4]);
      expect(t.unpack(new Bench(addon).run(`reduce_prod_${t.code}`, [t.pack(few)], size(t), [1, 4]))).toEqual([-6]);
    });
    it('reduce › NaN wins, nothing gives the neutral value', () => {
      const x = F32.pack([1, NaN, 3, -Infinity, -Infinity, -Infinity]);
      const call = (name: string, rows: number, n: number, width = 4): Uint8Array =>
        new Bench(addon).run(`reduce_${name}_f32`, [x], rows * width, [rows, n]);
      expect(F32.unpack(call('max', 2, 3))).toEqual([NaN, -Infinity]);
      expect(F32.unpack(call('min', 2, 3))).toEqual([NaN, -Infinity]);
      expect([...new Uint32Array(call('argmax', 2, 3).buffer)]).toEqual([1, 0]);
      expect([...new Uint32Array(call('argmin', 2, 3).buffer)]).toEqual([1, 0]);
      expect(F32.unpack(call('sum', 2, 0))).toEqual([0, 0]);
      expect(F32.unpack(call('prod', 2, 0))).toEqual([1, 1]);
    });

    it('reduce › the first NaN is the largest and the smallest, wherever it is', () => {
      const row = numbers(5000);
      for (const place of [4999, 4500, 4096, 2047, 1024, 31, 0]) {
        row[place] = NaN;
        for (const name of ['argmax', 'argmin'])
          expect([
            ...new Uint32Array(new Bench(addon).run(`reduce_${name}_f32`, [F32.pack(row)], 4, [1, 5000]).buffer),
          ]).toEqual([place]);
      }
    });

    it.each(FLOATS)('softmax › agrees with float64 for rows of any length: $code', (t) => {
      for (const n of LENGTHS) {
        const rows = 2;
        const x = stored(
          t,
          numbers(rows * n, n).map((v) => v * 8),
        );
        const parts = [x.slice(0, n), x.slice(n)].map((row) => {
          const high = Math.max(...row);
          return { row, lse: high + Math.log(row.reduce((s, v) => s + Math.exp(v - high), 0)) };
        });
        const call = (name: string, count: number): number[] =>
          t.unpack(new Bench(addon).run(`${name}_${t.code}`, [t.pack(x)], count * size(t), [rows, n]));
        const soft = parts.flatMap(({ row, lse }) => row.map((v) => Math.exp(v - lse)));
        const logs = parts.flatMap(({ row, lse }) => row.map((v) => v - lse));
        const limit = t === F32 ? 8 : 1;
        expect(ulps(call('softmax', rows * n), stored(t, soft), t.eps)).toBeLessThanOrEqual(limit);
        expect(ulps(call('log_softmax', rows * n), stored(t, logs), t.eps, 8)).toBeLessThanOrEqual(limit);
        expect(
          ulps(
            call('logsumexp', rows),
            stored(
              t,
              parts.map((p) => p.lse),
            ),
            t.eps,
            8,
          ),
        ).toBeLessThanOrEqual(limit);
      }
    });
    it('softmax › rows of infinities are what MLX makes of them', () => {
      const x = F32.pack([-Infinity, -Infinity, 0, -Infinity]);
      expect(F32.unpack(new Bench(addon).run('softmax_f32', [x], 16, [2, 2]))).toEqual([0, 0, 1, 0]);
      const lse = F32.pack([-Infinity, -Infinity, Infinity, 0, 0, NaN]);
      expect(F32.unpack(new Bench(addon).run('logsumexp_f32', [lse], 12, [3, 2]))).toEqual([-Infinity, Infinity, NaN]);
    });

    it.each(FLOATS)('softmax › the cross entropy of rows and its gradient agree with float64: $code', (t) => {
      for (const n of LENGTHS)
        for (const smoothing of [0, 0.1]) {
          const rows = 3;
          const x = stored(
            t,
            numbers(rows * n, n).map((v) => v * 8),
          );
          const classes = Uint32Array.of(0, n - 1, n >> 1);
          const g = stored(t, [1, -0.5, 2]);
          const [losses, gradients]: [number[], number[]] = [[], []];
          for (let r = 0; r < rows; r++) {
            const row = x.slice(r * n, r * n + n);
            const high = Math.max(...row);
            const sum = row.reduce((s, v) => s + Math.exp(v - high), 0);
            const mean = row.reduce((s, v) => s + v, 0) / n;
            losses.push(high + Math.log(sum) - (1 - smoothing) * row[classes[r]!]! - smoothing * mean);
            const hit = (i: number): number => (i === classes[r] ? 1 - smoothing : 0);
            gradients.push(...row.map((v, i) => g[r]! * (Math.exp(v - high) / sum - hit(i) - smoothing / n)));
          }
          const words = [rows, n, f32Bits(smoothing)];
          const loss = new Bench(addon).run(`cross_entropy_${t.code}`, [t.pack(x), classes], rows * size(t), words);
          // sums of differences to the largest are up to 16 times what is left
          expect(ulps(t.unpack(loss), stored(t, losses), t.eps, 8)).toBeLessThanOrEqual(t === F32 ? 8 : 1);
          const inputs = [t.pack(x), classes, t.pack(g)];
          const grad = new Bench(addon).run(`cross_entropy_grad_${t.code}`, inputs, rows * n * size(t), words);
          expect(ulps(t.unpack(grad), stored(t, gradients), t.eps, 2 ** -4)).toBeLessThanOrEqual(t === F32 ? 16 : 1);
        }
    });

    it.each(FLOATS)('norms › agree with float64, with and without weight and bias: $code', (t) => {
      for (const n of [1, 31, 257, 2048]) {
        const rows = 3;
        const [x, w, b] = [numbers(rows * n), numbers(n, 3), numbers(n, 5)].map((v) => stored(t, v)) as [
          number[],
          number[],
          number[],
        ];
        const want = (layer: boolean, weight: boolean, bias: boolean): number[] =>
          stored(
            t,
            Array.from({ length: rows }, (_, r) => x.slice(r * n, r * n + n)).flatMap((row) => {
              const mean = layer ? row.reduce((a, v) => a + v, 0) / n : 0;
              const scale = 1 / Math.sqrt(row.reduce((a, v) => a + (v - mean) ** 2, 0) / n + 1e-5);
              return row.map((v, i) => (v - mean) * scale * (weight ? w[i]! : 1) + (bias ? b[i]! : 0));
            }),
          );
        for (const weight of [true, false]) {
          const rms = new Bench(addon).run(`rms_norm_${t.code}`, [t.pack(x), t.pack(w)], rows * n * size(t), [
            rows,
            n,
            f32Bits(1e-5),
            Number(weight),
          ]);
          expect(ulps(t.unpack(rms), want(false, weight, false), t.eps, 2 ** -4)).toBeLessThanOrEqual(
            t === F32 ? 8 : 1,
          );
          const words = [rows, n, f32Bits(1e-5), Number(weight), Number(!weight)];
          const layer = new Bench(addon).run(
            `layer_norm_${t.code}`,
            [t.pack(x), t.pack(w), t.pack(b)],
            rows * n * size(t),
            words,
          );
          expect(ulps(t.unpack(layer), want(true, weight, !weight), t.eps, 1)).toBeLessThanOrEqual(t === F32 ? 8 : 1);
        }
      }
    });

    it.each(FLOATS)('matvec › agrees with float64, by rows and by columns: $code', (t) => {
      for (const [rows, n] of [
        [1, 1],
        [7, 31],
        [33, 300],
        [5, 0],
      ] as const) {
        const [x, y] = [stored(t, numbers(Math.max(rows * n, 1))), stored(t, numbers(Math.max(n, 1), 9))];
        for (const [row, column] of [
          [n, 1],
          [1, rows],
        ] as const) {
          const want = indices([rows]).map(([r]) => {
            let s = 0;
            for (let i = 0; i < n; i++) s += x[r! * row + i * column]! * y[i]!;
            return s;
          });
          const got = new Bench(addon).run(`matvec_${t.code}`, [t.pack(x), t.pack(y)], rows * size(t), [
            rows,
            n,
            row,
            column,
          ]);
          expect(ulps(t.unpack(got), stored(t, want), t.eps, Math.sqrt(n))).toBeLessThanOrEqual(t === F32 ? 4 : 1);
        }
      }
    });

    const SHAPES = [
      [1, 1, 1],
      [1, 33, 7],
      [7, 9, 33],
      [9, 1, 16],
      [33, 40, 17],
      [64, 32, 48],
      [5, 6, 0],
    ];
    it.each(FLOATS)('matmul › agrees with float64 for ragged sizes, turned operands and batches: $code', (t) => {
      for (const [m, n, k] of SHAPES as [number, number, number][]) {
        for (const [turnA, turnB] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ]) {
          const [x, y] = [stored(t, numbers(Math.max(2 * m * k, 1))), stored(t, numbers(Math.max(k * n, 1), 9))];
          const a = turnA ? [1, m] : [k, 1];
          const b = turnB ? [1, k] : [n, 1];
          const want = indices([2, m, n]).map(([z, i, j]) => {
            let s = 0;
            for (let d = 0; d < k; d++) s += x[z! * m * k + i! * a[0]! + d * a[1]!]! * y[d * b[0]! + j! * b[1]!]!;
            return s;
          });
          const words = [m, n, k, 1, 2, 0, 0, 0, 0, ...a, m * k, 0, 0, 0, 0, ...b, 0, 0, 0, 0];
          const got = t.unpack(
            new Bench(addon).run(`matmul_${t.code}`, [t.pack(x), t.pack(y)], 2 * m * n * size(t), words),
          );
          expect(ulps(got, stored(t, want), t.eps, Math.sqrt(k))).toBeLessThanOrEqual(t === F32 ? 4 : 1);
        }
      }
    });
  });

  it('limits › a device of 256 threads computes the same rows', () => {
    rig.set('max-threads', 256);
    addon.close();
    const x = numbers(5000);
    const got = F32.unpack(new Bench(addon).run('reduce_sum_f32', [F32.pack(x)], 4, [1, 5000]))[0]!;
    expect(Math.abs(got - stored(F32, x).reduce((a, b) => a + b, 0))).toBeLessThan(1e-4);
    addon.close();
    rig.set('max-threads', 1024);
    expect(rig.reports()).toEqual([]);
  });

  const files = folder('kernels').map((f) => f.replace('.metal', ''));
  it.each(files.filter((f) => f !== 'common'))('sources › every kernel of %s can be made', (family) => {
    new Bench(addon);
    const own = text(`kernels/${family}.metal`).replace(/#include "(.*)"/, (_, file) => text(`kernels/${file}`));
    const source = `${text('kernels/common.metal')}\n${own}`;
    const names = rig.compile(source, `${family}.metal`);
    for (const name of names) expect(() => addon.kernel(name), name).not.toThrow();
    expect(new Set(names).size).toBe(names.length);
  });
});
