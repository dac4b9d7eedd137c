// Steps of optimizers against float64, under the checker, for three orders of lanes.
import { describe, expect, it } from 'vitest';
import { Bench, f32Bits, inEveryOrder, kernelsUnderTest } from './rig.js';
import { F32, FLOATS, numbers, size, stored, ulps, type Type } from './values.js';

interface Rule {
  moments: number;
  scalars: number[][];
  /** of the parameter, the gradient and the moments: the new parameter and moments */
  step(x: readonly number[], scalars: readonly number[]): number[];
}
const RULES: Record<string, Rule> = {
  adam: {
    moments: 2,
    scalars: [
      [0.9, 0.1, 0.999, 0.001, 0.01, 1.5, 1e-8, 0.99],
      [0, 1, 0, 1, 1, 1, 0.5, 1],
    ],
    step: ([p, g, m, v], [b1, r1, b2, r2, rate, scale, eps, decay]) => {
      const first = b1! * m! + r1! * g!;
      const second = b2! * v! + r2! * g! * g!;
      return [decay! * p! - (rate! * first) / (Math.sqrt(second) * scale! + eps!), first, second];
    },
  },
  lion: {
    moments: 1,
    scalars: [[0.9, 0.1, 0.99, 0.01, 0.05, 0.995]],
    step: ([p, g, m], [b1, r1, b2, r2, rate, decay]) => {
      const sign = Math.sign(Math.fround(b1! * m! + r1! * g!)) || 0;
      return [decay! * p! - rate! * sign, b2! * m! + r2! * g!];
    },
  },
  sgd: {
    moments: 1,
    scalars: [
      [0.9, 1, 0.1, 0, 0],
      [0.9, 0.5, 0.1, 0.01, 0.9],
    ],
    step: ([p, g, v], [momentum, keep, rate, penalty, look]) => {
      const x = penalty === 0 ? g! : g! + penalty! * p!;
      const moment = momentum! * v! + keep! * x;
      return [p! - rate! * (look === 0 ? moment : x + look! * moment), moment];
    },
  },
};

describe('metal steps of optimizers', () => {
  const { addon, rig } = kernelsUnderTest();

  /** Runs a step; in place, the new values lie where the old ones were. */
  function run(
    name: string,
    t: Type,
    inputs: readonly (readonly number[])[],
    scalars: readonly number[],
    inPlace: boolean,
  ): number[][] {
    const bench = new Bench(addon);
    const n = inputs[0]!.length;
    const bytes = n * size(t);
    const from = inputs.map((x) => bench.put(t.pack(x)));
    const kept = from.filter((_, i) => i !== 1);
    const to = inPlace ? kept : kept.map(() => [bench.take(bytes), bytes] as [number, number]);
    bench.encode(`${name}_step_${t.code}`, [...from, ...to], [n, ...scalars.map(f32Bits)]);
    addon.wait();
    return to.map(([at]) => t.unpack(new Uint8Array(bench.memory.buffer, at, bytes).slice()));
  }

  inEveryOrder(rig, () => {
    it.each(Object.keys(RULES).flatMap((name) => FLOATS.map((t) => [name, t.code, t] as const)))(
      'optimizer › %s agrees with float64, in place and beside: %s',
      (name, _code, t) => {
        const { moments, scalars, step } = RULES[name]!;
        for (const n of [1, 257, 1037])
          for (const given of scalars) {
            const inputs = Array.from({ length: 2 + moments }, (_, i) =>
              // second moments are squares
              stored(
                t,
                numbers(n, i + n).map((v) => (i === 3 ? v * v : v)),
              ),
            );
            const rounded = given.map(Math.fround);
            const want = inputs[0]!.map((_, i) =>
              step(
                inputs.map((x) => x[i]!),
                rounded,
              ),
            );
            for (const inPlace of [false, true]) {
              const got = run(name, t, inputs, given, inPlace);
              got.forEach((values, part) => {
                const expected = stored(
                  t,
                  want.map((w) => w[part]!),
                );
                // sums of terms of about 1 that may cancel: a rounding of float32 for each of up to four of them
                expect(ulps(values, expected, t.eps, 1), `${name} ${part}`).toBeLessThanOrEqual(t === F32 ? 4 : 1);
              });
            }
          }
      },
    );

    it('optimizer › NaN and infinities are values', () => {
      expect(
        run(
          'lion',
          F32,
          [
            [1, 1, 1],
            [NaN, Infinity, -Infinity],
            [0, 0, 0],
          ],
          [0.5, 0.5, 0.5, 0.5, 0.25, 1],
          true,
        ),
      ).toEqual([
        [1, 0.75, 1.25],
        [NaN, Infinity, -Infinity],
      ]);
      // no penalty: an infinite parameter leaves the moment alone
      expect(run('sgd', F32, [[Infinity], [1], [2]], [0.5, 1, 0.5, 0, 0], false)).toEqual([[Infinity], [2]]);
      expect(run('adam', F32, [[1], [NaN], [0]].concat([[0]]), [0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1], true)).toEqual([
        [NaN],
        [NaN],
        [NaN],
      ]);
    });
  });

  it('optimizer › buffers that are too short are refused', () => {
    const bench = new Bench(addon);
    const at = Array.from({ length: 7 }, () => bench.take(64));
    const names = [
      'the parameter',
      'the gradient',
      'the first moment',
      'the second moment',
      'the new parameter',
      'the new first moment',
      'the new second moment',
    ];
    names.forEach((name, short) => {
      const ranges = at.map((a, i) => [a, i === short ? 31 : 32] as const);
      const call = () => bench.encode('adam_step_f32', ranges, [8, 0, 0, 0, 0, 0, 0, 0, 0]);
      expect(call).toThrow(`[adam_step_f32] needs 32 bytes of ${name} (buffer ${short}), got 31`);
    });
    expect(() => bench.encode('sgd_step_f32', [], [8])).toThrow('[sgd_step_f32] takes 6 words of constants, got 1');
    expect(rig.reports()).toEqual([]);
  });
});
