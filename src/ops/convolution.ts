// Convolutions, channels last: inputs (batch, ...spatial, channels), weights (output channels, ...kernel, channels / groups).
import type { Node } from '../graph/node.js';
import { isFloat, promote } from '../tensor/dtype.js';
import { DTypeError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { checkShape, showShape } from '../tensor/shape.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { castTo, composite, nodeOf, op } from './define.js';
import { correlated, correlation, type Correlation } from './correlation.js';
import { at } from './indexing.js';
import { slice } from './indices.js';
import { matmul } from './linear.js';
import { reshape, transpose } from './shape.js';
import { MAX_SPAN, perAxis, type Spatial } from './spatial.js';

export type { Spatial };
/** The arguments of a convolution by name. */
export interface ConvOptions {
  readonly stride?: Spatial;
  readonly padding?: Spatial;
  readonly dilation?: Spatial;
  readonly groups?: number;
}
/** The arguments of a transposed convolution by name. */
export interface ConvTransposeOptions extends ConvOptions {
  readonly outputPadding?: Spatial;
}
/** What `convGeneral` takes. */
export interface ConvGeneralOptions {
  /** steps between outputs; 1 by default */
  readonly stride?: Spatial;
  /** zeros on both sides, or `[before, after]`; negative ones take elements away. 0 by default */
  readonly padding?: Spatial | readonly [readonly number[], readonly number[]];
  /** steps between taps; 1 by default */
  readonly kernelDilation?: Spatial;
  /** steps between elements of the input, with zeros in between; 1 by default */
  readonly inputDilation?: Spatial;
  readonly groups?: number;
  /** the taps in reverse: convolution instead of correlation; false by default */
  readonly flip?: boolean;
}

/** Checked operands of a convolution over `rank` spatial axes. */
function operandsOf(name: string, input: TensorLike, weight: TensorLike, rank: number | null): [Node, Node] {
  const x = nodeOf(name, input);
  const w = nodeOf(name, weight);
  const n = x.shape.ndim;
  const fits = rank === null ? n >= 3 && n <= 5 : n === rank + 2;
  if (!fits) {
    const rule = rank === null ? '3 to 5 axes (batch, 1 to 3 spatial' : `${rank + 2} axes (batch, ${rank} spatial`;
    throw new ShapeError(`[${name}] the input must have ${rule}, channels), got ${showShape(x.shape.dims)}`);
  }
  if (w.shape.ndim !== n) {
    throw new ShapeError(
      `[${name}] the weight must have ${n} axes (output channels, ${n - 2} spatial, channels / groups), got ${showShape(w.shape.dims)}`,
    );
  }
  if (!isFloat(x.type)) throw new DTypeError(`[${name}] the input must have a floating dtype, got ${x.type.name}`);
  if (w.type.category === 'complex') {
    throw new DTypeError(`[${name}] the weight must have a real dtype, got ${w.type.name}`);
  }
  for (const k of w.shape.dims.slice(1, -1)) {
    if (k < 1)
      throw new ShapeError(`[${name}] every size of the kernel must be at least 1, got ${showShape(w.shape.dims)}`);
  }
  return [x, w];
}

function checkGroups(name: string, x: Node, w: Node, groups: number): void {
  const channels = x.shape.dims[x.shape.ndim - 1]!;
  const outputs = w.shape.dims[0]!;
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ShapeError(`[${name}] groups must be a positive integer, got ${String(groups)}`);
  }
  if (channels % groups !== 0 || outputs % groups !== 0) {
    throw new ShapeError(
      `[${name}] groups must divide the input and output channels, got ${groups} for ${channels} and ${outputs}`,
    );
  }
  if (w.shape.dims[w.shape.ndim - 1]! * groups !== channels) {
    throw new ShapeError(
      `[${name}] the last axis of the weight must be the input channels / groups, ${channels / groups}, got ${showShape(w.shape.dims)}`,
    );
  }
}

const dilated = (size: number, dilation: number): number => 1 + dilation * (size - 1);

