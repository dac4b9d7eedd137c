// Optimizers by name.
import { optimizers, type Tensor } from 'lanewise';
import type { TrainConfig } from './config.js';

/** What a run uses of an optimizer; every one of `lanewise/optimizers` is one. */
export interface Updater {
  /** tensors in nested plain objects and arrays */
  state: object;
  /** set before each update, to a tensor without axes that is disposed after it */
  learningRate: Tensor;
  init(parameters: never): void;
  update(model: never, gradients: never): void;
}
/** Which settings an optimizer takes beside its learning rate. */
export const OPTIMIZER_SETTINGS = {
  adamw: ['betas', 'eps', 'weightDecay', 'biasCorrection'],
  adam: ['betas', 'eps', 'biasCorrection'],
  adamax: ['betas', 'eps'],
  adagrad: ['eps'],
  adadelta: ['eps'],
  rmsprop: ['eps'],
  adafactor: ['weightDecay'],
  lion: ['betas', 'weightDecay'],
  muon: ['momentum', 'weightDecay'],
  sgd: ['momentum', 'weightDecay'],
} as const;
type Name = keyof typeof OPTIMIZER_SETTINGS;
export const OPTIMIZERS = Object.keys(OPTIMIZER_SETTINGS) as [Name, ...Name[]];

type Options = { readonly learningRate: number } & Record<string, never>;
const makers: { readonly [K in Name]: (options: Options) => Updater } = {
  adamw: (o) => new optimizers.AdamW(o),
  adam: (o) => new optimizers.Adam(o),
  adamax: (o) => new optimizers.Adamax(o),
  adagrad: (o) => new optimizers.Adagrad(o),
  adadelta: (o) => new optimizers.AdaDelta(o),
  rmsprop: (o) => new optimizers.RMSprop(o),
  // the rate is that of the schedule, not one of its own
  adafactor: (o) => new optimizers.Adafactor({ ...o, relativeStep: false }),
  lion: (o) => new optimizers.Lion(o),
  muon: (o) => new optimizers.Muon(o),
  sgd: (o) => new optimizers.SGD(o),
};
/** The optimizer of the settings; what is null is left to its own defaults. */
export function makeOptimizer({ name, ...settings }: TrainConfig['optimizer']): Updater {
  return makers[name](Object.fromEntries(Object.entries(settings).filter(([, x]) => x !== null)) as Options);
}
