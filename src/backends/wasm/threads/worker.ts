// What runs in a worker: tools/build-worker.mjs makes one text of it, so that no file has to be found at run time.
import { exportsOf } from '../exports.js';
import {
  ABSENT,
  CELLS,
  deskOn,
  PARAM_BYTES,
  PARKED,
  SPINNING,
  stateOf,
  wakeOf,
  workOn,
  type Kernel,
  type Lane,
} from './desk.js';

/** What a worker is given. */
export interface Post {
  readonly memory: WebAssembly.Memory;
  readonly modules: readonly WebAssembly.Module[];
  readonly desk: SharedArrayBuffer;
  readonly lane: number;
  /** addresses: the scratch area of the first thread, its parameters, and this thread's own scratch area */
  readonly scratch: number;
  readonly params: number;
  readonly own: number;
  readonly scratchBytes: number;
}

/** How long a worker looks for the next job before it sleeps, in milliseconds: waking it takes as long. */
const SPIN = 0.05;
const LOOKS = 200;

function serve({ memory, modules, desk: shared, lane, scratch, params, own, scratchBytes }: Post): void {
  const desk = deskOn(shared);
  const { ints } = desk;
  const wake = wakeOf(lane);
  const state = stateOf(lane);
  // their static data is written anew, which nobody sees: it is only read
  const exports = Object.create(null) as Record<string, unknown>;
  const env = {
    memory,
    abort: (): never => {
      throw new Error('a kernel aborted');
    },
  };
  for (const module of modules) exportsOf(module, new WebAssembly.Instance(module, { env }), exports);
  const kernels = Object.values(exports) as Lane['kernels'];
  (exports['use_own'] as (at: number) => void)(own);
  const bytes = new Uint8Array(memory.buffer);
  const words = new Int32Array(memory.buffer);
  const shift = own - scratch;
  const make = (at: number, size: number): readonly Kernel[] => {
    const code = desk.code.slice(at, at + size);
    return Object.values(new WebAssembly.Instance(new WebAssembly.Module(code), { env }).exports) as Kernel[];
  };
  const self: Lane = { desk, kernels, made: new Map(), make, lane, shift, fresh: true };
  const begin = (): void => {
    const end = ints[PARAM_BYTES]!;
    const to = params + shift;
    bytes.copyWithin(to, params, params + end);
    for (let i = (to + ints[CELLS]!) >>> 2; i < (to + end) >>> 2; i++) {
      if (words[i]! >= scratch && words[i]! < scratch + scratchBytes) words[i]! += shift;
    }
  };
  let seen = Atomics.load(ints, wake);
  Atomics.store(ints, state, SPINNING);
  while (Atomics.load(ints, state) !== ABSENT) {
    let job = Atomics.load(ints, wake);
    if (job === seen) {
      const end = performance.now() + SPIN;
      do {
        for (let i = 0; i < LOOKS && job === seen; i++) job = Atomics.load(ints, wake);
      } while (job === seen && performance.now() < end);
    }
    if (job === seen) {
      if (Atomics.compareExchange(ints, state, SPINNING, PARKED) !== SPINNING) return;
      Atomics.wait(ints, wake, seen);
      if (Atomics.compareExchange(ints, state, PARKED, SPINNING) !== PARKED) return;
      continue;
    }
    seen = job;
    workOn(self, job, begin);
  }
}

interface Node {
  getBuiltinModule?(id: string): unknown;
}
interface Threads {
  readonly workerData: Post | null;
}
const threads = (globalThis as { process?: Node }).process?.getBuiltinModule?.('node:worker_threads') as
  Threads | undefined;
if (threads?.workerData) serve(threads.workerData);
else globalThis.onmessage = (event: MessageEvent<Post>) => serve(event.data);
