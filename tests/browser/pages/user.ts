// What a user's module may do: ops, dtypes, random numbers, errors.
import * as lw from 'lanewise';
import { encodeSafetensors } from 'lanewise/io';

/** A little of everything, as text that has to be the same in every engine. */
export function digest(): string {
  const key = lw.random.key(7);
  const x = lw.random.normal([33, 65], 'float32', 0, 1, key);
  const w = lw.random.uniform(-1, 1, [65, 17], 'float32', key);
  const y = lw.softmax(x.matmul(w).add(0.5), -1);
  const picked = lw.argsort(y, -1).at(':', -1);
  const half = x.astype('bfloat16').sum(0).astype('float32');
  const big = lw.array([2n ** 62n, 3n]).mul(2);
  const bytes = encodeSafetensors({ y });
  const values: unknown[] = [y.tolist(), picked.tolist(), half.tolist(), String(big.tolist()), bytes.length, String(x)];
  return JSON.stringify(values);
}
export const backends = (): ReturnType<typeof lw.backends> => lw.backends();
/** Text of the error that misshapen operands raise. */
export function misshapen(): string {
  try {
    lw.array([1, 2]).add(lw.array([1, 2, 3]));
    return 'none';
  } catch (e) {
    return e instanceof lw.ShapeError ? e.message : String(e);
  }
}
// tried while the module loads: what a debugger calls may compile text under any policy
let compiled = true;
try {
  new Function('return true')();
} catch {
  compiled = false;
}
/** Whether the page may compile text. */
export const compilesText = (): boolean => compiled;
