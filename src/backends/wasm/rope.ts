import { types } from '../../tensor/dtype.js';
import { rowMajor, stridesOf } from '../../tensor/shape.js';
import type { Call, View } from '../backend.js';
import { f32, f64, i32 } from '../heap.js';
import { dense, temp, wasm } from './runtime.js';
import { lanesFor, spreadCalls } from './threads/spread.js';

/** Nanoseconds for one element. */
const COST = 0.5;

interface Rope {
  readonly dims: number;
  readonly traditional: boolean;
  readonly base: number;
  readonly scale: number;
  readonly offset: number;
}

/** Angle per position of each pair of features, and its cosine and sine. */
function frequencies(attrs: Rope, freqs: View | null): Float64Array {
  const n = attrs.dims / 2;
  const out = new Float64Array(3 * n);
  const given = freqs === null ? 0 : dense(freqs) >>> 2;
  for (let i = 0; i < n; i++) {
    const angle = freqs === null ? attrs.base ** ((-2 * i) / attrs.dims) : 1 / f32[given + i]!;
    out[3 * i] = angle * attrs.scale;
    out[3 * i + 1] = Math.cos(out[3 * i]!);
    out[3 * i + 2] = Math.sin(out[3 * i]!);
  }
  return out;
}
const known = new Map<string, Float64Array>();
/** The same without given frequencies, remembered: a model asks for one set in every layer and step. */
function plainFrequencies(attrs: Rope): Float64Array {
  const key = `${attrs.dims} ${attrs.base} ${attrs.scale}`;
  let hit = known.get(key);
  if (hit === undefined) {
    if (known.size >= 16) known.clear();
    known.set(key, (hit = frequencies(attrs, null)));
  }
  return hit;
}

/** Cosines and sines for positions from..from+T. */
function table(from: number, T: number, n: number, angles: Float64Array, double: boolean): number {
  const starts = temp(n * 32);
  const at = temp(T * n * (double ? 16 : 8));
  const p = starts >>> 3;
  for (let i = 0; i < n; i++) {
    const start = angles[3 * i]! * from;
    f64[p + 4 * i] = Math.cos(start);
    f64[p + 4 * i + 1] = Math.sin(start);
    f64[p + 4 * i + 2] = angles[3 * i + 1]!;
    f64[p + 4 * i + 3] = angles[3 * i + 2]!;
  }
  wasm[double ? 'rope_table_f64' : 'rope_table_f32']!(T, n, starts, at);
  return at;
}

/**
 * Rotates the first `dims` features of [..., T, D] by position * frequency, as pairs of neighbours (traditional) or of halves;
 * positions count from `offset`, or from one of the first axis's own.
 */
export function rope(call: Call): void {
  const attrs = call.attrs as Rope;
  const n = call.shape.size;
  if (n === 0) return;
  const { type } = call;
  const double = type.code === 'f64';
  const dims = call.shape.dims;
  const nd = dims.length;
  const T = dims[nd - 2]!;
  const D = dims[nd - 1]!;
  const pairs = attrs.dims / 2;
  const x = call.a!;
  let strides = stridesOf(x);
  let from = x.at;
  if (strides[nd - 1] !== 1 && D !== 1) {
    from = dense(x);
    strides = rowMajor(dims);
  }
  const angles = call.b === null ? plainFrequencies(attrs) : frequencies(attrs, call.b);
  const offsets: number[] = [];
  if (call.c === null) offsets.push(attrs.offset);
  else {
    const p = dense(call.c) >>> 2;
    for (let i = 0; i < call.c.shape.size; i++) offsets.push(i32[p + i]!);
  }
  const tables = offsets.map((o) => table(o, T, pairs, angles, double));
  const out = type.half ? temp(n * 4) : call.at;
  const kernel = wasm[`rope_${type.code}`]!;
  const lead = nd - 2;
  const heads = n / (T * D);
  const perFirst = lead > 0 ? heads / dims[0]! : 1;
  const c = new Array<number>(lead).fill(0);
  let at = 0;
  const cost = n * COST;
  const fill = (h: number, args: number[]): void => {
    const tab = tables[tables.length > 1 ? Math.floor(h / perFirst) : 0]!;
    const o = out + h * T * D * (double ? 8 : 4);
    const ld = strides[lead]! * type.size;
    args[0] = T;
    args[1] = D;
    args[2] = pairs;
    args[3] = attrs.traditional ? 1 : 0;
    args[4] = from + at * type.size;
    args[5] = ld;
    args[6] = tab;
    args[7] = o;
    for (let k = lead - 1; k >= 0; k--) {
      at += strides[k]!;
      if (++c[k]! < dims[k]!) break;
      at -= strides[k]! * dims[k]!;
      c[k] = 0;
    }
  };
  spreadCalls(lanesFor(cost), kernel, 8, heads, cost, fill);
  if (type.half) wasm['cast']!(n, types.float32.index, type.index, out, call.at);
}
