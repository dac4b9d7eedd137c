// The reference backend: plain TypeScript in double precision; slow, obvious, complete. The oracle of the others.
import type { Backend } from '../backend.js';
import { attention } from './attention.js';
import { convolution } from './convolution.js';
import { eigen } from './eigen.js';
import { fft } from './fft.js';
import { linalg } from './linalg.js';
import { numeric } from './numeric.js';
import { optimizers } from './optimizers.js';
import { quantized } from './quantized.js';
import { blocks } from './blocks.js';
import { elementwise, hasElementwise } from './elementwise.js';
import { generators } from './generators.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { movement } from './movement.js';
import { normalization } from './normalization.js';
import { reductions } from './reductions.js';
import { scans } from './scans.js';
import { sorting } from './sorting.js';

/** Computes in f64 (integers in BigInt) and rounds each result once to its dtype. */
export const reference: Backend = {
  name: 'reference',
  kernels: {
    ...reductions,
    ...scans,
    ...normalization,
    ...sorting,
    ...generators,
    ...movement,
    ...indexing,
    ...matmul,
    ...attention,
    ...convolution,
    ...eigen,
    ...fft,
    ...linalg,
    ...numeric,
    ...optimizers,
    ...quantized,
    ...blocks,
  },
  hasElementwise,
  elementwise,
  info: () => ({
    name: 'reference',
    available: true,
    reason: 'plain TypeScript in double precision',
    variant: null,
    threads: 1,
  }),
};
