import { afterEach, describe, expect, it } from 'vitest';
import { asF32, Bench, load, text, type Rig } from './rig.js';
import type { MetalAddon } from '../../native/metal/index.js';

const N = 1000;
const ramp = Float32Array.from({ length: N }, (_, i) => i / 100 - 5);
const worst = (got: Float32Array): number =>
  got.reduce((e, y, i) => Math.max(e, Math.abs(y / Math.exp(ramp[i]!) - 1)), 0);
const exp = (bench: Bench): Float32Array => asF32(bench.run('unary_exp_f32', [ramp], N * 4, [N, 1]));

describe('metal addon', () => {
  const addon = load<MetalAddon>('metal');
  const rig = load<Rig>('rig');
  afterEach(() => {
    addon.close();
    expect(rig.reports()).toEqual([]);
    const { objects, buffers, commands, encoders } = rig.counts();
    expect({ objects, buffers, commands, encoders }).toEqual({ objects: 0, buffers: 0, commands: 0, encoders: 0 });
  });

  it('encode › runs on the heap in place, and only when it is waited for', () => {
    const bench = new Bench(addon);
    const [x, bytes] = bench.put(ramp);
    const y = bench.take(bytes);
    expect(
      bench.encode(
        'unary_exp_f32',
        [
          [x, bytes],
          [y, bytes],
        ],
        [N, 1],
      ),
    ).toBe(true);
    expect(new Float32Array(bench.memory.buffer, y, N).every((v) => v === 0)).toBe(true);
    addon.wait();
    expect(worst(new Float32Array(bench.memory.buffer, y, N))).toBeLessThan(2e-7);
    expect(addon.info()).toMatchObject({
      executor: 'msl-emulated-cpu',
      heap: 'shared',
      dispatches: 1,
      commits: 1,
      copiedIn: 0,
    });
  });

  it('define › by the name of a file takes its place, beside the file that all begin with', () => {
    const bench = new Bench(addon);
    const file = text('kernels/matvec.metal');
    const dot = (): number[] => [
      ...asF32(bench.run('matvec_f32', [Float32Array.of(1, 2), Float32Array.of(10, 20)], 4, [1, 2, 2, 1])),
    ];
    expect(dot()).toEqual([50]);
    addon.define('matvec', file.replaceAll('simd_sum(', 'simd_max('));
    expect(dot()).toEqual([40]);
    addon.define('matvec', file);
    expect(dot()).toEqual([50]);
  });
  it('define › compiles generated kernels, checks their bounds, and replaces them', () => {
    const source = (value: string): string => `
struct Call { uint n; uint walksA; uint walksB; };
kernel void fused_k7_f32_f16_f32(device const float* a [[buffer(0)]], device const half* b [[buffer(1)]],
                                 device float* o [[buffer(2)]], constant Call& c [[buffer(3)]],
                                 uint i [[thread_position_in_grid]], uint threads [[threads_per_grid]]) {
  for (; i < c.n; i += threads) o[i] = ${value};
}`;
    const bench = new Bench(addon);
    const halves = Uint16Array.of(0x3c00, 0x4000, 0x4200); // 1, 2, 3
    const run = (): number[] => [
      ...asF32(bench.run('fused_k7_f32_f16_f32', [Float32Array.of(10, 20, 30), halves], 12, [3, 1, 1])),
    ];
    addon.define('k7', source('a[i] * float(b[i])'));
    expect(run()).toEqual([10, 40, 90]);
    addon.define('k7', source('a[i] - float(b[i])'));
    expect(run()).toEqual([9, 18, 27]);
    const short = () =>
      bench.encode(
        'fused_k7_f32_f16_f32',
        [
          [1024, 12],
          [2048, 5],
          [4096, 12],
        ],
        [3, 1, 1],
      );
    expect(short).toThrow(/needs 6 bytes of b \(buffer 1\), got 5/);
  });

  it('encode › refuses what would lie outside, naming kernel, buffer and bytes', () => {
    const bench = new Bench(addon);
    const call = (ranges: [number, number][], words: number[]) => () => bench.encode('unary_exp_f32', ranges, words);
    const text = /^\[unary_exp_f32\] needs 4000 bytes of a \(buffer 0\), got 3996$/;
    expect(
      call(
        [
          [1024, 3996],
          [8192, 4000],
        ],
        [N, 1],
      ),
    ).toThrow(text);
    expect(
      call(
        [
          [1024, 4000],
          [8192, 3999],
        ],
        [N, 1],
      ),
    ).toThrow(/needs 4000 bytes of output \(buffer 1\), got 3999/);
    expect(
      call(
        [
          [1024, 4000],
          [4194300, 4000],
        ],
        [N, 1],
      ),
    ).toThrow(/4000 bytes at 4194300 of a heap of 4194304/);
    expect(call([[1024, 4000]], [N, 1])).toThrow(/takes 2 buffers, got 1/);
    expect(
      call(
        [
          [1024, 4000],
          [8192, 4000],
        ],
        [N],
      ),
    ).toThrow(/takes 2 words of constants, got 1/);
    expect(() => addon.kernel('unary_nothing_f32')).toThrow(/has no kernel unary_nothing_f32/);
    expect(() => addon.kernel('nothing_f32')).toThrow(/no kernel nothing_f32/);
    expect(worst(exp(bench))).toBeLessThan(2e-7);
  });
});
