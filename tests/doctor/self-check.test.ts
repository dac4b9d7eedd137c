// Whether the check notices a wrong kernel of each family, and says nothing of right ones.
import { afterEach, describe, expect, test } from 'vitest';
import type { Kernel, Member } from '../../src/backends/backend.js';
import { u8 } from '../../src/backends/heap.js';
import { reference } from '../../src/backends/reference/index.js';
import { BackendError, backends, defaultDevice, setDefaultDevice } from '../../src/index.js';
import { families } from '../../src/node/doctor/known-values.js';
import { errorOf, LIMIT, selfCheck } from '../../src/node/doctor/self-check.js';

setDefaultDevice('wasm');
/** Changes the first element that was written: the highest bit of a float32's mantissa, or 2^22 of an integer. */
const spoil = (at: number): void => void (u8[at + 2]! ^= 0x40);
const kernels = reference.kernels as Record<string, Kernel>;
const { elementwise } = reference;
const kept = { ...kernels };
afterEach(() => {
  Object.assign(kernels, kept);
  reference.elementwise = elementwise;
});
const wrong = (): Record<string, string | null> =>
  Object.fromEntries(
    selfCheck('reference')
      .filter(({ reason }) => reason !== null)
      .map(({ family, reason }) => [family, reason]),
  );

describe('doctor › self-check', () => {
  test.each(['wasm', 'reference'])('every family is right on %s, to a fraction of what is allowed', (device) => {
    const found = selfCheck(device);
    expect(found.map(({ family }) => family)).toEqual(Object.keys(families));
    for (const { reason, error, milliseconds } of found) {
      expect(reason).toBeNull();
      expect(error).toBeLessThan(LIMIT / 20);
      expect(milliseconds).toBeGreaterThan(0);
    }
    expect(defaultDevice()).toBe('wasm');
  });
  test('wasm has a kernel for all of it', () => {
    selfCheck('wasm');
    expect(backends().find(({ name }) => name === 'wasm')!.fallbacks).toEqual({});
  });
  test('no two cases of a family are the same, and all want numbers', () => {
    for (const cases of Object.values(families)) {
      const made = cases();
      for (const { want } of made) expect(Array.from(want).every(Number.isFinite)).toBe(true);
      expect(new Set(made.map(({ want, what }) => `${what} ${Array.from(want).join()}`)).size).toBe(made.length);
    }
  });
  test.each([
    ['copy', 'copy'],
    ['concatenate', 'copy'],
    ['reduce_sum', 'reduce'],
    ['reduce_max', 'reduce'],
    ['argreduce_max', 'reduce'],
    ['cumulative_sum', 'scan'],
    ['softmax', 'softmax'],
    ['logsumexp', 'softmax'],
    ['rms_norm', 'norm'],
    ['layer_norm', 'norm'],
    ['rope', 'rope'],
    ['matmul', 'matmul'],
    ['sdpa', 'attention'],
    ['quantized_matmul', 'quantised'],
    ['blocks_product', 'quantised'],
    ['take', 'indexing'],
    ['scatter', 'indexing'],
    ['sort', 'sort'],
    ['argsort', 'sort'],
    ['random_bits', 'random'],
    ['convolution', 'convolution'],
    ['fft', 'fft'],
    ['linalg_solve', 'linalg'],
    ['adam_step', 'optimizer'],
  ])('a wrong %s is noticed in %s', (key, family) => {
    const kernel = kernels[key];
    expect(kernel, key).toBeDefined();
    kernels[key] = (call) => {
      kernel!(call);
      spoil(call.at);
    };
    const found = wrong();
    expect(Object.keys(found)).toContain(family);
    expect(found[family]).toMatch(/ is wrong by \d\.\de[+-]\d+, 0\.00002 is allowed$/);
  });
  test('wrong elementwise ops are noticed', () => {
    reference.elementwise = (members: readonly Member[], from: number, count: number, memo): void => {
      elementwise.call(reference, members, from, count, memo);
      spoil(members[from + count - 1]!.at);
    };
    expect(Object.keys(wrong())).toContain('elementwise');
  });
  test('a kernel that throws is a reason, with an infinite error; the others are checked all the same', () => {
    kernels['sort'] = () => {
      throw new Error('no device');
    };
    const found = selfCheck('reference');
    const sort = found.find(({ family }) => family === 'sort')!;
    expect([sort.error, sort.reason]).toEqual([Infinity, 'sort: no device']);
    expect(found.filter(({ reason }) => reason !== null).length).toBe(1);
  });
  test('errors are relative to the largest value; NaN and missing values are infinitely wrong', () => {
    expect(errorOf([1, 2.5], [1, 2])).toBe(0.25);
    expect(errorOf([1, NaN], [1, 2])).toBe(Infinity);
    expect(errorOf([1], [1, 2])).toBe(Infinity);
  });
  test('a device that is not there is an error', () => {
    expect(() => selfCheck('cuda')).toThrow(BackendError);
  });
});
