// The derivative of every row: against differences in float64, and both directions against each other.
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import type { DType, Tensor } from '../../src/index.js';
import { reference } from '../../src/backends/reference/index.js';
import type { Primitive } from '../../src/graph/primitive.js';
import { vjpOf } from '../../src/ops/define.js';
import {
  choicesOf,
  differences,
  distance,
  inner,
  largest,
  primitivesOf,
  randomLike,
  smallest,
  smoothly,
  widest,
  type Smoothly,
} from '../support/derivatives.js';
import { gradientOf } from '../support/facts.js';
import { recipes, specimenOf, tensorsOf } from '../support/specimens.js';
import { table } from '../support/table.js';
import { generator } from '../tensor/support.js';

const runs = Number(process.env['LANEWISE_DERIVATIVE_RUNS'] ?? 8);
const names = table.map((e) => e.name);

/** How differences are taken: of float64 with a small step, else of what float32 leaves. */
const steps: Readonly<Record<string, { readonly h: number; readonly bound: number; readonly exact: number }>> = {
  float64: { h: 1e-5, bound: 1e-6, exact: 1e-10 },
  float32: { h: 1e-2, bound: 1e-2, exact: 1e-4 },
  complex64: { h: 1e-3, bound: 1e-2, exact: 1e-4 },
};
const worst = { difference: 0, identity: 0, second: 0 };
const layouts = { strided: 0, repeated: 0 };
let checked = 0;

interface Sample extends Smoothly {
  readonly text: string;
  readonly outputs: readonly Tensor[];
}
/** A specimen at which the row has a derivative; null where there is nothing to differentiate. */
function sample(name: string, run: number, dtype: DType): Sample | null {
  const s = specimenOf(name, choicesOf(run), [dtype], true);
  const f = smoothly(s);
  const outputs = f.fn(...f.at);
  if (f.at.length === 0 || outputs.every((y) => y.size === 0)) return null;
  if (outputs.some((y) => lw.any(lw.isnan(y)).item())) return null;
  if (recipes[name]!.smooth!.nonzero === true && outputs.some((y) => smallest(y) < 0.1)) return null;
  for (const x of f.at) if (x.node.strides !== null) layouts[x.node.strides.includes(0) ? 'repeated' : 'strided']++;
  return { ...f, outputs, text: s.text };
}
/** Differences, 0 where the result is infinite and does not change. */
const finite = (d: Tensor, y: Tensor): Tensor => lw.where(lw.isfinite(y), d, 0);
function check({ at, fn, outputs, text }: Sample, run: number, dtype: DType): void {
  const random = generator(run + 1);
  const { h, bound, exact } = steps[dtype]!;
  const v = at.map((t) => randomLike(t, random));
  const g = outputs.map((t) => randomLike(t, random));
  const [, pushed] = lw.jvp(fn, at, v);
  const slope = differences({ at, fn }, v, h).map((d, i) => finite(d, outputs[i]!));
  const difference = distance(pushed, slope, Math.max(largest(slope), 1e-2 * largest(outputs), 1e-9));
  const [, pulled] = lw.vjp(fn, at, g);
  const [left, right] = [inner(g, pushed), inner(pulled, v)];
  const size = inner(g.map(lw.abs), pushed.map(lw.abs)) + inner(pulled.map(lw.abs), v.map(lw.abs));
  const identity = Math.abs(left - right) / Math.max(size, 1e-9);
  if (!(difference <= bound)) expect.fail(`jvp is off by ${difference} of its size (bound ${bound}) for\n${text}`);
  if (!(identity <= exact)) expect.fail(`<g, J v> = ${left}, <J^T g, v> = ${right} for\n${text}`);
  checked++;
  if (dtype !== 'float64') return;
  worst.difference = Math.max(worst.difference, difference);
  worst.identity = Math.max(worst.identity, identity);
}
/** The derivative of the pulled-back cotangent, against differences of it. */
function checkSecond({ at, fn, outputs, text }: Sample, run: number): void {
  const random = generator(run + 1);
  const v = at.map((t) => randomLike(t, random));
  const g = outputs.map((t) => randomLike(t, random));
  const pull = (...xs: Tensor[]): Tensor[] => lw.vjp(fn, xs, g)[1];
  const [first, pushed] = lw.jvp(pull, at, v);
  const slope = differences({ at, fn: pull }, v, 1e-5);
  const second = distance(pushed, slope, Math.max(largest(slope), 1e-2 * largest(first), 1e-9));
  if (!(second <= 1e-5)) expect.fail(`the second derivative is off by ${second} of its size for\n${text}`);
  worst.second = Math.max(worst.second, second);
}
/** Runs a check on the first `count` specimens that have a derivative. */
async function each(name: string, dtype: DType, count: number, run: (s: Sample, run: number) => void): Promise<void> {
  await new Promise(setImmediate);
  let done = 0;
  for (let i = 0; i < 20 * runs && done < count; i++) {
    const s = sample(name, i, dtype);
    if (s === null) continue;
    run(s, i);
    done++;
  }
  expect(done).toBe(count);
}
afterAll(() =>
  console.log(
    `derivatives: ${checked} calls (${layouts.strided} inputs strided, ${layouts.repeated} repeated); largest relative error against differences ${worst.difference.toExponential(1)}, ` +
      `of the inner products ${worst.identity.toExponential(1)}, of second derivatives ${worst.second.toExponential(1)}`,
  ),
);

