// Random choices of the data pipeline. Their state is four words, so that a checkpoint can hold it.

/** State of a `Choices`. */
export type ChoicesState = readonly [number, number, number, number];

/** Small fast counter generator (sfc32, Chris Doty-Humphrey), of 128 bits of state. */
export class Choices {
  private words: [number, number, number, number];

  constructor(seed: number | ChoicesState) {
    if (typeof seed !== 'number') {
      this.words = [...seed];
      return;
    }
    this.words = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9, 1];
    for (let i = 0; i < 12; i++) this.next(); // until every bit of the seed has reached every word
  }
  get state(): ChoicesState {
    return [...this.words];
  }
  /** 32 random bits. */
  private next(): number {
    const [a, b, c, counter] = this.words;
    const sum = (a + b + counter) >>> 0;
    this.words = [
      (b ^ (b >>> 9)) >>> 0,
      (c + (c << 3)) >>> 0,
      (((c << 21) | (c >>> 11)) + sum) >>> 0,
      (counter + 1) >>> 0,
    ];
    return sum;
  }
  /** An integer from 0 up to, but not, `n`; each is equally likely. */
  below(n: number): number {
    const most = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.next();
      if (x < most) return x % n;
    }
  }
  /** Puts the items of a list in random order (Fisher-Yates). */
  shuffle(list: unknown[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const k = this.below(i + 1);
      [list[i], list[k]] = [list[k], list[i]];
    }
  }
}
