/** What the detokeniser needs of a tokenizer. */
export interface Decoder {
  /** the text of these tokens, special ones left out, incomplete UTF-8 as U+FFFD */
  decode(ids: readonly number[]): string;
}

/** Tokens that a shortened window keeps: enough for any decoder rule that looks at a neighbour. */
const KEEP = 8;
/** Tokens after which the window is shortened. */
const LIMIT = 32;

/** The text without a character at its end that may still be incomplete. */
const certainPart = (text: string): string => text.replace(/\uFFFD+$/, '');

/**
 * Turns tokens into text as they come. It decodes a sliding window of recent tokens and hands out what grew, so leading
 * spaces, byte-level pieces and byte fallback come out as in one decoding of everything; a trailing U+FFFD is held back
 * until the character is complete.
 */
export class StreamDetokenizer {
  private window: number[];
  private given: number;

  /**
   * @param decoder the tokenizer
   * @param context tokens that stand before the first one, so that a leading space is kept when a text is continued
   */
  constructor(
    private readonly decoder: Decoder,
    context: readonly number[] = [],
  ) {
    this.window = context.slice(-KEEP);
    this.given = certainPart(decoder.decode(this.window)).length;
  }

  /** Adds a token and returns the text that became certain, possibly none. */
  push(id: number): string {
    this.window.push(id);
    const text = this.decoder.decode(this.window);
    const certain = certainPart(text);
    const fresh = certain.slice(this.given);
    this.given = Math.max(this.given, certain.length);
    if (this.window.length > LIMIT && certain.length === text.length) this.shorten(text);
    return fresh;
  }

  /** The text that is still held back; incomplete characters come out as U+FFFD. */
  flush(): string {
    const text = this.decoder.decode(this.window);
    const rest = text.slice(this.given);
    this.given = text.length;
    return rest;
  }

  /** Forgets old tokens when the rest decodes to the end of the same text. */
  private shorten(text: string): void {
    const shorter = this.window.slice(-KEEP);
    const tail = this.decoder.decode(shorter);
    if (tail === '' || tail.startsWith('\uFFFD') || !text.endsWith(tail)) return;
    this.window = shorter;
    this.given = tail.length;
  }
}

/** What a stop string scanner found. */
export interface Scanned {
  /** text that can be shown: no stop string begins in it */
  readonly text: string;
  /** the stop string that was found, if any */
  readonly stop: string | undefined;
}

/** Looks for stop strings in a stream and holds back text that may be the beginning of one. */
export class StopScanner {
  private held = '';

  /** @param stops the stop strings; empty ones are ignored */
  constructor(private readonly stops: readonly string[]) {
    this.stops = stops.filter((stop) => stop !== '');
  }

  /** Adds text. After a stop string was found nothing more should be pushed. */
  push(text: string): Scanned {
    this.held += text;
    let end = -1;
    let stop: string | undefined;
    for (const candidate of this.stops) {
      const at = this.held.indexOf(candidate);
      if (at >= 0 && (end < 0 || at < end)) [end, stop] = [at, candidate];
    }
    if (stop === undefined) end = this.held.length - this.undecided();
    const shown = this.held.slice(0, end);
    this.held = stop === undefined ? this.held.slice(end) : '';
    return { text: shown, stop };
  }

  /** The text held back, once no more will come. */
  flush(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }

  /** Length of the longest end of the held text with which a stop string begins. */
  private undecided(): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let n = Math.min(stop.length - 1, this.held.length); n > longest; n--) {
        if (this.held.endsWith(stop.slice(0, n))) longest = n;
      }
    }
    return longest;
  }
}
