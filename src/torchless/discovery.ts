// Which backends there are here, and which of them a model fits.
import { backends, BackendError, memory, type BackendInfo as Info } from '../slim.js';
import { host } from '../backends/wasm/host.js';
import { checkCount } from './buffer.js';

/** `torchless::kernels::backend::BackendType`, and `Reference`: everything in plain TypeScript, in float64. */
export const BackendType = {
  ...{ Cpu: 'CPU', Cuda: 'CUDA', Rocm: 'ROCm', Metal: 'Metal', OpenCL: 'OpenCL', WebGPU: 'WebGPU' },
  Reference: 'Reference',
} as const;
export type BackendType = (typeof BackendType)[keyof typeof BackendType];

/** Lanewise's device and torchless's name of those types that can run. */
export const DEVICES: Partial<Record<BackendType, { readonly device: string; readonly name: string }>> = {
  CPU: { device: 'wasm', name: 'cpu' },
  Metal: { device: 'metal', name: 'metal' },
  Reference: { device: 'reference', name: 'reference' },
};
/** Best first, as torchless has them. */
const ORDER: readonly BackendType[] = ['CUDA', 'ROCm', 'Metal', 'OpenCL', 'WebGPU', 'CPU', 'Reference'];

const GB = 1024 ** 3;

/** A device of a backend. Sizes are in bytes. */
export class DeviceInfo {
  constructor(
    readonly index: number,
    readonly name: string,
    readonly totalMemory: number,
    /** null where it cannot be known */
    readonly freeMemory: number | null,
    readonly computeCapability: string | null,
    readonly unifiedMemory: boolean,
  ) {}
  totalMemoryGb(): number {
    return this.totalMemory / GB;
  }
  freeMemoryGb(): number | null {
    return this.freeMemory === null ? null : this.freeMemory / GB;
  }
  /** Whether so many bytes are free; where that is unknown, whether they are at most 80 % of all. */
  canFit(requiredBytes: number): boolean {
    checkCount('DeviceInfo.canFit', 'the size', requiredBytes);
    return requiredBytes <= (this.freeMemory ?? Math.floor(this.totalMemory * 0.8));
  }
  toString(): string {
    const free = this.freeMemory === null ? '' : ` (${(this.freeMemory / GB).toFixed(2)} GB free)`;
    const capability = this.computeCapability === null ? '' : `, compute ${this.computeCapability}`;
    const unified = this.unifiedMemory ? ' (unified memory)' : '';
    return `[${this.index}] ${this.name}: ${this.totalMemoryGb().toFixed(2)} GB${free}${capability}${unified}`;
  }
}

/** What `discoverBackends` tells of one backend. */
export interface BackendInfo {
  readonly backendType: BackendType;
  readonly name: string;
  readonly available: boolean;
  /** empty where it is not available */
  readonly devices: readonly DeviceInfo[];
  /** why it is not available; null where it is */
  readonly error: string | null;
}

/**
 * The one device of a backend. All of them work on Lanewise's heap, so what a model may take is what the heap may hold (at most 4 GiB),
 * what the process may still be given, and what the device works on at once.
 */
function deviceOf(info: Info): DeviceInfo {
  const total = Math.min(memory.limit(), info.workingSet ?? Infinity);
  const free = Math.min(total - memory.active(), host()?.availableMemory?.() ?? Infinity);
  return new DeviceInfo(0, info.device ?? info.reason, total, Math.max(0, free), null, info.name === 'metal');
}
/** Every backend that torchless knows, the CPU first: whether it runs here, or why not. */
export function discoverBackends(): BackendInfo[] {
  const known = backends();
  return Object.values(BackendType).map((backendType) => {
    const device = DEVICES[backendType]?.device;
    const info = known.find(({ name }) => name === device);
    const available = info?.available === true;
    return {
      backendType,
      name: backendType,
      available,
      devices: available ? [deviceOf(info)] : [],
      error: available ? null : (info?.reason ?? `Lanewise has no ${backendType} backend`),
    };
  });
}
const best = (found: readonly BackendInfo[]): BackendInfo[] =>
  ORDER.map((type) => found.find(({ backendType }) => backendType === type)!).filter(({ available }) => available);

/** The first of CUDA, ROCm, Metal, OpenCL, WebGPU, CPU that runs here; `Reference` where none does. */
export const bestAvailableBackend = (): BackendType => best(discoverBackends())[0]!.backendType;
/**
 * The first backend in that order that has room for a model, and the index of its device.
 * @param requiredBytes of weights, cache and activations
 * @throws BackendError if none has
 */
export function selectBackendForModel(requiredBytes: number): readonly [type: BackendType, device: number] {
  checkCount('selectBackendForModel', 'the size', requiredBytes);
  const candidates = best(discoverBackends());
  for (const { backendType, devices } of candidates) {
    for (const device of devices) if (device.canFit(requiredBytes)) return [backendType, device.index];
  }
  const rooms = candidates.map(({ name, devices }) => `${name} has ${devices[0]!.freeMemoryGb()!.toFixed(2)} GB free`);
  throw new BackendError(
    `[selectBackendForModel] a backend must have room for the model, ${(requiredBytes / GB).toFixed(2)} GB, got none: ${rooms.join(', ')}`,
  );
}
/** Prints what `discoverBackends` found, and which of it is best. */
export function printBackendSummary(): void {
  const found = discoverBackends();
  const lines = found.flatMap(({ name, available, devices, error }) => [
    `${available ? '+' : '-'} ${name}`,
    ...(available ? devices.map((d) => `    ${d.toString()}`) : [`    ${error}`]),
  ]);
  console.log(['Backends', ...lines, `Recommended: ${best(found)[0]!.name}`].join('\n'));
}