/** Products of a matrix whose rows lie in the input as they are; null where they do not. */
function plain(x: Node, w: Node, out: readonly number[], c: Correlation): Tensor | null {
  const k = w.shape.dims.slice(1, -1);
  const d = x.shape.dims.slice(1, -1);
  if (c.groups !== 1 || c.low.some((v) => v !== 0)) return null;
  const points = k.every((v, i) => v === 1 && c.stride[i] === 1 && c.inputDilation[i] === 1 && out[i + 1] === d[i]);
  const whole = k.every(
    (v, i) => v === d[i] && (v === 1 || (!c.flip && c.kernelDilation[i] === 1 && c.inputDilation[i] === 1)),
  );
  if (!points && !(whole && out.slice(1, -1).every((v) => v === 1))) return null;
  const width = w.shape.size / Math.max(1, w.shape.dims[0]!);
  const rows = out.slice(0, -1).reduce((n, v) => n * v, 1);
  if (w.shape.size === 0 || rows === 0) return null;
  const rowsOf = reshape(new Tensor(x), [rows, width]);
  return reshape(matmul(rowsOf, transpose(reshape(new Tensor(w), [w.shape.dims[0]!, width]))), out);
}

/** Records the primitive: `low` and `high` are zeros before and after the dilated input, negative where it is cut. */
function correlate(name: string, given: Node, weight: Node, c: Correlation, high: readonly number[]): Tensor {
  checkGroups(name, given, weight, c.groups);
  const type = promote(given.type, weight.type);
  const x = castTo(given, type);
  const w = castTo(weight, type);
  const dims = [x.shape.dims[0]!];
  for (let i = 0; i < c.stride.length; i++) {
    const kernel = dilated(w.shape.dims[i + 1]!, c.kernelDilation[i]!);
    const inner = dilated(x.shape.dims[i + 1]!, c.inputDilation[i]!);
    const span = inner + c.low[i]! + high[i]!;
    if (Math.max(kernel, inner, span, Math.abs(c.low[i]!)) > MAX_SPAN) {
      throw new ShapeError(
        `[${name}] an axis has at most ${MAX_SPAN} positions with padding and dilation, got ${Math.max(kernel, inner, span)} at axis ${i + 1}`,
      );
    }
    if (span < kernel) {
      throw new ShapeError(
        `[${name}] the kernel must fit into the padded input, got ${kernel} over ${span} positions at axis ${i + 1}`,
      );
    }
    dims.push(Math.floor((span - kernel) / c.stride[i]!) + 1);
  }
  dims.push(w.shape.dims[0]!);
  const shape = checkShape(name, dims);
  return plain(x, w, dims, c) ?? correlated(x, w, c, shape.dims);
}

/** Cuts what negative padding takes away, in elements of the input; what is left to pad stays in the lists. */
function cut(name: string, x: Node, low: number[], high: number[]): Node {
  if (low.every((v) => v >= 0) && high.every((v) => v >= 0)) return x;
  const ranges = low.map((v, i) => {
    const size = x.shape.dims[i + 1]!;
    const from = Math.max(0, -v);
    const to = size - Math.max(0, -high[i]!);
    if (from > to) {
      throw new ShapeError(
        `[${name}] negative padding must not take more than there is, got ${v} and ${high[i]!} for ${size} at axis ${i + 1}`,
      );
    }
    low[i] = Math.max(0, v);
    high[i] = Math.max(0, high[i]!);
    return slice(from, to);
  });
  return at(new Tensor(x), slice(null, null), ...ranges).node;
}

/** The options behind a `stride` argument; null where it is the stride itself. */
function optionsOf<O extends object>(name: string, value: unknown, known: readonly (keyof O & string)[]): O | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const strange = Object.keys(value).find((key) => !(known as readonly string[]).includes(key));
  if (strange !== undefined) {
    throw new LanewiseError(`[${name}] the options are ${known.join(', ')}, got ${strange}`);
  }
  return value as O;
}

function forward(name: string, rank: number, args: Parameters<Convolution>): Tensor {
  const [input, weight, first = 1, ...rest] = args;
  const named = optionsOf<ConvOptions>(name, first, ['stride', 'padding', 'dilation', 'groups']);
  const {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  } = named ?? { stride: first as Spatial, padding: rest[0], dilation: rest[1], groups: rest[2] };
  const [x, w] = operandsOf(name, input, weight, rank);
  const low = perAxis(name, 'padding', padding, rank, -Infinity).slice();
  const high = low.slice();
  const c: Correlation = {
    stride: perAxis(name, 'stride', stride, rank, 1),
    low,
    kernelDilation: perAxis(name, 'dilation', dilation, rank, 1),
    inputDilation: low.map(() => 1),
    groups,
    flip: false,
  };
  return correlate(name, cut(name, x, low, high), w, c, high);
}

