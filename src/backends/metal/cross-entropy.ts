// The cross entropy of rows of scores. The host looks at the classes, so that one that is not there is an error where it is evaluated.
import { userOp, type Call } from '../backend.js';
import { decode } from '../wasm/indexing.js';
import { withOffsets } from './indexing.js';
import { f32Bits, launch } from './launch.js';
import { dense } from './movement.js';
import { rangeOf } from './rows.js';
import type { Range } from './views.js';

/** attrs { smoothing }; a = scores, b = classes, c = cotangents of the losses or null */
const crossEntropy =
  (name: string) =>
  (call: Call): boolean => {
    const [scores, classes] = [call.a!, call.b!];
    const g = call.c === null ? null : dense(call.c);
    const a = dense(scores);
    const n = scores.shape.dims[scores.shape.ndim - 1]!;
    const rows = classes.shape.size;
    if (a === null || (call.c !== null && g === null)) return false;
    const { smoothing } = call.attrs as { smoothing: number };
    const fill = (at: number): void =>
      decode(userOp(call, 'nn.losses.crossEntropy'), classes, scores.shape.ndim - 1, n, 1, false, at);
    const use = (to: Range): boolean => {
      const ranges = [rangeOf(a), to, ...(g === null ? [] : [rangeOf(g)]), rangeOf(call)];
      return launch(`${name}_${call.type.code}`, ranges, [rows, n, f32Bits(smoothing)]);
    };
    return withOffsets([classes], rows, fill, use);
  };

export const losses = {
  cross_entropy: crossEntropy('cross_entropy'),
  cross_entropy_grad: crossEntropy('cross_entropy_grad'),
};
