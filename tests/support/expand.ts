// One stored vector of an elementwise op becomes many calls: lengths, ranks, layouts, broadcasts.
import { gather, sizeOf, type Case, type Host } from './golden.js';
import { layouts, type Layout } from './layouts.js';

/** A call of a case's op on these inputs, each in its layout, and what must come out. */
export interface Trial {
  readonly name: string;
  readonly inputs: readonly Host[];
  readonly layouts: readonly Layout[];
  readonly outputs: readonly Host[];
  readonly truth: readonly Float64Array[] | null;
}

const dense: Layout = 'dense';
const same = (layout: Layout, n: number): Layout[] => Array.from({ length: n }, () => layout);
/** Every way to lay out `n` inputs: one of them special at a time, then all. */
function arrangements(n: number): Layout[][] {
  const out: Layout[][] = [same(dense, n)];
  for (const layout of layouts) {
    if (layout === dense) continue;
    for (let i = 0; i < n; i++) out.push(same(dense, n).map((d, k) => (k === i ? layout : d)));
    if (n > 1) out.push(same(layout, n));
  }
  return out;
}

function truthAt(c: Case, from: ArrayLike<number>): Float64Array[] | null {
  if (c.truth === null) return null;
  return c.truth.map((values, k) => {
    const width = c.outputs[k]!.dtype === 'complex64' ? 2 : 1;
    const out = new Float64Array(from.length * width);
    for (let i = 0; i < from.length; i++)
      for (let w = 0; w < width; w++) out[i * width + w] = values[from[i]! * width + w]!;
    return out;
  });
}
const range = (from: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i);

/** The elements `from` of every vector, as one shape. */
function part(c: Case, name: string, from: readonly number[], shape: readonly number[]): Omit<Trial, 'layouts'> {
  return {
    name,
    inputs: c.inputs.map((x) => gather(x, from, shape)),
    outputs: c.outputs.map((x) => gather(x, from, shape)),
    truth: truthAt(c, from),
  };
}

/** Rows of the first operand's specials against columns of the second's. */
function* gridTrials(c: Case): Generator<Trial> {
  const [rows, cols] = c.grid!;
  const [a, b] = c.inputs as [Host, Host];
  const pairs = (r: number, k: number): number[] => range(0, r).flatMap((i) => range(0, k).map((j) => i * cols + j));
  const trial = (name: string, x: Host, y: Host, from: number[], shape: number[]): Trial => ({
    name,
    inputs: [x, y],
    layouts: [dense, dense],
    outputs: c.outputs.map((o) => gather(o, from, shape)),
    truth: truthAt(c, from),
  });
  const left = (n: number, shape: number[]): Host =>
    gather(
      a,
      range(0, n).map((i) => i * cols),
      shape,
    );
  const right = (n: number, shape: number[]): Host => gather(b, range(0, n), shape);
  yield trial('(r,1) with (1,c)', left(rows, [rows, 1]), right(cols, [1, cols]), pairs(rows, cols), [rows, cols]);
  if (rows >= 3 && cols >= 4) {
    yield trial('(3,1) with (1,4)', left(3, [3, 1]), right(4, [1, 4]), pairs(3, 4), [3, 4]);
    yield trial('(3,1) with (4)', left(3, [3, 1]), right(4, [4]), pairs(3, 4), [3, 4]);
    yield trial('(1,3,1) with (1,1,4)', left(3, [1, 3, 1]), right(4, [1, 1, 4]), pairs(3, 4), [1, 3, 4]);
  }
  yield trial('() with (c)', left(1, []), right(cols, [cols]), range(0, cols), [cols]);
  yield trial(
    '(r) with ()',
    left(rows, [rows]),
    right(1, []),
    range(0, rows).map((i) => i * cols),
    [rows],
  );
  yield trial('(1) with (c)', left(1, [1]), right(cols, [cols]), range(0, cols), [cols]);
  yield trial('(0) with (1)', left(0, [0]), right(1, [1]), [], [0]);
  yield trial('(0,1) with (1,c)', left(0, [0, 1]), right(cols, [1, cols]), [], [0, cols]);
}

/** Every trial of an elementwise case. */
export function* mapTrials(c: Case): Generator<Trial> {
  const size = sizeOf(c.inputs[0]!.shape);
  const n = c.inputs.length;
  for (const length of [0, 1, 3, 4, 5, 31, 64, 257, size]) {
    if (length > size) continue;
    yield { ...part(c, `length ${length}`, range(0, length), [length]), layouts: same(dense, n) };
  }
  for (const [shape, start] of [
    [[5, 12], 0],
    [[3, 4, 5], size - 60],
    [[2, 1, 7], 3],
  ] as const) {
    const whole = part(c, `(${shape.join(',')})`, range(Math.max(0, start), sizeOf(shape)), shape);
    if (Math.max(0, start) + sizeOf(shape) > size) continue;
    for (const arrangement of arrangements(n)) yield { ...whole, layouts: arrangement };
  }
  for (const at of [0, 1, Math.min(7, size - 1)]) {
    const one = part(c, `element ${at} as ()`, [at], []);
    yield { ...one, layouts: same(dense, n) };
    yield { ...one, layouts: same('picked', n) };
  }
  for (const at of [2, size - 1]) {
    yield {
      ...part(
        c,
        `element ${at} held`,
        range(0, 35).map(() => at),
        [5, 7],
      ),
      layouts: same('broadcast', n),
    };
  }
  const rows = range(0, 35).map((i) => 1 + Math.floor(i / 7));
  const cols = range(0, 35).map((i) => 1 + (i % 7));
  yield { ...part(c, 'columns held', rows, [5, 7]), layouts: same('broadcast', n) };
  yield { ...part(c, 'rows held', cols, [5, 7]), layouts: same('broadcast', n) };
  if (c.grid !== null && n === 2) yield* gridTrials(c);
}

/** Every trial of a case that is not elementwise: the same call with its inputs in each layout. */
export function* layoutTrials(c: Case): Generator<Trial> {
  const plain = { inputs: c.inputs, outputs: c.outputs, truth: c.truth };
  const all = c.dense || c.inputs.length === 0 ? [same(dense, c.inputs.length)] : arrangements(c.inputs.length);
  for (const arrangement of all) yield { ...plain, name: '', layouts: arrangement };
}
export const trialsOf = (c: Case): Generator<Trial> => (c.map && !c.error ? mapTrials(c) : layoutTrials(c));
