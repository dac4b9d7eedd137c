import type { Backend, BackendInfo, Kernel, KernelId } from '../backend.js';
import type { ElementType } from '../../tensor/dtype.js';
import { elementwise } from './elementwise.js';
import { fusion } from './fusion/cache.js';
import { closes } from './fusion/closing.js';
import { resolve } from './fusion/resolve.js';
import { choice, demanded, start } from './instance.js';
import { attention } from './attention.js';
import { convolution } from './convolution.js';
import { eigen } from './eigen.js';
import { fft } from './fft.js';
import { linalg } from './linalg.js';
import { numeric } from './numeric.js';
import { optimizers } from './optimizers.js';
import { quantized } from './quantized.js';
import { blocks } from './blocks.js';
import { generators } from './generators.js';
import { indexing } from './indexing.js';
import { matmuls } from './matmul.js';
import { movement } from './movement.js';
import { normalization } from './normalization.js';
import { reductions } from './reductions.js';
import { releaseTemps } from './runtime.js';
import type { Relaxed } from './probe.js';
import { scans } from './scans.js';
import { sorting } from './sorting.js';
import { obstacle, threads } from './threads/pool.js';

/** A kernel that returns its temporary blocks, also when it throws. */
const scoped =
  (kernel: Kernel): Kernel =>
  (call) => {
    try {
      kernel(call);
    } finally {
      releaseTemps();
    }
  };

const kernels: Record<string, Kernel> = Object.fromEntries(
  Object.entries({
    ...movement,
    ...indexing,
    ...reductions,
    ...scans,
    ...normalization,
    ...sorting,
    ...generators,
    ...matmuls,
    ...attention,
    ...convolution,
    ...eigen,
    ...fft,
    ...linalg,
    ...numeric,
    ...optimizers,
    ...quantized,
    ...blocks,
  }).map(([key, kernel]) => [key, scoped(kernel)]),
);

const described = ({ fused }: Relaxed): string => `${fused ? 'fused' : 'unfused'} multiply-add, int8 dot product`;

function info(): Omit<BackendInfo, 'selected' | 'fallbacks' | 'fusion'> {
  try {
    start();
    const { variant, relaxed } = choice()!;
    const simd = variant === 'plain' ? 'WebAssembly SIMD' : `WebAssembly SIMD, relaxed: ${described(relaxed)}`;
    const why = obstacle();
    const reason = why === null ? simd : `${simd}; one thread: ${why}`;
    return { name: 'wasm', available: true, reason, variant, threads: threads() };
  } catch (e) {
    return { name: 'wasm', available: false, reason: (e as Error).message, variant: null, threads: 0 };
  }
}

export const wasmBackend: Backend = {
  name: 'wasm',
  kernels,
  hasElementwise: (p: KernelId, type: ElementType): boolean => resolve(p, type) !== null,
  elementwise,
  closes,
  demanded,
  info,
  fusion,
};
