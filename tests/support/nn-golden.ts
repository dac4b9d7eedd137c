// Judges layers, losses and initialisers by what mlx.nn gave.
import { expect } from 'vitest';
import { nn, random, treeFlatten, type DType, type Tensor } from '../../src/index.js';
import type { Host } from './golden.js';

/** Tensors by path, as keys of a golden file. */
export type Keys = Readonly<Record<string, string>>;
/** A layer by name: what it takes is not known here. */
export interface AnyLayer<R = Tensor> extends nn.Module {
  forward(...args: unknown[]): R;
}

/** Compares tensors with goldens: errors as a part of the largest element of a tensor, or of 1. Remembers the worst by name. */
export class Judge {
  readonly worst = new Map<string, number>();
  constructor(
    private readonly bounds: Readonly<Partial<Record<DType, number>>>,
    private readonly host: (key: string) => Host,
  ) {}
  tensor(what: string, family: string, actual: Tensor, key: string): void {
    const want = this.host(key);
    expect(actual.dtype, what).toBe(want.dtype);
    expect(actual.shape, what).toEqual(want.shape);
    const values = actual.toTypedArray();
    let scale = 1;
    for (const v of want.values) if (Number.isFinite(Number(v))) scale = Math.max(scale, Math.abs(Number(v)));
    let error = 0;
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [Number(values[i]), Number(want.values[i])];
      if (!Object.is(a, b) && a !== b) error = Math.max(error, Math.abs(a - b) / scale || Infinity);
    }
    const name = `${family} ${want.dtype}`;
    this.worst.set(name, Math.max(this.worst.get(name) ?? 0, error));
    expect(error, what).toBeLessThanOrEqual(this.bounds[want.dtype] ?? 0);
  }
  tree(what: string, family: string, tree: unknown, want: Keys): void {
    const actual = flat(tree);
    expect(Object.keys(actual).sort(), what).toEqual(Object.keys(want).sort());
    for (const [path, key] of Object.entries(want)) this.tensor(`${what} ${path}`, family, actual[path]!, key);
  }
  report(): string {
    return [...this.worst].map(([name, e]) => `  nn ${name}: worst error ${e.toExponential(1)}`).join('\n');
  }
}
export const flat = (tree: unknown): Record<string, Tensor> => Object.fromEntries(treeFlatten(tree));

/** The layer of a case, made after its seed. */
export function madeLayer<R = Tensor>(
  name: string,
  args: readonly unknown[],
  seed: number,
  dtype?: DType,
): AnyLayer<R> {
  random.seed(seed);
  const layers = nn as unknown as Record<string, new (...args: unknown[]) => AnyLayer<R>>;
  const layer = new layers[name]!(...args);
  return dtype === undefined ? layer : layer.setDtype(dtype);
}
