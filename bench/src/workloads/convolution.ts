import { floats, weight } from '../data.js';
import { sampledAt } from '../reference.js';
import type { Workload } from '../workload.js';

/** Square images and kernels; channels last, as Lanewise and tfjs have them (ONNX Runtime and jax-js want them first). */
interface Shape {
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly depthwise?: boolean;
}
const group = 'conv2d, ResNet shapes';

function convolution(name: string, shape: Shape): Workload {
  const { batch: B, size: S, channels: C, filters: F, kernel: K, stride, depthwise = false } = shape;
  const pad = K >> 1;
  const out = Math.floor((S + 2 * pad - K) / stride) + 1;
  const perFilter = depthwise ? 1 : C;
  const groups = depthwise ? C : 1;
  /** an element of the result, image (y, x) */
  const element = (
    x: ArrayLike<number>,
    w: ArrayLike<number>,
    b: number,
    oy: number,
    ox: number,
    f: number,
  ): number => {
    let s = 0;
    for (let ky = 0; ky < K; ky++) {
      const iy = oy * stride + ky - pad;
      if (iy < 0 || iy >= S) continue;
      for (let kx = 0; kx < K; kx++) {
        const ix = ox * stride + kx - pad;
        if (ix < 0 || ix >= S) continue;
        const from = ((b * S + iy) * S + ix) * C + (depthwise ? f : 0);
        const at = ((f * K + ky) * K + kx) * perFilter;
        for (let c = 0; c < perFilter; c++) s += x[from + c]! * w[at + c]!;
      }
    }
    return s;
  };
  return {
    name,
    group,
    inputs: { x: floats([B, S, S, C], 1), w: weight(floats([F, K, K, perFilter], 2)) },
    flops: 2 * B * out * out * F * K * K * perFilter,
    tolerance: 2e-5, // Winograd's transforms round more often than a sum of products does
    expected: ({ x, w }) => sampledAt([B, out, out, F], (b, oy, ox, f) => element(x!, w!, b!, oy!, ox!, f!), 512),
    ours: (lw, { x, w }) => lw.conv2d(x!, w!, stride, pad, 1, groups),
    peers: {
      tfjs: {
        setup: (tf, { x, w }) => {
          // (filters, kernel, kernel, channels) to its (kernel, kernel, channels, filters or multiplier), once
          const filter = tf.transpose(w, depthwise ? [1, 2, 0, 3] : [1, 2, 3, 0]);
          return () =>
            depthwise
              ? tf.depthwiseConv2d(x, filter, stride, pad)
              : tf.conv2d(x, filter, stride, pad, 'NHWC', 1, 'floor');
        },
      },
      javascript: (_, { x, w }) => {
        const y = new Float32Array(B * out * out * F);
        let at = 0;
        for (let b = 0; b < B; b++)
          for (let oy = 0; oy < out; oy++)
            for (let ox = 0; ox < out; ox++) for (let f = 0; f < F; f++) y[at++] = element(x!, w!, b, oy, ox, f);
        return y;
      },
    },
  };
}

/** The same with channels first, where the layouts of the others are the native ones; our own pays for two transposes. */
function channelsFirst(name: string, shape: Shape): Workload {
  const { batch: B, size: S, channels: C, filters: F, kernel: K, stride } = shape;
  const last = convolution(name, shape);
  const pad = K >> 1;
  const out = Math.floor((S + 2 * pad - K) / stride) + 1;
  return {
    ...last,
    inputs: { x: floats([B, C, S, S], 1), w: weight(floats([F, C, K, K], 2)) },
    expected: ({ x, w }) =>
      sampledAt(
        [B, F, out, out],
        (b, f, oy, ox) => {
          let s = 0;
          for (let c = 0; c < C; c++)
            for (let ky = 0; ky < K; ky++)
              for (let kx = 0; kx < K; kx++) {
                const [iy, ix] = [oy! * stride + ky - pad, ox! * stride + kx - pad];
                if (iy < 0 || ix < 0 || iy >= S || ix >= S) continue;
                s += x![((b! * C + c) * S + iy) * S + ix]! * w![((f! * C + c) * K + ky) * K + kx]!;
              }
          return s;
        },
        512,
      ),
    ours: (lw, { x, w }) =>
      lw.contiguous(
        lw.conv2d(x!.transpose([0, 2, 3, 1]), w!.transpose([0, 2, 3, 1]), stride, pad).transpose([0, 3, 1, 2]),
      ),
    peers: {
      onnx: (graph, { x, w }) => graph.op('Conv', [x, w], { pads: [pad, pad, pad, pad], strides: [stride, stride] }),
      jax: (jax, { x, w }) =>
        jax.lax.convGeneralDilated(
          x,
          w,
          [stride, stride],
          [
            [pad, pad],
            [pad, pad],
          ],
        ),
    },
  };
}

const third: Shape = { batch: 1, size: 28, channels: 128, filters: 128, kernel: 3, stride: 1 };
export const convolutions: readonly Workload[] = [
  convolution('7x7, 224x224x3 to 64, stride 2', {
    batch: 1,
    size: 224,
    channels: 3,
    filters: 64,
    kernel: 7,
    stride: 2,
  }),
  convolution('3x3, 56x56x64 to 64', { batch: 1, size: 56, channels: 64, filters: 64, kernel: 3, stride: 1 }),
  convolution('3x3, 28x28x128 to 128', third),
  convolution('3x3, 7x7x512 to 512', { batch: 1, size: 7, channels: 512, filters: 512, kernel: 3, stride: 1 }),
  convolution('3x3, 56x56x64 to 128, stride 2', {
    batch: 1,
    size: 56,
    channels: 64,
    filters: 128,
    kernel: 3,
    stride: 2,
  }),
  convolution('1x1, 56x56x64 to 256', { batch: 1, size: 56, channels: 64, filters: 256, kernel: 1, stride: 1 }),
  convolution('depthwise 3x3, 56x56x128', {
    ...{ batch: 1, size: 56, channels: 128, filters: 128, kernel: 3, stride: 1, depthwise: true },
  }),
  channelsFirst('3x3, 128x28x28 to 128, channels first', third),
  channelsFirst('3x3, 64x56x56 to 64, channels first', { ...third, size: 56, channels: 64, filters: 64 }),
  channelsFirst('1x1, 64x56x56 to 256, channels first', { ...third, size: 56, channels: 64, filters: 256, kernel: 1 }),
];
