// Gradient checkpointing: the inside of each layer is computed again in the backward pass.
import { checkpoint, type nn } from 'lanewise';
import { ConfigError } from './errors.js';
import { layersOf, type Task } from './task.js';

type Layer = nn.Module & { forward(...args: unknown[]): unknown };

/**
 * Lets the layers of a model keep only what goes in and what comes out.
 * @returns a function that undoes it
 * @throws ConfigError if the model has no list of layers and the task names none
 */
export function recomputing<M extends nn.Module>(task: Task<M, never>): () => void {
  const layers = (task.layers?.(task.model) ?? layersOf(task.model)) as readonly Layer[];
  if (layers.length === 0)
    throw new ConfigError([
      {
        path: 'gradientCheckpointing',
        rule: 'needs a model with a list of layers, or a task that names them',
        got: 'neither',
      },
    ]);
  for (const layer of layers) {
    const forward = checkpoint((...args: unknown[]) =>
      (Object.getPrototypeOf(layer) as Layer).forward.apply(layer, args),
    );
    Object.defineProperty(layer, 'forward', { value: forward, configurable: true, enumerable: false });
  }
  return () => {
    for (const layer of layers) delete (layer as Partial<Layer>).forward;
  };
}
