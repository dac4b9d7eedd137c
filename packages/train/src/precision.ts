// Forward and backward in half precision over float32 masters.
import { memory, valueAndGrad, type Tensor } from 'lanewise';
import type { TrainConfig } from './config.js';
import { flatten, mapTree } from './tree.js';
import type { Loss, Model, Task } from './task.js';

/** The dtypes whose masters are float32. */
const HALVES: readonly string[] = ['float16', 'bfloat16'];

/** Makes the trained parameters float32: the masters that the optimizer updates. */
export function widen(model: Model): void {
  const before = model.trainableParameters();
  if (!flatten(before).some(([, t]) => HALVES.includes(t.dtype))) return;
  const wide = mapTree((t) => (HALVES.includes(t.dtype) ? t.astype('float32').eval() : t), before);
  model.update(wide as never);
}
/** Runs `fn` with the trained parameters of the model in another dtype, and puts them back. */
export function withPrecision<T>(
  model: Model,
  parameters: object,
  precision: TrainConfig['precision'],
  fn: () => T,
): T {
  const held = model.trainableParameters();
  const cast = (t: Tensor): Tensor => (precision !== 'float32' && t.dtype === 'float32' ? t.astype(precision) : t);
  model.update(mapTree(cast, parameters) as never);
  try {
    return fn();
  } finally {
    model.update(held as never);
  }
}

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
/** Loss and gradients of the trained parameters; the gradients are float32, and those of `lossScale` times the loss. */
export function lossAndGradients<B>(
  task: Task<Model, B>,
  batch: B,
  precision: TrainConfig['precision'],
  lossScale: number,
): { loss: Loss; gradients: object } {
  const { model } = task;
  const run = valueAndGrad((parameters: object) => {
    const loss = withPrecision(model, parameters, precision, () => task.loss(model, batch));
    return [lossScale === 1 ? loss[0] : loss[0].mul(lossScale), ...loss] as const;
  });
  const [[, ...loss], gradients] = run(model.trainableParameters());
  return { loss: loss as unknown as Loss, gradients };
}

/** The factor that keeps small float16 gradients from vanishing: halved when they overflow, doubled after a quiet time. */
export class LossScale {
  constructor(
    private readonly config: TrainConfig,
    /** what the loss is multiplied by */
    public value: number = config.precision === 'float16' ? config.lossScale.initial : 1,
    /** steps since it changed */
    public quiet = 0,
  ) {}
  /** After a step that was made. */
  made(): void {
    if (this.config.precision !== 'float16' || ++this.quiet < this.config.lossScale.growthInterval) return;
    this.value = Math.min(this.value * 2, 2 ** 24);
    this.quiet = 0;
  }
  /** After a step that was left out. */
  overflowed(): void {
    if (this.config.precision !== 'float16') return;
    this.value = Math.max(this.value / 2, 1);
    this.quiet = 0;
  }
}
/** Bytes of tensors that live now, and the most since `memory.resetPeak`. */
export const heap = (): { active: number; peak: number } => ({ active: memory.active(), peak: memory.peak() });
