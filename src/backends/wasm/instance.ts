// Finds, compiles and instantiates the kernels: once, synchronously, at the first use.
import { BackendError } from '../../tensor/errors.js';
import { isShared, memory, OWN, unshare } from '../heap.js';
import { exportsOf } from './exports.js';
import { host } from './host.js';
import { setExports, type Export } from './runtime.js';
import { sharing } from './sharing.js';
import { warnIfImpossible } from './threads/pool.js';
import { askedThreads, preferThreads, threadsNamed, type Threads } from './threads/settings.js';
import {
  askedVariant,
  choose,
  prefer,
  variantNamed,
  wideAdvice,
  type Binaries,
  type Binary,
  type Choice,
  type Variant,
  type VariantOptions,
} from './variants.js';
import { widePays, type Exports } from './wide.js';

/** Where the kernels' bytes come from; the main entry sets the inlined binaries, `init` whatever the user gives. */
let source: Binaries | null = null;
let chosen: Choice | null = null;
let failure: string | null = null;
let ready = false;

/** Sets the source that the first use compiles. A later call before that wins; after it the call has no effect. */
export function provide(from: Binaries): void {
  if (ready) return;
  source = from;
  failure = null;
}

const imports = (): { env: { memory: WebAssembly.Memory; abort(): never } } => ({
  env: {
    memory,
    abort: (): never => {
      throw new BackendError('[wasm] a kernel aborted');
    },
  },
});
/** The kernels that run, compiled, for the instances of the workers. */
export let modules: readonly WebAssembly.Module[] = [];
/** Modules that were compiled for the heap as it is. */
const fitting = new WeakSet<WebAssembly.Module>();
const fit = (module: WebAssembly.Module): WebAssembly.Module => {
  fitting.add(module);
  return module;
};
/** A module compiled by someone else was compiled for a memory that is not shared, as the kernels' files say. */
function take(module: WebAssembly.Module): WebAssembly.Module {
  if (!fitting.has(module)) unshare();
  return module;
}
const compile = (binary: Binary): WebAssembly.Module =>
  binary instanceof WebAssembly.Module ? take(binary) : fit(new WebAssembly.Module(sharing(binary, isShared())));
/** The builds that a choice needs, the one with all kernels first. */
const namesOf = (made: Choice): Variant[] =>
  made.variant === 'revectorised' ? [made.main, made.variant] : [made.main];

/** The build that is chosen, and what the engine's relaxed instructions gave; null before the kernels run. */
export const choice = (): Choice | null => chosen;

function adopt(exports: Exports, wide: Exports | null, made: Choice): void {
  if (typeof exports['use_own'] !== 'function' || typeof exports['is_relaxed'] !== 'function')
    throw new BackendError("[wasm] the module must be Lanewise's kernels, got another one");
  const base = Number(exports['__heap_base'] ?? 0);
  if (base > OWN) throw new BackendError(`[wasm] the kernels' static data must end below ${OWN}, got ${base}`);
  const isRelaxed = exports['is_relaxed']() === 1;
  if (isRelaxed === (made.variant === 'plain')) {
    // one module was given: it is what it is
    if (askedVariant() !== 'auto')
      throw new BackendError(`[wasm] the module must be of the variant '${askedVariant()}', got another one`);
    made = { ...made, variant: isRelaxed ? 'relaxed' : 'plain' };
  }
  if (wide !== null && !widePays(exports, wide)) {
    throw new BackendError(
      `[wasm] the variant 'revectorised' needs V8's revectoriser: its matrix products are no faster here${wideAdvice()}`,
    );
  }
  exports['use_own'](OWN);
  setExports((wide === null ? exports : { ...exports, ...wide }) as Readonly<Record<string, Export>>);
  chosen = made;
  ready = true;
  warnIfImpossible();
}

/** @throws BackendError if there are no kernels yet */
function inlined(): Binaries {
  if (source !== null) return source;
  throw new BackendError(
    "[wasm] no kernels were given: import 'lanewise', which carries them, or await init({ wasm }) first",
  );
}

