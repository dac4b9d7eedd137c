// What the quantised ops share: modes, their options, and the checks of packed matrices.
import type { BlockMode } from '../backends/block-formats.js';
import type { Node } from '../graph/node.js';
import { isFloat, promote, types, type ElementType } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { showShape, showShapes } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { checkValue, nodeOf } from './define.js';

/** MLX's modes: `code * scale + bias`, or small floats that share one 8-bit scale. */
export type GroupMode = 'affine' | 'mxfp4' | 'mxfp8' | 'nvfp4';
/** How a group of elements becomes codes: MLX's modes, with scales beside the codes, or GGUF's blocks, which hold their own. */
export type QuantizationMode = GroupMode | BlockMode;

/** The parameters of a packed matrix. */
export interface QuantizationOptions {
  /** elements that share a scale: 32, 64 or 128; 32 for the mx modes, 16 for nvfp4; the elements of a block */
  readonly groupSize?: number | null | undefined;
  /** bits of an element */
  readonly bits?: number | null | undefined;
  readonly mode?: QuantizationMode | null | undefined;
}

/** A checked scheme, as kernels get it. */
export interface Scheme {
  readonly mode: GroupMode;
  readonly group: number;
  readonly bits: number;
}

const modes: Readonly<Record<GroupMode, { readonly groups: readonly number[]; readonly bits: readonly number[] }>> = {
  affine: { groups: [64, 32, 128], bits: [4, 1, 2, 3, 5, 6, 8] },
  mxfp4: { groups: [32], bits: [4] },
  mxfp8: { groups: [32], bits: [8] },
  nvfp4: { groups: [16], bits: [4] },
};
const sorted = (list: readonly number[]): string => [...list].sort((x, y) => x - y).join(', ');

/** The scheme behind what the caller gave; the first group size and width of a mode are its defaults. */
export function schemeOf(
  op: string,
  groupSize: number | null | undefined,
  bits: number | null | undefined,
  mode: string | null | undefined,
  byDefault: GroupMode = 'affine',
): Scheme {
  const name = mode ?? byDefault;
  if (!Object.hasOwn(modes, name)) {
    throw new LanewiseError(`[${op}] the mode must be one of ${Object.keys(modes).join(', ')}, got ${String(name)}`);
  }
  const known = modes[name as GroupMode];
  const group = groupSize ?? known.groups[0]!;
  const width = bits ?? known.bits[0]!;
  if (!known.groups.includes(group)) {
    throw new LanewiseError(`[${op}] the group size of ${name} must be one of ${sorted(known.groups)}, got ${group}`);
  }
  if (!known.bits.includes(width)) {
    throw new LanewiseError(`[${op}] the bits of ${name} must be one of ${sorted(known.bits)}, got ${width}`);
  }
  return { mode: name as GroupMode, group, bits: width };
}

/** Whether an argument is an options object rather than a tensor or a plain value. */
export const isOptions = (x: unknown): x is object => typeof x === 'object' && x !== null && !(x instanceof Tensor);

/** The node of an optional operand. */
export const optional = (op: string, x: TensorLike | null | undefined): Node | null =>
  x === null || x === undefined ? null : nodeOf(op, x);

/** Refuses a missing operand as any other value that stands for no tensor. */
export function required(op: string, x: TensorLike | null | undefined): Node {
  if (x === null || x === undefined) checkValue(op, x);
  return nodeOf(op, x as TensorLike);
}

/** The dtypes that packed matrices are made of and multiplied in. */
export const isPackable = (t: ElementType): boolean => isFloat(t) && t !== types.float64;

/** The packed matrix, its scales and biases, checked against each other; `type` is that of affine scales and biases together. */
export interface Packed {
  readonly w: Node;
  readonly scales: Node;
  readonly biases: Node | null;
  readonly type: ElementType | null;
  /** elements of a decoded row */
  readonly width: number;
}
/** Checks operands of `op` against a scheme. */
export function packedOf(op: string, scheme: Scheme, w: Node, scales: Node, biases: Node | null): Packed {
  if (w.type !== types.uint32)
    throw new DTypeError(`[${op}] the packed matrix must have dtype uint32, got ${w.type.name}`);
  const nd = w.shape.ndim;
  if (nd < 2) {
    throw new ShapeError(`[${op}] the packed matrix must have at least two axes, got ${showShape(w.shape.dims)}`);
  }
  let type: ElementType | null = null;
  if (scheme.mode === 'affine') {
    if (biases === null) throw new LanewiseError(`[${op}] the affine mode needs biases, got none`);
    if (!isFloat(scales.type) || !isFloat(biases.type)) {
      throw new DTypeError(
        `[${op}] scales and biases must have floating dtypes, got ${scales.type.name} and ${biases.type.name}`,
      );
    }
    type = promote(scales.type, biases.type);
    if (biases.shape.ndim !== scales.shape.ndim || biases.shape.dims.some((d, i) => d !== scales.shape.dims[i])) {
      throw new ShapeError(
        `[${op}] scales and biases must have one shape, got ${showShapes([scales.shape.dims, biases.shape.dims])}`,
      );
    }
  } else {
    if (biases !== null) throw new LanewiseError(`[${op}] the mode ${scheme.mode} has no biases, got some`);
    if (scales.type !== types.uint8) {
      throw new DTypeError(`[${op}] scales of ${scheme.mode} must have dtype uint8, got ${scales.type.name}`);
    }
  }
  const width = (w.shape.dims[nd - 1]! * 32) / scheme.bits;
  const fits =
    scales.shape.ndim === nd &&
    w.shape.dims.slice(0, -1).every((d, i) => d === scales.shape.dims[i]) &&
    width === scales.shape.dims[nd - 1]! * scheme.group;
  if (!fits) {
    throw new ShapeError(
      `[${op}] scales must hold one element for every ${scheme.group} codes of ${scheme.bits} bits in a row, ` +
        `got ${showShapes([w.shape.dims, scales.shape.dims])}`,
    );
  }
  return { w, scales, biases, type, width };
}
