import type { ElementType } from '../../tensor/dtype.js';
import type { Call, Kernel } from '../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES } from '../heap.js';
import { decode } from './indexing.js';
import { exportsOf, mapRows, walk, walkColumns } from './layout.js';
import { dense, temp } from './runtime.js';

const crossEntropyOf = exportsOf('cross_entropy');
const crossEntropyGradOf = exportsOf('cross_entropy_grad');
const rmsNormOf = exportsOf('rms_norm');
const layerNormOf = exportsOf('layer_norm');

/** Scratch for one row of a half type as float32. */
const rowScratch = (type: ElementType, n: number): number =>
  !type.half || n * 4 + 16 <= TILE_BYTES * TILE_SLOTS ? TILES : temp(n * 4 + 16);

/** attrs { axes }: rows where the axes are the last ones, columns where they are neighbours, else rows of a copy */
function overAxes(name: string): Kernel {
  const rowsOf = exportsOf(name);
  const columnsOf = exportsOf(`${name}_columns`);
  return (call) => {
    const { type, shape } = call;
    if (shape.size === 0) return;
    const { axes } = call.attrs as { axes: readonly number[] };
    if (walkColumns(call.a!, axes)) {
      const { outer, n, inner, at } = walk;
      columnsOf(type)(outer, n, inner, inner, at, call.at, TILES);
      return;
    }
    mapRows(call, axes, (rows, n, from, to) => rowsOf(type)(rows, n, from, to, rowScratch(type, n)));
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
  crossEntropyOf(call.type)(rows, n, smoothing, dense(call.a!), classes, call.at);
}
/** attrs { smoothing }; a = scores, b = classes, c = cotangents of the losses */
function crossEntropyGrad(call: Call): void {
  const { type, shape } = call;
  if (shape.size === 0) return;
  const n = shape.dims[shape.ndim - 1]!;
  const classes = classesOf(call, n);
  const { smoothing } = call.attrs as { smoothing: number };
  const [from, g] = [dense(call.a!), dense(call.c!)];
  crossEntropyGradOf(type)(shape.size / n, n, smoothing, from, classes, g, call.at, rowScratch(type, n));
}

/** attrs { eps }; a = x, b = weight or null */
function rmsNorm(call: Call): void {
  const size = call.shape.size;
  if (size === 0) return;
  const n = call.shape.dims[call.shape.ndim - 1]!;
  const weight = call.b === null ? 0 : dense(call.b);
  rmsNormOf(call.type)(size / n, n, (call.attrs as { eps: number }).eps, dense(call.a!), weight, call.at);
}

/** attrs { eps }; a = x, b = weight or null, c = bias or null */
function layerNorm(call: Call): void {
  const size = call.shape.size;
  if (size === 0) return;
  const n = call.shape.dims[call.shape.ndim - 1]!;
  const weight = call.b === null ? 0 : dense(call.b);
  const bias = call.c === null ? 0 : dense(call.c);
  layerNormOf(call.type)(size / n, n, (call.attrs as { eps: number }).eps, dense(call.a!), weight, bias, call.at);
}

export const normalization: Record<string, Kernel> = {
  softmax: overAxes('softmax'),
  log_softmax: overAxes('log_softmax'),
  cross_entropy: crossEntropy,
  cross_entropy_grad: crossEntropyGrad,
  rms_norm: rmsNorm,
  layer_norm: layerNorm,
};
