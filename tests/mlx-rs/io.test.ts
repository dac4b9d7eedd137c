import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Array, Device, Dtype, Stream, type Array as A } from 'lanewise/mlx-rs';
import { input } from './support.js';

const dir = mkdtempSync(join(tmpdir(), 'lanewise-mlx-rs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const kinds = ['x', 'm', 'half', 'flags', 'bytes', 'complexes'];
const arrays = new Map(kinds.map((name) => [name, input(name)]));
arrays.set('turned', input('x').t());
const same = (got: ReadonlyMap<string, A>): void => {
  expect([...got.keys()].sort()).toEqual([...arrays.keys()].sort());
  for (const [name, a] of arrays) {
    expect(got.get(name)!.dtype()).toBe(a.dtype());
    expect(got.get(name)!.equals(a)).toBe(true);
  }
};

describe('safetensors', () => {
  const path = join(dir, 'all.safetensors');
  it('Array::load_safetensors › reads what Array.save_safetensors wrote', async () => {
    await Array.save_safetensors(arrays, null, path);
    same(await Array.load_safetensors(path));
    same(await Array.load_safetensors_device(path, Stream.cpu()));
  });
  it('Array::load_safetensors_with_metadata › gives both', async () => {
    const about = join(dir, 'about.safetensors');
    await Array.save_safetensors(arrays, new Map([['format', 'mlx']]), about);
    const [got, metadata] = await Array.load_safetensors_with_metadata(about);
    same(got);
    expect(metadata).toEqual(new Map([['format', 'mlx']]));
    const [again] = await Array.load_safetensors_with_metadata_device(about, Device.cpu());
    same(again);
  });
  it('Array::save_safetensors › takes records and pairs too', async () => {
    const more = join(dir, 'more.safetensors');
    await Array.save_safetensors(Object.fromEntries(arrays), { format: 'mlx' }, more);
    same(await Array.load_safetensors(more));
    await Array.save_safetensors([...arrays], null, more);
    same(await Array.load_safetensors(more));
  });
  it('Array::load_safetensors › a file that is not there', async () => {
    await expect(Array.load_safetensors(join(dir, 'none.safetensors'))).rejects.toThrow();
  });
});

describe('numpy', () => {
  it.each(['x', 'm', 'half', 'flags', 'bytes', 'complexes'])(
    'Array::load_numpy › reads what Array.save_numpy wrote: %s',
    async (name) => {
      const path = join(dir, `${name}.npy`);
      const a = arrays.get(name)!;
      await a.save_numpy(path);
      for (const got of [await Array.load_numpy(path), await Array.load_numpy_device(path, Stream.cpu())]) {
        expect([got.dtype(), got.shape(), got.equals(a)]).toEqual([a.dtype(), a.shape(), true]);
      }
    },
  );
  it('Array::save_numpy › a transposed array and Float64', async () => {
    const path = join(dir, 'turned.npy');
    await input('x').t().save_numpy(path);
    expect((await Array.load_numpy(path)).equals(input('x').t())).toBe(true);
    await Array.from_f64(0.1).save_numpy(path);
    expect((await Array.load_numpy(path)).dtype()).toBe(Dtype.Float64);
  });
});
