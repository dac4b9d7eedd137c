// Pools, estimates and discovery: torchless's test values, and closed forms.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BackendError, backends, LanewiseError, memory, setDefaultDevice, ShapeError } from '../../src/index.js';
import {
  BackendPreference,
  BackendType,
  bestAvailableBackend,
  computeTensorBytes,
  DeviceInfo,
  discoverBackends,
  estimateKvCacheMemoryMb,
  estimateModelMemoryMb,
  initBackend,
  initBackendWithMemoryCheck,
  initRopeFreqs,
  MetalMemoryPool,
  MetalMemoryPoolStats,
  printBackendSummary,
  ropeEmbeddings,
  roundUpPowerOf2,
  selectBackendForModel,
} from '../../src/torchless.js';

import { preferences } from './support.js';

setDefaultDevice('wasm');
const cpu = initBackend(BackendPreference.Cpu);
const GB = 1024 ** 3;
afterEach(() => vi.restoreAllMocks());

describe('torchless › MetalMemoryPool', () => {
  test('an empty pool', () => {
    const stats = new MetalMemoryPool().stats();
    expect(stats).toEqual(new MetalMemoryPoolStats(0, 0, 0, 0, 0));
    expect(stats.hitRate).toBe(0);
    expect(String(stats)).toBe(
      'MetalMemoryPool: 0.00 MB allocated, 0.00 MB in use, 0.00 MB pooled, 0.0% hit rate (0 hits, 0 misses)',
    );
  });
  test('gives out powers of two, and gives them out again: the exact size first, then a larger one', () => {
    const pool = new MetalMemoryPool();
    const a = pool.getOrAlloc(cpu, 100); // 400 bytes
    const b = pool.getOrAlloc(cpu, 1000);
    expect([a.length(), b.length()]).toEqual([512, 4096]);
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(4608, 4608, 0, 0, 2));
    pool.returnBuffer(b);
    pool.returnBuffer(a);
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(4608, 0, 4608, 0, 2));
    expect(pool.getOrAlloc(cpu, 65)).toBe(a);
    expect(pool.getOrAlloc(cpu, 1)).toBe(b);
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(4608, 4608, 0, 2, 2));
    expect(pool.stats().hitRate).toBe(0.5);
    expect(String(pool.stats())).toContain('50.0% hit rate (2 hits, 2 misses)');
    const c = pool.getOrAlloc(cpu, 128);
    expect(c).not.toBe(a);
    expect(c.length()).toBe(512);
  });
  test('of several larger ones the smallest', () => {
    const pool = new MetalMemoryPool();
    const [big, small] = [pool.getOrAlloc(cpu, 4096), pool.getOrAlloc(cpu, 64)];
    pool.returnBuffer(big);
    pool.returnBuffer(small);
    expect(pool.getOrAlloc(cpu, 2)).toBe(small);
  });
  test('a request for nothing gets a buffer too', () => {
    expect(new MetalMemoryPool().getOrAlloc(cpu, 0).length()).toBe(4);
  });
  test('a buffer is not given to another device', () => {
    const pool = new MetalMemoryPool();
    const reference = initBackend(BackendPreference.Reference);
    pool.returnBuffer(pool.getOrAlloc(cpu, 8));
    const other = pool.getOrAlloc(reference, 8);
    expect([other.device, pool.stats().poolMisses]).toEqual(['reference', 2]);
  });
  test('what waits is bounded, and clear frees it', () => {
    const before = memory.active();
    const pool = new MetalMemoryPool(1 << 20);
    const buffers = [0, 1, 2].map(() => pool.getOrAlloc(cpu, 1 << 17)); // 512 KiB each
    for (const b of buffers) pool.returnBuffer(b);
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(1 << 20, 0, 1 << 20, 0, 3));
    expect(buffers.map((b) => b.alive)).toEqual([true, true, false]);
    pool.clear();
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(0, 0, 0, 0, 3));
    expect(memory.active()).toBe(before);
  });
  test('a loop of requests holds no more than one buffer, and an unreturned one stays usable after clear', () => {
    const pool = new MetalMemoryPool();
    const kept = pool.getOrAlloc(cpu, 16);
    for (let i = 0; i < 5000; i++) pool.returnBuffer(pool.getOrAlloc(cpu, 1000));
    expect(pool.stats()).toEqual(new MetalMemoryPoolStats(4096 + 64, 64, 4096, 4999, 2));
    pool.clear();
    expect(kept.alive).toBe(true);
    pool.returnBuffer(kept);
    expect(pool.stats().pooledBytes).toBe(64);
  });
  test('a buffer that nobody returns is freed as any other, and counted out', async () => {
    const pool = new MetalMemoryPool();
    memory.clear();
    const before = memory.active();
    for (let i = 0; i < 20; i++) pool.getOrAlloc(cpu, 1 << 16);
    expect(pool.stats().inUseBytes).toBe(20 << 18);
    await vi.waitFor(
      () => {
        memory.clear();
        // the engine may keep the last one in a register
        expect(memory.active() - before).toBeLessThanOrEqual(1 << 18);
        expect(pool.stats().inUseBytes).toBeLessThanOrEqual(1 << 18);
      },
      { timeout: 20_000 },
    );
  });
  test('a buffer that comes back twice, or from elsewhere, is refused: two users would share it', () => {
    const pool = new MetalMemoryPool();
    const b = pool.getOrAlloc(cpu, 1);
    pool.returnBuffer(b);
    expect(() => pool.returnBuffer(b)).toThrow(LanewiseError);
    expect(() => pool.returnBuffer(cpu.createBufferZeros(1))).toThrow(
      '[MetalMemoryPool.returnBuffer] the buffer must be one that this pool lent out',
    );
    const gone = pool.getOrAlloc(cpu, 1);
    gone.dispose();
    pool.returnBuffer(gone);
    expect(pool.stats().pooledBytes).toBe(0);
    expect(() => pool.getOrAlloc(cpu, -1)).toThrow(ShapeError);
    expect(() => new MetalMemoryPool(NaN)).toThrow(
      '[MetalMemoryPool] maxPooledBytes must be an integer of at least 0, got NaN',
    );
  });
});

