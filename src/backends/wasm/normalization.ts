import type { Call, Kernel } from '../backend.js';
import { TILE_BYTES, TILE_SLOTS, TILES } from '../heap.js';
import { exportsOf, mapRows } from './layout.js';
import { dense, temp } from './runtime.js';

const softmaxOf = exportsOf('softmax');
const rmsNormOf = exportsOf('rms_norm');
const layerNormOf = exportsOf('layer_norm');

/** attrs { axes } */
function softmax(call: Call): void {
  const f = softmaxOf(call.type);
  const { axes } = call.attrs as { axes: readonly number[] };
  mapRows(call, axes, (rows, n, from, to) => {
    // half types keep a row of powers in float32
    const fits = !call.type.half || n * 4 + 16 <= TILE_BYTES * TILE_SLOTS;
    f(rows, n, from, to, fits ? TILES : temp(n * 4 + 16));
  });
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

export const normalization: Record<string, Kernel> = { softmax, rms_norm: rmsNorm, layer_norm: layerNorm };
