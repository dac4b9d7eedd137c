/** Random choices from a seed: splitmix32. */
export class Random {
  constructor(private state: number) {}

  /** The next 32 bits. */
  private next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
  /** A number in [0, end). */
  below(end: number): number {
    return (this.next() / 2 ** 32) * end;
  }
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.below(high - low + 1));
  }
  flag(): boolean {
    return this.below(1) < 0.5;
  }
  choice<T>(list: readonly T[]): T {
    return list[Math.floor(this.below(list.length))]!;
  }
  /** `count` different elements. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    return Array.from({ length: count }, () => rest.splice(Math.floor(this.below(rest.length)), 1)[0]!);
  }
}
