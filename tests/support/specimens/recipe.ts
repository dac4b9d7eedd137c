import type { DType, Tensor } from '../../../src/index.js';
import type { Draw } from '../draw.js';

/** Where an op has a derivative, for finite differences. */
export interface Smooth {
  /** inputs that may be differentiated; all of them by default */
  readonly inputs?: readonly number[];
  /** values lie in this interval */
  readonly within?: readonly [low: number, high: number];
  /** values keep away from these */
  readonly kinks?: readonly number[];
  /** elements must differ, or the op jumps */
  readonly distinct?: boolean;
  /** computed in single precision whatever the dtype, so that differences are taken in that */
  readonly single?: boolean;
  /** the op has a kink where a result is 0 */
  readonly nonzero?: boolean;
}
/** How specimens of a row are made. */
export interface Recipe {
  /** dtypes of the main operand that the op takes */
  readonly dtypes: readonly DType[];
  /** dtypes that it takes too, with results that specimens do not compare */
  readonly also?: readonly DType[];
  /** the arguments of a valid call */
  readonly make: (d: Draw) => readonly unknown[];
  /** turns results that are not unique into what is */
  readonly unique?: (results: Tensor[], inputs: readonly Tensor[]) => Tensor[];
  /** null: a function of whole numbers or steps, without a derivative */
  readonly smooth?: Smooth | null;
  /** how much the op magnifies the rounding of what it computes from: the bound is that many times wider */
  readonly loose?: number;
}
/** A recipe for ops without inputs has one dtype to name. */
export const none: readonly DType[] = ['float32'];
