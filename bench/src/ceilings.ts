// What one thread of this engine on this machine can do at most: multiply-adds on registers, and reads of a memory far larger than
// its caches. Two loops, encoded here.
import type { Ceiling } from './protocol.js';

const ACCUMULATORS = 12; // as many as a matrix kernel keeps in 16 registers
const STEPS = 20_000;
const READ = 64 << 20;

const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const simd = (op: number, ...immediates: number[]): number[] => [0xfd, ...leb(op), ...immediates];
const local = {
  get: (i: number): number[] => [0x20, i],
  set: (i: number): number[] => [0x21, i],
};
const constant = (n: number): number[] => {
  // signed LEB128 of a small count
  const out: number[] = [];
  for (;;) {
    const low = n & 127;
    n >>= 7;
    if (n === 0 && (low & 64) === 0) return [0x41, ...out, low];
    out.push(low | 128);
  }
};
const float = (x: number): number[] => [0x43, ...new Uint8Array(new Float32Array([x]).buffer)];
const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const SPLAT = simd(0x13);
const MULTIPLY = simd(0xe6);
const ADD = simd(0xe4);
const RELAXED_MADD = simd(0x105);

const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const code = (locals: number[], body: number[]): number[] => {
  const f = [...locals, ...body, 0x0b];
  return [...leb(f.length), ...f];
};

/** A module with one function, `run`, (i32) to `result`. */
function moduleOf(result: number, locals: number[], body: number[], pages: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, I32, 1, result]),
    ...section(3, [1, 0]),
    ...(pages > 0 ? section(5, [1, 0, ...leb(pages)]) : []),
    ...section(7, pages > 0 ? [2, 3, ...name('run'), 0, 0, 3, ...name('mem'), 2, 0] : [1, 3, ...name('run'), 0, 0]),
    ...section(10, [1, ...code(locals, body)]),
  ]);
}
const name = (s: string): number[] => [...new TextEncoder().encode(s)];

/** `run(n)`: n rounds of independent multiply-adds on four lanes. Local 0 counts, then accumulators, factor and term. */
function multiplyAdds(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const [factor, term] = [1 + ACCUMULATORS, 2 + ACCUMULATORS];
  const all = Array.from({ length: ACCUMULATORS }, (_, i) => i + 1);
  const step = (a: number): number[] =>
    relaxed
      ? [...local.get(a), ...local.get(factor), ...local.get(term), ...RELAXED_MADD, ...local.set(a)]
      : [...local.get(a), ...local.get(factor), ...MULTIPLY, ...local.get(term), ...ADD, ...local.set(a)];
  const body = [
    ...all.flatMap((a) => [...float(a), ...SPLAT, ...local.set(a)]),
    ...[...float(0.999), ...SPLAT, ...local.set(factor), ...float(0.5), ...SPLAT, ...local.set(term)],
    ...[0x03, 0x40, ...all.flatMap(step)],
    ...[...local.get(0), ...constant(1), 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...all.flatMap((a, i) => [...local.get(a), ...(i === 0 ? [] : ADD)]),
    ...simd(0x1f, 0),
  ];
  return moduleOf(F32, [1, ACCUMULATORS + 2, V128], body, 0);
}

/** `run(bytes)`: reads the memory from `bytes` down, 64 bytes a step into four accumulators. */
function reads(): Uint8Array<ArrayBuffer> {
  const load = (a: number): number[] => [
    ...local.get(0),
    ...simd(0x00, 4, a * 16),
    ...local.get(1 + a),
    ...simd(0x51),
    ...local.set(1 + a),
  ];
  const body = [
    ...[0x03, 0x40, ...local.get(0), ...constant(64), 0x6b, ...local.set(0)],
    ...[0, 1, 2, 3].flatMap(load),
    ...[...local.get(0), 0x0d, 0, 0x0b],
    ...[1, 2, 3, 4].flatMap((a, i) => [...local.get(a), ...(i === 0 ? [] : simd(0x51))]),
    ...simd(0x1b, 0),
  ];
  return moduleOf(I32, [1, 4, V128], body, READ >> 16);
}

interface Exports {
  readonly run: (n: number) => number;
  readonly mem?: WebAssembly.Memory;
}
const instances = new Map<string, Exports | null>();
function instance(key: string, bytes: () => Uint8Array<ArrayBuffer>): Exports | null {
  if (!instances.has(key)) {
    const binary = bytes();
    const made = WebAssembly.validate(binary) ? new WebAssembly.Instance(new WebAssembly.Module(binary)) : null;
    const exports = made === null ? null : (made.exports as unknown as Exports);
    if (exports?.mem !== undefined) new Uint8Array(exports.mem.buffer).fill(1); // pages of memory that nobody wrote are all one
    instances.set(key, exports);
  }
  return instances.get(key)!;
}

/** The best of the stretches that fit: units of 1e9 a second. */
function best(run: () => void, units: number, milliseconds: number): number {
  for (let i = 0; i < 3; i++) run();
  const end = performance.now() + milliseconds;
  let least = Infinity;
  let now = performance.now();
  do {
    const start = now;
    run();
    now = performance.now();
    least = Math.min(least, now - start);
  } while (now < end);
  return units / least / 1e6;
}

/** Measures this engine's ceiling for about so many milliseconds. */
export function ceiling(of: 'flops' | 'bytes', milliseconds: number): Ceiling {
  if (of === 'bytes') {
    const { run } = instance('reads', reads)!;
    return { plain: best(() => run(READ), READ, milliseconds), relaxed: null };
  }
  const flops = 2 * 4 * ACCUMULATORS * STEPS;
  const rate = (key: string, relaxed: boolean): number | null => {
    const made = instance(key, () => multiplyAdds(relaxed));
    return made === null ? null : best(() => made.run(STEPS), flops, milliseconds / 2);
  };
  return { plain: rate('plain', false)!, relaxed: rate('relaxed', true) };
}
