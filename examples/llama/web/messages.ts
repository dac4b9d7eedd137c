// What page and worker tell each other.
import type { TrainEvent } from '@lanewise/train';

/** What the page asks for; all else is the recipe of `train --quick`. */
export interface Wishes {
  /** URL of the folder with config and tokenizer */
  readonly folder: string;
  readonly steps: number;
  readonly seed: number;
  /** how the stories begin that the model tells now and then */
  readonly prompt: string;
}
/** To the worker. `resume` goes on after `pause`, and after `stop` from the checkpoint that it left. */
export type Order =
  { readonly type: 'start'; readonly wishes: Wishes } | { readonly type: 'pause' | 'resume' | 'stop' };
/** From the worker. */
export type Message =
  | TrainEvent
  | { readonly type: 'story'; readonly step: number; readonly text: string }
  | { readonly type: 'failure'; readonly message: string };
