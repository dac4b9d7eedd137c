// Valid calls of every row over shapes, layouts, dtypes and options: for properties, error and fuzz tests, and derivatives.
import fc from 'fast-check';
import { Slice, type DType, type Tensor } from '../../src/index.js';
import { Draw, Given, Raw, Ref, tensorOf, type Operand } from './draw.js';
import type { Recipe } from './specimens/recipe.js';
import { creation } from './specimens/creation.js';
import { elementwise } from './specimens/elementwise.js';
import { fused } from './specimens/fused.js';
import { indexing } from './specimens/indexing.js';
import { planned } from './specimens/planned.js';
import { products } from './specimens/products.js';
import { random } from './specimens/random.js';
import { reductions } from './specimens/reductions.js';
import { shapes } from './specimens/shapes.js';
import { entryOf, type Fn } from './table.js';

export const recipes: Readonly<Record<string, Recipe>> = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...indexing,
  ...products,
  ...creation,
  ...random,
  ...fused,
  ...planned,
};

/** One valid call. */
export interface Specimen {
  readonly name: string;
  readonly inputs: readonly Operand[];
  /** arguments; `Ref` stands for an input, `Given` for a value with a meaning */
  readonly args: readonly unknown[];
  /** Calls the op on tensors that stand for the inputs; the result as a list, in the form in which it is unique. */
  readonly call: (tensors: readonly Tensor[]) => Tensor[];
  readonly text: string;
}

/** An argument as the op gets it. */
export function plain(arg: unknown, tensors: readonly Tensor[]): unknown {
  if (arg instanceof Ref) return tensors[arg.index];
  if (arg instanceof Raw) return arg.value;
  if (arg instanceof Given) return plain(arg.value, tensors);
  if (Array.isArray(arg)) return arg.map((x) => plain(x, tensors));
  if (typeof arg === 'object' && arg !== null && Object.getPrototypeOf(arg) === Object.prototype)
    return Object.fromEntries(Object.entries(arg).map(([k, v]) => [k, plain(v, tensors)]));
  return arg;
}
/** An argument as one would write it. */
export function show(arg: unknown): string {
  if (arg instanceof Ref) return `x${arg.index}`;
  if (arg instanceof Given) return show(arg.value);
  if (arg instanceof Slice) return `slice(${arg.start}, ${arg.stop}, ${arg.step})`;
  if (Array.isArray(arg)) return `[${arg.map(show).join(', ')}]`;
  if (typeof arg === 'bigint') return `${arg}n`;
  if (typeof arg === 'object' && arg !== null && Object.getPrototypeOf(arg) === Object.prototype)
    return `{ ${Object.entries(arg)
      .map(([k, v]) => `${k}: ${show(v)}`)
      .join(', ')} }`;
  return typeof arg === 'string' ? `'${arg}'` : Object.is(arg, -0) ? '-0' : String(arg);
}
function showOperand({ host, layout, held }: Operand, i: number): string {
  const list = Array.from(host.values as Float64Array, (v) => (Object.is(v, -0) ? '-0' : String(v)));
  const values = list.length > 64 ? `${list.slice(0, 64).join(', ')}, ... ${list.length}` : list.join(', ');
  const stored = layout === 0 ? '' : `, layout ${layout}${held.length > 0 ? ` repeating axes ${held.join()}` : ''}`;
  return `x${i} = ${host.dtype}(${host.shape.join(',')})${stored} [${values}]`;
}

/** Numbers drawn for one specimen. */
const LENGTH = 64;
/** The specimen that a list of choices makes. */
export function specimenOf(
  name: string,
  choices: readonly number[],
  types?: readonly DType[],
  smooth = false,
  variant = 0,
): Specimen {
  const recipe = recipes[name]!;
  const draw = new Draw(choices, types ?? recipe.dtypes, smooth ? (recipe.smooth ?? {}) : null, variant);
  const args = recipe.make(draw);
  const { inputs } = draw;
  const finish = recipe.unique;
  return {
    name,
    inputs,
    args,
    call: (tensors) => {
      const result = (entryOf(name)!.fn as Fn)(...args.map((a) => plain(a, tensors)));
      const list = (Array.isArray(result) ? result : [result]) as Tensor[];
      return finish === undefined ? list : finish(list, tensors);
    },
    text: `${inputs.map(showOperand).join('\n')}${inputs.length > 0 ? '\n' : ''}lw.${name}(${args.map(show).join(', ')})`,
  };
}
/** Specimens of a row for fast-check; they shrink to small shapes, row-major data and default options. */
export const specimens = (name: string, types?: readonly DType[], smooth = false): fc.Arbitrary<Specimen> =>
  fc
    .tuple(...Array.from({ length: LENGTH }, () => fc.nat({ max: 2 ** 20 })))
    .map((choices) => specimenOf(name, choices, types, smooth));
/** A specimen by seed; 0 gives the simplest. */
export function specimenBySeed(name: string, random: () => number, types?: readonly DType[]): Specimen {
  return specimenOf(
    name,
    Array.from({ length: LENGTH }, () => Math.floor(random() * 2 ** 20)),
    types,
  );
}
/** The inputs of a specimen as tensors. */
export const tensorsOf = (s: Specimen): Tensor[] => s.inputs.map(tensorOf);
