import { rowMajor } from '../../tensor/shape.js';
import type { Kernel, View } from '../backend.js';
import { load, offsets, positions, store } from './access.js';

/** Writes the elements of `v` in row-major order from `at` on; nothing to do where they lie there already. */
export function copyTo(at: number, v: View): void {
  if (v.at === at && v.strides === null) return;
  positions(v).forEach((p, i) => store(v.type, at, i, load(v.type, v.at, p)));
}

/** Kernels that only move elements. */
export const movement: Readonly<Record<string, Kernel>> = {
  copy: (call) => copyTo(call.at, call.a!),
  /** rest = the parts, attrs { axis } */
  concatenate: (call) => {
    const { axis } = call.attrs as { axis: number };
    const strides = rowMajor(call.shape.dims);
    let start = 0;
    for (const part of call.rest!) {
      const to = offsets(part.shape.dims, strides);
      positions(part).forEach((p, i) => {
        store(call.type, call.at, start * strides[axis]! + to[i]!, load(part.type, part.at, p));
      });
      start += part.shape.dims[axis]!;
    }
  },
};
