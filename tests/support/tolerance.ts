// How far a result may lie from MLX's value or from the float64 truth: one entry per op or family, with the reason.
import type { DType } from '../../src/index.js';

/**
 * A bound on the distance to MLX's value or to the truth, whichever is nearer:
 * `ulp` units in the last place of the result, plus `eps` rounding units of the magnitude of the summands.
 */
export interface Tolerance {
  readonly ulp: number;
  readonly eps: number;
  readonly why: string;
}
type Kind = 'single' | 'double' | 'half' | 'complex';
type Rules = Readonly<Partial<Record<Kind, Tolerance>>>;

const exact: Tolerance = { ulp: 0, eps: 0, why: 'a move, an integer, or one correctly rounded operation' };
const t = (ulp: number, eps: number, why: string): Tolerance => ({ ulp, eps, why });
const halfOnce = t(1, 0, 'computed in float32 and rounded once; MLX may round between steps');

const polynomial: Rules = {
  single: t(4, 0, 'polynomials with a stated bound of 2e-7 relative (3.4 ulp at worst)'),
  double: t(4, 0, 'double precision throughout'),
  half: halfOnce,
  complex: t(16, 0, 'several real functions per component, measured against the modulus'),
};
const sums: Rules = {
  single: t(1, 2, 'order of summation; the error is measured against the sum of magnitudes'),
  double: t(1, 4, 'order of summation'),
  half: t(1, 4, 'accumulated in float32, rounded once'),
  complex: t(1, 4, 'order of summation'),
};
const moments: Rules = {
  single: t(8, 2, 'sums times a rounded 1/n, as MLX does'),
  double: t(8, 4, 'sums times a rounded 1/n'),
  half: t(2, 4, 'MLX rounds the sum before it multiplies by 1/n'),
  complex: t(8, 4, 'sums times a rounded 1/n'),
};
const fused: Rules = {
  single: t(4, 8, 'dot products and a softmax or norm in float32'),
  double: t(4, 8, 'as in float32'),
  half: t(1, 8, 'float32 inside, rounded once'),
};
const sampled: Rules = {
  single: t(8, 0, 'erfinv or log of exact uniforms; equal bits need the very same polynomials'),
  double: t(8, 0, 'as in float32'),
  half: halfOnce,
};

/** Their scale is the condition number times the largest result. */
const conditioned: Rules = {
  single: t(2, 2, 'backward stable: the error is the rounding unit times the condition'),
  double: t(2, 2, 'backward stable'),
  half: t(1, 4, 'computed in float32 and rounded once; MLX rounds each step of the formula'),
};
const norms: Rules = {
  single: t(4, 1, 'a sum between powers and a root'),
  double: t(4, 1, 'a sum between powers and a root'),
  half: t(1, 4, 'computed in float32 and rounded once; MLX rounds each step'),
  complex: t(8, 1, 'real here; MLX takes complex powers'),
};

/** Convolutions */
const convolution: Readonly<Record<string, Rules>> = Object.fromEntries(
  [
    'conv1d',
    'conv2d',
    'conv3d',
    'convTranspose1d',
    'convTranspose2d',
    'convTranspose3d',
    'convGeneral',
    'convolve',
  ].map((op) => [op, sums]),
);

/** lw.fft */
const transformed: Rules = {
  single: t(2, 4, 'one rounding or two per pass; the error is measured against the largest magnitude of the result'),
  complex: t(2, 4, 'as in float32'),
};
const fourier: Readonly<Record<string, Rules>> = Object.fromEntries([
  ...[
    'fft',
    'ifft',
    'rfft',
    'irfft',
    'fft2',
    'ifft2',
    'rfft2',
    'irfft2',
    'fftn',
    'ifftn',
    'rfftn',
    'irfftn',
    'stft',
  ].map((op) => [`fft.${op}`, transformed] as const),
  [
    'fft.istft',
    {
      single: t(
        4,
        16,
        'a transform, sums of frames and a division by as little as the smallest sum of squared windows',
      ),
      double: t(4, 2 ** 29, 'the frames are float32, whatever the window'),
    },
  ],
  ['fft.fftfreq', { single: t(1, 0, 'the factor is rounded first') }],
  ['fft.rfftfreq', { single: t(1, 0, 'the factor is rounded first') }],
]);

