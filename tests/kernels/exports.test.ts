// Exports by number, named by a section: nothing of a module is lost.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportsOf } from '../../src/backends/wasm/exports.js';

const tool = new URL('../../tools/number-exports.mjs', import.meta.url).href;
const { numberExports } = (await import(tool)) as { numberExports(binary: Buffer): Buffer<ArrayBuffer> };

const text = (s: string): number[] => [s.length, ...Buffer.from(s)];
const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
// three functions, i => i + 1, i + 2 and i + 3, of which the second and third are exported, and a global of value 7 between them
const small = Buffer.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 1, 0x7f, 1, 0x7f),
  ...section(3, 3, 0, 0, 0),
  ...section(6, 1, 0x7f, 0, 0x41, 7, 0x0b),
  ...section(7, 3, ...text('more'), 0, 1, ...text('held'), 3, 0, ...text('most'), 0, 2),
  ...section(10, 3, ...[1, 2, 3].flatMap((k) => [7, 0, 0x20, 0, 0x41, k, 0x6a, 0x0b])),
]);
const instance = (binary: BufferSource): Record<string, unknown> => {
  const module = new WebAssembly.Module(binary);
  return exportsOf(module, new WebAssembly.Instance(module));
};

const namesIn = (binary: BufferSource): string[] =>
  WebAssembly.Module.exports(new WebAssembly.Module(binary)).map(({ name }) => name);

test('exports › what is exported by number gets its name back', () => {
  expect(namesIn(small)).toEqual(['more', 'held', 'most']);
  expect(namesIn(numberExports(small))).toEqual(['0', '1', '2']);
  for (const made of [instance(small), instance(numberExports(small))]) {
    const { more, most, held } = made as { more(i: number): number; most(i: number): number; held: WebAssembly.Global };
    expect(Object.keys(made)).toEqual(['more', 'held', 'most']);
    expect([more(10), most(10), held.value]).toEqual([12, 13, 7]);
  }
});

test('exports › the builds of the kernels export by number only', () => {
  const read = (name: string): Buffer<ArrayBuffer> =>
    readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
  const runnable = ['kernels', 'kernels-relaxed', 'kernels-revectorised'].filter((n) => WebAssembly.validate(read(n)));
  expect(runnable).toContain('kernels');
  for (const name of runnable) {
    const found = namesIn(read(name));
    expect(found).toEqual(found.map((_, i) => String(i)));
  }
});
