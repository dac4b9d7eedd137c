/** What a run uses of an optimizer; every one of `lanewise/optimizers` is one. */
export interface Updater {
  state: object;
  get learningRate(): unknown;
  set learningRate(rate: number);
  init(parameters: never): void;
  update(model: never, gradients: never): void;
}