describe('torchless › sizes', () => {
  test.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 4],
    [5, 8],
    [1000, 1024],
    [1024, 1024],
    [1025, 2048],
    [2 ** 40 + 1, 2 ** 41],
  ])('roundUpPowerOf2(%i) is %i', (n, want) => expect(roundUpPowerOf2(n)).toBe(want));
  test('computeTensorBytes', () => {
    expect([[100], [10, 20], [2, 3, 4], [], [0, 5]].map((s) => computeTensorBytes(s))).toEqual([400, 800, 96, 4, 0]);
    expect(() => computeTensorBytes([-1])).toThrow(ShapeError);
  });
  test('estimateModelMemoryMb of Mistral 7B is its 7,241,732,096 parameters', () => {
    const mb = estimateModelMemoryMb(4096, 14336, 32, 32000, 32, 8);
    expect(mb).toBe((7_241_732_096 * 4) / 1024 ** 2);
    expect(mb).toBeGreaterThan(25000);
    expect(mb).toBeLessThan(30000);
  });
  test('estimateModelMemoryMb counts each part', () => {
    const mb = (n: number): number => (4 * n) / 1024 ** 2;
    expect(estimateModelMemoryMb(8, 0, 0, 0, 2, 2)).toBe(mb(8));
    expect(estimateModelMemoryMb(8, 0, 0, 3, 2, 2)).toBe(mb(8 + 48));
    expect(estimateModelMemoryMb(8, 0, 1, 0, 2, 1)).toBe(mb(8 + 128 + 64 + 16));
    expect(estimateModelMemoryMb(8, 5, 2, 0, 2, 2)).toBe(mb(8 + 2 * (256 + 120 + 16)));
    expect(() => estimateModelMemoryMb(10, 1, 1, 1, 3, 1)).toThrow(
      '[estimateModelMemoryMb] hiddenSize must be a multiple of nHeads, got 10 and 3',
    );
    expect(() => estimateModelMemoryMb(8, 1, 1, 1, 0, 1)).toThrow('nHeads must be an integer of at least 1, got 0');
  });
  test('estimateKvCacheMemoryMb', () => {
    expect(estimateKvCacheMemoryMb(32, 8, 128, 4096)).toBe(1024);
    expect(estimateKvCacheMemoryMb(3, 2, 4, 5)).toBe((2 * 4 * 3 * 2 * 4 * 5) / 1024 ** 2);
    expect(() => estimateKvCacheMemoryMb(1, 1, 1.5, 1)).toThrow(
      '[estimateKvCacheMemoryMb] headDim must be an integer of at least 0, got 1.5',
    );
  });
  test('initRopeFreqs falls from 1 by powers of theta; ropeEmbeddings turns by them', () => {
    const freqs = initRopeFreqs(128, 10000);
    expect(freqs.length).toBe(64);
    freqs.forEach((f, i) => expect(Math.abs(f / 10000 ** (-i / 64) - 1)).toBeLessThan(2 ** -23));
    const [cos, sin] = ropeEmbeddings(initRopeFreqs(8, 10000), 0);
    expect([...cos, ...sin]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    const [c, s] = ropeEmbeddings(Float32Array.of(1, 0.5), 2);
    expect([...c, ...s]).toEqual([Math.cos(2), Math.cos(1), Math.sin(2), Math.sin(1)].map(Math.fround));
    expect(() => initRopeFreqs(7, 10000)).toThrow('[initRopeFreqs] headDim must be even, got 7');
  });
});

