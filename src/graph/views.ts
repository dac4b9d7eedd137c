// View nodes: same storage, other shape, strides and offset.
import { current } from '../backends/registry.js';
import { normalStrides, type Shape } from '../tensor/shape.js';
import { Node } from './node.js';
import type { Primitive } from './primitive.js';

/** The primitive of row-major copies. */
export const copyPrimitive: Primitive = {
  name: 'copy',
  elementwise: 0,
  view: false,
  expensive: false,
  inPlace: false,
  run: null,
  resolved: [],
};
/** The node itself if it is row-major, else a copy of it that is. */
export const dense = (n: Node): Node =>
  n.strides === null ? n : new Node(copyPrimitive, n, null, null, null, null, n.shape, null, 0, n.type, current());

/** Strides in elements, row-major spelled out. */
export const stridesOf = (n: Node): readonly number[] => n.strides ?? n.shape.strides;

/** A view of `x`: strides in elements (`null` keeps row-major), starting `skip` elements after its first one. */
export const viewOf = (
  prim: Primitive,
  x: Node,
  attrs: unknown,
  shape: Shape,
  strides: readonly number[] | null,
  skip = 0,
): Node => {
  const normal = strides === null ? null : normalStrides(shape, strides);
  return new Node(prim, x, null, null, null, attrs, shape, normal, x.offset + skip * x.type.size, x.type, null);
};

/**
 * Strides that walk the same elements in the same order under the shape `to`, or undefined if only a copy can have it.
 * Runs of axes with equal products are matched; within a run the source must walk as one axis.
 */
export function reshapeStrides(n: Node, to: readonly number[]): readonly number[] | null | undefined {
  if (n.strides === null || n.shape.size === 0) return null;
  const dims: number[] = [];
  const steps: number[] = [];
  for (let i = 0; i < n.shape.ndim; i++) {
    if (n.shape.dims[i] === 1) continue;
    dims.push(n.shape.dims[i]!);
    steps.push(n.strides[i]!);
  }
  const out = new Array<number>(to.length).fill(0);
  let i = 0;
  let j = 0;
  while (i < dims.length) {
    const first = i;
    const start = j;
    let p = dims[i++]!;
    let q = to[j++]!;
    while (p !== q) {
      if (p < q) p *= dims[i++]!;
      else q *= to[j++]!;
    }
    for (let k = first; k < i - 1; k++) if (steps[k] !== steps[k + 1]! * dims[k + 1]!) return undefined;
    let step = steps[i - 1]!;
    for (let k = j - 1; k >= start; k--) {
      out[k] = step;
      step *= to[k]!;
    }
  }
  return out;
}