/** lw.linalg: factorisations and solvers */
const solvers: Readonly<Record<string, Rules>> = {
  ...Object.fromEntries(
    [
      'qr',
      'lu',
      'luFactor',
      'cholesky',
      'inv',
      'triInv',
      'choleskyInv',
      'solve',
      'solveTriangular',
      'det',
      'slogdet',
    ].map((name) => [`linalg.${name}`, conditioned]),
  ),
  'linalg.norm': norms,
  matrixNorm: norms,
  'linalg.cross': {
    single: t(0, 2, 'a difference of products, with or without a fused operation'),
    double: t(0, 2, 'as in float32'),
    complex: t(4, 4, 'two product formulas'),
  },
};

/** lw.linalg: eigenvalues and singular values */
const values: Rules = {
  single: t(1, 0.01, 'computed in float64 and rounded once; small values carry the float64 error of the largest'),
  double: t(2, 40, 'backward stable: the error is measured against the largest value'),
  complex: t(1, 0.01, 'computed in float64 and rounded once'),
};
const spectra: Readonly<Record<string, Rules>> = {
  'linalg.eigvalsh': values,
  'linalg.eigvals': values,
  'linalg.svd': values,
  'linalg.pinv': {
    single: t(2, 8, 'three factors rounded to float32 and their products, measured against the largest element'),
    double: t(2, 16, 'as in float32, measured against the largest element times the condition number'),
  },
  'random.multivariateNormal': {
    single: t(16, 8, 'normal numbers within 8 ulp times a root of rounded factors, sums of N products'),
    double: t(16, 2 ** 33, 'computed in float32 beside a float64 mean'),
  },
};

/** Quantised ops and gathered products */
const packedSums: Rules = {
  single: t(1, 4, 'order of summation, scales and biases applied to the sums of each group'),
  half: t(1, 4, 'accumulated in float32, rounded once; MLX rounds every step'),
};
const quantized: Readonly<Record<string, Rules>> = {
  quantizedMatmul: packedSums,
  gatherQmm: packedSums,
  qqmm: packedSums,
  gatherMm: sums,
  segmentedMm: sums,
  blockMaskedMm: sums,
  hadamardTransform: sums,
};

