import type { ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES } from '../heap.js';
import { decode } from './indexing.js';
import { exportsOf, mapRows, spreadColumns, walk, walkColumns } from './layout.js';
import { dense, temp } from './runtime.js';
import { lanesFor, spreadRange, type Scratch } from './threads/spread.js';

const crossEntropyOf = exportsOf('cross_entropy');
const crossEntropyGradOf = exportsOf('cross_entropy_grad');
const rmsNormOf = exportsOf('rms_norm');
const layerNormOf = exportsOf('layer_norm');

/** Nanoseconds for one element: of a softmax, and of a norm. */
const COST = 1;
const NORM = 0.4;

/** Scratch for one row of a half type as float32, for each thread: where it is, as argument `at` of the kernel. */
function rowScratch(type: ElementType, n: number, lanes: number, at: number): Scratch & { readonly address: number } {
  const bytes = n * 4 + 16;
  if (!type.half || bytes <= TILE_BYTES * TILE_SLOTS) return { address: TILES, scratch: 1 << at };
  return { address: temp(bytes * lanes), work: 1 << at, workBytes: bytes };
}

/** attrs { axes }: rows where the axes are the last ones, columns where they are neighbours, else rows of a copy */
function overAxes(name: string): Kernel {
  const rowsOf = exportsOf(name);
  const columnsOf = exportsOf(`${name}_columns`);
  return (call) => {
    const { type, shape } = call;
    if (shape.size === 0) return;
    const { axes } = call.attrs as { axes: readonly number[] };
    if (walkColumns(call.a!, axes)) {
      spreadColumns(columnsOf(type), call.at, type.size, type.size, walk.n * walk.inner, shape.size * COST);
      return;
    }
    mapRows(call, axes, (rows, n, from, to) => {
      const [size, cost] = [n * type.size, rows * n * COST];
      const lanes = lanesFor(cost);
      const own = rowScratch(type, n, lanes, 4);
      spreadRange(lanes, rowsOf(type), rows, 0, [rows, n, from, to, own.address], [0, 0, size, size, 0], 1, cost, own);
    });
  };
}

/** The classes as int32 below `n`. @throws AxisError for one that is not there */
function classesOf(call: Call, n: number): number {
  const { shape } = call.b!;
  const to = temp(Math.max(shape.size, 1) * 4);
  decode('nn.losses.crossEntropy', call.b!, call.a!.shape.ndim - 1, n, 1, false, to);
  return to;
}
/** attrs { smoothing }; a = scores, b = classes */
function crossEntropy(call: Call): void {
  const dims = call.a!.shape.dims;
  const n = dims[dims.length - 1]!;
  const classes = classesOf(call, n);
  const rows = call.shape.size;
  if (rows === 0) return;
  const { smoothing } = call.attrs as { smoothing: number };
  const { size } = call.type;
  const args = [rows, n, smoothing, dense(call.a!), classes, call.at];
  const cost = rows * n * COST;
  spreadRange(lanesFor(cost), crossEntropyOf(call.type), rows, 0, args, [0, 0, 0, n * size, 4, size], 1, cost);
}
/** attrs { smoothing }; a = scores, b = classes, c = cotangents of the losses */
function crossEntropyGrad(call: Call): void {
  const { type, shape } = call;
  if (shape.size === 0) return;
  const n = shape.dims[shape.ndim - 1]!;
  const classes = classesOf(call, n);
  const { smoothing } = call.attrs as { smoothing: number };
  const [from, g] = [dense(call.a!), dense(call.c!)];
  const [rows, size, cost] = [shape.size / n, n * type.size, shape.size * COST];
  const lanes = lanesFor(cost);
  const own = rowScratch(type, n, lanes, 7);
  const args = [rows, n, smoothing, from, classes, g, call.at, own.address];
  spreadRange(lanes, crossEntropyGradOf(type), rows, 0, args, [0, 0, 0, size, 4, type.size, size, 0], 1, cost, own);
}

/** attrs { eps }; a = x, b = weight or null */
function rmsNorm(call: Call): void {
  const size = call.shape.size;
  if (size === 0) return;
  const n = call.shape.dims[call.shape.ndim - 1]!;
  const weight = call.b === null ? 0 : dense(call.b);
  const { eps } = call.attrs as { eps: number };
  const step = n * call.type.size;
  const args = [size / n, n, eps, dense(call.a!), weight, call.at];
  const [f, cost] = [rmsNormOf(call.type), size * NORM];
  spreadRange(lanesFor(cost), f, size / n, 0, args, [0, 0, 0, step, 0, step], 1, cost);
}

/** attrs { eps }; a = x, b = weight or null, c = bias or null */
function layerNorm(call: Call): void {
  const size = call.shape.size;
  if (size === 0) return;
  const n = call.shape.dims[call.shape.ndim - 1]!;
  const weight = call.b === null ? 0 : dense(call.b);
  const bias = call.c === null ? 0 : dense(call.c);
  const { eps } = call.attrs as { eps: number };
  const step = n * call.type.size;
  const args = [size / n, n, eps, dense(call.a!), weight, bias, call.at];
  const [f, cost] = [layerNormOf(call.type), size * NORM];
  spreadRange(lanesFor(cost), f, size / n, 0, args, [0, 0, 0, step, 0, 0, step], 1, cost);
}

export const normalization: Record<string, Kernel> = {
  softmax: overAxes('softmax'),
  log_softmax: overAxes('log_softmax'),
  cross_entropy: crossEntropy,
  cross_entropy_grad: crossEntropyGrad,
  rms_norm: rmsNorm,
  layer_norm: layerNorm,
};
