import { floats } from '../data.js';
import { cached, sampled } from '../reference.js';
import type { Values } from '../data.js';
import type { Expected, Workload } from '../workload.js';

const group = 'Fourier transforms of real rows';

/** Some frequencies of each row by the definition, as pairs of real and imaginary parts. */
function transformed(x: Values, n: number, rows: number, bins: number): Expected {
  const bin = cached((at) => {
    const [row, k] = [Math.floor(at / bins), at % bins];
    let [re, im] = [0, 0];
    for (let i = 0; i < n; i++) {
      const angle = (-2 * Math.PI * ((i * k) % n)) / n;
      re += x[row * n + i]! * Math.cos(angle);
      im += x[row * n + i]! * Math.sin(angle);
    }
    return [re, im] as const;
  });
  return sampled(2 * rows * bins, (i) => bin(i >> 1)[i & 1]!, 256);
}
function spectrum(n: number, rows: number): Workload {
  const bins = n / 2 + 1;
  return {
    name: `rfft of ${rows} x ${n}`,
    group,
    inputs: { x: floats([rows, n], 1) },
    flops: 2.5 * rows * n * Math.log2(n), // as FFTW counts a real transform
    // lengths that are no power of two go through longer convolutions in some libraries
    tolerance: Number.isInteger(Math.log2(n)) ? 5e-6 : 1e-4,
    expected: ({ x }) => transformed(x!, n, rows, bins),
    ours: (lw, { x }) => lw.fft.rfft(x!),
    peers: {
      onnx: (graph, { x }) => graph.op('DFT', [graph.op('Unsqueeze', [x, graph.longs(2)])], { axis: 1, onesided: 1 }),
      jax: (jax, { x }) => {
        const np = jax.numpy;
        const y = np.fft.fft({ real: x, imag: np.zeros([rows, n]) });
        return np.stack([y.real.slice([], [0, bins]), y.imag.slice([], [0, bins])], -1);
      },
      numpy: (np, { x }) => np.fft.rfft(x),
    },
  };
}
export const spectral: readonly Workload[] = [
  spectrum(1024, 64),
  spectrum(4096, 16),
  spectrum(65_536, 1),
  spectrum(1000, 64),
];
