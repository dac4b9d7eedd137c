// Gradients of a batch, in half precision over float32 masters where that is asked for.
import { array, nn, optimizers, tidy, treeFlatten, treeMap, type DType, type Tensor } from 'lanewise';
import type { TrainConfig } from './config.js';
import type { Loss, Task } from './task.js';
import { disposeTree } from './tree.js';

/** The dtypes whose masters are float32. */
const HALVES: readonly string[] = ['float16', 'bfloat16'];

/** Makes the trained parameters float32: the masters that the optimizer updates. */
export function widen(model: nn.Module): void {
  const before = model.trainableParameters();
  if (!treeFlatten(before).some(([, t]) => HALVES.includes(t.dtype))) return;
  const wide = (t: Tensor): Tensor => (HALVES.includes(t.dtype) ? t.astype('float32').eval() : t);
  model.update(treeMap(wide, before));
}

/** Loss and gradients of the trained parameters; the gradients are float32, and those of `lossScale` times the loss. */
export function lossAndGradients<M extends nn.Module, B>(
  task: Task<M, B>,
  batch: B,
  precision: TrainConfig['precision'],
  lossScale: number,
): { loss: Loss; gradients: object } {
  const { model } = task;
  const cast = (t: Tensor): Tensor => (t.dtype === 'float32' ? t.astype(precision as DType) : t);
  const run = nn.valueAndGrad(model, () => {
    // of the tensors that stand in for the masters during the trace; the masters come back after it
    if (precision !== 'float32') model.update(treeMap(cast, model.trainableParameters()));
    const [value, ...rest] = task.loss(model, batch);
    return [lossScale === 1 ? value : value.mul(lossScale), value, ...rest] as const;
  });
  const [[, ...parts], gradients] = run();
  return { loss: parts, gradients };
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
/** Divides the gradients, takes their norm, and clips them to `most`; gives `sum` back. */
export function finish(sum: object, divisor: number, most: number | null): { gradients: object; gradNorm: number } {
  const [gradients, norm] = tidy(() => {
    const by = array(divisor);
    return optimizers.clipGradNorm(divisor === 1 ? sum : treeMap((g) => g.div(by), sum), most ?? Infinity);
  });
  disposeTree(sum);
  const gradNorm = Number(norm.item());
  norm.dispose();
  return { gradients, gradNorm };
}
