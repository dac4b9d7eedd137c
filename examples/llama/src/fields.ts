import { ModelError, show } from './errors.js';

/** Typed reading of a parsed JSON object; every rejection names the field. */
export class Fields {
  /**
   * @param where what the errors call the object, for instance `config.json`
   * @param prefix path of the object inside the file, for instance `rope_scaling.`
   * @throws ModelError when `value` is not a JSON object
   */
  constructor(
    value: unknown,
    private readonly where: string,
    private readonly prefix = '',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ModelError(
        `[${where}] ${prefix === '' ? 'the file' : prefix.slice(0, -1)} must be an object, got ${show(value)}`,
      );
    }
    this.object = value as Record<string, unknown>;
  }

  private readonly object: Record<string, unknown>;

  /** The raw value; null counts as absent, as in the files transformers writes. */
  raw(name: string): unknown {
    const value = Object.hasOwn(this.object, name) ? this.object[name] : undefined;
    return value === null ? undefined : value;
  }

  /** Throws the error of a field. */
  reject(name: string, rule: string): never {
    throw new ModelError(`[${this.where}] ${this.prefix}${name} must be ${rule}, got ${show(this.raw(name))}`);
  }

  /** An integer of at least `least`; required when no fallback is given. */
  integer(name: string, least: number, fallback?: number): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value;
    return this.reject(name, `an integer from ${least} to 2147483647`);
  }

  /** A finite number above zero; required when no fallback is given. */
  positive(name: string, fallback?: number): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    return this.reject(name, 'a finite number above 0');
  }

  /** A boolean, `fallback` when absent. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.reject(name, 'true or false');
  }

  /** A string, or undefined when absent. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    return value === undefined || typeof value === 'string' ? value : this.reject(name, 'a string');
  }

  /** An object, or undefined when absent. */
  child(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new Fields(value, this.where, `${this.prefix}${name}.`);
  }

  /** Token ids: a number or a list of numbers, empty when absent. */
  ids(name: string, vocabSize: number): number[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    // -1 is how older files write "none"
    const ids = list.filter((id) => id !== -1);
    if (ids.every((id): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      return ids;
    }
    return this.reject(name, `a token id below vocab_size (${vocabSize}), or a list of them`);
  }
}
