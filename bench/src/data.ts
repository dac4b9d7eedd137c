// The numbers that every process makes for itself, equal in all of them.

/** What an input holds. */
export type Kind = 'float32' | 'float16' | 'int32' | 'uint8';
/** The elements of an input; float16 as the float32 that it stands for. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** An input of a workload. */
export interface Input {
  readonly shape: readonly number[];
  readonly kind: Kind;
  /** a weight: libraries that take constants apart (ONNX initializers) may prepare it once */
  readonly constant: boolean;
  readonly make: () => Values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Evenly spread numbers in [-1, 1), with 24 random bits, the same for the same seed. */
export function uniform(count: number, seed: number): Float32Array {
  const out = new Float32Array(count);
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state >>> 8) / 0x800000 - 1;
  }
  return out;
}

/** An input of floats: uniform in [-1, 1), then `map`ped. */
export function floats(shape: readonly number[], seed: number, map?: (x: number) => number): Input {
  const make = (): Float32Array => {
    const values = uniform(sizeOf(shape), seed);
    return map === undefined ? values : values.map(map);
  };
  return { shape, kind: 'float32', constant: false, make };
}
/** Floats whose values float16 holds exactly (11 bits). */
export function halves(shape: readonly number[], seed: number): Input {
  return { ...floats(shape, seed, (x) => Math.round(x * 1024) / 1024), kind: 'float16' };
}
/** Integers in [0, below). */
export function integers(shape: readonly number[], seed: number, below: number): Input {
  const make = (): Int32Array =>
    Int32Array.from(uniform(sizeOf(shape), seed), (x) => Math.floor(((x + 1) / 2) * below));
  return { shape, kind: 'int32', constant: false, make };
}
/** The same, as bytes. */
export function bytes(shape: readonly number[], seed: number, below = 256): Input {
  const source = integers(shape, seed, below);
  return { ...source, kind: 'uint8', make: () => Uint8Array.from(source.make()) };
}
/** The same input, as a weight. */
export const weight = (input: Input): Input => ({ ...input, constant: true });
