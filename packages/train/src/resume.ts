// What of a model goes into a checkpoint, and how it comes back.
import { treeFlatten, treeMapWithPath, type nn, type Tensor } from 'lanewise';
import type { TrainConfig } from './config.js';
import { CheckpointError } from './errors.js';

/** The parameters by name. */
export const savedModel = (model: nn.Module, frozen: boolean): Record<string, Tensor> =>
  Object.fromEntries(treeFlatten(frozen ? model.parameters() : model.trainableParameters()));

const some = (names: readonly string[]): string => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''}`;
/**
 * Gives the model the parameters of a checkpoint. Frozen ones may be absent.
 * @throws CheckpointError if names, shapes or dtypes are not those of the model
 */
export function restoreModel(model: nn.Module, saved: Readonly<Record<string, Tensor>>, name: string): void {
  const own = new Map(treeFlatten(model.parameters()));
  const strange = Object.keys(saved).filter((key) => !own.has(key));
  const missing = treeFlatten(model.trainableParameters())
    .map(([key]) => key)
    .filter((key) => !(key in saved));
  if (strange.length > 0 || missing.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`${missing.length} that it has not (${some(missing)})`] : []),
      ...(strange.length > 0 ? [`${strange.length} that the model has not (${some(strange)})`] : []),
    ];
    throw new CheckpointError(`[checkpoint] ${name} must have the parameters of the model, got ${parts.join(' and ')}`);
  }
  for (const [key, t] of Object.entries(saved)) {
    const mine = own.get(key)!;
    const show = (x: Tensor): string => `${x.dtype} (${x.shape.join(',')})`;
    if (show(t) !== show(mine))
      throw new CheckpointError(`[checkpoint] ${key} in ${name} must be ${show(mine)} as in the model, got ${show(t)}`);
  }
  model.loadWeights(saved, false);
}

/**
 * The state of an optimizer with the tensors of a checkpoint.
 * @throws CheckpointError if it was one of another optimizer
 */
export function restoredState(state: object, saved: Readonly<Record<string, Tensor>>, name: string): object {
  const own = treeFlatten(state).map(([key]) => key);
  const wrong = [...own.filter((key) => !(key in saved)), ...Object.keys(saved).filter((key) => !own.includes(key))];
  if (wrong.length > 0)
    throw new CheckpointError(
      `[checkpoint] ${name} must have the state of the optimizer, of ${own.length} tensors, got ${Object.keys(saved).length}; one of them alone has ${some(wrong)}`,
    );
  return treeMapWithPath((path) => saved[path]!, state);
}

/** Settings that do not change what the steps compute. */
const HARMLESS = /^(checkpoints|evaluation|logEvery|memoryBudget|pause|maxSkipped|gradientCheckpointing)\b/;
/** A sentence for each setting that makes the rest of a run differ from the one that was interrupted. */
export function settingsThatDiffer(saved: TrainConfig, now: TrainConfig): string[] {
  const list = (x: unknown, path = ''): [string, string][] =>
    typeof x === 'object' && x !== null && !Array.isArray(x)
      ? Object.entries(x).flatMap(([key, value]) => list(value, path === '' ? key : `${path}.${key}`))
      : [[path, JSON.stringify(x)]];
  const before = new Map(list(saved));
  return list(now).flatMap(([path, value]) =>
    HARMLESS.test(path) || before.get(path) === value
      ? []
      : [`${path} is ${value}, and was ${before.get(path) ?? 'absent'} when the checkpoint was written`],
  );
}
