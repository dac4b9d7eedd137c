import * as lw from 'lanewise';
import { expect, test } from 'vitest';

const bits = (x: lw.Tensor): Uint32Array => new Uint32Array((x.toTypedArray() as Float32Array).buffer);
const random = (seed: number, ...shape: number[]): lw.Tensor =>
  lw.random.normal(shape, 'float32', null, null, lw.random.key(seed));

const sizes = [1, 2, 3, 5, 8, 12, 13, 16, 17, 33];
/** A matrix in several layouts: row-major, transposed, with steps, reversed. */
const layouts: readonly ((m: lw.Tensor) => lw.Tensor)[] = [
  (m) => m,
  (m) => m.swapaxes(-1, -2).add(0).eval().swapaxes(-1, -2),
  (m) => lw.stack([m, m], -1).eval().at('...', 0),
  (m) => m.flip(-1).add(0).eval().flip(-1),
];

test.each(layouts.flatMap((left, i) => layouts.map((right, k) => [i, k, left, right] as const)))(
  'matmul › a small product has the bits of the same product in a batch, layouts %i and %i',
  (_i, _k, left, right) => {
    for (const M of sizes) {
      for (const N of sizes) {
        for (const K of [1, 3, 8, 21]) {
          const a = random(M * 100 + K, M, K).eval();
          const b = random(N * 100 + K, K, N).eval();
          // two different pairs: they are neither folded nor taken for one product
          const pair = left(lw.stack([a, a.mul(2)]).eval()).matmul(right(lw.stack([b, b.mul(3)]).eval()));
          const alone = left(a).matmul(right(b));
          expect(bits(alone), `${M} x ${K} by ${K} x ${N}`).toEqual(bits(pair.at(0)));
          const led = left(a.reshape([1, 1, M, K])).matmul(right(b.reshape([1, 1, K, N])));
          expect(bits(led.reshape([M, N]))).toEqual(bits(alone));
        }
      }
    }
  },
);
