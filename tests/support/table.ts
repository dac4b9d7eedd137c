// The op table as users see it: every row behind a public function, in one list.
import * as lw from '../../src/index.js';
import { rowOf, type Row } from '../../src/ops/define.js';

export type Fn = (...args: readonly unknown[]) => unknown;
/** A row and the function it stands behind. */
export interface Entry {
  /** as after `lw.`: `sum`, `linalg.qr` */
  readonly name: string;
  readonly row: Row;
  readonly fn: Fn;
  /** whether it is a method of Tensor too */
  readonly method: boolean;
}

/** Namespaces whose functions are ops. */
export const namespaces = ['random', 'fast', 'linalg', 'fft', 'nn'] as const;
/** Public functions that are no ops: they give no tensor, or give one from outside the graph. */
export const noOps: ReadonlySet<string> = new Set([
  ...['Tensor', 'eval', 'asyncEval', 'tidy', 'itemsize', 'slice', 'Slice', 'broadcastShapes', 'resultType'],
  ...[
    'printOptions',
    'setPrintOptions',
    'getPrintOptions',
    'finfo',
    'iinfo',
    'issubdtype',
    'isdtype',
    'canCast',
    'synchronize',
  ],
  // functions of functions
  ...['grad', 'valueAndGrad', 'vjp', 'jvp', 'vmap', 'compile', 'checkpoint', 'customFunction'],
  ...[
    'backends',
    'setDefaultDevice',
    'defaultDevice',
    'withDevice',
    'init',
    'random.seed',
    'threads',
    'setThreads',
    'terminate',
  ],
  ...['treeFlatten', 'treeMap', 'treeMapWithPath', 'treeMerge', 'treeReduce', 'treeUnflatten'],
  ...['nn.valueAndGrad', 'nn.checkpoint', 'nn.quantize'],
]);
const isClass = (fn: object): boolean => /^class\b/.test(Function.prototype.toString.call(fn));

/** Every public function with its full name, classes aside. */
function* functions(): Generator<readonly [string, Fn]> {
  for (const [name, x] of Object.entries(lw)) if (typeof x === 'function' && !isClass(x)) yield [name, x as Fn];
  for (const space of namespaces) {
    for (const [name, x] of Object.entries(lw[space]))
      if (typeof x === 'function' && !isClass(x)) yield [`${space}.${name}`, x as Fn];
  }
}
/** Public functions that are neither rows nor named above. */
export const strays: readonly string[] = [...functions()]
  .filter(([name, fn]) => rowOf(fn) === undefined && !noOps.has(name))
  .map(([name]) => name);
/** Every row of the library. */
export const table: readonly Entry[] = [...functions()].flatMap(([name, fn]) => {
  const row = rowOf(fn);
  return row === undefined ? [] : [{ name, row, fn, method: name in lw.Tensor.prototype }];
});
/** The row of that name. */
export const entryOf = (name: string): Entry | undefined => table.find((e) => e.name === name);
