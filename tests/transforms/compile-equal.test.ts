// Compiled against plain, bit for bit: every row on random specimens, and random graphs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { recipes, specimens, tensorsOf, type Specimen } from '../support/specimens.js';
import { table } from '../support/table.js';

const runs = Number(process.env['LANEWISE_PROPERTY_RUNS'] ?? 6);
const seed = Number(process.env['LANEWISE_PROPERTY_SEED'] ?? 20260401);
const bitsOf = (ts: readonly lw.Tensor[]): unknown[] => ts.map((t) => [t.dtype, t.shape, ...t.toTypedArray()]);
/** Rows whose shapes depend on values, which some of their calls read. */
const READS = /must not read values that depend on its arguments/;
const readers = new Set(['at', 'sliceUpdate', 'unique', 'allclose', 'arrayEqual']);
const read = new Set<string>();

/** What a call gives, or why it gives nothing. */
function outcome(f: () => readonly lw.Tensor[]): unknown {
  lw.random.seed(7);
  try {
    return bitsOf(f());
  } catch (e) {
    return (e as Error).message;
  }
}
/** Results, and gradients where the row has them. */
function checkSpecimen(s: Specimen): void {
  const own = s.name === 'set'; // changes its argument, which a compiled function must not
  const plain = (...ts: lw.Tensor[]): lw.Tensor[] => s.call(own ? ts.map((t) => lw.array(t)) : ts);
  const compiled = lw.compile(plain);
  const first = outcome(() => compiled(...tensorsOf(s)));
  if (typeof first === 'string' && READS.test(first)) {
    read.add(s.name);
    return;
  }
  expect(first).toEqual(outcome(() => plain(...tensorsOf(s))));
  expect(outcome(() => compiled(...tensorsOf(s)))).toEqual(first);
  if (!s.inputs.some((x) => /float|complex/.test(x.host.dtype))) return;
  const gradients = (f: typeof plain) => (): lw.Tensor[] => {
    const ts = tensorsOf(s);
    const outs = f(...ts);
    return lw.vjp(
      f,
      ts,
      outs.map((y) => lw.ones(y.shape, y.dtype)),
    )[1];
  };
  expect(outcome(gradients(compiled))).toEqual(outcome(gradients(plain)));
}

describe.each(['reference', 'wasm'])('%s', (device) => {
  test.each(table.filter((e) => e.name in recipes))('compile › $name is bit for bit what it is without', ({ name }) => {
    lw.withDevice(device, () => {
      const property = fc.property(specimens(name), (s) => {
        try {
          checkSpecimen(s);
        } catch (e) {
          throw new Error(`${(e as Error).message}\nfor\n${s.text}`);
        }
      });
      fc.assert(property, { seed, numRuns: runs });
    });
  });

  test('compile › random graphs are bit for bit what they are without', () => {
    lw.setDefaultDevice(device);
    const drawn = fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), { minLength: 1, maxLength: 40 });
    const property = fc.property(drawn, fc.nat(3), (choices, kind) => {
      const captured = lw.arange(6).reshape([3, 2]).T.astype('float32').add(0.5);
      const inner = lw.compile(build(choices.slice(0, 5), captured));
      const f = build(choices, captured, kind === 1 ? inner : undefined);
      const plainly = build(choices, captured, kind === 1 ? build(choices.slice(0, 5), captured) : undefined);
      const g = kind === 2 ? (a: lw.Tensor, b: lw.Tensor) => lw.vjp(f, [a, b], f(a, b))[1] : f;
      const h = kind === 2 ? (a: lw.Tensor, b: lw.Tensor) => lw.vjp(plainly, [a, b], plainly(a, b))[1] : plainly;
      const c = lw.compile(g);
      for (let i = 0; i < 3; i++) {
        const rows = lw.arange(24).mul(0.1).add(i).reshape([4, 2, 3]);
        const pair = [rows.at(i), rows.at(3).T.add(0).T] as const;
        if (i === 1) lw.eval(pair);
        lw.random.seed(i);
        const want = bitsOf(h(...pair));
        lw.random.seed(i);
        const got = c(...pair);
        if (i === 2) got.reverse().forEach((t) => t.eval());
        if (i === 2) got.reverse();
        expect(bitsOf(got)).toEqual(want);
      }
    });
    fc.assert(property, { seed, numRuns: 20 * runs });
  });
});
type Graph = (a: lw.Tensor, b: lw.Tensor) => lw.Tensor[];
/** A graph that a list of choices makes: views, reductions, products, updates, constants and draws among elementwise ops. */
function build(choices: readonly (readonly [number, number, number])[], captured: lw.Tensor, inner?: Graph): Graph {
  return (a, b) => {
    const pool = [a, b, captured];
    for (const [op, i, j] of choices) {
      const x = pool[i % pool.length]!;
      const y = pool[j % pool.length]!;
      const made = [
        () => x.add(y),
        () => x.mul(y),
        () => x.sub(y).tanh(),
        () => lw.where(x.greater(y), x, y),
        () => x.sum(i % 2, true).add(y),
        () => x.matmul(y.T).sum(0, true).T.add(x),
        () => lw.concatenate([x, y], 0).at(lw.slice(null, null, 2)),
        () => x.at(lw.slice(null, null, -1), lw.slice(null, null, -1)),
        () => lw.addAt(x, [j % 2], y.at(0)),
        () => x.T.reshape([6]).reshape([2, 3]).mul(lw.arange(3)),
        () => x.softmax(-1),
        () => x.add(lw.random.uniform(0, 1, [2, 3])),
        () => x.astype('float16').add(j).astype('float32'),
        () => inner?.(x, y)[0] ?? x.abs(),
        () => x.sort(-1).take(lw.array([1, 0, 1], 'int32'), -1),
      ][op % 15]!();
      pool.push(made);
    }
    return [pool[pool.length - 1]!, pool[3]!, pool[Math.floor(pool.length / 2)]!];
  };
}
test('compile › the rows that read values are known', () => {
  expect([...read].filter((name) => !readers.has(name))).toEqual([]);
});
