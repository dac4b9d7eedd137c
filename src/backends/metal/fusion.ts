// Chains of elementwise ops as one kernel, generated from the functions that the single kernels are made of.
import type { ElementType } from '../../tensor/dtype.js';
import type { Member, Operand } from '../backend.js';
import { launchOver, operandType } from './elementwise.js';
import { define } from './launch.js';

/** Runs of one structure before a kernel is compiled for it. */
const BEFORE = 2;
/** Structures that are remembered; the one that has not run for longest goes first, and its name to the next. */
const MOST = 4096;
/** Buffers that a kernel may have beside its output and its constants. */
const LEAVES = 28;

interface Structure {
  runs: number;
  /** its library; null: not compiled yet */
  family: string | null;
  kernel: string;
}
const structures = new Map<string, Structure>();
/** names of generated families that nothing uses any more */
const spare: string[] = [];
function remember(key: string): Structure {
  const known = structures.get(key);
  structures.delete(key); // the order of a Map is that of insertion
  if (known === undefined && structures.size >= MOST) {
    const [oldest, { family }] = structures.entries().next().value!;
    structures.delete(oldest);
    if (family !== null) spare.push(family);
  }
  const s = known ?? { runs: 0, family: null, kernel: '' };
  structures.set(key, s);
  return s;
}
/** How often generated kernels ran, and how many there are. */
export const counts = { generated: 0, stepwise: 0, compiled: 0 };

/** `F32` of float32: the element types of kernels/common.metal. */
const typeOf = (t: ElementType): string => t.code.toUpperCase();

/** Where a member's operand comes from: `x2`, an operand of the group, or `v0`, an earlier member. */
interface Source {
  readonly name: string;
  readonly type: ElementType;
}
/** The group's operands, each once, and the sources of each member. */
function takeApart(group: readonly Member[]): { leaves: Operand[]; sources: Source[][] } {
  const leaves: Operand[] = [];
  const places = new Map<Operand, Source>();
  const sources = group.map((m, i) => {
    const own = [m.a, m.b, m.c]
      .filter((x) => x !== null)
      .map((x) => {
        const known = places.get(x);
        if (known !== undefined) return known;
        const source = { name: `x${leaves.length}`, type: x.type };
        leaves.push(x);
        places.set(x, source);
        return source;
      });
    places.set(m, { name: `v${i}`, type: m.type });
    return own;
  });
  return { leaves, sources };
}

/** One member as an expression, rounded to its dtype as if it had been stored. */
function expressionOf(m: Member, sources: readonly Source[]): string {
  const type = typeOf(operandType(m));
  const values = sources.map((s) => s.name).join(', ');
  const [condition, yes, no] = sources.map((s) => s.name);
  if (m.prim.elementwise === 3) return `${condition} ? ${yes} : ${no}`;
  const value =
    m.prim.name === 'astype' ? `convert<${typeOf(m.type)}>(${values})` : `${m.prim.name}_${type}::of(${values})`;
  return m.type.half ? `${typeOf(m.type)}::load(${typeOf(m.type)}::store(${value}))` : value;
}
/** The contiguous and the strided kernel of a group. */
function sourceOf(
  name: string,
  group: readonly Member[],
  leaves: readonly Operand[],
  sources: readonly Source[][],
): string {
  const out = typeOf(group[group.length - 1]!.type);
  const n = leaves.length;
  const buffers = leaves
    .map((x, i) => `device const ${typeOf(x.type)}::Stored* a${i} [[buffer(${i})]],\n    `)
    .join('');
  const body = (element: (i: number) => string): string =>
    [
      ...leaves.map((x, i) => `${typeOf(x.type)}::Value x${i} = ${typeOf(x.type)}::load(a${i}[${element(i)}]);`),
      ...group.map((m, i) => `${typeOf(m.type)}::Value v${i} = ${expressionOf(m, sources[i]!)};`),
      `o[i] = ${out}::store(v${group.length - 1});`,
    ].join('\n    ');
  return `
kernel void ${name}(
    ${buffers}device ${out}::Stored* o [[buffer(${n})]], constant Flat<${n}>& c [[buffer(${n + 1})]],
    uint first [[thread_position_in_grid]], uint threads [[threads_per_grid]]) {
  for (uint k = 0, i = first; k < FLAT_PER_THREAD; k++, i += threads) {
    if (i >= c.n) return;
    ${body((i) => `c.walks[${i}] ? i : 0`)}
  }
}
kernel void ${name}_strided(
    ${buffers}device ${out}::Stored* o [[buffer(${n})]], constant Strided<${n}>& c [[buffer(${n + 1})]],
    uint i [[thread_position_in_grid]]) {
    if (i >= c.dims.n) return;
    ${body((i) => `elementAt(i, c.dims, c.of[${i}])`)}
}
`;
}

/**
 * Runs a group by the kernel that was generated for its structure.
 * @param kernels those of its members, which stand for their functions
 * @returns null where the group runs op by op: it was not seen often enough, or is too wide
 */
export function fused(group: readonly Member[], kernels: readonly string[]): boolean | null {
  const { leaves, sources } = takeApart(group);
  if (leaves.length > LEAVES) return null;
  const key = kernels.map((k, i) => `${k}>${group[i]!.type.code}(${sources[i]!.map((s) => s.name).join()})`).join(';');
  const s = remember(key);
  if (++s.runs <= BEFORE) {
    counts.stepwise++;
    return null;
  }
  const last = group[group.length - 1]!;
  if (s.family === null) {
    s.family = spare.pop() ?? `k${counts.compiled}`;
    s.kernel = `fused_${s.family}_${[...leaves, last].map((x) => x.type.code).join('_')}`;
    define(s.family, sourceOf(s.kernel, group, leaves, sources));
    counts.compiled++;
  }
  if (!launchOver(s.kernel, leaves, last)) return null;
  counts.generated++;
  return true;
}