function backward(name: string, rank: number, args: Parameters<ConvolutionTranspose>): Tensor {
  const [input, weight, first = 1, ...rest] = args;
  const keys = ['stride', 'padding', 'dilation', 'outputPadding', 'groups'] as const;
  const named = optionsOf<ConvTransposeOptions>(name, first, keys);
  const {
    stride = 1,
    padding = 0,
    dilation = 1,
    outputPadding = 0,
    groups = 1,
  } = named ?? {
    stride: first as Spatial,
    padding: rest[0],
    dilation: rest[1],
    outputPadding: rest[2],
    groups: rest[3],
  };
  const [x, w] = operandsOf(name, input, weight, rank);
  const pad = perAxis(name, 'padding', padding, rank, -Infinity);
  const extra = perAxis(name, 'output padding', outputPadding, rank, -Infinity);
  const kernelDilation = perAxis(name, 'dilation', dilation, rank, 1);
  const low = pad.map((v, i) => dilated(w.shape.dims[i + 1]!, kernelDilation[i]!) - 1 - v);
  const high = low.map((v, i) => v + extra[i]!);
  const c: Correlation = {
    stride: low.map(() => 1),
    low,
    kernelDilation,
    inputDilation: perAxis(name, 'stride', stride, rank, 1),
    groups,
    flip: true,
  };
  return correlate(name, x, w, c, high);
}

/** Call signatures of the families. A hover shows the signature itself, not the alias. */
export type Convolution = (
  input: TensorLike,
  weight: TensorLike,
  stride?: Spatial | ConvOptions,
  padding?: Spatial,
  dilation?: Spatial,
  groups?: number,
) => Tensor;
export type ConvolutionTranspose = (
  input: TensorLike,
  weight: TensorLike,
  stride?: Spatial | ConvTransposeOptions,
  padding?: Spatial,
  dilation?: Spatial,
  outputPadding?: Spatial,
  groups?: number,
) => Tensor;

/**
 * Correlation of an input (N, L, C) with a weight (O, K, C / groups): (N, (L + 2 padding - dilation (K - 1) - 1) / stride + 1, O).
 * Negative padding takes elements away. The arguments after the weight may be given by name, as one object in place of `stride`.
 * Floating dtypes, the weight any real one; half types accumulate in float32 and round once.
 * @throws ShapeError if ranks, channels or groups do not fit, or the kernel is longer than the padded input
 */
export const conv1d: Convolution = /* @__PURE__ */ op(
  'conv1d',
  'convolution',
  (...args) => forward('conv1d', 1, args),
  correlation,
);
/** Correlation of an input (N, H, W, C) with a weight (O, KH, KW, C / groups); per axis as `conv1d`. */
export const conv2d: Convolution = /* @__PURE__ */ op(
  'conv2d',
  'convolution',
  (...args) => forward('conv2d', 2, args),
  correlation,
);
/** Correlation of an input (N, D, H, W, C) with a weight (O, KD, KH, KW, C / groups); per axis as `conv1d`. */
export const conv3d: Convolution = /* @__PURE__ */ op(
  'conv3d',
  'convolution',
  (...args) => forward('conv3d', 3, args),
  correlation,
);
/**
 * The transpose of a strided `conv1d`, of an input (N, L, C) and a weight (O, K, C / groups): each element adds the kernel to the
 * output, `stride` apart. Length (L - 1) stride - 2 padding + dilation (K - 1) + 1 + outputPadding. The arguments after the weight
 * may be given by name, as one object in place of `stride`.
 * @throws ShapeError if ranks, channels or groups do not fit, or nothing is left of the output
 */
