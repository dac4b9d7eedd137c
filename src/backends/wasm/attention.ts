import { types } from '../../tensor/dtype.js';
import { rowMajor } from '../../tensor/shape.js';
import type { Call, Kernel, View } from '../backend.js';
import { i32 } from '../heap.js';
import { stridesOf } from './movement.js';
import { rope } from './rope.js';
import { dense, temp, wasm } from './runtime.js';
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

/**
 * softmax(scale * q k^T + mask) v over heads that share keys in groups, keys and values read in place through their strides
 * (a view of a cache costs no copy), without the matrix of scores ever being stored.
 */
function sdpa(call: Call): void {
  const { scale, causal } = call.attrs as { scale: number; causal: boolean };
  const q = call.a!;
  const [B, H, L, D] = q.shape.dims as [number, number, number, number];
  const [, heads, S] = call.b!.shape.dims as [number, number, number];
  const width = call.shape.dims[3]!;
  const n = call.shape.size;
  if (n === 0) return;
  const { type } = call;
  const size = type.size;
  const G = H / heads;
  const wide = type.code === 'f64' ? 8 : 4;
  const out = type.half ? temp(n * 4) : call.at;
  const k = unitInner(call.b!);
  const v = unitInner(call.c!);
  const qs = stridesOf(q);
  const mask = call.rest?.[0] ?? null;
  const ms = mask === null ? [0, 0, 0, 0] : stridesOf(mask).map((s) => s * mask.type.size);
  const bytes = type.code === 'f64' ? S * 8 : wasm['sdpa_bytes']!(L * G, D, width);
  const cost = B * H * L * S * (D + width) * COST;
  const lanes = lanesFor(cost);
  const work = temp(bytes * lanes);
  const lists = temp(B * heads * LIST);
  const fill = (i: number, x: number[]): void => {
    const h = i % heads;
    const b = (i - h) / heads;
    const first = h * G;
    const list = [
      ...[G, L, S, D, width],
      ...[q.at + (b * qs[0]! + first * qs[1]!) * size, qs[1]! * size, qs[2]! * size, qs[3]! * size],
      ...[k.at + (b * k.strides[0]! + h * k.strides[1]!) * size, k.strides[2]! * size],
      ...[v.at + (b * v.strides[0]! + h * v.strides[1]!) * size, v.strides[2]! * size],
      ...[out + (b * H + first) * L * width * wide, L * width * wide, width * wide],
      mask === null ? -1 : mask.type.index,
      ...[mask === null ? 0 : mask.at + b * ms[0]! + first * ms[1]!, ms[1]!, ms[2]!, ms[3]!],
      causal ? 1 : 0,
    ];
    const at = lists + i * LIST;
    for (let j = 0; j < list.length; j++) i32[(at >>> 2) + j] = list[j]!;
    x[0] = at;
    x[1] = scale;
    x[2] = work;
  };
  spreadCalls(lanes, wasm[`sdpa_${type.code}`]!, 3, B * heads, cost, fill, { work: 1 << 2, workBytes: bytes });
  if (type.half) wasm['cast']!(n, types.float32.index, type.index, out, call.at);
}

export const attention: Record<string, Kernel> = { sdpa, rope };
