// GGUF's blocks by their definition, one element at a time. Scales are float32 wherever ggml's are: each step is rounded.
import { types } from '../../tensor/dtype.js';
import { rowElements, STRIPE, type BlockFormat, type BlockProduct, type BlockStripes } from '../block-formats.js';
import type { Call, Kernel, View } from '../backend.js';
import { coerce, readNumbers, store, toNumber } from './access.js';
import { encodeBlock, nearest } from './blocks-encode.js';
import { indicesOf } from './indexing.js';
import { picks } from './quantized-gathered.js';

const { fround } = Math;
const half = (x: number): number => toNumber(coerce(types.float16, fround(x)));
/** The value of a float16 pattern. */
function halfValue(u: number): number {
  const [e, m] = [(u >> 10) & 31, u & 1023];
  const size = e === 31 ? (m === 0 ? Infinity : NaN) : e === 0 ? m * 2 ** -24 : (1024 + m) * 2 ** (e - 25);
  return u & 0x8000 ? -size : size;
}

/** Elements of a block at `at`. */
function decodeBlock(f: BlockFormat, b: Uint8Array, at: number): number[] {
  const word = (i: number): number => halfValue(b[at + i]! | (b[at + i + 1]! << 8));
  const bit = (from: number, i: number): number => (b[at + from + (i >> 3)]! >> (i & 7)) & 1;
  const each = (n: number, value: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => value(i));
  if (f.mode === 'q8_0') return each(32, (i) => fround(((b[at + 2 + i]! << 24) >> 24) * word(0)));
  if (f.elements === 32) {
    const both = f.mode.endsWith('_1');
    const wide = f.bits === 5;
    const bits = both ? 4 : 2;
    return each(32, (i) => {
      const byte = b[at + bits + (wide ? 4 : 0) + (i & 15)]!;
      const code = ((byte >> (i < 16 ? 0 : 4)) & 15) + (wide ? 16 * bit(bits, i) : 0);
      return both ? fround(fround(code * word(0)) + word(2)) : fround((code - (wide ? 16 : 8)) * word(0));
    });
  }
  if (f.mode === 'q6_k') {
    return each(256, (i) => {
      const [n, quarter, l] = [i >> 7, (i >> 5) & 3, i & 31];
      const nibble = (b[at + 64 * n + 32 * (quarter & 1) + l]! >> (4 * (quarter >> 1))) & 15;
      const code = nibble | (((b[at + 128 + 32 * n + l]! >> (2 * quarter)) & 3) << 4);
      const scale = fround(word(208) * ((b[at + 192 + (i >> 4)]! << 24) >> 24));
      return fround(scale * (code - 32));
    });
  }
  const s = (j: number): number => b[at + 4 + j]!;
  return each(256, (i) => {
    const [j, l] = [i >> 5, i & 31];
    const scale = j < 4 ? s(j) & 63 : (s(j + 4) & 15) | ((s(j - 4) >> 6) << 4);
    const least = j < 4 ? s(j + 4) & 63 : (s(j + 4) >> 4) | ((s(j) >> 6) << 4);
    const wide = f.bits === 5;
    let code = (b[at + (wide ? 48 : 16) + 32 * (j >> 1) + l]! >> (4 * (j & 1))) & 15;
    if (wide) code |= ((b[at + 16 + l]! >> j) & 1) << 4;
    return fround(fround(fround(word(0) * scale) * code) - fround(word(2) * least));
  });
}
const bytesOf = (v: View): Uint8Array => Uint8Array.from(readNumbers(v));
/** Elements of all rows, one after the other. */
function decoded(f: BlockFormat, bytes: Uint8Array): Float64Array {
  const out = new Float64Array((bytes.length / f.bytes) * f.elements);
  for (let i = 0; i < bytes.length / f.bytes; i++) out.set(decodeBlock(f, bytes, i * f.bytes), i * f.elements);
  return out;
}

/** Rows of x as products with int8 activations see them. */
function rounded(f: BlockFormat, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += f.elements) {
    const part = x.subarray(i, i + f.elements);
    const most = part.reduce((m, v) => (v !== v || m !== m ? NaN : Math.max(m, Math.abs(v))), 0);
    const inverse = most === 0 ? 0 : fround(127 / most);
    const scale = f.elements === 32 ? half(fround(most / 127)) : inverse === 0 ? most : fround(1 / inverse);
    part.forEach((v, k) => {
      const code = nearest(fround(v * inverse));
      out[i + k] = scale * (code !== code ? 0 : Math.min(Math.max(code, -128), 127));
    });
  }
  return out;
}

