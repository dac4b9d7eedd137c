import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

// the switch is read when the heap is made, so this file makes one of its own
type Heap = typeof import('../../src/backends/heap.js');
let heap: Heap;
let lw: typeof import('../../src/index.js');
const before = process.env['LANEWISE_HEAP_GUARDS'];
beforeAll(async () => {
  process.env['LANEWISE_HEAP_GUARDS'] = '1';
  heap = await import('../../src/backends/heap.js');
  lw = await import('../../src/index.js');
});
afterAll(() => {
  if (before === undefined) delete process.env['LANEWISE_HEAP_GUARDS'];
  else process.env['LANEWISE_HEAP_GUARDS'] = before;
});
beforeEach(() => {
  expect(heap.checkGuards()).toBeGreaterThanOrEqual(0);
});
/** Runs `check` while one byte of the heap is wrong. */
function spoiled(at: number, check: () => unknown): () => unknown {
  return () => {
    const was = heap.u8[at]!;
    heap.u8[at] = was ^ 1;
    try {
      check();
    } finally {
      heap.u8[at] = was;
    }
  };
}

test('guards › a write before or past a block is found on demand and at the release', () => {
  const at = heap.alloc(40);
  expect(heap.checkGuards()).toBeGreaterThan(0);
  for (const check of [() => heap.checkGuards(), () => heap.release(at, 40)]) {
    expect(spoiled(at - 1, check)).toThrow('[heap] something wrote 1 bytes before a block of 40');
    expect(spoiled(at + 48, check)).toThrow('[heap] something wrote 8 bytes past the end of a block of 40');
  }
  heap.release(at, 40);
});
test('guards › the last vector of a block may be filled up', () => {
  const at = heap.alloc(40);
  heap.u8.fill(1, at, at + 48);
  expect(() => heap.release(at, 40)).not.toThrow();
});
test.each([40, 1 << 20])(
  'guards › a write after the release of %i bytes is found on demand and at the next use',
  (bytes) => {
    const at = heap.alloc(bytes);
    heap.release(at, bytes);
    const text = `[heap] something wrote into a block of ${bytes} bytes after its release`;
    expect(spoiled(at + 39, () => heap.checkGuards())).toThrow(text);
    heap.u8[at + 39] = 0;
    expect(() => {
      for (let i = 0; i < 100; i++) heap.alloc(bytes);
    }).toThrow(text);
    heap.u8[at + 39] = 0xff;
  },
);
test('guards › fresh and released blocks hold NaN', () => {
  const at = heap.alloc(64);
  expect(Number.isNaN(heap.f32[at >>> 2])).toBe(true);
  heap.f32[at >>> 2] = 1;
  heap.release(at, 64);
  expect(Number.isNaN(heap.f32[at >>> 2])).toBe(true);
});
test('guards › what is not in use cannot be released', () => {
  const at = heap.alloc(64);
  expect(() => heap.release(at + 16, 64)).toThrow('that is not in use');
  expect(() => heap.release(at, 4096)).toThrow('a block of 64 bytes was released as one of 4096');
  heap.release(at, 64);
  expect(() => heap.release(at, 64)).toThrow('that is not in use');
});
test('guards › a write past the scratch regions is found', () => {
  for (const at of [heap.PARAMS - 1, heap.TILES - 1, heap.RESERVED]) {
    expect(spoiled(at, () => heap.checkGuards())).toThrow('something wrote past the end of a scratch region');
  }
});
test('guards › ops run as without them', () => {
  for (const device of ['wasm', 'reference']) {
    const sum = lw.withDevice(device, () => lw.arange(1001).astype('float32').mul(2).sum());
    expect(sum.item()).toBe(1001000);
  }
  expect(lw.memory.checkGuards()).toBeGreaterThan(0);
});
