// The native package: loaded, opened, given the heap and checked, at the first question whether it can be used.
import { BackendError } from '../../tensor/errors.js';
import { alloc, memory, release } from '../heap.js';
import { start as startWasm } from '../wasm/instance.js';

/** What `@lanewise/metal-darwin-arm64` exports, as far as it is used here; native/metal/index.d.ts describes it. */
export interface Addon {
  open(): DeviceInfo;
  info(): DeviceInfo | null;
  attach(memory: WebAssembly.Memory, copy?: boolean): void;
  define(family: string, source: string): void;
  kernel(name: string): number;
  encode(kernel: number, ranges: Uint32Array, words: Uint32Array): boolean;
  wait(): void;
  waitAsync(): Promise<void>;
}
/** Figures are in bytes, or counted since the device was opened. */
export interface DeviceInfo {
  /** the device's name */
  readonly device: string;
  /** `msl-emulated-cpu` is the software device of the tests, and says nothing about speed */
  readonly executor: 'apple-gpu' | 'msl-emulated-cpu';
  /** whether kernels work on the heap itself or on copies */
  readonly heap: 'shared' | 'copied' | null;
  readonly maxBufferLength: number;
  readonly workingSet: number;
  readonly dispatches: number;
  readonly commits: number;
  readonly waits: number;
  readonly wraps: number;
  readonly copiedIn: number;
  readonly copiedOut: number;
  readonly scratchBytes: number;
}
/** What a family of kernels gave on known values. */
export interface SelfCheck {
  readonly family: string;
  /** what the names of its kernels begin with */
  readonly prefixes: readonly string[];
  /** largest error against float64, relative to the largest value */
  readonly error: number;
  readonly milliseconds: number;
  /** why the family is not used; null when it is right */
  readonly reason: string | null;
}
export interface Package {
  readonly addon: Addon;
  selfCheck(addon: Addon, memory: WebAssembly.Memory, at: number): SelfCheck[];
}

/** Set by the entries for Node: gives the package, or throws with a line that says why there is none. */
export const provider: { load(): Package } = {
  load: () => {
    throw new BackendError('it is there in Node only');
  },
};

/** Bytes that a self-check may write. */
const CHECKED = 65536;

interface Opened {
  readonly addon: Addon;
  readonly checks: readonly SelfCheck[];
}
let opened: Opened | null = null;
let reason: string | null = null;
let attached: WebAssembly.Memory | null = null;

/** Opens the device, once. @returns why it cannot be used; null when it can */
export function start(): string | null {
  if (opened !== null || reason !== null) return reason;
  try {
    startWasm(); // it computes what the device has no kernel for
    const { addon, selfCheck } = provider.load();
    addon.open();
    addon.attach(memory);
    attached = memory;
    const at = alloc(CHECKED);
    let checks: SelfCheck[];
    try {
      checks = selfCheck(addon, memory, at);
    } finally {
      release(at, CHECKED);
    }
    if (checks.every((c) => c.reason !== null)) reason = `no family of kernels is right: ${checks[0]!.reason!}`;
    else opened = { addon, checks };
  } catch (e) {
    reason = (e as Error).message;
  }
  return reason;
}

/** The addon, working on the heap as it is now. */
export function addonOf(): Addon {
  const { addon } = opened!;
  if (attached !== memory) {
    addon.attach(memory);
    attached = memory;
  }
  return addon;
}
/** What the device says of itself; null while it is not open. */
export const deviceInfo = (): DeviceInfo | null => opened?.addon.info() ?? null;
/** What each family of kernels gave on known values when the device was opened; empty while it is not. */
export const checksOf = (): readonly SelfCheck[] => opened?.checks ?? [];
/** Whether the family of a kernel failed on known values. */
export const isRefused = (kernel: string): boolean =>
  opened!.checks.some((c) => c.reason !== null && c.prefixes.some((p) => kernel.startsWith(p)));
