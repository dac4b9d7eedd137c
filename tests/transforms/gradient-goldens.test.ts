// Gradients of every op against MLX's, from the files that tools/goldens/gradients.py writes.
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { Tensor } from '../../src/index.js';
import { inexact } from '../support/draw.js';
import { loadFamily, type Case, type Host } from '../support/golden.js';
import { invoke, lookup } from '../support/invoke.js';
import { fromTensor, toTensor } from '../support/layouts.js';

/** Where MLX 0.32.4 is not followed: why, and what must hold instead. */
interface Departure {
  readonly op: RegExp;
  readonly why: string;
  readonly holds: (c: Case, got: readonly number[][], want: readonly number[][]) => boolean;
}
const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((v, i) => Math.abs(v - b[i]!) <= 1e-5 * Math.max(1, Math.abs(b[i]!)));
const sumOf = (lists: readonly number[][]): number => lists.flat().reduce((p, v) => p + v, 0);
const departures: readonly Departure[] = [
  {
    op: /^at\.(maximum|minimum)$/,
    why: 'of equals MLX gives each the whole cotangent; here they share it, as those of max do',
    holds: (c, got, want) =>
      got.every((list, i) => list.every((v, k) => (v === 0) === (want[i]![k] === 0))) &&
      close([sumOf(got)], [sumOf([numbers(c.inputs[c.inputs.length - 1]!)])]),
  },
  {
    op: /^divmod$/,
    why: 'MLX lets nothing through the remainder here, though it does in remainder',
    holds: (c, got) => {
      const [x, y, , g] = c.inputs.map(toTensor) as [Tensor, Tensor, Tensor, Tensor];
      const whole = lw.floor(lw.divide(x, y));
      return (
        close([sumOf([got[0]!])], [Number(g.sum().item())]) &&
        close([sumOf([got[1]!])], [-Number(lw.multiply(g, whole).sum().item())])
      );
    },
  },
  {
    op: /^sign$/,
    why: 'x / |x| turns with a complex x; MLX gives 0',
    // (g - s Re(conj(s) g)) / |z| of z = 3 + 4i, g = 1
    holds: (_c, [got]) => close(got!, [0.128, -0.096]),
  },
  {
    op: /^power$/,
    why: 'MLX leaves the conjugate out of the powers of complex numbers',
    holds: (c, got, want) => {
      if (c.inputs[0]!.dtype !== 'complex64') return false;
      const pairs = (v: readonly number[]): Tensor => lw.view(lw.array(Float32Array.from(v)), 'complex64');
      const g = toTensor(c.inputs[2]!);
      return got.every((v, i) => {
        const derivative = lw.conjugate(lw.divide(pairs(want[i]!), g));
        return close(v, Array.from(lw.view(lw.multiply(derivative, g), 'float32').toTypedArray() as Float32Array));
      });
    },
  },
  {
    op: /^power$/,
    why: 'x ** 0 is 1 whatever x is, and 0 ** y is 0 beside y = 0; MLX gives NaN and -Infinity',
    holds: (c, got) => c.inputs.slice(0, 2).every((h) => h.values[0] === 0) && sumOf(got) === 0,
  },
  {
    op: /^conv/,
    why: 'where dilation, stride and output padding leave elements over, gradients of MLX have not the shape of their operands',
    // bilinear: the cotangent times the result is each gradient times its operand
    holds: (c, got, want) => {
      const { at, cotangents, fn } = opened(c);
      const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((p, v, i) => p + v * b[i]!, 0);
      const whole = dot(numbers(fromTensor(cotangents[0]!)), numbers(fromTensor(fn(...at)[0]!)));
      const shaped = got.every((list, i) => list.length === want[i]!.length);
      return !shaped && got.every((list, i) => close([dot(list, numbers(c.inputs[i]!))], [whole]));
    },
  },
];

const isInexact = (h: { readonly dtype: lw.DType }): boolean => inexact.includes(h.dtype);
/** The op with its floating and complex inputs free. */
function opened(c: Case): {
  readonly at: Tensor[];
  readonly cotangents: Tensor[];
  readonly fn: (...xs: Tensor[]) => Tensor[];
} {
  const own = c.inputs.slice(0, c.inputs.length - cotangentsOf(c));
  const tensors = own.map(toTensor);
  const places = own.flatMap((h, i) => (isInexact(h) ? [i] : []));
  return {
    at: places.map((i) => tensors[i]!),
    cotangents: c.inputs.slice(own.length).map(toTensor),
    fn: (...xs) =>
      invoke(
        c.op,
        c.args,
        tensors.map((t, i) => xs[places.indexOf(i)] ?? t),
      ).filter(isInexact),
  };
}
/** Inputs behind those of the op: as many as there are floating results. */
function cotangentsOf(c: Case): number {
  for (let k = 1; k < c.inputs.length; k++) {
    const left = c.inputs.slice(0, c.inputs.length - k).filter(isInexact).length;
    if (left === c.outputs.length) return k;
  }
  throw new Error(`case ${c.index} of ${c.family} has no cotangents`);
}
const numbers = (h: Host): number[] => Array.from(h.values as Float64Array, Number);
/** The largest error of a gradient, against the largest number of it. */
function errorOf(got: Host, want: Host): number {
  if (got.dtype !== want.dtype || String(got.shape) !== String(want.shape)) return Infinity;
  const [p, q] = [numbers(got), numbers(want)];
  const scale = q.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 1);
  return p.reduce((m, v, i) => {
    if (v === q[i] || (Number.isNaN(v) && Number.isNaN(q[i]))) return m;
    const d = Math.abs(v - q[i]!) / scale;
    return Math.max(m, Number.isNaN(d) ? Infinity : d);
  }, 0);
}

const folder = new URL('../goldens/gradients/', import.meta.url);
const families = readdirSync(folder).map((name) => name.replace('.safetensors', ''));
let compared = 0;
let worst = 0;
const ops = new Set<string>();
const met = new Set<Departure>();
afterAll(() =>
  console.log(`gradients: ${compared} of MLX, of ${ops.size} ops; largest relative error ${worst.toExponential(1)}`),
);

describe.each(families)('%s', (family) => {
  it.each(loadFamily(family, 'gradients'))('$op › case $index has the gradient of MLX', (c) => {
    expect(lookup(c.op)).toBeDefined();
    const { at, cotangents, fn } = opened(c);
    const [, flowed] = lw.vjp(fn, at, cotangents);
    const got = flowed.map(fromTensor);
    const error = Math.max(...got.map((h, i) => errorOf(h, c.outputs[i]!)));
    const text = `lw.${c.op}(${JSON.stringify(c.args)})\nat ${c.inputs.map((h) => `[${numbers(h)}]`)}\ngives ${got.map((h) => `[${numbers(h)}]`)}\nMLX   ${c.outputs.map((h) => `[${numbers(h)}]`)}`;
    if (error > 2e-5) {
      const departs = departures.find((d) => d.op.test(c.op) && d.holds(c, got.map(numbers), c.outputs.map(numbers)));
      if (departs !== undefined) {
        met.add(departs);
        return;
      }
    }
    // float32 on both sides: a few roundings of the largest number, more where a sum cancels
    if (!(error <= 2e-5)) expect.fail(`off by ${error}\n${text}`);
    compared++;
    ops.add(c.op);
    worst = Math.max(worst, error);
  });
});

it('gradients › MLX still differs where the list says so', () => {
  expect(departures.filter((d) => !met.has(d)).map((d) => d.why)).toEqual([]);
});