/** A few elementwise steps, each with a bound relative to its result. */
const activation: Rules = {
  single: t(16, 0, 'two or three elementwise functions of up to 4 ulp each'),
  double: t(12, 0, 'two or three elementwise functions'),
  half: t(4, 0, 'every step is rounded to the half type, as in MLX'),
};
/** Activations in which 1 + f(x) cancels where f(x) is near -1. */
const cancelling: Rules = {
  single: t(12, 1, '1 + erf or tanh cancels for negative x; measured against |x|'),
  double: t(12, 1, 'as in float32'),
  half: t(4, 8192, 'as in float32, with every step rounded to the half type: 1 ulp at 1 is 2^13 float32 units'),
};
const window: Rules = {
  single: t(1, 4, 'computed in float64 and rounded once; MLX takes the cosine of float32 angles'),
};
const angles: Rules = polynomial;
/** The rest */
const numeric: Readonly<Record<string, Rules>> = {
  acos: angles,
  acosh: angles,
  asin: angles,
  asinh: angles,
  atan: angles,
  atan2: angles,
  atanh: angles,
  pow: { single: t(4, 0, 'exp(y log x) with an extended logarithm') },
  var: moments,
  nansum: sums,
  nanmean: moments,
  nanvar: moments,
  nanstd: moments,
  nanprod: {
    single: t(64, 0, 'one rounding per factor'),
    double: t(64, 0, 'one rounding per factor'),
    half: t(1, 0, 'in float32, rounded once'),
  },
  nanmedian: { single: t(1, 0, 'the mean of two values'), double: t(1, 0, 'the mean of two values'), half: halfOnce },
  bartlett: window,
  blackman: window,
  hamming: window,
  hanning: window,
  ...Object.fromEntries(
    [
      ...['sigmoid', 'tanh', 'relu2', 'leakyRelu', 'elu', 'celu', 'selu', 'softplus', 'softsign', 'softshrink'],
      ...[
        'hardswish',
        'silu',
        'logSigmoid',
        'mish',
        'geluFastApprox',
        'geluFastApproximate',
        'glu',
        'softmax',
        'softmin',
        'prelu',
      ],
    ].map((op) => [`nn.${op}`, activation]),
  ),
  'nn.gelu': cancelling,
  'nn.geluApprox': cancelling,
  'nn.geluApproximate': cancelling,
  'nn.logSoftmax': {
    single: t(16, 1, 'y - logsumexp(y), measured against x'),
    double: t(16, 1, 'as in float32'),
    half: t(4, 8192, 'as in float32, with every step rounded to the half type'),
  },
};

