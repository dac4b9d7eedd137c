// Losses as numbers, and their means over labels.
import type { Loss } from './task.js';

/** Loss, labels and further means as numbers. */
export interface Measured {
  readonly loss: number;
  readonly tokens: number;
  readonly extra: Readonly<Record<string, number>>;
}
/** What `loss` gave, as numbers. */
export function measure([loss, tokens, extra = {}]: Loss): Measured {
  return {
    loss: Number(loss.item()),
    tokens: typeof tokens === 'number' ? tokens : Number(tokens.item()),
    extra: Object.fromEntries(Object.entries(extra).map(([name, x]) => [name, Number(x.item())])),
  };
}
/** Means over labels. */
export class Means {
  private tokens = 0;
  private loss = 0;
  private readonly extra: Record<string, number> = {};
  add({ loss, tokens, extra }: Measured): void {
    this.tokens += tokens;
    this.loss += loss * tokens;
    for (const [name, x] of Object.entries(extra)) this.extra[name] = (this.extra[name] ?? 0) + x * tokens;
  }
  get values(): Measured {
    const { tokens } = this;
    const extra = Object.fromEntries(Object.entries(this.extra).map(([name, x]) => [name, x / tokens]));
    return { loss: this.loss / tokens, tokens, extra };
  }
}
