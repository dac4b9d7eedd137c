import * as lw from 'lanewise';
import type { DType, Tensor } from 'lanewise';
import type { LlamaConfig } from './config.js';
import type { Positions } from './rope.js';

/** Positions the buffers grow by. */
const STEP = 256;

const all = lw.slice(null, null);

interface Layer {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Keys and values of every layer, `[B, kvHeads, capacity, headDim]`, allocated ahead and written in place. Rows of
 * different lengths stand right-aligned: row `r` has `padding[r]` columns before its first token.
 */
export class KVCache {
  /** columns written so far, padding included */
  length = 0;
  private layers: Layer[] = [];
  private capacity = 0;

  /**
   * @param config the model's config
   * @param dtype dtype of keys and values
   * @param padding left padding per row; its length is the batch size
   */
  constructor(
    private readonly config: LlamaConfig,
    private readonly dtype: DType,
    readonly padding: readonly number[] = [0],
  ) {}

  get batch(): number {
    return this.padding.length;
  }

  /** Makes room for `count` more columns; the buffers grow in steps of 256 and the old ones are freed. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.capacity) return;
    const capacity = Math.ceil(needed / STEP) * STEP;
    const { layers, kvHeads, headDim } = this.config;
    const fresh = (): Tensor => lw.zeros([this.batch, kvHeads, capacity, headDim], this.dtype);
    const grown = (old: Tensor | undefined): Tensor => {
      if (old === undefined || this.length === 0) return fresh();
      const written = lw.slice(0, this.length);
      return fresh().set([all, all, written], old.at(all, all, written));
    };
    const old = this.layers;
    this.layers = Array.from({ length: layers }, (_, i) => ({
      keys: grown(old[i]?.keys),
      values: grown(old[i]?.values),
    }));
    this.capacity = capacity;
    lw.eval(...this.tensors());
    for (const layer of old) {
      layer.keys.dispose();
      layer.values.dispose();
    }
  }

  /**
   * Writes keys and values of the next columns into a layer.
   * @returns everything written so far, `[B, kvHeads, length + L, headDim]`
   */
  update(index: number, keys: Tensor, values: Tensor): Layer {
    const layer = this.layers[index]!;
    const end = this.length + keys.shape[2]!;
    const fresh = [all, all, lw.slice(this.length, end)];
    // `set` gives the buffer its new value; nobody reads the old one, so its storage is written over, not copied
    layer.keys.set(fresh, keys);
    layer.values.set(fresh, values);
    const written = lw.slice(0, end);
    return { keys: layer.keys.at(all, all, written), values: layer.values.at(all, all, written) };
  }

  /** Counts `columns` as written, once every layer has been updated. */
  advance(columns: number): void {
    this.length += columns;
  }

  /** Where the next `columns` tokens stand; `rowLengths` overrides the lengths that dynamic rope scaling sees. */
  positions(columns: number, rowLengths?: readonly number[]): Positions {
    const starts = this.padding.map((pad) => this.length - pad);
    const same = starts.every((start) => start === starts[0]);
    return {
      offset: same ? starts[0]! : lw.array(Int32Array.from(starts)),
      lengths: starts.map((start, row) => Math.max(start + columns, rowLengths?.[row] ?? 0)),
    };
  }

  /**
   * What the next `columns` tokens may look at: null for one token that sees everything, `'causal'` without padding, else
   * a boolean `[B, 1, columns, length + columns]`. A padding column sees itself, so that its row is never empty.
   */
  mask(columns: number): Tensor | 'causal' | null {
    if (this.padding.every((pad) => pad === 0)) return columns === 1 ? null : 'causal';
    const total = this.length + columns;
    const allowed = new Uint8Array(this.batch * columns * total);
    let at = 0;
    for (const pad of this.padding) {
      for (let query = this.length; query < total; query++, at += total) {
        if (pad <= query) allowed.fill(1, at + pad, at + query + 1);
        else allowed[at + query] = 1;
      }
    }
    return lw.array(allowed).astype('bool').reshape([this.batch, 1, columns, total]);
  }

  /** The buffers of all layers. */
  tensors(): Tensor[] {
    return this.layers.flatMap((layer) => [layer.keys, layer.values]);
  }

  /** Frees the buffers. */
  dispose(): void {
    for (const tensor of this.tensors()) tensor.dispose();
    this.layers = [];
    this.capacity = this.length = 0;
  }
}
