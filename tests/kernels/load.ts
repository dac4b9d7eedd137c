// The compiled kernels on a memory of their own, for tests that call them directly.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exportsOf } from '../../src/backends/wasm/exports.js';

export type Kernels = Readonly<Record<string, (...args: number[]) => number>>;

/** 16 MiB: static data of the kernels below 1 MiB, the rest for operands. */
export const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536 });
const path = fileURLToPath(new URL('../../build/kernels.wasm', import.meta.url));
const abort = (): never => {
  throw new Error('[kernels] abort');
};
const module = new WebAssembly.Module(readFileSync(path));
const env = { memory, abort, trace: () => {}, seed: Math.random };
/** Every export of build/kernels.wasm. */
export const kernels = exportsOf(module, new WebAssembly.Instance(module, { env })) as Kernels;

/** First address tests may use; 16-byte aligned. */
export const BASE = 1 << 20;
/** Bytes of the memory as it is now. */
export const bytes = (): Uint8Array => new Uint8Array(memory.buffer);

const CODES = ['b8', 'u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'f16', 'f32', 'f64', 'bf16', 'c64'] as const;
export type Code = (typeof CODES)[number];
/** MLX's index of a dtype code. */
export const indexOf = (code: Code): number => CODES.indexOf(code);
