// One kernel call: looked up by name, encoded, and its failures told apart.
import { BackendError } from '../../tensor/errors.js';
import { addonOf, isRefused } from './device.js';
import { queue } from './queue.js';
import type { Range } from './views.js';

/** Codes of failures that concern one call or one family: another backend computes it. */
const ONE = new Set(['METAL_COMPILE', 'METAL_PIPELINE', 'METAL_MEMORY']);
/** Codes of failures that take all unfinished work with them. */
const ALL = new Set(['METAL_COMMAND', 'METAL_TIMEOUT', 'METAL_LOST']);
const codeOf = (e: unknown): string => String((e as { code?: unknown }).code);
/** A device that is short of memory may refuse one call, or fail what it was given before. */
const tookAll = (e: unknown): boolean =>
  ALL.has(codeOf(e)) || (codeOf(e) === 'METAL_MEMORY' && /the command buffer failed/.test((e as Error).message));
const tookOne = (e: unknown): boolean => ONE.has(codeOf(e)) && !tookAll(e);

/** Numbers by kernel; null for one that this device does not have, or computes wrong. */
const numbers = new Map<string, number | null>();
function numberOf(kernel: string): number | null {
  const known = numbers.get(kernel);
  if (known !== undefined) return known;
  let number: number | null = null;
  try {
    if (!isRefused(kernel)) number = addonOf().kernel(kernel);
  } catch (e) {
    if (!tookOne(e)) return refuse(kernel, e);
    if (codeOf(e) === 'METAL_MEMORY') return null;
  }
  numbers.set(kernel, number);
  return number;
}
function refuse(kernel: string, e: unknown): never {
  if (tookAll(e)) queue.abandon(e);
  throw new BackendError(`[metal] ${kernel}: ${(e as Error).message}`, { cause: e });
}
/** Whether there is a kernel of that name that may be used. */
export const has = (kernel: string): boolean => numberOf(kernel) !== null;
/** A library of generated kernels: see native/metal/index.d.ts. */
export const define = (family: string, source: string): void => addonOf().define(family, source);

const staged: Uint32Array[] = [];
function stage(at: number, n: number): Uint32Array {
  return (staged[2 * n + at] ??= new Uint32Array(n));
}
const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);
/** The bits of a float32, as constants hold it. */
export function f32Bits(x: number): number {
  floats[0] = x;
  return bits[0]!;
}

/**
 * Encodes a call. Its last `outputs` buffers are written.
 * @param words constants as the kernel's struct has them, see native/metal/README.md
 * @returns false where the device has no such kernel or no room: another backend has to compute it
 * @throws BackendError where the device failed
 */
export function launch(kernel: string, buffers: readonly Range[], words: readonly number[], outputs = 1): boolean {
  const number = numberOf(kernel);
  if (number === null) return false;
  const ranges = stage(0, 2 * buffers.length);
  for (let i = 0; i < buffers.length; i++) {
    ranges[2 * i] = buffers[i]!.at;
    ranges[2 * i + 1] = buffers[i]!.bytes;
  }
  const constants = stage(1, words.length);
  for (let i = 0; i < words.length; i++) constants[i] = words[i]!;
  try {
    if (!addonOf().encode(number, ranges, constants)) return true;
  } catch (e) {
    if (tookOne(e)) return false;
    return refuse(kernel, e);
  }
  for (let i = buffers.length - outputs; i < buffers.length; i++) queue.add(buffers[i]!.at, buffers[i]!.bytes);
  return true;
}
