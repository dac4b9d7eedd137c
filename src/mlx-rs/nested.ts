// mlx_rs::nested: maps in maps, by name. `a.b.c` is the path of what stands under c in b in a.

/** A value, or a map of such. */
export class NestedValue<V> {
  private constructor(
    /** the value, or the map */
    readonly content: V | ReadonlyMap<string, NestedValue<V>>,
  ) {}
  static Value<V>(value: V): NestedValue<V> {
    return new NestedValue(value);
  }
  static Map<V>(entries: ReadonlyMap<string, NestedValue<V>>): NestedValue<V> {
    return new NestedValue<V>(entries);
  }
  /** The values by path, which begins with `prefix`. */
  flatten(prefix: string): Map<string, V> {
    if (!(this.content instanceof Map)) return new Map([[prefix, this.content as V]]);
    const entries = this.content as ReadonlyMap<string, NestedValue<V>>;
    return joined([...entries].map(([key, value]) => value.flatten(`${prefix}.${key}`)));
  }
}
/** Maps in maps. */
export class NestedHashMap<V> {
  constructor(readonly entries: Map<string, NestedValue<V>> = new Map()) {}
  static new<V>(): NestedHashMap<V> {
    return new NestedHashMap<V>();
  }
  insert(key: string, value: NestedValue<V>): void {
    this.entries.set(key, value);
  }
  /** The values by path. */
  flatten(): Map<string, V> {
    return joined([...this.entries].map(([key, value]) => value.flatten(key)));
  }
}
const joined = <V>(maps: readonly ReadonlyMap<string, V>[]): Map<string, V> => new Map(maps.flatMap((m) => [...m]));
