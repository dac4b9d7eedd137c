// The native package: loaded, opened, given the heap and checked, at the first question whether it can be used.
import { BackendError } from '../../tensor/errors.js';
import { alloc, memory, release } from '../heap.js';
import { settlePending } from '../pending.js';
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
  /** largest error against float64, relative to the largest value */
  readonly error: number;
  readonly milliseconds: number;
  /** why the family is not used; null when it is right */
  readonly reason: string | null;
}
export interface Package {
  readonly addon: Addon;
  /** what names of kernels look like, by family: of several that match it is the first */
  readonly families: Readonly<Record<string, RegExp>>;
  selfCheck(addon: Addon, memory: WebAssembly.Memory, at: number, families: readonly string[]): SelfCheck[];
}

/** Set by the entries for Node: gives the package, or throws with a line that says why there is none. */
export const provider: { load(): Package } = {
  load: () => {
    throw new BackendError('it is there in Node only');
  },
};

/** Bytes that a self-check may write. */
const CHECKED = 65536;

/** The family that says at the start whether the device computes at all; the others are checked before their first use. */
const FIRST = 'copy';

interface Opened extends Package {
  readonly checks: Map<string, SelfCheck>;
}
let opened: Opened | null = null;
let reason: string | null = null;
let attached: WebAssembly.Memory | null = null;

/** Lets a family compute known values. @throws BackendError if the device fails with what it was given before */
function check({ addon, selfCheck, checks }: Opened, family: string): SelfCheck {
  settlePending();
  const at = alloc(CHECKED);
  try {
    const [found] = selfCheck(addon, memory, at, [family]);
    checks.set(family, found!);
    return found!;
  } finally {
    release(at, CHECKED);
  }
}

/** Opens the device, once. @returns why it cannot be used; null when it can */
export function start(): string | null {
  if (opened !== null || reason !== null) return reason;
  try {
    startWasm(); // it computes what the device has no kernel for
    const found: Opened = { ...provider.load(), checks: new Map() };
    found.addon.open();
    found.addon.attach(memory);
    attached = memory;
    reason = check(found, FIRST).reason;
    if (reason === null) opened = found;
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
/** What each family of kernels that was used gave on known values. */
export const checksOf = (): SelfCheck[] => [...(opened?.checks.values() ?? [])];
/** Whether the family of a kernel fails on known values, which is found out at its first use. */
export function isRefused(kernel: string): boolean {
  const { families, checks } = opened!;
  const family = Object.keys(families).find((name) => families[name]!.test(kernel));
  if (family === undefined) return false;
  return (checks.get(family) ?? check(opened!, family)).reason !== null;
}
