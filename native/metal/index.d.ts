/**
 * Every error has a `code`:
 *
 * - `METAL_UNAVAILABLE`: there is no device, or none of Apple silicon
 * - `METAL_COMPILE`, `METAL_PIPELINE`: a family or a kernel that this device does not take; the others go on
 * - `METAL_ARGUMENT`, `METAL_BOUNDS`: a call that was refused before it was encoded
 * - `METAL_MEMORY`, `METAL_COMMAND`, `METAL_TIMEOUT`: what the device refused or did not finish. What was encoded since the last wait
 *   is undone or not, and has to be computed again
 * - `METAL_LOST`: the device is gone; the next call opens it anew
 */
export type MetalErrorCode =
  | 'METAL_UNAVAILABLE'
  | 'METAL_COMPILE'
  | 'METAL_PIPELINE'
  | 'METAL_ARGUMENT'
  | 'METAL_BOUNDS'
  | 'METAL_MEMORY'
  | 'METAL_COMMAND'
  | 'METAL_TIMEOUT'
  | 'METAL_LOST'
  | 'METAL_INTERNAL';

export interface MetalInfo {
  /** the device's name */
  device: string;
  /** `msl-emulated-cpu` is the rig's software device, and says nothing about speed */
  executor: 'apple-gpu' | 'msl-emulated-cpu';
  /** whether kernels work on the heap itself or on copies; null before `attach` */
  heap: 'shared' | 'copied' | null;
  /** bytes */
  maxBufferLength: number;
  workingSet: number;
  /** since the device was opened */
  dispatches: number;
  commits: number;
  waits: number;
  wraps: number;
  /** bytes */
  copiedIn: number;
  copiedOut: number;
  scratchBytes: number;
}

export interface MetalAddon {
  /** Opens the device, once. @throws METAL_UNAVAILABLE */
  open(): MetalInfo;
  /** Waits for everything and lets the device go. */
  close(): void;
  /** null while the device is not open */
  info(): MetalInfo | null;
  /**
   * The memory that holds all tensors from now on. A shared one is wrapped, without copying, and again whenever it has grown. A private
   * one may move when it grows, so kernels work on copies of the ranges they name; so they do where wrapping is refused, and with
   * `copy`. Copies come back when they are waited for.
   */
  attach(memory: WebAssembly.Memory, copy?: boolean): void;
  /**
   * A library of generated kernels, named `fused_FAMILY_` and the dtypes of their operands and their output: `fused_k7_f32_f16`. By the
   * name of a file in kernels/ it takes that file's place.
   */
  define(family: string, source: string): void;
  /** Compiles the kernel's family at its first use. @returns a number for `encode` that stays @throws METAL_COMPILE, METAL_PIPELINE */
  kernel(name: string): number;
  /**
   * Appends one call to what the device will do. The launch and the bytes that it touches follow from the constants alone.
   *
   * @param ranges two words for each buffer of the kernel: address in the memory, and bytes that may be touched
   * @param words the constants of the kernel, as its struct has them, see native/metal/README.md
   * @returns false when there was nothing to compute
   * @throws METAL_BOUNDS naming kernel, buffer, needed and given bytes
   */
  encode(kernel: number, ranges: Uint32Array, words: Uint32Array): boolean;
  /** Waits for everything that was encoded. From `encode` to here nobody else may touch the ranges. */
  wait(): void;
  /** The same on another thread; more may be encoded meanwhile, and is not waited for. */
  waitAsync(): Promise<void>;
}

export interface SelfCheck {
  family: string;
  /** largest error against float64, relative to the largest value */
  error: number;
  milliseconds: number;
  /** why the family must not be used; null when it is right */
  reason: string | null;
}

export declare const addon: MetalAddon;
/** What names of kernels look like, by family: of several that match it is the first. */
export declare const families: Readonly<Record<string, RegExp>>;
/** Runs families, all of them by default, on known values. @param at where in the attached memory 64 KiB may be written */
export declare function selfCheck(
  addon: MetalAddon,
  memory: WebAssembly.Memory,
  at: number,
  families?: readonly string[],
): SelfCheck[];
