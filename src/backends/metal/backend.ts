// The backend: Metal where it has a kernel for a call, WebAssembly for the rest, each use of which is counted.
import type { ElementType } from '../../tensor/dtype.js';
import {
  madeOfNothing,
  type Backend,
  type BackendInfo,
  type Call,
  type FusionInfo,
  type Kernel,
  type KernelId,
  type Member,
} from '../backend.js';
import { countFallback } from '../fallbacks.js';
import { reference } from '../reference/index.js';
import { wasmBackend } from '../wasm/backend.js';
import { attention } from './attention.js';
import { losses } from './cross-entropy.js';
import { checksOf, deviceInfo, start } from './device.js';
import { elementwise } from './elementwise.js';
import { counts } from './fusion.js';
import { generators } from './generators.js';
import { indexing } from './indexing.js';
import { matmuls } from './matmul.js';
import { movement } from './movement.js';
import { optimizers } from './optimizers.js';
import { quantized } from './quantized.js';
import { queue } from './queue.js';
import { reductions } from './reductions.js';
import { rows } from './rows.js';
import { scans } from './scans.js';
import { sorting } from './sorting.js';
import { withTemporaries } from './temporary.js';

/** Encodes a call; false where the device has no kernel for it, or no room: WebAssembly computes it. */
export type MetalKernel = (call: Call) => boolean;

const own: Readonly<Record<string, MetalKernel>> = {
  ...movement,
  ...rows,
  ...losses,
  ...reductions,
  ...scans,
  ...matmuls,
  ...attention,
  ...indexing,
  ...generators,
  ...sorting,
  ...quantized,
  ...optimizers,
};

const kernelOf = (key: string, run: MetalKernel | undefined): Kernel => {
  const other = wasmBackend.kernels[key] ?? reference.kernels[key]!;
  return (call) => {
    if (!madeOfNothing(call)) {
      const empty = call.shape.size === 0;
      if (!empty && run !== undefined && withTemporaries(() => run(call))) return;
      if (!empty) countFallback(metalBackend, key);
      queue.wait();
    }
    other(call);
  };
};

function info(): Omit<BackendInfo, 'selected' | 'fallbacks' | 'fusion'> {
  const why = start();
  if (why !== null) return { name: 'metal', available: false, reason: why, variant: null, threads: 0 };
  const { executor, heap, workingSet, ...opened } = deviceInfo()!;
  const device = executor === 'apple-gpu' ? opened.device : `${opened.device}: a software device for tests, not a GPU`;
  const reason = `${device}; ${heap} heap`;
  return {
    name: 'metal',
    available: true,
    reason,
    variant: null,
    threads: 1,
    device,
    workingSet,
    selfCheck: checksOf(),
  };
}

export const metalBackend: Backend = {
  name: 'metal',
  kernels: Object.fromEntries(Object.keys(wasmBackend.kernels).map((key) => [key, kernelOf(key, own[key])])),
  hasElementwise: (p: KernelId, type: ElementType): boolean => wasmBackend.hasElementwise(p, type),
  elementwise(members: readonly Member[], from: number, count: number): void {
    if (elementwise(members, from, count)) return;
    for (let i = from; i < from + count; i++) countFallback(metalBackend, members[i]!.prim.name);
    queue.wait();
    wasmBackend.elementwise(members, from, count, null);
  },
  info,
  fusion: (): FusionInfo => ({
    tiles: counts.stepwise,
    generated: counts.generated,
    closed: 0,
    compiled: counts.compiled,
    kept: counts.compiled,
    refused: null,
  }),
};
queue.owner = metalBackend;
