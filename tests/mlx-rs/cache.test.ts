// mlx_lm::cache
import { describe, expect, it } from 'vitest';
import { Array, mlx_lm } from 'lanewise/mlx-rs';

const { ConcatKeyValueCache } = mlx_lm.cache;
describe('mlx_lm::cache', () => {
  it('mlx_lm::cache::ConcatKeyValueCache, mlx_lm::cache::KeyValueCache, mlx_lm::cache::KeyValueCache::update_and_fetch, mlx_lm::cache::KeyValueCache::offset › joins tokens along axis -2', () => {
    const cache: mlx_lm.cache.KeyValueCache = ConcatKeyValueCache.new();
    expect(cache.offset()).toBe(0);
    const [one, two] = [Array.ones([1, 2, 1, 3]), Array.zeros([1, 2, 2, 3])];
    cache.update_and_fetch(one, two.index([0]).reshape([1, 2, 2, 3]));
    const [keys, values] = cache.update_and_fetch(two, one);
    expect([keys.shape(), values.shape(), cache.offset()]).toEqual([[1, 2, 3, 3], [1, 2, 3, 3], 3]);
    expect([...keys.as_slice()].slice(0, 6)).toEqual([1, 1, 1, 0, 0, 0]);
    expect([...values.as_slice()].slice(0, 9)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
  });
  it('mlx_lm::cache::KeyValueCache::is_quantized, mlx_lm::cache::KeyValueCache::group_size, mlx_lm::cache::KeyValueCache::bits, mlx_lm::cache::KeyValueCache::max_size › whole numbers, all tokens', () => {
    const cache = ConcatKeyValueCache.new();
    expect(cache).toBeInstanceOf(mlx_lm.cache.KeyValueCache);
    expect([cache.is_quantized(), cache.group_size(), cache.bits(), cache.max_size()]).toEqual([
      false,
      null,
      null,
      null,
    ]);
  });
});
