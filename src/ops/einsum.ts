// Sums of products, written in subscripts.
import { isInexact, promote, types } from '../tensor/dtype.js';
import { DTypeError } from '../tensor/errors.js';
import { sameDims } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { multiply } from './arithmetic.js';
import { castTo, composite, identity, nodeOf } from './define.js';
import { planOf } from './einsum-path.js';
import { matmul } from './linear.js';
import { sum } from './reduce.js';
import { diagonal, reshape, squeeze, transpose } from './shape.js';

/** A tensor and the label of each axis. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: string;
}
const without = (labels: string, axes: readonly number[]): string =>
  [...labels].filter((_, i) => !axes.includes(i)).join('');
const axesOf = (term: Term, labels: string): number[] => [...labels].map((c) => term.labels.indexOf(c));
const dimsOf = (term: Term, labels: string): number[] => axesOf(term, labels).map((a) => term.tensor.shape[a]!);
const size = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);

/** The axes in another order, or the tensor itself where it is theirs already. */
const ordered = (t: Tensor, axes: readonly number[]): Tensor =>
  axes.every((a, i) => a === i) ? t : transpose(t, axes);
const shaped = (t: Tensor, dims: readonly number[]): Tensor => (sameDims(t.shape, dims) ? t : reshape(t, dims));

/** Axes that share a label become their diagonal. */
function merged(term: Term): Term {
  let { tensor, labels } = term;
  for (let second = 0; second < labels.length; second++) {
    const first = labels.indexOf(labels[second]!);
    if (first === second) continue;
    tensor = diagonal(tensor, 0, first, second);
    labels = without(labels, [first, second]) + labels[second]!;
    second = 0;
  }
  return { tensor, labels };
}
/** Labels that nobody else has are summed away. */
function summed(term: Term, wanted: string): Term {
  const gone = [...[...term.labels].keys()].filter((i) => !wanted.includes(term.labels[i]!));
  if (gone.length === 0) return term;
  return { tensor: sum(term.tensor, gone), labels: without(term.labels, gone) };
}
/** A label of size 1 beside the same label of the other operand changes nothing. */
function lean(term: Term, other: Term): Term {
  const gone = [...[...term.labels].keys()].filter(
    (i) => term.tensor.shape[i] === 1 && other.labels.includes(term.labels[i]!),
  );
  return gone.length === 0 ? term : { tensor: squeeze(term.tensor, gone), labels: without(term.labels, gone) };
}
/** Longest sum that is taken elementwise where neither operand has an axis of its own: many short dot products. */
const SHORT = 32;

/** The product of two terms, summed over the labels not `wanted`. */
function contract(x: Term, y: Term, wanted: string): Term {
  const shorter = lean(x, y);
  const a = summed(shorter, wanted + y.labels);
  const b = summed(lean(y, shorter), wanted + a.labels);
  const both = [...a.labels].filter((c) => b.labels.includes(c));
  const batch = both.filter((c) => wanted.includes(c)).join('');
  const inner = both.filter((c) => !wanted.includes(c)).join('');
  const rows = [...a.labels].filter((c) => !both.includes(c)).join('');
  const columns = [...b.labels].filter((c) => !both.includes(c)).join('');
  const labels = batch + rows + columns;
  const left = ordered(a.tensor, axesOf(a, batch + rows + inner));
  const right = ordered(b.tensor, axesOf(b, batch + inner + columns));
  if (inner === '') {
    const ones = [...rows].map(() => 1);
    const tail = [...columns].map(() => 1);
    const p = reshape(left, [...dimsOf(a, batch + rows), ...tail]);
    return { tensor: multiply(p, reshape(right, [...dimsOf(b, batch), ...ones, ...dimsOf(b, columns)])), labels };
  }
  const [s, t] = [a.tensor.node.type, b.tensor.node.type];
  const type = promote(s, t);
  if (!isInexact(type)) {
    throw new DTypeError(
      `[einsum] operands that are summed over a common subscript must have floating or complex dtypes, got ${s.name} and ${t.name}`,
    );
  }
  const k = size(dimsOf(a, inner));
  if (labels === batch && k <= SHORT) {
    const wide = type.half ? types.float32 : type;
    const over = [...inner].map((_, i) => batch.length + i);
    const dots = sum(multiply(new Tensor(castTo(left.node, wide)), new Tensor(castTo(right.node, wide))), over);
    return { tensor: new Tensor(castTo(dots.node, type)), labels };
  }
  const lead = dimsOf(a, batch);
  const p = shaped(left, [...lead, size(dimsOf(a, rows)), k]);
  const q = shaped(right, [...lead, k, size(dimsOf(b, columns))]);
  const out = [...lead, ...dimsOf(a, rows), ...dimsOf(b, columns)];
  return { tensor: shaped(matmul(p, q), out), labels };
}

