// What a run tells while it goes: plain data, which a worker may post.
import type { MemoryEstimate } from './budget.js';

/** Figures of one step of the optimizer. */
export interface StepMetrics {
  /** steps of the optimizer that were made, this one included */
  readonly step: number;
  /** mean over the labels of all batches of the step, in float32 nats for a language model */
  readonly loss: number;
  readonly learningRate: number;
  /** of all gradients together, before clipping */
  readonly gradNorm: number;
  /** labels of this step */
  readonly tokens: number;
  /** labels since the start of the run */
  readonly totalTokens: number;
  /** of this step */
  readonly tokensPerSecond: number;
  /** bytes of tensors that live after the step, and the most during it */
  readonly memory: { readonly active: number; readonly peak: number };
  /** seconds of training so far, in all sessions of the run */
  readonly elapsed: number;
  /** seconds until the last step, from the mean of this session */
  readonly eta: number;
  /** steps left out so far because a loss or a gradient was not finite */
  readonly skipped: number;
  /** finished passes over the data, with the part of this one; absent if the data does not tell */
  readonly epoch?: number;
  /** what a task measured beside its loss, weighted like it */
  readonly extra?: Readonly<Record<string, number>>;
}
/** The best evaluation so far. */
export interface Best {
  readonly step: number;
  readonly loss: number;
}
/** Why a run ended. */
export type EndReason = 'steps' | 'data' | 'stopped' | 'no improvement';
/** How a run ended. */
export interface Summary {
  readonly reason: EndReason;
  readonly step: number;
  /** of the last step of this session; NaN if there was none */
  readonly loss: number;
  readonly best: Best | null;
  readonly totalTokens: number;
  readonly skipped: number;
  readonly elapsed: number;
}
/** What happens in a run, in order. */
export type TrainEvent =
  | {
      readonly type: 'start';
      readonly step: number;
      readonly steps: number;
      /** name of the checkpoint that the run goes on from */
      readonly resumed: string | null;
      readonly trainable: number;
      readonly parameters: number;
      readonly memory: MemoryEstimate;
    }
  | ({ readonly type: 'step' } & StepMetrics)
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly loss: number;
      readonly tokens: number;
      readonly seconds: number;
      /** null until a loss was finite */
      readonly best: Best | null;
      /** evaluations since the best one */
      readonly since: number;
      readonly extra?: Readonly<Record<string, number>>;
    }
  | { readonly type: 'checkpoint'; readonly step: number; readonly name: string; readonly seconds: number }
  | {
      readonly type: 'skip';
      /** the step that was not made */
      readonly step: number;
      readonly loss: number;
      readonly gradNorm: number;
      readonly inRow: number;
      readonly skipped: number;
      /** what the loss is multiplied by from now on */
      readonly lossScale: number;
    }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'pause' | 'resume'; readonly step: number }
  | ({ readonly type: 'end' } & Summary);
/** Is told every event; the run waits for what it returns. */
export type Listener = (event: TrainEvent) => void | Promise<void>;
