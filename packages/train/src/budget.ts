// How much memory a run will take, before it takes it.
import { MemoryBudgetError } from './errors.js';
import { formatBytes } from './units.js';
import type { TrainConfig } from './config.js';
import { bytesOfTree, sizeOfTree } from './tree.js';

/** Bytes that a run needs at once. All but `activations` are exact. */
export interface MemoryEstimate {
  /** parameters, float32 masters among them */
  readonly weights: number;
  /** copies of the trained parameters in the dtype of the forward pass */
  readonly copies: number;
  readonly gradients: number;
  /** what the optimizer keeps */
  readonly moments: number;
  /** what one batch leaves for the backward pass, by the task's own account; 0 if it gives none */
  readonly activations: number;
  readonly total: number;
}
/** Adds up what is known before the first step. */
export function estimateMemory(
  parameters: object,
  trainable: object,
  optimizerState: unknown,
  activations: number,
  { precision, accumulation }: Pick<TrainConfig, 'precision' | 'accumulation'>,
): MemoryEstimate {
  const size = sizeOfTree(trainable);
  const parts = {
    weights: bytesOfTree(parameters),
    copies: precision === 'float32' ? 0 : 2 * size,
    gradients: 4 * size * (accumulation > 1 ? 2 : 1),
    moments: bytesOfTree(optimizerState),
    activations,
  };
  return { ...parts, total: Object.values(parts).reduce((a, b) => a + b, 0) };
}
const ADVICE = 'lower batchSize or data.maxLength, set gradientCheckpointing, or raise memoryBudget';
/** @throws MemoryBudgetError if the estimate is above the budget */
export function checkBudget(estimate: MemoryEstimate, budget: number): void {
  if (estimate.total <= budget) return;
  const parts = (['weights', 'copies', 'gradients', 'moments', 'activations'] as const)
    .filter((name) => estimate[name] > 0)
    .map((name) => `${name} ${formatBytes(estimate[name])}`);
  throw new MemoryBudgetError(
    `[memory] the budget must hold what training needs, about ${formatBytes(estimate.total)} (${parts.join(', ')}), got ${formatBytes(budget)}; ${ADVICE}`,
    estimate.total,
    budget,
  );
}
/** What is thrown where the heap reached the budget in the middle of a step. */
export function overBudget(step: number, needed: number, budget: number, cause: unknown): MemoryBudgetError {
  return new MemoryBudgetError(
    `[memory] step ${step} must fit into the budget, got ${formatBytes(needed)} needed of ${formatBytes(budget)}; ${ADVICE}`,
    needed,
    budget,
    { cause },
  );
}
