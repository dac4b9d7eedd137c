import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Array, array, Dtype, error, ops } from 'lanewise/mlx-rs';
import { LanewiseError } from '../../src/index.js';

function caught(f: () => unknown): LanewiseError {
  try {
    f();
  } catch (e) {
    if (e instanceof LanewiseError) return e;
    throw e;
  }
  throw new Error('nothing was thrown');
}
/** The line of the caller in this file. */
const here = (): number => Number(/error\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1]);

describe('Exception', () => {
  it('error::Exception › every error of the library is one', () => {
    const e = caught(() => array([1, 2]).add(array([1, 2, 3])));
    expect(e).toBeInstanceOf(error.Exception);
    expect(new Error('x')).not.toBeInstanceOf(error.Exception);
  });
  it('error::Exception::what › is the text', () => {
    const e = caught(() => array([1, 2]).reshape([3]));
    expect(e.what()).toBe(e.message);
    expect(e.what()).toMatch(/^\[reshape\] /);
  });
  it('error::Exception::location › is the line of the caller', () => {
    const line = here() + 1;
    const e = caught(() => ops.add(array([1, 2]), array([1, 2, 3])));
    const at = e.location()!;
    expect(at.file.replace('file://', '')).toBe(fileURLToPath(import.meta.url));
    expect(at.line).toBe(line);
    expect(at.column).toBeGreaterThan(0);
  });
  it('error::Exception::location › also from a method and from a _device variant', () => {
    const line = here();
    const errors = [
      caught(() => array([1, 2]).sum_axis(3)),
      caught(() => ops.sum_axis_device(array([1]), 3, false, null)),
      caught(() => array([1, 2]).index([0, 0])),
    ];
    expect(errors.map((e) => e.location()?.line)).toEqual([line + 2, line + 3, line + 4]);
  });
  it('error::Exception::location › is null without a stack', () => {
    const e = error.Exception.custom('text');
    e.stack = '';
    expect(e.location()).toBe(null);
  });
  it('error::Exception::custom › holds the text given', () => {
    const e = error.Exception.custom('no such layer');
    expect([e.what(), e.name, e instanceof LanewiseError]).toEqual(['no such layer', 'Exception', true]);
  });
});

describe('the others', () => {
  it('error::AsSliceError › for another dtype', () => {
    expect(() => array([1]).as_slice(Dtype.Int8)).toThrow(error.AsSliceError);
  });
  it('error::IoError › for a file that is not what it should be', async () => {
    const bytes = new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0]);
    await expect(Array.load_safetensors(bytes)).rejects.toThrow(error.IoError);
  });
});