describe('torchless › discovery', () => {
  test('names every backend that torchless knows, and why those that do not run here do not', () => {
    const found = discoverBackends();
    expect(found.map(({ backendType }) => backendType)).toEqual([
      'CPU',
      'CUDA',
      'ROCm',
      'Metal',
      'OpenCL',
      'WebGPU',
      'Reference',
    ]);
    for (const { backendType, available, devices, error } of found) {
      expect(devices.length).toBe(available ? 1 : 0);
      expect(error === null).toBe(available);
      if (['CUDA', 'ROCm', 'OpenCL', 'WebGPU'].includes(backendType))
        expect(error).toBe(`Lanewise has no ${backendType} backend`);
    }
    expect(found.find(({ backendType }) => backendType === BackendType.Cpu)!.available).toBe(true);
  });
  test('what a model may take is what the heap has left', () => {
    const [device] = discoverBackends()[0]!.devices;
    expect(device!.totalMemory).toBe(memory.limit());
    expect(device!.freeMemory!).toBeLessThanOrEqual(memory.limit() - memory.active());
    const limit = memory.setLimit(100 << 20);
    try {
      expect(discoverBackends()[0]!.devices[0]!.totalMemory).toBe(100 << 20);
      expect(() => selectBackendForModel(101 << 20)).toThrow(BackendError);
      expect(() => initBackendWithMemoryCheck(BackendPreference.Cpu, 101 << 20)).toThrow(
        /^\[initBackendWithMemoryCheck\] CPU must have 0\.10 GB free, got 0\.\d\d GB$/,
      );
    } finally {
      memory.setLimit(limit);
    }
  });
  test.runIf(preferences.includes(BackendPreference.Metal))('Metal has its name, and at most its working set', () => {
    const metal = discoverBackends().find(({ backendType }) => backendType === BackendType.Metal)!;
    const { device, workingSet } = backends().find(({ name }) => name === 'metal')!;
    expect(metal.devices.map((d) => [d.name, d.totalMemory, d.unifiedMemory])).toEqual([
      [device, Math.min(workingSet!, memory.limit()), true],
    ]);
    expect(initBackend(BackendPreference.Metal).deviceName()).toBe(device);
    expect(selectBackendForModel(1000)).toEqual(['Metal', 0]);
  });
  test.runIf(!preferences.includes(BackendPreference.Metal))('Metal throws with the reason where there is none', () => {
    expect(() => initBackend(BackendPreference.Metal)).toThrow('[initBackend] the backend Metal must run here, got: ');
    expect(() => initBackend(BackendPreference.Metal)).toThrow(BackendError);
  });
  test('what the process may still be given bounds it too', () => {
    const host = process as { availableMemory?: () => number };
    vi.spyOn(host as Required<typeof host>, 'availableMemory').mockReturnValue(1000);
    expect(discoverBackends()[0]!.devices[0]!.freeMemory).toBe(1000);
  });
  test('selectBackendForModel takes the best that has room', () => {
    const [type, index] = selectBackendForModel(1000);
    expect([type, index]).toEqual([bestAvailableBackend(), 0]);
    expect(() => selectBackendForModel(30 * GB)).toThrow(
      /^\[selectBackendForModel\] a backend must have room for the model, 30\.00 GB, got none: .*CPU has \d+\.\d\d GB free/,
    );
    expect(() => selectBackendForModel(-1)).toThrow(
      '[selectBackendForModel] the size must be an integer of at least 0, got -1',
    );
    expect(initBackendWithMemoryCheck(BackendPreference.Auto, 1000).device).toBe(initBackend().device);
    expect(initBackendWithMemoryCheck(BackendPreference.Reference, 1000).name()).toBe('reference');
    expect(() => initBackendWithMemoryCheck(BackendPreference.Cuda, 1)).toThrow(
      '[initBackendWithMemoryCheck] the backend CUDA must run here, got: Lanewise has no CUDA backend',
    );
  });
  test('a device: what it fits, in words', () => {
    const known = new DeviceInfo(0, 'X', 10 * GB, 4 * GB, null, true);
    expect([known.canFit(4 * GB), known.canFit(4 * GB + 1)]).toEqual([true, false]);
    expect([known.totalMemoryGb(), known.freeMemoryGb()]).toEqual([10, 4]);
    expect(String(known)).toBe('[0] X: 10.00 GB (4.00 GB free) (unified memory)');
    const unknown = new DeviceInfo(1, 'Y', 10 * GB, null, '8.6', false);
    expect([unknown.canFit(8 * GB), unknown.canFit(8 * GB + 1), unknown.freeMemoryGb()]).toEqual([true, false, null]);
    expect(String(unknown)).toBe('[1] Y: 10.00 GB, compute 8.6');
  });
  test('printBackendSummary prints a line for each', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    printBackendSummary();
    const text = String(log.mock.calls[0]![0]);
    expect(text).toContain('+ CPU\n    [0] ');
    expect(text).toContain('- CUDA\n    Lanewise has no CUDA backend');
    expect(text).toContain(`Recommended: ${bestAvailableBackend()}`);
  });
  test('the names of devices are those of backends()', () => {
    const reason = backends().find(({ name }) => name === 'wasm')!.reason;
    expect(discoverBackends()[0]!.devices[0]!.name).toBe(reason);
    expect(cpu.deviceName()).toBe(reason);
  });
});
