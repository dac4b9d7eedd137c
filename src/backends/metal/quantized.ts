// Products with matrices of few bits, transposed: MLX's affine codes, and GGUF's blocks in rows or stripes.
import { types } from '../../tensor/dtype.js';
import type { BlockProduct } from '../block-formats.js';
import type { Call, View } from '../backend.js';
import { launchOver } from './elementwise.js';
import { launch } from './launch.js';
import { dense } from './movement.js';
import { temporary } from './temporary.js';
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

/** A row-major view in the dtype of the product, which its own widens to; null where the device cannot make one. */
function inType(call: Call, v: View): View | null {
  if (v.type === call.type) return dense(v);
  if (call.type !== types.float32 || !v.type.half) return null;
  const wide = { at: temporary(v.shape.size * 4), shape: v.shape, strides: null, type: types.float32 };
  return launchOver(`copy_${v.type.code}_f32`, [v], wide) ? wide : null;
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
  const [x, w] = [inType(call, call.a!), dense(call.b!)];
  const [s, b] = [inType(call, call.c!), inType(call, call.rest![0]!)];
  if (x === null || w === null || s === null || b === null) return false;
  return multiply(call, `affine${bits}`, x, [w, s, b], [group]);
}
/** attrs `BlockProduct`; a = x, b = blocks. x is taken as it is, also where WebAssembly would quantise it. */
function blocksProduct(call: Call): boolean {
  const p = call.attrs as BlockProduct;
  if (!p.transpose || p.gathered) return false;
  const [x, w] = [inType(call, call.a!), dense(call.b!)];
  if (x === null || w === null) return false;
  return multiply(call, `${p.mode}${p.packed ? '_stripes' : ''}`, x, [w], []);
}

export const quantized = { quantized_matmul: quantizedMatmul, blocks_product: blocksProduct };
