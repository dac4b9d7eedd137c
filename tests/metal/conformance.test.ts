// Every op on the device `metal`; pairs of dtypes are in promotion.test.ts.
import { families } from '../support/golden-suite.js';
import { conformance } from './conformance.js';

conformance(
  families.filter((family) => family !== 'promotion'),
  [
    // in float64 or complex64 inside of an op: windows, transforms
    ...['abs', 'astype', 'cos', 'divide', 'multiply', 'subtract'],
    // of modes and widths that Metal does not have
    ...['dequantize', 'quantized_matmul'],
    ...[
      'convolution',
      'eigh',
      'fft',
      'from_fp8',
      'gather_matmul',
      'hadamard',
      'linalg_cholesky',
      'linalg_det',
      'linalg_indices',
      'linalg_inv',
      'linalg_lu',
      'linalg_qr',
      'linalg_slogdet',
      'linalg_solve',
      'linalg_solve_triangular',
      'linalg_tri_inv',
      'masked_scatter',
      'quantize_codes',
      'quantize_scales',
      'searchsorted',
      'segment_matmul',
      'svd',
      'to_fp8',
      'unique',
    ],
  ],
);
