import type { Kernel } from '../backend.js';
import { read, store, toNumber } from './access.js';

interface Attrs {
  readonly stride: readonly number[];
  readonly low: readonly number[];
  readonly kernelDilation: readonly number[];
  readonly inputDilation: readonly number[];
  readonly groups: number;
  readonly flip: boolean;
}

/** Every index into `dims`, in row-major order. */
function* indices(dims: readonly number[]): Generator<readonly number[]> {
  const size = dims.reduce((n, d) => n * d, 1);
  const at = dims.map(() => 0);
  for (let i = 0; i < size; i++) {
    yield at;
    for (let k = dims.length - 1; k >= 0; k--) {
      if (++at[k]! < dims[k]!) break;
      at[k] = 0;
    }
  }
}

/** Convolutions, summed in double precision over the taps that meet an element. */
export const convolution: Readonly<Record<string, Kernel>> = {
  /** `out[n, o, c]`: sum of `a[n, (o stride + k kernelDilation - low) / inputDilation, i] b[c, k, i]`; flip: k from the end */
  convolution: (call) => {
    const [a, b] = [call.a!, call.b!];
    const { stride, low, kernelDilation, inputDilation, groups, flip } = call.attrs as Attrs;
    const spatial = call.shape.dims.slice(1, -1);
    const kernel = b.shape.dims.slice(1, -1);
    const channels = b.shape.dims[b.shape.ndim - 1]!;
    const outputs = b.shape.dims[0]!;
    let out = 0;
    for (const place of indices(call.shape.dims)) {
      const n = place[0]!;
      const c = place[spatial.length + 1]!;
      const first = Math.floor(c / (outputs / groups)) * channels;
      let sum = 0;
      for (const tap of indices(kernel)) {
        const from = spatial.map(
          (_, i) => (place[i + 1]! * stride[i]! + tap[i]! * kernelDilation[i]! - low[i]!) / inputDilation[i]!,
        );
        if (!from.every((p, i) => Number.isInteger(p) && p >= 0 && p < a.shape.dims[i + 1]!)) continue;
        const weight = flip ? tap.map((k, i) => kernel[i]! - 1 - k) : tap;
        for (let i = 0; i < channels; i++) {
          sum += toNumber(read(a, [n, ...from, first + i])) * toNumber(read(b, [c, ...weight, i]));
        }
      }
      store(call.type, call.at, out++, sum);
    }
  },
};