const smooth = names.filter((name) => recipes[name]!.smooth !== null);
/** The primitives of a few calls, in the row's own dtypes and in float64. */
function* recorded(name: string): Generator<Primitive> {
  const types = recipes[name]!.dtypes.includes('float64') ? [undefined, ['float64' as const]] : [undefined];
  for (let run = 0; run < 10; run++) {
    for (const list of types) {
      const s = specimenOf(name, choicesOf(run), list);
      yield* primitivesOf(s.call(tensorsOf(s)));
    }
  }
}

describe('derivative', () => {
  it.each(smooth)('%s › equals differences, and its transpose', (name) =>
    each(name, widest(name), runs, (s, i) => check(s, i, widest(name))),
  );
  it.each(smooth.filter((name) => recipes[name]!.dtypes.includes('complex64')))(
    '%s › of complex numbers too, in the real inner product',
    (name) => each(name, 'complex64', runs, (s, i) => check(s, i, 'complex64')),
  );
  it.each(smooth.filter((name) => widest(name) === 'float64'))('%s › has a second derivative', (name) =>
    each(name, 'float64', Math.ceil(runs / 4), checkSecond),
  );
  it.each(smooth.filter((name) => recipes[name]!.dtypes.includes('float16')))(
    '%s › of half precision has its dtype, and the gradient of the same numbers in float32',
    (name) =>
      each(name, 'float16', Math.ceil(runs / 4), ({ at, fn, outputs, text }, run) => {
        const random = generator(run + 1);
        const g = outputs.map((t) => randomLike(t, random));
        const [, half] = lw.vjp(fn, at, g);
        expect(half.map((t) => t.dtype)).toEqual(at.map((t) => t.dtype));
        const wide = at.map((t) => lw.astype(t, 'float32'));
        const single = fn(...wide).map((t, i) => lw.astype(g[i]!, t.dtype));
        const [, full] = lw.vjp(fn, wide, single);
        // 11 bits, rounded at each step of a rule
        const error = distance(half, full, Math.max(largest(full), 1e-3));
        if (!(error <= 2e-2)) expect.fail(`the gradient in float16 is off by ${error} for\n${text}`);
      }),
  );
  it('the inputs were strided and repeated too', () => {
    expect(layouts.strided).toBeGreaterThan(checked / 10);
    expect(layouts.repeated).toBeGreaterThan(checked / 50);
  });
});

describe('derivative at zeros', () => {
  const at = lw.array([2, 0, 3, 0.5, 0, -1], 'float64');
  const few = lw.array([2, 0, 3, 0.5, -2, -1], 'float64');
  const places = lw.array([1, 1, 3, 1], 'int32');
  const rows: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
    prod: (x) => lw.prod(x),
    cumprod: (x) => lw.cumprod(x, 0),
    'cumprod, backwards': (x) => lw.cumprod(x, 0, true),
    'cumprod, exclusive': (x) => lw.cumprod(x, 0, false, false),
    'cumprod, backwards and exclusive': (x) => lw.cumprod(x, 0, true, false),
    'multiplyAt, with repeated places': (x, y) => lw.multiplyAt(y, [places], x.at('1:5')),
    'multiplyAt, of a slice': (x, y) => lw.multiplyAt(y, '0:6:2', x.at('1:4')),
  };
  it.each(Object.entries(rows))('%s › is that of a polynomial', (name, f) => {
    for (const x of [at, few]) {
      // the inputs beside it, so that a result without a slope is not measured by rounding errors
      const fn = (a: Tensor, b: Tensor): Tensor[] => [f(a, b), lw.square(a)];
      const sample = { at: [x, few], fn: fn as Smoothly['fn'], outputs: fn(x, few), text: String(x) };
      check(sample, 1, 'float64');
      // of two zeros at one place multiplyAt gives the first derivative alone
      if (name !== 'multiplyAt, with repeated places' || x === few) checkSecond(sample, 1);
    }
  });
});

describe('rules', () => {
  it('every primitive that a call records has a rule or says why not', () => {
    const without = new Set<string>();
    for (const name of names) {
      for (const p of recorded(name)) {
        const rule = vjpOf(p);
        if (rule === undefined) without.add(`${p.name}, as in ${name}`);
        if (typeof rule === 'string') expect(rule).toMatch(/^none: \w+/);
      }
    }
    expect([...without]).toEqual([]);
  });
  it('docs/ops.md › says of each row what the checks above found', () => {
    // the elements of unique jump, few calls of view are linear, and the steps of qqmm count as the line through them
    const others = new Set(['unique', 'view', 'qqmm', 'gatherQqmm']);
    const wrong = names.filter((name) => {
      const answer = gradientOf(name);
      const expected = recipes[name]!.smooth === null ? /^none: / : /^(yes|complex64 only|none: piecewise constant)$/;
      return !others.has(name) && !expected.test(answer);
    });
    expect(wrong).toEqual([]);
  });
  it('every kernel belongs to a primitive that some call records', () => {
    // the optimizers' kernels run outside of the graph: compiled and traced steps are made of ops
    const updates = ['adam_step', 'lion_step', 'sgd_step'];
    // held in nn/cross-entropy.test.ts, kernels/attention-grad.test.ts and quantized/blocks.test.ts: rows record them for gradients, or their
    // calls neither take classes nor packed blocks
    const elsewhere = ['cross_entropy', 'cross_entropy_grad', 'sdpa_grad'];
    const blocks = ['blocks_encode', 'blocks_decode', 'blocks_pack', 'blocks_unpack', 'blocks_product'];
    const known = [...updates, ...elsewhere, ...blocks];
    const seen = new Set([...names.flatMap((name) => [...recorded(name)].map((p) => p.name)), ...known]);
    expect(Object.keys(reference.kernels).filter((name) => !seen.has(name))).toEqual([]);
  });
});
