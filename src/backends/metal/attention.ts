// Attention and rotary embeddings: operands are read as views, so that a cache costs no copy.
import { shapeOf, stridesOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { f32Bits, launch } from './launch.js';
import { dense } from './movement.js';
import { NONE, rangeOf } from './rows.js';
import { temporary } from './temporary.js';
import { extentOf, walksOf, type Range } from './views.js';

/** Queries up to which each has a threadgroup of its own, and the widest head that such a one takes. */
const FEW = 8;
const WIDEST = 256;
/** Keys that are worth a part, and threadgroups from which on there is enough to do without parts. */
const PART = 256;
const GROUPS = 256;

/** attrs { scale, causal }; a = q (B, H, L, D), b = k (B, K, S, D), c = v (B, K, S, E) and a mask (B, H, L, S) or none */
interface Attention {
  readonly L: number;
  readonly S: number;
  readonly D: number;
  readonly E: number;
  /** rows of all queries */
  readonly rows: number;
  /** of q, k, v and the mask */
  readonly ranges: readonly Range[];
  /** constants of the kernels, for keys in that many parts */
  readonly words: (parts: number) => number[];
}
const walkOf = (v: View): { range: Range; walk: number[] } => {
  const { range, start } = extentOf(v);
  return { range, walk: [start, ...stridesOf(v)] };
};
function attentionOf(call: Call, mask: View | null): Attention {
  const { scale, causal } = call.attrs as { readonly scale: number; readonly causal: boolean };
  const [B, H, L, D] = call.a!.shape.dims as [number, number, number, number];
  const [, K, S] = call.b!.shape.dims as [number, number, number];
  const E = call.c!.shape.dims[3]!;
  const operands = [...[call.a!, call.b!, call.c!].map(walkOf), mask === null ? NOTHING : walkOf(mask)];
  const kind = mask === null ? 0 : mask.type.category === 'bool' ? 1 : 2;
  const sizes = [B, K, H / K, L, S, D, E, f32Bits(scale), causal ? 1 : 0, kind];
  const words = (parts: number): number[] => [...sizes, parts, ...operands.flatMap((x) => x.walk)];
  return { L, S, D, E, rows: B * H * L, ranges: operands.map((x) => x.range), words };
}
const NOTHING = { range: NONE, walk: [0, 0, 0, 0, 0] };

function sdpa(call: Call): boolean {
  const { code } = call.type;
  const { L, S, D, E, rows, ranges, words } = attentionOf(call, call.rest?.[0] ?? null);
  const few = L <= FEW && Math.max(D, E) <= WIDEST;
  const parts = few ? Math.max(1, Math.min(Math.ceil(S / PART), Math.ceil(GROUPS / rows))) : 1;
  if (parts === 1) return launch(`sdpa_${few ? 'decode_' : ''}${code}`, [...ranges, rangeOf(call)], words(1));
  const bytes = rows * parts * (E + 2) * 4;
  const made = { at: temporary(bytes), bytes };
  return (
    launch(`sdpa_split_${code}`, [...ranges, made], words(parts)) &&
    launch(`sdpa_merge_${code}`, [made, rangeOf(call)], [rows, parts, E])
  );
}

/** Numbers that gradients need of each row. */
const FIGURES = 3;
/** `rest` = the cotangents (B, H, L, E) and the mask; the result is those of q, k and v, flat, one after the other, in float32. */
function sdpaGrad(call: Call): boolean {
  const { code } = call.a!.type;
  const [cotangents, mask] = call.rest as unknown as readonly [View, View?];
  const { rows, ranges, words } = attentionOf(call, mask ?? null);
  const g = walkOf(cotangents);
  const operands = [...ranges, g.range];
  const bytes = Math.max(rows, 1) * FIGURES * 4;
  const figures = { at: temporary(bytes), bytes };
  const constants = [...words(1), ...g.walk];
  return (
    launch(`sdpa_grad_rows_${code}`, [...operands, figures], constants) &&
    ['queries', 'keys', 'values'].every((of) =>
      launch(`sdpa_grad_${of}_${code}`, [...operands, figures, rangeOf(call)], constants),
    )
  );
}

/** Axes of heads that the kernel walks. */
const HEADS = 6;
const padded = (x: readonly number[], n: number): number[] => [...x, ...Array<number>(n - x.length).fill(0)];
/** Two floats whose sum is closer to `x` than one. */
const split = (x: number): number[] => [f32Bits(x), f32Bits(x - Math.fround(x))];

interface Rope {
  readonly dims: number;
  readonly traditional: boolean;
  readonly base: number;
  readonly scale: number;
  readonly offset: number;
}
/** The axes before the last two, neighbours joined; null where the kernel does not walk so many. */
function headsOf(x: View): { dims: readonly number[]; strides: readonly number[] } | null {
  const lead = shapeOf(x.shape.dims.slice(0, -2));
  const walks = walksOf(lead, [{ at: x.at, shape: lead, strides: stridesOf(x).slice(0, -2), type: x.type }]);
  return walks === null || walks.dims.length > HEADS ? null : { dims: walks.dims, strides: walks.strides[0]! };
}
/** attrs: see `Rope`; a = x (.., T, D), b = frequencies or null, c = offsets, one for all or for each entry of the first axis, or null */
function rope(call: Call): boolean {
  const { dims, traditional, base, scale, offset } = call.attrs as Rope;
  const x = headsOf(call.a!) === null ? dense(call.a!) : call.a!;
  const freqs = call.b === null ? null : dense(call.b);
  const offsets = call.c === null ? null : dense(call.c);
  if (x === null || (call.b !== null && freqs === null) || (call.c !== null && offsets === null)) return false;
  const [length, features] = call.shape.dims.slice(-2) as [number, number];
  const count = call.shape.size / (length * features);
  const each = offsets === null ? 0 : offsets.shape.size > 1 ? count / call.shape.dims[0]! : count;
  const { range, start } = extentOf(x);
  const heads = headsOf(x)!;
  const words = [
    ...[count, length, features, dims, traditional ? 1 : 0, freqs === null ? 0 : 1, each, offset],
    ...[...split(scale / (2 * Math.PI)), ...split(base ** (-2 / dims))],
    ...[heads.dims.length, ...padded(heads.dims, HEADS)],
    ...[start, ...padded([...heads.strides, ...stridesOf(x).slice(-2)], HEADS + 2)],
  ];
  const ranges = [range, freqs === null ? NONE : rangeOf(freqs), offsets === null ? NONE : rangeOf(offsets)];
  return launch(`rope_${call.type.code}`, [...ranges, rangeOf(call)], words);
}

export const attention = { sdpa, sdpa_grad: sdpaGrad, rope };
