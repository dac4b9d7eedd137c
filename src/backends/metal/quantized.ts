// Products with matrices of few bits, transposed: MLX's affine codes, and GGUF's blocks in rows or stripes.
import type { BlockFormat, BlockProduct, BlockStripes } from '../block-formats.js';
import type { Call, View } from '../backend.js';
import { i32 } from '../heap.js';
import { decode } from '../wasm/indexing.js';
import { withOffsets } from './indexing.js';
import { launch } from './launch.js';
import { dense, denseAs } from './movement.js';
import { rangeOf } from './rows.js';
import type { Range } from './views.js';

/** Rows of x up to which each reads the matrix for itself. */
const FEW = 4;

/** A part of a view that lies row-major: matrix `i` of `count`. */
function matrix(v: View, i: number, count: number): Range {
  const bytes = (v.shape.size * v.type.size) / count;
  return { at: v.at + i * bytes, bytes };
}
/**
 * x (.., m, k) by one matrix, or by as many as x has: `rest` are the operands of the matrix, `words` what follows m, n and k.
 * @returns false where the device has no kernel, or no room
 */
function multiply(call: Call, format: string, x: View, rest: readonly View[], words: readonly number[]): boolean {
  const [m, k] = x.shape.dims.slice(-2) as [number, number];
  const n = call.shape.dims[call.shape.ndim - 1]!;
  const count = rest[0]!.shape.ndim === 2 ? 1 : call.shape.size / (m * n);
  const rows = call.shape.size / n / count;
  const kernel = `quantized_${rows <= FEW ? 'matvec' : 'matmul'}_${format}_${call.type.code}`;
  for (let i = 0; i < count; i++) {
    const ranges = [x, ...rest, call].map((v) => matrix(v, i, count));
    if (!launch(kernel, ranges, [rows, n, k, ...words])) return false;
  }
  return true;
}

interface Product {
  readonly mode: string;
  readonly group: number;
  readonly bits: number;
  readonly transpose: boolean;
  readonly gathered: boolean;
}
/** attrs `Product`; a = x, b = codes, c = scales, rest = biases */
function quantizedMatmul(call: Call): boolean {
  const { mode, group, bits, transpose, gathered } = call.attrs as Product;
  if (mode !== 'affine' || !transpose || gathered || ![2, 4, 8].includes(bits)) return false;
  const [x, w] = [denseAs(call.type, call.a!), dense(call.b!)];
  const [s, b] = [denseAs(call.type, call.c!), denseAs(call.type, call.rest![0]!)];
  if (x === null || w === null || s === null || b === null) return false;
  return multiply(call, `affine${bits}`, x, [w, s, b], [group]);
}
/** attrs `BlockProduct`; a = x, b = blocks. x is taken as it is, also where WebAssembly would quantise it. */
function blocksProduct(call: Call): boolean {
  const p = call.attrs as BlockProduct;
  if (!p.transpose || p.gathered) return false;
  const [x, w] = [denseAs(call.type, call.a!), dense(call.b!)];
  if (x === null || w === null) return false;
  return multiply(call, `${p.mode}${p.packed ? '_stripes' : ''}`, x, [w], []);
}

/** Elements that a thread decodes. */
const PIECE = 8;

/** attrs { mode, group, bits }; a = codes, b = scales, c = biases */
function dequantize(call: Call): boolean {
  const { mode, group, bits } = call.attrs as Product;
  // a product of codes and scales is rounded to the dtype of the scales
  const isOne = call.b!.type === call.type && call.c!.type === call.type;
  if (mode !== 'affine' || ![2, 4, 8].includes(bits) || !isOne) return false;
  const parts = [dense(call.a!), dense(call.b!), dense(call.c!)];
  if (parts.includes(null)) return false;
  const ranges = [...parts.map((v) => rangeOf(v!)), rangeOf(call)];
  return launch(`quantized_decode_affine${bits}_${call.type.code}`, ranges, [call.shape.size / PIECE, group]);
}
/** attrs `BlockFormat`; a = blocks in rows */
function blocksDecode(call: Call): boolean {
  const { mode } = call.attrs as BlockFormat;
  const w = dense(call.a!);
  return w !== null && launch(`quantized_decode_${mode}_f32`, [rangeOf(w), rangeOf(call)], [call.shape.size / PIECE]);
}
/** attrs `BlockStripes`; a = blocks in stripes, b = indices of rows, or null */
function blocksUnpack(call: Call): boolean {
  const f = call.attrs as BlockStripes;
  const w = dense(call.a!);
  if (w === null) return false;
  const [n, bytes] = call.shape.dims as [number, number];
  const given = call.b;
  const fill = (at: number): void => {
    if (given !== null) decode('take', given, 0, f.rows, 1, false, at);
    else for (let i = 0; i < n; i++) i32[(at >>> 2) + i] = i;
  };
  const words = [n, bytes / f.bytes, f.rows];
  return withOffsets(given === null ? [] : [given], n, fill, (rows) =>
    launch(`quantized_unstripe_${f.mode}_u16`, [rangeOf(w), rows, rangeOf(call)], words),
  );
}

export const quantized = {
  quantized_matmul: quantizedMatmul,
  blocks_product: blocksProduct,
  dequantize,
  blocks_decode: blocksDecode,
  blocks_unpack: blocksUnpack,
};