/**
 * Einstein's summation convention: `einsum('bij,bjk->bik', a, b)`. Subscripts that are not in the output are summed over,
 * one that repeats in a term takes the diagonal, `...` stands for axes that broadcast, and without an arrow the output is every
 * letter that occurs once, in order. Axes of size 1 broadcast. Operands are contracted in pairs, by matrix products, in the order
 * that `einsumPath` gives.
 * @throws DTypeError where integers would be summed over a common subscript: as in MLX, matrix products take none
 */
export const einsum: (subscripts: string, ...operands: readonly TensorLike[]) => Tensor = /* @__PURE__ */ composite(
  'einsum',
  (subscripts: string, ...operands: readonly TensorLike[]) => {
    const nodes = operands.map((x) => nodeOf('einsum', x));
    const { inputs, steps } = planOf(
      'einsum',
      subscripts,
      nodes.map((n) => n.shape.dims),
    );
    const terms = nodes.map((n, i): Term => merged({ tensor: new Tensor(n), labels: inputs[i]! }));
    for (const { positions, output } of steps) {
      const picked = positions.map((p) => terms[p]!);
      for (const p of [...positions].reverse()) terms.splice(p, 1);
      const result = picked.reduce((x, y, i) =>
        contract(
          x,
          y,
          output +
            picked
              .slice(i + 1)
              .map((t) => t.labels)
              .join(''),
        ),
      );
      const kept = summed(result, output);
      terms.push({ tensor: ordered(kept.tensor, axesOf(kept, output)), labels: output });
    }
    const { node } = terms[0]!.tensor;
    return nodes.includes(node) ? identity(node) : terms[0]!.tensor;
  },
);

/**
 * The order in which `einsum` contracts its operands, and a text with what it saves. Each step names places in the list of
 * operands; they leave it, and the result goes to its end. The order is MLX's, unless there are at most eight operands and a
 * cheaper one exists.
 */
export const einsumPath: (subscripts: string, ...operands: readonly TensorLike[]) => [number[][], string] =
  /* @__PURE__ */ composite(
    'einsumPath',
    (subscripts: string, ...operands: readonly TensorLike[]): [number[][], string] => {
      const nodes = operands.map((x) => nodeOf('einsumPath', x));
      const { steps, naive, optimized } = planOf(
        'einsumPath',
        subscripts,
        nodes.map((n) => n.shape.dims),
      );
      const exact = (x: number): string => (Number.isFinite(x) ? String(BigInt(x)) : 'inf');
      const text = [
        `  Complete contraction:  ${subscripts}`,
        `         Naive scaling:  ${naive.scaling}`,
        `     Optimized scaling:  ${optimized.scaling}`,
        `      Naive FLOP count:  ${exact(naive.count)}`,
        `  Optimized FLOP count:  ${exact(optimized.count)}`,
        '',
      ].join('\n');
      return [steps.map((s) => [...s.positions]), text];
    },
  );
