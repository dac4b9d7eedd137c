// mlx_rs::utils
import type { Array } from './array.js';

/** What compiled code may change besides returning values: modules and optimizers. */
export interface Updatable {
  /** How many arrays it holds. */
  updatable_states_len?(): number;
  /** The arrays that it holds, in a fixed order. */
  updatable_states(): readonly Array[];
  /** The arrays that it holds, in the same order. */
  updatable_states_mut?(): readonly Array[];
}
