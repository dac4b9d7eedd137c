import { types } from '../../tensor/dtype.js';
import { rowMajor, stridesOf } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { i32, u8 } from '../heap.js';
import { rope } from './rope.js';
import { dense, temp, wasm, type Export } from './runtime.js';
import { lanesFor, spreadCalls } from './threads/spread.js';

/** The view with unit stride along its last axis: itself, or a packed copy. */
function unitInner(v: View): { at: number; strides: readonly number[] } {
  const strides = stridesOf(v);
  const last = v.shape.ndim - 1;
  if (strides[last] === 1 || v.shape.dims[last] === 1) return { at: v.at, strides };
  return { at: dense(v), strides: rowMajor(v.shape.dims) };
}

/** Nanoseconds of one product of a score or of a weighted sum, and bytes of the list that a kernel reads. */
const COST = 0.07;
const LIST = 128;

/** What the kernels have in common: the sizes, and where query heads that share keys find everything. */
class Heads {
  readonly L: number;
  readonly S: number;
  readonly D: number;
  readonly width: number;
  readonly batch: number;
  readonly heads: number;
  /** query heads to a key head */
  readonly group: number;
  private readonly size: number;
  private readonly q: View;
  private readonly k: ReturnType<typeof unitInner>;
  private readonly v: ReturnType<typeof unitInner>;
  private readonly causal: boolean;
  private readonly mask: View | null;
  constructor(call: Call, mask: View | null) {
    const [B, H, L, D] = (this.q = call.a!).shape.dims as [number, number, number, number];
    const [, heads, S] = call.b!.shape.dims as [number, number, number];
    [this.batch, this.heads, this.group, this.L, this.S, this.D] = [B, heads, H / heads, L, S, D];
    this.width = call.c!.shape.dims[3]!;
    this.size = call.a!.type.size;
    this.k = unitInner(call.b!);
    this.v = unitInner(call.c!);
    this.causal = (call.attrs as { causal: boolean }).causal;
    this.mask = mask;
  }
  /** Address and strides of the rows of heads `h` of entry `b`. */
  rows(x: View, b: number, h: number): number[] {
    const s = stridesOf(x);
    const { size } = x.type;
    return [x.at + (b * s[0]! + h * this.group * s[1]!) * size, s[1]! * size, s[2]! * size, s[3]! * size];
  }
  /** The list of key head `h` of entry `b`: its results lie row-major, `wide` bytes an element. */
  list(b: number, h: number, out: number, width: number, wide: number): number[] {
    const { L, S, D, k, v, size, mask } = this;
    const line = width * wide;
    return [
      ...[this.group, L, S, D, this.width],
      ...this.rows(this.q, b, h),
      ...[k.at + (b * k.strides[0]! + h * k.strides[1]!) * size, k.strides[2]! * size],
      ...[v.at + (b * v.strides[0]! + h * v.strides[1]!) * size, v.strides[2]! * size],
      ...[out + (b * this.heads + h) * this.group * L * line, L * line, line],
      ...(mask === null ? [-1, 0, 0, 0, 0] : [mask.type.index, ...this.rows(mask, b, h)]),
      this.causal ? 1 : 0,
    ];
  }
  /** Calls `kernel` for every key head of every entry, whose list `listOf` gives. */
  spread(
    kernel: Export,
    scale: number,
    products: number,
    workBytes: number,
    listOf: (b: number, h: number) => readonly number[],
  ): void {
    const { batch, heads } = this;
    const cost = batch * heads * this.group * this.L * this.S * products * COST;
    const lanes = lanesFor(cost);
    const work = temp(workBytes * lanes);
    const lists = temp(batch * heads * LIST);
    const fill = (i: number, x: number[]): void => {
      const h = i % heads;
      const list = listOf((i - h) / heads, h);
      const at = lists + i * LIST;
      for (let j = 0; j < list.length; j++) i32[(at >>> 2) + j] = list[j]!;
      x[0] = at;
      x[1] = scale;
      x[2] = work;
    };
    spreadCalls(lanes, kernel, 3, batch * heads, cost, fill, { work: 1 << 2, workBytes });
  }
}
const scaleOf = (call: Call): number => (call.attrs as { scale: number }).scale;

/**
 * softmax(scale * q k^T + mask) v over heads that share keys in groups, keys and values read in place through their strides
 * (a view of a cache costs no copy), without the matrix of scores ever being stored.
 */
function sdpa(call: Call): void {
  const n = call.shape.size;
  if (n === 0) return;
  const { type } = call;
  const wide = type.code === 'f64' ? 8 : 4;
  const out = type.half ? temp(n * 4) : call.at;
  const heads = new Heads(call, call.rest?.[0] ?? null);
  const { L, S, D, width, group } = heads;
  const bytes = type.code === 'f64' ? S * 8 : wasm['sdpa_bytes']!(L * group, D, width);
  heads.spread(wasm[`sdpa_${type.code}`]!, scaleOf(call), D + width, bytes, (b, h) =>
    heads.list(b, h, out, width, wide),
  );
  if (type.half) wasm['cast']!(n, types.float32.index, type.index, out, call.at);
}

/**
 * The cotangents of q, k and v, one after the other, from those of the output, `rest[0]`; `rest[1]` is the mask. Scores are made anew for
 * a block of rows at a time. Half operands have float32 results.
 */
function sdpaGrad(call: Call): void {
  const { at, type } = call;
  u8.fill(0, at, at + call.shape.size * type.size);
  const [g, mask] = call.rest as unknown as readonly [View, View?];
  if (g.shape.size === 0 && call.a!.shape.size === 0) return;
  const heads = new Heads(call, mask ?? null);
  const { L, S, D, width, batch } = heads;
  if (L === 0 || S === 0) return;
  const keys = at + call.a!.shape.size * type.size;
  const values = keys + batch * heads.heads * S * D * type.size;
  const bytes = type.code === 'f64' ? S * 16 : wasm['sdpa_grad_bytes']!(S, D, width);
  heads.spread(wasm[`sdpa_grad_${call.a!.type.code}`]!, scaleOf(call), 3 * D + 2 * width, bytes, (b, h) => {
    const shared = (b * heads.heads + h) * S * type.size;
    const own = heads.list(b, h, at, D, type.size);
    return [...own, 0, ...heads.rows(g, b, h), keys + shared * D, values + shared * width];
  });
}

export const attention: Record<string, Kernel> = { sdpa, sdpa_grad: sdpaGrad, rope };
