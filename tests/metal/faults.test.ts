// What a device may refuse. Each time there is a typed error or another way, and the next call works.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asF32, Bench, load, type Rig } from './rig.js';
import type { MetalAddon } from '../../native/metal/index.js';

const N = 300;
const ramp = Float32Array.from({ length: N }, (_, i) => i - 150);
const negative = (bench: Bench): number[] => [...asF32(bench.run('unary_negative_f32', [ramp], N * 4, [N, 1]))];
const want = Array.from(ramp, (x) => -x);
const thrown = (f: () => unknown): { code?: string; message: string } => {
  try {
    f();
  } catch (e) {
    return e as Error;
  }
  return { message: 'nothing was thrown' };
};

describe('metal faults', () => {
  const addon = load<MetalAddon>('metal');
  const rig = load<Rig>('rig');
  beforeEach(() => addon.close());
  afterEach(() => {
    for (const name of [
      'no-device',
      'refuse-allocation',
      'refuse-no-copy',
      'refuse-pipeline',
      'refuse-library',
      'command-error',
    ])
      rig.set(name, 0);
    rig.set('max-buffer', 2 ** 32);
    rig.set('working-set', 2 ** 33);
    addon.close();
    expect(rig.reports()).toEqual([]);
    expect(rig.counts()).toMatchObject({ objects: 0, buffers: 0, commands: 0, encoders: 0 });
  });

  it('open › a machine without a device is METAL_UNAVAILABLE, and says so each time', () => {
    rig.set('no-device', 1);
    expect(thrown(() => addon.open())).toMatchObject({
      code: 'METAL_UNAVAILABLE',
      message: '[metal] this machine has no Metal device',
    });
    expect(addon.info()).toBeNull();
    rig.set('no-device', 0);
    expect(addon.open().executor).toBe('msl-emulated-cpu');
  });

  it('compile › a family that is refused takes only itself', () => {
    const bench = new Bench(addon);
    rig.set('refuse-library', 1);
    expect(thrown(() => negative(bench))).toMatchObject({ code: 'METAL_COMPILE' });
    expect(thrown(() => negative(bench))).toMatchObject({ code: 'METAL_COMPILE' });
    expect([...asF32(bench.run('reduce_sum_f32', [ramp.slice(0, 4)], 4, [1, 4]))]).toEqual([-594]);
  });

  it('compile › the message of the compiler names family and line', () => {
    new Bench(addon);
    addon.define('broken', 'kernel void fused_broken_f32(device float* o [[buffer(0)]]) { o[0] = erf(1.0f); }');
    const { code, message } = thrown(() => addon.kernel('fused_broken_f32_f32'));
    expect(code).toBe('METAL_COMPILE');
    expect(message).toMatch(/broken\.metal:1:\d+: error: .*erf/);
  });

  it('pipeline › one that is refused is METAL_PIPELINE, and may be asked for again', () => {
    const bench = new Bench(addon);
    rig.set('refuse-pipeline', 1);
    expect(thrown(() => negative(bench))).toMatchObject({ code: 'METAL_PIPELINE' });
    expect(negative(bench)).toEqual(want);
  });

  it.each([
    [1, 'METAL_COMMAND'],
    [2, 'METAL_TIMEOUT'],
    [8, 'METAL_MEMORY'],
  ])('wait › a command buffer that fails with %i throws %s once', (error, code) => {
    const bench = new Bench(addon);
    rig.set('command-error', error);
    expect(thrown(() => negative(bench))).toMatchObject({ code });
    addon.wait();
    expect(negative(bench)).toEqual(want);
  });

  it('wait › a lost device throws METAL_LOST, and the next call opens it again', () => {
    const bench = new Bench(addon);
    const kernel = addon.kernel('unary_negative_f32');
    rig.set('command-error', 11);
    expect(thrown(() => negative(bench))).toMatchObject({ code: 'METAL_LOST' });
    expect(negative(bench)).toEqual(want);
    expect(addon.kernel('unary_negative_f32')).toBe(kernel);
  });

  it('waitAsync › rejects with the same codes', async () => {
    const bench = new Bench(addon);
    const [x, y] = [bench.put(ramp), bench.take(N * 4)];
    for (const [error, code] of [
      [1, 'METAL_COMMAND'],
      [11, 'METAL_LOST'],
    ] as const) {
      rig.set('command-error', error);
      bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
      await expect(addon.waitAsync()).rejects.toMatchObject({ code });
    }
    bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    await addon.waitAsync();
    expect([...new Float32Array(bench.memory.buffer, y, N)]).toEqual(want);
  });

  it('wait › hears of a failure among hundreds of calls, however long ago', async () => {
    const bench = new Bench(addon);
    const [x, y] = [bench.put(ramp), bench.take(N * 4)];
    const many = (): void => {
      rig.set('command-error', 1);
      for (let i = 0; i < 1000; i++) bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    };
    rig.set('check', 0);
    many();
    expect(thrown(() => addon.wait())).toMatchObject({ code: 'METAL_COMMAND' });
    many();
    await expect(addon.waitAsync()).rejects.toMatchObject({ code: 'METAL_COMMAND' });
    rig.set('check', 1);
    addon.wait();
    expect(negative(bench)).toEqual(want);
  });

  it('wait › what was encoded behind a lost device is reported lost too', async () => {
    const bench = new Bench(addon);
    const [x, y] = [bench.put(ramp), bench.take(N * 4)];
    rig.set('command-error', 11);
    bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    const first = addon.waitAsync();
    bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    await expect(first).rejects.toMatchObject({ code: 'METAL_LOST' });
    expect(thrown(() => addon.wait())).toMatchObject({ code: 'METAL_LOST' });
    expect(negative(bench)).toEqual(want);
  });

  it('heap › where wrapping is refused, kernels work on copies', () => {
    rig.set('refuse-no-copy', 1);
    const bench = new Bench(addon);
    expect(negative(bench)).toEqual(want);
    expect(addon.info()).toMatchObject({ heap: 'copied', copiedIn: 2 * N * 4, copiedOut: N * 4 });
  });

  it('heap › copies see what earlier calls of the batch wrote, and parts of them', () => {
    const bench = new Bench(addon, { copy: true });
    const [a, b, c] = [bench.put(ramp), bench.take(N * 4), bench.take(N * 4)];
    bench.encode('unary_negative_f32', [a, [b, N * 4]], [N, 1]);
    bench.encode(
      'unary_square_f32',
      [
        [b + 400, 400],
        [c, 400],
      ],
      [100, 1],
    );
    bench.encode(
      'unary_negative_f32',
      [
        [c, 400],
        [b + 200, 400],
      ],
      [100, 1],
    );
    bench.encode(
      'unary_negative_f32',
      [
        [b + 100, 600],
        [c, 600],
      ],
      [150, 1],
    );
    addon.wait();
    const f32 = (at: number, n: number): number[] => [...new Float32Array(bench.memory.buffer, at, n)];
    const kept = want.map((v, i) => (i >= 50 && i < 150 ? -(want[i - 50 + 100]! ** 2) : v));
    expect(f32(b, N)).toEqual(kept);
    expect(f32(c, 150)).toEqual(kept.slice(25, 175).map((v) => -v));
  });

  it('heap › an allocation that is refused is METAL_MEMORY', () => {
    const bench = new Bench(addon, { copy: true });
    rig.set('refuse-allocation', 1);
    expect(thrown(() => negative(bench))).toMatchObject({ code: 'METAL_MEMORY' });
    expect(negative(bench)).toEqual(want);
  });

  it('heap › scratch that is kept has a limit', () => {
    const bench = new Bench(addon, { copy: true, pages: 2048 });
    const n = 6 << 20;
    const [x, y] = [bench.take(n * 4), bench.take(n * 4)];
    rig.set('check', 0);
    bench.encode(
      'copy_f32_f32',
      [
        [x, n * 4],
        [y, n * 4],
      ],
      [n, 1],
    );
    bench.encode(
      'copy_f32_f32',
      [
        [x + 1024, 1024],
        [y + 4096, 1024],
      ],
      [256, 1],
    );
    addon.wait();
    rig.set('check', 1);
    expect(addon.info()!.scratchBytes).toBeLessThanOrEqual(64 << 20);
    expect(rig.counts().bytes).toBeLessThanOrEqual(64 << 20);
  });

  it('heap › one that is larger than a buffer is wrapped in windows', () => {
    rig.set('max-buffer', 1 << 20);
    const bench = new Bench(addon);
    const at = [0, 500_000, 524_272, 1 << 20, 3_000_000].map((a) => (a & ~15) + 1024);
    for (const x of at) {
      new Float32Array(bench.memory.buffer, x, N).set(ramp);
      bench.encode(
        'unary_negative_f32',
        [
          [x, N * 4],
          [x + 16384, N * 4],
        ],
        [N, 1],
      );
    }
    const long = 200_000; // longer than half a window: it gets one of its own
    bench.encode(
      'unary_negative_f32',
      [
        [3_300_016, 4],
        [700_000 + 16, long * 4],
      ],
      [long, 0],
    );
    addon.wait();
    for (const x of at.filter((a) => a + 16384 < 700_000 || a > 1_600_000))
      expect([...new Float32Array(bench.memory.buffer, x + 16384, N)]).toEqual(want);
    expect(addon.info()!.heap).toBe('shared');
    const tooLong = () =>
      bench.encode(
        'unary_negative_f32',
        [
          [1024, 4],
          [2048, 2 << 20],
        ],
        [1 << 19, 0],
      );
    expect(thrown(tooLong)).toMatchObject({ code: 'METAL_MEMORY' });
  });

  it('heap › what a command buffer makes resident stays below what the device recommends', () => {
    rig.set('working-set', 2 << 20);
    const bench = new Bench(addon);
    const before = addon.info()!;
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 12; i++) {
        const x = i * 300_000 + 1024 - ((i * 300_000) % 16);
        new Float32Array(bench.memory.buffer, x, N).set(ramp);
        const call = [
          [x, N * 4],
          [x + 16384, N * 4],
        ] as const;
        bench.encode('unary_negative_f32', call, [N, 1]);
      }
    }
    addon.wait();
    for (let i = 0; i < 12; i++) {
      const y = i * 300_000 + 1024 - ((i * 300_000) % 16) + 16384;
      expect([...new Float32Array(bench.memory.buffer, y, N)]).toEqual(want);
    }
    expect(addon.info()!.commits - before.commits).toBeGreaterThan(1);
    expect(addon.info()!.wraps - before.wraps).toBeLessThan(20); // windows are kept
  });

  it('heap › it is wrapped again when it grew, also with work in flight', () => {
    const bench = new Bench(addon, { pages: 4 });
    const x = bench.put(ramp);
    const far = 65536 * 40;
    const y = bench.take(N * 4);
    bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    expect(thrown(() => bench.encode('unary_negative_f32', [x, [far, N * 4]], [N, 1]))).toMatchObject({
      code: 'METAL_BOUNDS',
    });
    bench.memory.grow(60);
    bench.encode(
      'unary_negative_f32',
      [
        [y, N * 4],
        [far, N * 4],
      ],
      [N, 1],
    );
    addon.wait();
    expect([...new Float32Array(bench.memory.buffer, far, N)]).toEqual([...ramp]);
    expect(addon.info()).toMatchObject({ wraps: 2, copiedIn: 0 });
  });

  it('heap › a private memory, which may move, is copied', () => {
    const bench = new Bench(addon, { shared: false });
    const [x, y] = [bench.put(ramp), bench.take(N * 4)];
    bench.encode('unary_negative_f32', [x, [y, N * 4]], [N, 1]);
    bench.memory.grow(16);
    addon.wait();
    expect([...new Float32Array(bench.memory.buffer, y, N)]).toEqual(want);
    expect(addon.info()!.heap).toBe('copied');
  });

  it('encode › refuses what is no kernel, no memory and no array', () => {
    expect(thrown(() => addon.attach({} as WebAssembly.Memory))).toMatchObject({ code: 'METAL_ARGUMENT' });
    const bench = new Bench(addon);
    const kernel = addon.kernel('unary_negative_f32');
    const bad = (...args: unknown[]) => thrown(() => (addon.encode as (...a: unknown[]) => void)(...args)).code;
    expect(bad(999, new Uint32Array(4), new Uint32Array(2))).toBe('METAL_ARGUMENT');
    expect(bad(kernel, new Float32Array(4), new Uint32Array(2))).toBe('METAL_ARGUMENT');
    expect(bad(kernel, new Uint32Array(4), new Uint32Array(2000))).toBe('METAL_ARGUMENT');
    expect(bad(kernel)).toBe('METAL_ARGUMENT');
    expect(negative(bench)).toEqual(want);
  });
});