/** Where byte `b` of row `r` lies in its stripe; fifth bits are told apart by the caller. */
function place(f: BlockFormat, r: number, b: number): number {
  const heads = f.mode === 'q6_k' ? 8 : f.elements === 256 ? 0 : f.mode.endsWith('_1') ? 16 : 8;
  const [block, i] = [Math.floor(b / f.bytes), b % f.bytes];
  const [four, own] = [r >> 2, r & 3];
  const head = block * STRIPE * f.bytes + four * heads + 2 * own;
  const codes = block * STRIPE * f.bytes + 4 * heads + four * (4 * f.bytes - heads) + 4 * own;
  const spread = (k: number): number => codes + (k >> 2) * 16 + (k & 3);
  if (f.mode === 'q6_k') {
    if (i >= 208) return head + (i - 208);
    return spread(i >= 192 ? i - 192 : i >= 128 ? i - 128 + 16 : i + 80);
  }
  if (heads === 0) return spread(i);
  if (i < heads / 4) return head + (i >> 1) * 8 + (i & 1);
  return spread(i - heads / 4);
}
/** Rows to stripes, or back. */
function moved(f: BlockFormat, rows: number, from: Uint8Array, bytes: number, back: boolean): Uint8Array {
  const out = new Uint8Array((back ? rows : Math.ceil(rows / STRIPE) * STRIPE) * bytes);
  const wide = f.bits === 5 && f.elements === 32;
  const fifths = f.mode.endsWith('_1') ? 4 : 2;
  for (let row = 0; row < rows; row++) {
    const stripe = (row - (row % STRIPE)) * bytes;
    for (let b = 0; b < bytes; b++) {
      const i = (b % f.bytes) - fifths;
      if (wide && i >= 0 && i < 4) {
        // bit 4t + k of the word is bit t of byte k
        for (let t = 0; t < 8; t++) {
          const bit = 8 * i + t;
          const word = stripe + place(f, row % STRIPE, b - i);
          const [p, shift] = [word + (bit & 3), bit >> 2];
          if (back) out[row * bytes + b]! |= ((from[p]! >> shift) & 1) << t;
          else out[p]! |= ((from[row * bytes + b]! >> t) & 1) << shift;
        }
        continue;
      }
      const flip = f.mode === 'q8_0' && b % f.bytes >= 2 && (b % f.bytes) % 2 === 0 ? 128 : 0;
      const p = stripe + place(f, row % STRIPE, b);
      if (back) out[row * bytes + b] = from[p]! ^ flip;
      else out[p] = from[row * bytes + b]! ^ flip;
    }
  }
  return out;
}

function write(call: Call, bytes: Uint8Array): void {
  bytes.forEach((u, i) => {
    store(types.uint8, call.at, i, BigInt(u));
  });
}
function product(call: Call): void {
  const p = call.attrs as BlockProduct;
  const [x, w] = [call.a!, call.b!];
  const bytes = w.shape.dims[w.shape.ndim - 1]!;
  const raw = bytesOf(w);
  const matrix = decoded(p, p.packed ? moved(p, p.rows, raw, bytes, true) : raw);
  const width = rowElements(p, bytes);
  const given = readNumbers(x);
  const a = p.activations === 'int8' ? rounded(p, given) : given;
  const [M, K] = x.shape.dims.slice(-2) as [number, number];
  const N = call.shape.dims[call.shape.ndim - 1]!;
  const count = (v: View): number => v.shape.dims.slice(0, -2).reduce((n, d) => n * d, 1);
  const picked = p.gathered ? [x, w].map((v, i) => picks(call.rest![i]!, count(v))) : null;
  for (let i = 0; i < call.shape.size; i++) {
    const [entry, m, n] = [Math.floor(i / (M * N)), Math.floor(i / N) % M, i % N];
    const [left, right] =
      picked === null ? [entry, w.shape.ndim === 2 ? 0 : entry] : picked.map((list) => list[entry]!);
    const row = M * left! + m;
    const from = right! * p.rows * width;
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[row * K + k]! * matrix[from + (p.transpose ? n * width + k : k * width + n)]!;
    store(call.type, call.at, i, sum);
  }
}

export const blocks: Readonly<Record<string, Kernel>> = {
  blocks_encode: (call) => {
    const f = call.attrs as BlockFormat;
    const x = readNumbers(call.a!);
    const out = new Uint8Array(call.shape.size);
    for (let i = 0; i < x.length / f.elements; i++)
      encodeBlock(f, x.subarray(i * f.elements, (i + 1) * f.elements), out.subarray(i * f.bytes, (i + 1) * f.bytes));
    write(call, out);
  },
  blocks_decode: (call) => {
    decoded(call.attrs as BlockFormat, bytesOf(call.a!)).forEach((v, i) => {
      store(call.type, call.at, i, v);
    });
  },
  blocks_pack: (call) => {
    const [rows, bytes] = call.a!.shape.dims as [number, number];
    write(call, moved(call.attrs as BlockFormat, rows, bytesOf(call.a!), bytes, false));
  },
  blocks_unpack: (call) => {
    const f = call.attrs as BlockStripes;
    const bytes = call.shape.dims[1]!;
    const whole = moved(f, f.rows, bytesOf(call.a!), bytes, true);
    if (call.b === null) {
      write(call, whole);
      return;
    }
    const out = new Uint8Array(call.shape.size);
    indicesOf('take', call.b, 0, f.rows).forEach((i, k) => {
      out.set(whole.subarray(i * bytes, (i + 1) * bytes), k * bytes);
    });
    write(call, out);
  },
  blocks_product: product,
};
