// mlx_lm::cache: keys and values of the tokens so far.
import type { Array, Opt } from './array.js';
import { concatenate_axis } from './ops/index.js';

/** Keys and values that attention has computed, along axis -2. */
export abstract class KeyValueCache {
  is_quantized(): boolean {
    return false;
  }
  /** Elements of a group of a quantised cache; null for others. */
  group_size(): number | null {
    return null;
  }
  /** Bits of an element of a quantised cache; null for others. */
  bits(): number | null {
    return null;
  }
  /** Tokens so far. */
  abstract offset(): number;
  /** The most tokens that are kept; null for all. */
  max_size(): number | null {
    return null;
  }
  /** All keys and values, the given ones last. */
  abstract update_and_fetch(keys: Array, values: Array): [keys: Array, values: Array];
}
/** A cache that keeps all tokens. */
export class ConcatKeyValueCache extends KeyValueCache {
  #held: Opt<[keys: Array, values: Array]>;
  static new(): ConcatKeyValueCache {
    return new ConcatKeyValueCache();
  }
  override offset(): number {
    return this.#held?.[0].dim(-2) ?? 0;
  }
  override update_and_fetch(keys: Array, values: Array): [keys: Array, values: Array] {
    const [k, v] = this.#held ?? [null, null];
    this.#held =
      k === null || v === null
        ? [keys.clone(), values.clone()]
        : [concatenate_axis([k, keys], -2), concatenate_axis([v, values], -2)];
    return [this.#held[0].clone(), this.#held[1].clone()];
  }
}
