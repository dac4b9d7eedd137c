import type { Workload } from '../workload.js';
import { attentions } from './attention.js';
import { chains } from './chains.js';
import { convolutions } from './convolution.js';
import { decodeStep } from './decode-step.js';
import { elementwise } from './elementwise.js';
import { llama } from './llama.js';
import { matmul } from './matmul.js';
import { movement } from './movement.js';
import { normalization } from './normalization.js';
import { overhead } from './overhead.js';
import { quantized } from './quantized.js';
import { reductions } from './reductions.js';
import { spectral } from './spectral.js';
import { tinyLlamas } from './tiny-llama.js';

/** Everything that is measured, in the order of the report. */
export const workloads: readonly Workload[] = [
  ...matmul,
  ...elementwise,
  ...chains,
  ...reductions,
  ...normalization,
  ...movement,
  ...convolutions,
  ...spectral,
  ...attentions,
  ...quantized,
  ...llama,
  ...tinyLlamas,
  ...overhead,
  decodeStep,
];
