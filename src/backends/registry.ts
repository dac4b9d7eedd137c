import { BackendError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';
import type { Backend, BackendInfo } from './backend.js';
import { countFallback, fallbacksOf } from './fallbacks.js';
import { reference } from './reference/index.js';
import { wasmBackend } from './wasm/backend.js';

/** The best first: what `'auto'` takes is the first that is usable. */
const all: Backend[] = [wasmBackend, reference];
/** Adds a backend that `'auto'` prefers to all others. */
export const prefer = (b: Backend): void => void all.unshift(b);

/** The reference in place of a kernel that `b` lacks; every use is counted and shown by `backends()`. */
export function fallback(b: Backend, key: string): Backend {
  countFallback(b, key);
  return reference;
}

let selected: Backend | null = null;

function named(name: string, asked: string): Backend {
  const demanded = all.find((b) => b.demanded?.());
  if (name === 'auto' && demanded === undefined) return all.find((b) => b.info().available) ?? reference;
  const b = name === 'auto' ? demanded : all.find((x) => x.name === name);
  if (b === undefined) {
    const names = ['auto', ...all.map((x) => x.name)].map((x) => `'${x}'`).join(', ');
    throw new BackendError(`[${asked}] the device must be one of ${names}, got '${showValue(name)}'`);
  }
  const info = b.info();
  if (!info.available) throw new BackendError(`[${asked}] the device '${b.name}' is not usable: ${info.reason}`);
  return b;
}

/** The backend that new ops are recorded for. */
export function current(): Backend {
  if (selected !== null) return selected;
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[
    'LANEWISE_DEVICE'
  ];
  const name = env === undefined || env === '' ? 'auto' : env;
  const b = named(name, 'LANEWISE_DEVICE');
  // where 'auto' finds no kernels the reference stands in, until `init` brings them
  if (name !== 'auto' || b !== reference) selected = b;
  return b;
}

/**
 * Chooses the backend that ops recorded from now on run on: `'auto'`, `'wasm'`, `'reference'`, in Node also `'metal'`.
 * @throws BackendError if it is unknown or not usable; it never degrades silently
 */
export function setDefaultDevice(name: string): void {
  selected = named(name, 'setDefaultDevice');
}
/** The name of the backend that new ops are recorded for. */
export function defaultDevice(): string {
  return current().name;
}
/** Runs `fn` with another default device; ops recorded inside keep it. */
export function withDevice<T>(name: string, fn: () => T): T {
  const before = selected;
  setDefaultDevice(name);
  try {
    return fn();
  } finally {
    selected = before;
  }
}
/** Every backend: whether it runs, why or why not, how often the reference had to stand in for a kernel, and how fused groups ran. */
export function backends(): BackendInfo[] {
  const now = current();
  return all.map((b) => ({
    ...b.info(),
    selected: b === now,
    fallbacks: fallbacksOf(b),
    fusion: b.fusion?.() ?? null,
  }));
}