export const convTranspose1d: ConvolutionTranspose = /* @__PURE__ */ op(
  'convTranspose1d',
  'convolution',
  (...args) => backward('convTranspose1d', 1, args),
  correlation,
);
/** The transpose of a strided `conv2d`, of an input (N, H, W, C) and a weight (O, KH, KW, C / groups); per axis as `convTranspose1d`. */
export const convTranspose2d: ConvolutionTranspose = /* @__PURE__ */ op(
  'convTranspose2d',
  'convolution',
  (...args) => backward('convTranspose2d', 2, args),
  correlation,
);
/** The transpose of a strided `conv3d`, of an input (N, D, H, W, C) and a weight (O, KD, KH, KW, C / groups); per axis as `convTranspose1d`. */
export const convTranspose3d: ConvolutionTranspose = /* @__PURE__ */ op(
  'convTranspose3d',
  'convolution',
  (...args) => backward('convTranspose3d', 3, args),
  correlation,
);

/**
 * Correlation, or convolution with `flip`, over one to three spatial axes with dilations on both sides and padding on each. Lists
 * have one entry per spatial axis, or one for all. Negative padding takes elements of the input away, before it is dilated.
 * @throws ShapeError as `conv1d`
 */
export const convGeneral: (input: TensorLike, weight: TensorLike, options?: ConvGeneralOptions) => Tensor =
  /* @__PURE__ */ op(
    'convGeneral',
    'convolution',
    (input, weight, options = {}) => {
      const name = 'convGeneral';
      const keys = ['stride', 'padding', 'kernelDilation', 'inputDilation', 'groups', 'flip'] as const;
      const named = optionsOf<ConvGeneralOptions>(name, options, keys);
      if (named === null) throw new LanewiseError(`[${name}] the options must be an object, got ${String(options)}`);
      const { stride = 1, padding = 0, kernelDilation = 1, inputDilation = 1, groups = 1, flip = false } = named;
      const [x, w] = operandsOf(name, input, weight, null);
      const rank = x.shape.ndim - 2;
      const both = Array.isArray(padding) && padding.length === 2 && padding.every((v) => Array.isArray(v));
      const [before, after] = (both ? padding : [padding, padding]) as readonly [Spatial, Spatial];
      const low = perAxis(name, 'padding', before, rank, -Infinity, true).slice();
      const high = perAxis(name, 'padding', after, rank, -Infinity, true).slice();
      const c: Correlation = {
        stride: perAxis(name, 'stride', stride, rank, 1, true),
        low,
        kernelDilation: perAxis(name, 'kernel dilation', kernelDilation, rank, 1, true),
        inputDilation: perAxis(name, 'input dilation', inputDilation, rank, 1, true),
        groups,
        flip,
      };
      return correlate(name, cut(name, x, low, high), w, c, high);
    },
    correlation,
  );

/**
 * Discrete convolution of two vectors: `out[i]` is the sum of `a[j] v[i - j]`. The longer one is the signal, of n elements, the
 * other the filter, of k: `full` gives n + k - 1 values, `same` n, `valid` the n - k + 1 where both overlap fully.
 * @throws ShapeError if an operand is not a vector or empty
 */
export const convolve: (a: TensorLike, v: TensorLike, mode?: 'full' | 'same' | 'valid') => Tensor =
  /* @__PURE__ */ composite('convolve', (a, v, mode = 'full') => {
    const name = 'convolve';
    const [p, q] = [nodeOf(name, a), nodeOf(name, v)];
    for (const n of [p, q]) {
      if (n.shape.ndim !== 1 || n.shape.size === 0) {
        throw new ShapeError(
          `[${name}] the operands must be vectors of at least one element, got ${showShape(n.shape.dims)}`,
        );
      }
    }
    const [signal, filter] = p.shape.size < q.shape.size ? [q, p] : [p, q];
    const k = filter.shape.size;
    const pads: Readonly<Record<string, readonly [number, number]>> = {
      full: [k - 1, k - 1],
      same: [Math.floor(k / 2), Math.floor((k - 1) / 2)],
      valid: [0, 0],
    };
    const pad = Object.hasOwn(pads, mode) ? pads[mode] : undefined;
    if (pad === undefined) {
      throw new LanewiseError(`[${name}] the mode must be full, same or valid, got ${String(mode)}`);
    }
    const line = (n: Node): Tensor => reshape(new Tensor(n), [1, n.shape.size, 1]);
    const [x, w] = operandsOf(name, line(signal), line(filter), 1);
    const c: Correlation = {
      stride: [1],
      low: [pad[0]],
      kernelDilation: [1],
      inputDilation: [1],
      groups: 1,
      flip: true,
    };
    return reshape(correlate(name, x, w, c, [pad[1]]), [-1]);
  });
