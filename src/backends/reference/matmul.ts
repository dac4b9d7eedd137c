import type { Kernel, View } from '../backend.js';
import { readAll, readNumbers, store, type Value } from './access.js';
import { add, multiply } from './values.js';

/** Sums `product(i, k)` over k for every element of every matrix of the batch. */
function eachElement<T>(
  a: View,
  b: View,
  zero: T,
  step: (sum: T, p: number, q: number) => T,
  put: (out: number, sum: T) => void,
): void {
  const [m, inner] = a.shape.dims.slice(-2) as [number, number];
  const n = b.shape.dims[b.shape.ndim - 1]!;
  const batch = a.shape.dims.slice(0, -2).reduce((x, d) => x * d, 1);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = zero;
        for (let k = 0; k < inner; k++) sum = step(sum, (s * m + i) * inner + k, (s * inner + k) * n + j);
        put((s * m + i) * n + j, sum);
      }
    }
  }
}

/** Matrix products. */
export const matmul: Readonly<Record<string, Kernel>> = {
  /** `a[..., M, K] b[..., K, N]`, summed in double precision */
  matmul: (call) => {
    const a = call.a!;
    const b = call.b!;
    if (call.type.category === 'complex') {
      const x = readAll(a);
      const y = readAll(b);
      const step = (sum: Value, p: number, q: number): Value => add(sum, multiply(x[p]!, y[q]!));
      eachElement<Value>(a, b, { re: 0, im: 0 }, step, (out, sum) => store(call.type, call.at, out, sum));
      return;
    }
    const x = readNumbers(a);
    const y = readNumbers(b);
    const step = (sum: number, p: number, q: number): number => sum + x[p]! * y[q]!;
    eachElement<number>(a, b, 0, step, (out, sum) => store(call.type, call.at, out, sum));
  },
};
