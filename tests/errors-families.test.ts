// One wrong argument at a time, in a valid call of every row: the typed error, in the house's words, at the caller's line.
import { describe, expect, test } from 'vitest';
import * as lw from '../src/index.js';
import { dtypes, Given, Raw, Ref, type Role } from './support/draw.js';
import { plain, recipes, specimenBySeed, tensorsOf, type Specimen } from './support/specimens.js';
import { table } from './support/table.js';
import { generator } from './tensor/support.js';

type ErrorClass = new (...args: never[]) => Error;
interface Wrong {
  readonly what: string;
  readonly args: readonly unknown[];
  /** the classes that may say so */
  readonly classes: readonly ErrorClass[];
}
const { ShapeError, AxisError, DTypeError, DisposedError, LanewiseError } = lw;

/** Values that no argument of a role may have. */
function wrongValues(role: Role, n: number): readonly [what: string, value: unknown, classes: readonly ErrorClass[]][] {
  switch (role) {
    case 'axis':
      return [
        ['an axis past the last', n + 1, [AxisError]],
        ['an axis before the first', -n - 2, [AxisError]],
        ['half an axis', 0.5, [AxisError]],
        ['a text as axis', 'x', [AxisError, LanewiseError]],
      ];
    case 'axes':
      return [
        ['an axis past the last', [n + 1], [AxisError, ShapeError]],
        ['half an axis', [0.5], [AxisError, ShapeError]],
      ];
    case 'shape':
      return [
        ['a negative size', [-2, 3], [ShapeError]],
        ['half a size', [1.5], [ShapeError]],
        ['a number as shape', 3, [ShapeError, LanewiseError]],
      ];
    case 'dtype':
      return [['an unknown dtype', 'float8', [DTypeError]]];
    case 'index':
      return n > 0
        ? [
            ['an index past the end', n, [AxisError, ShapeError]],
            ['half an index', 0.5, [AxisError, ShapeError, DTypeError]],
          ]
        : [];
    default:
      return [];
  }
}
/** Every call of the specimen with one argument wrong. */
function* wrongs(s: Specimen, main: readonly lw.DType[], taken = main): Generator<Wrong> {
  const at = (i: number, value: unknown): unknown[] => s.args.map((a, k) => (k === i ? value : a));
  for (const [i, arg] of s.args.entries()) {
    if (arg instanceof Ref) {
      // of some arguments null means that there is none
      for (const value of ['text', Symbol('s'), () => 1, {}]) {
        yield {
          what: `${typeof value} as operand ${i}`,
          args: at(i, new Raw(value)),
          classes: [DTypeError, LanewiseError, AxisError, ShapeError],
        };
      }
      const refused = i === 0 ? dtypes.filter((t) => !taken.includes(t) && main.length > 1) : [];
      const { shape } = s.inputs[arg.index]!.host;
      if (refused.length > 0 && s.inputs.length === 1)
        yield {
          what: `a ${refused[0]} operand`,
          args: at(i, new Raw(lw.zeros(shape, refused[0]!))),
          classes: [DTypeError],
        };
    } else if (i === 0 && Array.isArray(arg) && arg[0] instanceof Ref) {
      yield {
        what: 'a text among the operands',
        args: at(i, ['text', ...arg.slice(1)]),
        classes: [DTypeError, AxisError],
      };
      yield {
        what: 'a tensor in place of a list',
        args: at(i, arg[0]),
        classes: [ShapeError, DTypeError, LanewiseError],
      };
    } else if (arg instanceof Given) {
      for (const [what, value, classes] of wrongValues(arg.role, arg.bound))
        yield { what, args: at(i, new Raw(value)), classes };
    }
  }
}
/** Rows for which a wrong argument of the kind is right: they read what they are given in another way. */
const allowed: Readonly<Record<string, RegExp>> = {
  array: /./, // anything that is data
  'random.permutation': /past the last|before the first|axis/, // of a number the axis has no meaning
  diag: /index/,
  tril: /past the end/,
  triu: /past the end/,
};

describe.each([...new Set(table.map((e) => e.row.family))].sort())('%s', (family) => {
  const rows = table.filter((e) => e.row.family === family && e.name in recipes);
  test.each(rows)('$name › a wrong argument raises the typed error at the call', ({ name, fn }) => {
    let count = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const s = specimenBySeed(name, generator(seed));
      const tensors = tensorsOf(s);
      const { dtypes: main, also = [] } = recipes[name]!;
      for (const w of wrongs(s, main, [...main, ...also])) {
        if (allowed[name]?.test(w.what)) continue;
        const text = `${w.what} in ${s.text}`;
        let error: unknown = null;
        try {
          fn(...w.args.map((a) => plain(a, tensors)));
        } catch (e) {
          error = e;
        }
        count++;
        if (error === null) expect.fail(`nothing was raised for ${text}`);
        if (!(error instanceof LanewiseError)) expect.fail(`${String((error as Error).stack)} for ${text}`);
        if (!w.classes.some((c) => error instanceof c)) expect.fail(`${error.name}: ${error.message} for ${text}`);
        const alias = name.replace(/[.]/g, '\\.');
        expect(error.message, text).toMatch(
          new RegExp(`^\\[${alias}\\] [^]+, got [^]+$|^\\[${alias}\\] the tensor was disposed$`),
        );
        // the caller's line: of the library there is at most the method on the way
        const frames = (error.stack ?? '').split('\n').filter((line) => line.trim().startsWith('at '));
        const first = frames.findIndex((line) => line.includes('errors-families.test.ts'));
        expect(first, `${error.stack} for ${text}`).toBeGreaterThanOrEqual(0);
        if (first < 0) return;
      }
      if (tensors.length > 0) {
        const gone = tensors.map((t) => t.add(1));
        gone.forEach((t) => t.dispose());
        expect(() => fn(...s.args.map((a) => plain(a, gone))), `disposed operands in ${s.text}`).toThrow(DisposedError);
      }
    }
    // rows of numbers alone have nothing that could be of a wrong kind but their types
    if (recipes[name]!.dtypes.length > 1) expect(count).toBeGreaterThan(0);
  });
});
