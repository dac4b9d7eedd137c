// The builds of the kernels and the choice among them.
import { BackendError } from '../../tensor/errors.js';
import { showValue } from '../../tensor/shape.js';
import { decode } from './base64.js';
import { host } from './host.js';
import { examine, type Probe, type Relaxed } from './probe.js';
import { probe } from './probe-binary.js';

/**
 * A build of the kernels: `plain` runs on every engine with WebAssembly SIMD, `relaxed` has fused multiply-add and other relaxed
 * instructions, `revectorised` adds matrix products for V8's experimental revectoriser.
 */
export type Variant = 'plain' | 'relaxed' | 'revectorised';
const variants: readonly Variant[] = ['plain', 'relaxed', 'revectorised'];

export type Binary = BufferSource | WebAssembly.Module;
/** Where the builds come from. What is not there cannot be chosen. */
export interface Binaries {
  readonly plain?: (() => Binary) | undefined;
  readonly relaxed?: (() => Binary) | undefined;
  /** matrix products that take the place of those of `relaxed` */
  readonly revectorised?: (() => Binary) | undefined;
}

/** What `init` and the environment may say about the choice. */
export interface VariantOptions {
  /** `'auto'`: the best that this engine runs as it is, never `'revectorised'` */
  readonly variant?: Variant | 'auto' | undefined;
  /** lets Lanewise switch on the experimental flags of V8 that the choice can use; they hold for the whole process */
  readonly engineFlags?: boolean | undefined;
}

/** @throws BackendError if the name is unknown, with the name of what asked */
export function variantNamed(name: unknown, asked: string): Variant | 'auto' {
  if (name === undefined || name === '') return 'auto';
  if (name === 'auto' || variants.includes(name as Variant)) return name as Variant | 'auto';
  const list = ['auto', ...variants].map((v) => `'${v}'`).join(', ');
  throw new BackendError(`[${asked}] the variant must be one of ${list}, got '${showValue(name)}'`);
}

let given: VariantOptions = {};
/** What `init` says; it goes before the environment. */
export function prefer(options: VariantOptions): void {
  given = options;
}
/** The variant that is asked for: `init`'s, else LANEWISE_VARIANT. */
export function askedVariant(): Variant | 'auto' {
  if (given.variant !== undefined) return given.variant;
  return variantNamed(host()?.env?.['LANEWISE_VARIANT'], 'LANEWISE_VARIANT');
}
/** Whether V8's flags may be set: `init`'s word, else LANEWISE_ENGINE_FLAGS=1. */
const mayFlag = (): boolean => given.engineFlags ?? host()?.env?.['LANEWISE_ENGINE_FLAGS'] === '1';

/** Sets a flag of V8 if that is allowed and this is Node. It works on what is compiled afterwards. */
function flag(name: string): void {
  if (!mayFlag()) return;
  const v8 = host()?.getBuiltinModule?.('node:v8') as { setFlagsFromString?: (flag: string) => void } | undefined;
  v8?.setFlagsFromString?.(name);
}

const none: Relaxed = { usable: false, fused: false };

/** What the relaxed instructions give here; all false where the engine has none. */
function relaxedHere(): Relaxed {
  const bytes = decode(probe);
  if (!WebAssembly.validate(bytes)) flag('--experimental-wasm-relaxed-simd');
  if (!WebAssembly.validate(bytes)) return none;
  try {
    return examine(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Probe);
  } catch {
    return none;
  }
}

export interface Choice {
  readonly variant: Variant;
  /** the build that holds all kernels */
  readonly main: 'plain' | 'relaxed';
  readonly relaxed: Relaxed;
}
const howFlags = 'set LANEWISE_ENGINE_FLAGS=1 or init({ engineFlags: true })';

/**
 * The variant to run: what is asked for, or the best that the engine's instructions allow.
 * @param from what is there to choose from
 * @throws BackendError if a variant is asked for that is not there or that this engine cannot run
 */
export function choose(from: { readonly [V in Variant]?: unknown }): Choice {
  const asked = askedVariant();
  const single = from.relaxed === undefined;
  const relaxed = asked === 'plain' ? none : relaxedHere();
  if (asked === 'plain' || single) {
    if (from.plain === undefined || asked === 'revectorised') {
      throw new BackendError(`[wasm] the kernels given must hold the variant '${asked}', got none of that name`);
    }
    return { variant: 'plain', main: 'plain', relaxed };
  }
  if (relaxed.usable) {
    if (asked === 'revectorised' && from.revectorised === undefined) {
      throw new BackendError(`[wasm] the kernels given must hold the variant '${asked}', got none of that name`);
    }
    if (asked === 'revectorised') flag('--experimental-wasm-revectorize');
    return { variant: asked === 'auto' ? 'relaxed' : asked, main: 'relaxed', relaxed };
  }
  if (asked === 'auto' && from.plain !== undefined) return { variant: 'plain', main: 'plain', relaxed };
  throw new BackendError(
    `[wasm] the variant '${asked === 'auto' ? 'relaxed' : asked}' needs relaxed SIMD, which this engine does not have or gets wrong` +
      (mayFlag() ? '' : `; where it is behind a flag, ${howFlags}`),
  );
}

/** How the refusal of `revectorised` ends. */
export const wideAdvice = (): string => (mayFlag() ? '' : `; ${howFlags}, or run node --experimental-wasm-revectorize`);