/** By op; without an entry of its own an op is exact in every dtype. */
const rules: Readonly<Record<string, Rules>> = {
  ...Object.fromEntries(
    [
      ...[
        'exp',
        'expm1',
        'log',
        'log2',
        'log10',
        'log1p',
        'sin',
        'cos',
        'tan',
        'arcsin',
        'arccos',
        'arctan',
        'sinh',
        'cosh',
      ],
      ...['tanh', 'arcsinh', 'arccosh', 'arctanh', 'erf', 'erfinv', 'sigmoid', 'arctan2'],
    ].map((op) => [op, polynomial]),
  ),
  erfinv: { ...polynomial, double: t(45, 0, 'the documented bound of 1e-14 relative') },
  floorDivide: { half: t(1, 0, 'the quotient may be rounded to the type before the floor, as MLX does, or not') },
  divmod: { half: t(1, 0, 'the quotient may be rounded to the type before the floor, as MLX does, or not') },
  erf: { ...polynomial, double: t(9, 0, 'the documented bound of 1e-15 relative') },
  rsqrt: {
    single: t(1, 0, 'a square root and a division, two roundings'),
    double: t(1, 0, 'a square root and a division'),
    half: halfOnce,
    complex: t(8, 0, 'a complex root and a complex division'),
  },
  sqrt: { complex: t(8, 0, 'hypot and two roots') },
  reciprocal: { complex: t(8, 0, 'the quotient formula, measured against the modulus') },
  square: { complex: t(4, 0, 'the product formula, measured against the modulus') },
  abs: { single: t(1, 0, 'hypot of complex64') },
  sign: { complex: t(4, 0, 'z / |z|') },
  degrees: { single: t(1, 0, 'the constant may be rounded first'), half: t(1, 0, 'the constant may be rounded first') },
  radians: { single: t(1, 0, 'the constant may be rounded first'), half: t(1, 0, 'the constant may be rounded first') },
  round: {
    single: t(1, 0, 'with decimals: a scaling and its inverse'),
    half: t(1, 0, 'with decimals: a scaling and its inverse'),
  },
  multiply: { complex: t(4, 0, 'the product formula, measured against the modulus') },
  mul: { complex: t(4, 0, 'as multiply') },
  kron: { complex: t(4, 0, 'as multiply') },
  divide: { complex: t(8, 0, 'the quotient formula, measured against the modulus') },
  power: {
    single: t(4, 0, 'exp(y log x) with an extended logarithm'),
    double: t(4, 0, 'libm'),
    half: halfOnce,
    complex: t(64, 0, 'exp(y log x) in float32'),
  },
  logaddexp: {
    single: t(4, 2, 'max + log1p(exp(-d)): rounding relative to the larger operand'),
    double: t(4, 2, 'as in float32'),
    half: t(1, 4, 'as in float32'),
    complex: t(32, 4, 'complex exp and log'),
  },
  sum: sums,
  prod: {
    single: t(64, 0, 'one rounding per factor'),
    double: t(64, 0, 'one rounding per factor'),
    half: t(1, 0, 'in float32, rounded once'),
    complex: t(64, 0, 'one product formula per factor'),
  },
  mean: moments,
  variance: moments,
  std: moments,
  median: {
    single: t(1, 0, 'the mean of the two middle values'),
    half: halfOnce,
    double: t(1, 0, 'the mean of two values'),
  },
  logsumexp: {
    single: t(4, 4, 'exp, a sum and a logarithm'),
    double: t(4, 4, 'exp, a sum and a logarithm'),
    half: t(1, 4, 'float32 inside, rounded once'),
  },
  cumsum: sums,
  cumprod: {
    single: t(16, 0, 'one rounding per factor'),
    double: t(16, 0, 'one rounding per factor'),
    half: t(2, 0, 'MLX rounds every prefix'),
    complex: t(32, 0, 'one product formula per factor'),
  },
  logcumsumexp: {
    single: t(8, 4, 'one logaddexp per prefix'),
    double: t(8, 4, 'one logaddexp per prefix'),
    half: t(2, 4, 'MLX rounds every prefix'),
  },
  softmax: {
    single: t(
      16,
      0,
      'x - max is rounded to half an ulp of up to 16, which exp makes relative; MLX itself reaches 23 ulp',
    ),
    double: t(8, 0, 'exp, a sum and a division'),
    half: halfOnce,
  },
  matmul: sums,
  tensordot: sums,
  vecdot: sums,
  addmm: sums,
  inner: sums,
  outer: { complex: t(4, 0, 'the product formula') },
  linspace: { single: t(1, 1, '(1 - t) start + t stop in float32, with or without fused operations') },
  arange: {
    single: t(1, 1, 'start + i step, with or without a fused operation'),
    double: t(1, 1, 'start + i step'),
    half: halfOnce,
  },
  'fast.rmsNorm': fused,
  'fast.layerNorm': fused,
  'fast.rope': fused,
  'fast.scaledDotProductAttention': fused,
  'random.normal': sampled,
  'random.gumbel': { ...sampled, single: t(8, 8, 'a logarithm of a logarithm near 1 loses digits') },
  'random.laplace': { ...sampled, single: t(8, 8, 'a logarithm near 1 loses digits') },
  'random.truncatedNormal': {
    ...sampled,
    single: t(16, 16, 'erf and erfinv; the bounds pass through both'),
    half: t(4, 0, 'as in float32, each step rounded to the type'),
  },
  'random.stream': sampled,
  ...convolution,
  ...fourier,
  ...solvers,
  ...spectra,
  ...quantized,
  ...numeric,
};

const kinds: Readonly<Partial<Record<DType, Kind>>> = {
  float16: 'half',
  bfloat16: 'half',
  float32: 'single',
  float64: 'double',
  complex64: 'complex',
};
/** The bound for results of `op` in a dtype. */
export function toleranceOf(op: string, dtype: DType): Tolerance {
  const kind = kinds[dtype];
  return (kind === undefined ? undefined : rules[op]?.[kind]) ?? exact;
}

/** Ops whose zero may have either sign: IEEE 754 leaves the larger of 0 and -0 open, and MLX takes whichever stands second. */
export const anyZero: ReadonlySet<string> = new Set([
  ...['maximum', 'minimum', 'max', 'min', 'cummax', 'cummin', 'clip', 'nn.relu', 'nn.relu6'],
  // a factor that does not take part in a sum may be multiplied after it
  'einsum',
]);
