// Finds, compiles and instantiates the kernels: once, synchronously, at the first use.
import { instantiate, instantiateSync } from '@assemblyscript/loader';
import { BackendError } from '../../tensor/errors.js';
import { memory, PARAMS } from '../heap.js';
import { setExports, type Export } from './runtime.js';

/** Where the kernels' bytes come from; the main entry sets the inlined binary, `init` whatever the user gives. */
let source: (() => BufferSource | WebAssembly.Module) | null = null;
let failure: string | null = null;
let ready = false;

/** Sets the source that the first use compiles. A later call before that wins; after it the call has no effect. */
export function provide(get: () => BufferSource | WebAssembly.Module): void {
  if (ready) return;
  source = get;
  failure = null;
}

type Base64 = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
type NodeBuffer = { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
/** Bytes of base64 text, by the engine where it can. */
export function decode(base64: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as Base64).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, base64);
  const node = (globalThis as { Buffer?: NodeBuffer }).Buffer;
  if (node !== undefined) return node.from(base64, 'base64');
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const imports = {
  env: {
    memory,
    abort: (): never => {
      throw new BackendError('[wasm] a kernel aborted');
    },
  },
};
function adopt(exports: Readonly<Record<string, unknown>>): void {
  if (exports['copy_rows'] === undefined)
    throw new BackendError("[wasm] the module must be Lanewise's kernels, got another one");
  const base = Number(exports['__heap_base'] ?? 0);
  if (base > PARAMS) throw new BackendError(`[wasm] the kernels' static data must end below ${PARAMS}, got ${base}`);
  setExports(exports as Readonly<Record<string, Export>>);
  ready = true;
}
function compile(): WebAssembly.Module {
  if (source === null) {
    throw new BackendError(
      "[wasm] no kernels were given: import 'lanewise', which carries them, or await init({ wasm }) first",
    );
  }
  const given = source();
  return given instanceof WebAssembly.Module ? given : new WebAssembly.Module(given);
}

/** Instantiates the kernels if that has not happened. @throws BackendError with the reason */
export function start(): void {
  if (ready) return;
  if (failure !== null) throw new BackendError(failure);
  try {
    adopt(instantiateSync(compile(), imports).exports);
  } catch (e) {
    if (e instanceof BackendError) throw e;
    failure = `[wasm] the kernels could not be started: ${(e as Error).message}`;
    throw new BackendError(failure);
  }
}
export const started = (): boolean => ready;

/** What `init` takes: the kernels' bytes, where to fetch them, or a compiled module. */
export type WasmSource = BufferSource | WebAssembly.Module | URL | string | Response | PromiseLike<Response>;

/**
 * Starts the kernels from bytes, a URL or a compiled `WebAssembly.Module` instead of the inlined binary. Only users of
 * `lanewise/slim` need it.
 * @throws BackendError if the kernels are running already or the source is not usable
 */
export async function init(options: { wasm: WasmSource }): Promise<void> {
  if (ready) throw new BackendError('[init] the kernels are running already; call init before the first tensor');
  const given = options.wasm;
  const local = given instanceof WebAssembly.Module || given instanceof ArrayBuffer || ArrayBuffer.isView(given);
  const loaded = local ? given : await read(given as URL | string | Response | PromiseLike<Response>);
  try {
    const module = loaded instanceof WebAssembly.Module ? loaded : await WebAssembly.compile(loaded);
    provide(() => module);
    // not `start`: browsers may refuse to instantiate synchronously on the main thread
    const { exports } = await instantiate(module, imports);
    if (!ready) adopt(exports);
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    throw new BackendError(`[init] the source must hold Lanewise's kernels, got ${String(cause)}`, { cause });
  }
}
async function read(from: URL | string | Response | PromiseLike<Response>): Promise<BufferSource> {
  const isUrl = typeof from === 'string' || from instanceof URL;
  const url = isUrl ? String(from) : '';
  if (url.startsWith('file:')) {
    const fs = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process?.getBuiltinModule?.(
      'node:fs',
    ) as typeof import('node:fs') | undefined;
    if (fs === undefined) throw new BackendError(`[init] file URLs can be read in Node only, got ${url}`);
    return new Uint8Array(fs.readFileSync(new URL(url)));
  }
  const response = isUrl ? await fetch(url) : await from;
  if (!response.ok) throw new BackendError(`[init] fetching the kernels failed: ${response.status} ${response.url}`);
  return response.arrayBuffer();
}