/** Instantiates the kernels if that has not happened. @throws BackendError with the reason */
export function start(): void {
  if (ready) return;
  if (failure !== null) throw new BackendError(failure);
  const from = inlined();
  try {
    const made = choose(from);
    modules = namesOf(made)
      .map((name) => from[name]!())
      .map(compile);
    const [main, wide] = modules.map((m) => exportsOf(m, new WebAssembly.Instance(m, imports())));
    adopt(main!, wide ?? null, made);
  } catch (e) {
    const known = e instanceof BackendError;
    failure = known ? e.message : `[wasm] the kernels could not be started: ${(e as Error).message}`;
    throw known ? e : new BackendError(failure);
  }
}
export const started = (): boolean => ready;
/** Whether a variant was asked for, in which case nothing may stand in for it. @throws BackendError for what the environment may not say */
export function demanded(): boolean {
  askedThreads();
  return source !== null && askedVariant() !== 'auto';
}

/** One build for `init`: its bytes, where to fetch them, or a compiled module. */
export type WasmSource = BufferSource | WebAssembly.Module | URL | string | Response | PromiseLike<Response>;
/** Several builds, of which the one that fits is loaded; `relaxed` goes with `revectorised`. */
export type WasmSources = { readonly [V in Variant]?: WasmSource };

export interface InitOptions extends VariantOptions {
  /** instead of the inlined kernels: one build, whatever it is, or one source a build */
  readonly wasm?: WasmSource | WasmSources;
  /** how many threads kernels may run on, as `setThreads` says */
  readonly threads?: Threads | undefined;
}

const isSources = (wasm: WasmSource | WasmSources): wasm is WasmSources =>
  typeof wasm === 'object' && !('then' in wasm) && ('plain' in wasm || 'relaxed' in wasm);

async function moduleOf(given: WasmSource): Promise<WebAssembly.Module> {
  if (given instanceof WebAssembly.Module) return given;
  const local = given instanceof ArrayBuffer || ArrayBuffer.isView(given);
  return fit(await WebAssembly.compile(sharing(local ? (given as BufferSource) : await read(given), isShared())));
}

/**
 * Starts the kernels now, instead of at the first tensor, and says how: from which bytes (only users of `lanewise/slim` need
 * that), in which variant, and whether flags of V8 may be switched on for it. Without `variant` and `engineFlags` the environment
 * decides: LANEWISE_VARIANT and LANEWISE_ENGINE_FLAGS=1.
 *
 * ```ts
 * await lw.init({ engineFlags: true }); // in Node 20: relaxed SIMD for the whole process
 * ```
 * @throws BackendError if the kernels are running already, the source is not usable, or the variant cannot run here
 */
export async function init(options: InitOptions): Promise<void> {
  if (ready) throw new BackendError('[init] the kernels are running already; call init before the first tensor');
  const { wasm } = options;
  const { variant, engineFlags, threads } = options;
  if (threads !== undefined) preferThreads(threadsNamed(threads, 'init'));
  prefer({ variant: variant === undefined ? undefined : variantNamed(variant, 'init'), engineFlags });
  failure = null;
  const given = wasm === undefined ? inlined() : isSources(wasm) ? wasm : { plain: wasm };
  try {
    const made = choose(given);
    const names = namesOf(made);
    const sources = names.map((name) => given[name]!).map((from) => (typeof from === 'function' ? from() : from));
    for (const from of sources) if (from instanceof WebAssembly.Module) take(from);
    const compiled = await Promise.all(sources.map(moduleOf));
    provide(Object.fromEntries(names.map((name, i) => [name, () => compiled[i]!])));
    // not `start`: browsers may refuse to instantiate synchronously on the main thread
    const exports = await Promise.all(
      compiled.map(async (m) => exportsOf(m, await WebAssembly.instantiate(m, imports()))),
    );
    if (ready) return;
    modules = compiled;
    adopt(exports[0]!, exports[1] ?? null, made);
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    throw new BackendError(`[init] the source must hold Lanewise's kernels, got ${String(cause)}`, { cause });
  }
}
async function read(
  from: URL | string | Response | PromiseLike<Response>,
): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  const isUrl = typeof from === 'string' || from instanceof URL;
  const url = isUrl ? String(from) : '';
  if (url.startsWith('file:')) {
    const fs = host()?.getBuiltinModule?.('node:fs') as typeof import('node:fs') | undefined;
    if (fs === undefined) throw new BackendError(`[init] file URLs can be read in Node only, got ${url}`);
    return new Uint8Array(fs.readFileSync(new URL(url)));
  }
  const response = isUrl ? await fetch(url) : await from;
  if (!response.ok) throw new BackendError(`[init] fetching the kernels failed: ${response.status} ${response.url}`);
  return response.arrayBuffer();
}
