// Trees by path: the results are those of mlx.utils, its documentation's examples among them.
import { describe, expect, it } from 'vitest';
import { treeFlatten, treeMap, treeMapWithPath, treeMerge, treeReduce, treeUnflatten } from 'lanewise';

describe('treeFlatten › paths', () => {
  it('joins names and indices by dots, in order', () => {
    expect(treeFlatten([[[0]]])).toEqual([['0.0.0', 0]]);
    expect(treeFlatten({ b: [1, { c: 2 }], a: 3 })).toEqual([
      ['b.0', 1],
      ['b.1.c', 2],
      ['a', 3],
    ]);
    expect(treeFlatten(7)).toEqual([['', 7]]);
    expect(treeFlatten({ a: {}, b: [] })).toEqual([]);
  });
  it('stops where isLeaf says so', () => {
    expect(treeFlatten({ a: [1, 2] }, Array.isArray)).toEqual([['a', [1, 2]]]);
  });
});

describe('treeUnflatten › shapes of branches', () => {
  it('is the inverse of treeFlatten', () => {
    const tree = { b: [1, { c: 2 }], a: 3 };
    expect(treeUnflatten(treeFlatten<number>(tree))).toEqual(tree);
    expect(treeUnflatten([['', 7]])).toBe(7);
    expect(treeUnflatten({ 'hello.world': 42 })).toEqual({ hello: { world: 42 } });
  });
  it('fills gaps of a list with empty branches, and keeps names that are not plain indices', () => {
    expect(treeUnflatten({ '2.w': 1, '0.w': 2 })).toEqual([{ w: 2 }, {}, { w: 1 }]);
    expect(treeUnflatten({ '01': 1, '1': 2 })).toEqual({ '01': 1, '1': 2 });
    expect(treeUnflatten({ '999999999999': 1 })).toEqual({ '999999999999': 1 });
  });
  it('keeps a path that an object would take for its prototype', () => {
    expect(Object.keys(treeUnflatten({ ['__proto__.x']: 1 }) as object)).toEqual(['__proto__']);
  });
});

describe('treeMap › several trees', () => {
  it('hands over what stands at the same path', () => {
    const add = (a: number, b: number): number => a + b;
    expect(treeMap<object, number>(add as never, { a: [1, 2] }, { a: [10, 20], more: 0 })).toEqual({ a: [11, 22] });
    expect(treeMapWithPath<object, number>((path, x) => `${path}=${x}`, { a: [1, { b: 2 }] })).toEqual({
      a: ['a.0=1', { b: 'a.1.b=2' }],
    });
  });
});

describe('treeReduce › order', () => {
  it('starts from the first leaf, or from the initial value', () => {
    const sum = (acc: number, x: number): number => acc + x;
    expect(treeReduce<number, number>(sum, { a: [1, 2, 3], b: [4, 5] }, 0)).toBe(15);
    expect(treeReduce<number, number>((acc, x) => acc * 10 + x, [1, [2, 3]])).toBe(123);
    expect(treeReduce<number, number>(sum, {})).toBeUndefined();
  });
});

describe('treeMerge › parts of both', () => {
  it('takes what one lacks from the other', () => {
    expect(treeMerge({ a: 1, b: [1, {}] }, { b: [{}, 2, 3], c: 4 })).toEqual({ a: 1, b: [1, 2, 3], c: 4 });
    expect(treeMerge({ a: {} }, { a: 1 })).toEqual({ a: 1 });
    expect(treeMerge({ a: 1 }, { a: null })).toEqual({ a: 1 });
    expect(treeMerge<number>({ a: 1 }, { a: 2 }, (x, y) => x + y)).toEqual({ a: 3 });
  });
});
