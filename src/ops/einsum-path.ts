// What an einsum means, and the order in which its operands are best contracted. Labels are single characters.
import { AxisError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { MAX_AXES, showShape } from '../tensor/shape.js';

/** One contraction: positions in the list of operands, which leave it; the result goes to its end. */
export interface Step {
  readonly positions: readonly number[];
  /** labels of the result; those of the last step are in the order of the output */
  readonly output: string;
}
/** A whole einsum: the labels of each operand, the steps, and what they cost. */
export interface Plan {
  readonly inputs: readonly string[];
  readonly steps: readonly Step[];
  /** multiplications and additions of one loop over all labels, and how many labels that has */
  readonly naive: Cost;
  /** the same of the steps together, and of the deepest of them */
  readonly optimized: Cost;
}
interface Cost {
  readonly count: number;
  readonly scaling: number;
}
type Sizes = ReadonlyMap<string, number>;

/** Most operands for which every order is compared. */
const FEW = 8;
const ELLIPSIS = '...';
/** Labels of the axes under an ellipsis, the last axis first: no letter is one of them. */
const hidden = (length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(0x100 + length - 1 - i)).join('');

const union = (...texts: readonly string[]): string => [...new Set(texts.join(''))].join('');
const shared = (text: string, with_: string): string => [...text].filter((c) => with_.includes(c)).join('');
const product = (labels: string, sizes: Sizes): number => [...labels].reduce((p, c) => p * sizes.get(c)!, 1);

/** Operations of one contraction over `labels` of `terms` operands. */
const operations = (labels: string, sums: boolean, terms: number, sizes: Sizes): number =>
  product(labels, sizes) * (Math.max(1, terms - 1) + (sums ? 1 : 0));
function costOf(inputs: readonly string[], output: string, sizes: Sizes): Cost {
  const labels = union(...inputs);
  const sums = [...labels].some((c) => !output.includes(c));
  return { count: operations(labels, sums, inputs.length, sizes), scaling: labels.length };
}

/** Both sides of the text without spaces; what is left out on the right is every label that occurs once, in order. */
function sides(name: string, text: string): readonly [string[], string] {
  const parts = text.replace(/\s/g, '').split('->');
  if (parts.length > 2) throw new LanewiseError(`[${name}] the subscripts hold at most one arrow, got '${text}'`);
  const inputs = parts[0]!.split(',');
  if (parts.length === 2) return [inputs, parts[1]!];
  const letters = [...parts[0]!].filter((c) => /[a-zA-Z]/.test(c)).sort();
  const once = letters.filter((c) => letters.indexOf(c) === letters.lastIndexOf(c)).join('');
  return [inputs, (parts[0]!.includes('.') ? ELLIPSIS : '') + once];
}
/** Checks one side's letters. @returns what stands before and after its ellipsis, if it has one */
function around(name: string, term: string): readonly string[] {
  const parts = term.split(ELLIPSIS);
  if (parts.length > 2) throw new LanewiseError(`[${name}] a term holds at most one ellipsis, got '${term}'`);
  const bad = /[^a-zA-Z]/.exec(parts.join(''));
  if (bad) throw new LanewiseError(`[${name}] subscripts must be letters, got '${bad[0]}' in '${term}'`);
  return parts;
}

/** Labels of every operand and of the output, each axis with one; and the size of each label. */
function read(
  name: string,
  text: string,
  shapes: readonly (readonly number[])[],
): { inputs: string[]; output: string; sizes: Map<string, number> } {
  const [terms, right] = sides(name, text);
  if (terms.length !== shapes.length) {
    throw new LanewiseError(
      `[${name}] there must be one operand per term, got ${shapes.length} for ${terms.length} in '${text}'`,
    );
  }
  let longest = 0;
  const inputs = terms.map((term, i) => {
    const parts = around(name, term);
    const dims = shapes[i]!;
    const named = parts.join('').length;
    const under = dims.length - named;
    if (parts.length === 1 ? under !== 0 : under < 0) {
      throw new ShapeError(
        `[${name}] operand ${i} must have ${parts.length === 1 ? '' : 'at least '}${named} axes for '${term}', got ${showShape(dims)}`,
      );
    }
    if (parts.length === 1) return term;
    longest = Math.max(longest, under);
    return parts.join(hidden(under));
  });
  const output = around(name, right).join(hidden(longest));
  if (new Set(output).size !== output.length) {
    throw new AxisError(`[${name}] output subscripts must not repeat, got '${right}'`);
  }
  const sizes = new Map<string, number>();
  inputs.forEach((term, i) => {
    const own = new Map<string, number>();
    [...term].forEach((c, axis) => {
      const d = shapes[i]![axis]!;
      const before = own.get(c) ?? d;
      const known = sizes.get(c) ?? 1;
      if (before !== d || (d !== 1 && known !== 1 && known !== d)) {
        throw new ShapeError(
          `[${name}] axes of one subscript must have one size, got ${before === d ? known : before} and ${d} in ${showShape(shapes[i]!)}`,
        );
      }
      own.set(c, d);
      if (d !== 1 || !sizes.has(c)) sizes.set(c, d);
    });
  });
  const unknown = [...output].find((c) => !sizes.has(c));
  if (unknown !== undefined) {
    throw new AxisError(`[${name}] output subscripts must appear in an operand, got '${unknown}' in '${right}'`);
  }
  if (output.length > MAX_AXES)
    throw new ShapeError(`[${name}] a tensor has at most ${MAX_AXES} axes, got ${output.length}`);
  return { inputs, output, sizes };
}

interface Found {
  readonly steps: readonly Step[];
  readonly cost: Cost;
}
interface Pair {
  readonly x: number;
  readonly y: number;
  /** elements that the pair loses by being contracted */
  readonly saved: number;
  readonly count: number;
  readonly labels: number;
  readonly result: string;
}
/**
 * opt_einsum's greedy order, as MLX has it: the pair that saves most memory first, the cheaper one of equals; products without a
 * common label only where nothing else is left; nothing larger than the largest operand or result, nothing dearer than no order at all.
 */
function greedy(given: readonly string[], output: string, sizes: Sizes, budget: number, room: number): Found {
  const terms = [...given];
  const steps: Step[] = [];
  let spent = 0;
  let scaling = 0;
  let known: Pair[] = [];
  let fresh = terms.flatMap((_, x) => terms.slice(x + 1).map((_, k) => [x, x + 1 + k] as const));
  const consider = (x: number, y: number): void => {
    const all = union(terms[x]!, terms[y]!);
    const others = terms.filter((_, i) => i !== x && i !== y);
    const result = shared(all, union(...others, output));
    const size = product(result, sizes);
    const count = operations(all, all.length > result.length, 2, sizes);
    if (size > room || spent + count > budget) return;
    const saved = product(union(terms[x]!), sizes) + product(union(terms[y]!), sizes) - size;
    known.push({ x, y, saved, count, labels: all.length, result });
  };
  while (steps.length < given.length - 1) {
    for (const [x, y] of fresh) if (shared(terms[x]!, terms[y]!) !== '') consider(x, y);
    if (known.length === 0) for (const [x, y] of fresh) consider(x, y);
    if (known.length === 0) {
      const rest = costOf(terms, output, sizes);
      steps.push({ positions: [...terms.keys()], output });
      spent += rest.count;
      scaling = Math.max(scaling, rest.scaling);
      break;
    }
    const best = known.reduce((p, q) => (q.saved > p.saved || (q.saved === p.saved && q.count < p.count) ? q : p));
    const { x, y } = best;
    steps.push({ positions: [x, y], output: best.result });
    terms.splice(y, 1);
    terms.splice(x, 1);
    terms.push(best.result);
    spent += best.count;
    scaling = Math.max(scaling, best.labels);
    const moved = (k: number): number => k - (k > x ? 1 : 0) - (k > y ? 1 : 0);
    known = known
      .filter((p) => p.x !== x && p.x !== y && p.y !== x && p.y !== y)
      .map((p) => ({ ...p, x: moved(p.x), y: moved(p.y) }));
    fresh = terms.slice(1).map((_, i) => [i, terms.length - 1] as const);
  }
  return { steps, cost: { count: spent, scaling } };
}

interface Best {
  readonly count: number;
  readonly scaling: number;
  readonly result: string;
  readonly left: number;
}
/** The cheapest order in pairs, by dynamic programming over sets of operands (bits); null where every order needs more room. */
function optimal(given: readonly string[], output: string, sizes: Sizes, room: number): Found | null {
  const n = given.length;
  const full = 2 ** n - 1;
  const best: (Best | null)[] = new Array<Best | null>(full + 1).fill(null);
  given.forEach((term, i) => (best[1 << i] = { count: 0, scaling: 0, result: union(term), left: 0 }));
  for (let set = 1; set <= full; set++) {
    if ((set & (set - 1)) === 0) continue;
    const outside = union(...given.filter((_, i) => (set & (1 << i)) === 0), output);
    for (let left = (set - 1) & set; left > 0; left = (left - 1) & set) {
      const right = set ^ left;
      const a = best[left];
      const b = best[right];
      if (left < right || !a || !b) continue;
      const all = union(a.result, b.result);
      const result = shared(all, outside);
      if (product(result, sizes) > room) continue;
      const count = a.count + b.count + operations(all, all.length > result.length, 2, sizes);
      if (count >= (best[set]?.count ?? Infinity)) continue;
      best[set] = { count, scaling: Math.max(a.scaling, b.scaling, all.length), result, left };
    }
  }
  const whole = best[full];
  if (!whole) return null;
  const steps: Step[] = [];
  const list = given.map((_, i) => 1 << i);
  const walk = (set: number): void => {
    const { left, result } = best[set]!;
    if (left === 0) return;
    walk(left);
    walk(set ^ left);
    const positions = [list.indexOf(left), list.indexOf(set ^ left)].sort((p, q) => p - q);
    list.splice(positions[1]!, 1);
    list.splice(positions[0]!, 1);
    list.push(set);
    steps.push({ positions, output: result });
  };
  walk(full);
  return { steps, cost: { count: whole.count, scaling: whole.scaling } };
}

/** Plans of the last calls: programs repeat theirs. */
const plans = new Map<string, Plan>();
const PLANS = 256;
/** Reads subscripts against shapes and chooses an order: MLX's, unless there are few operands and a cheaper one exists. */
export function planOf(name: string, text: string, shapes: readonly (readonly number[])[]): Plan {
  if (typeof text !== 'string') throw new LanewiseError(`[${name}] the subscripts must be text, got ${typeof text}`);
  if (shapes.length === 0) throw new LanewiseError(`[${name}] at least one operand is needed, got none`);
  const key = `${text}|${shapes.map(showShape).join('')}`;
  const hit = plans.get(key);
  if (hit !== undefined) return hit;
  const { inputs, output, sizes } = read(name, text, shapes);
  const naive = costOf(inputs, output, sizes);
  let found: Found = { steps: [{ positions: [...inputs.keys()], output }], cost: naive };
  if (inputs.length > 2) {
    const room = Math.max(...[...inputs, output].map((labels) => product(labels, sizes)));
    found = greedy(inputs, output, sizes, naive.count, room);
    const cheapest = inputs.length <= FEW ? optimal(inputs, output, sizes, room) : null;
    if (cheapest !== null && cheapest.cost.count < found.cost.count) found = cheapest;
  }
  const last = found.steps.length - 1;
  const steps = found.steps.map((s, i) => (i === last ? { ...s, output } : s));
  const plan = { inputs, steps, naive, optimized: found.cost };
  if (plans.size >= PLANS) plans.clear();
  plans.set(key, plan);
  return plan;
}
