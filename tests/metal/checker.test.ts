import { describe, expect, it } from 'vitest';
import { folder, load, ORDERS, text, type Rig } from './rig.js';

/** What a negative file says about itself in its first lines. */
const expected = (source: string): RegExp => new RegExp(/^\/\/ expect: (.*)$/m.exec(source)![1]!);

describe('metal rig', () => {
  it.each(folder('rig/negative/refused'))('compile › refuses %s, naming file and line', (file) => {
    const source = text(`rig/negative/refused/${file}`);
    const rig = load<Rig>('rig');
    expect(() => rig.compile(source, file)).toThrow(expected(source));
    expect(() => rig.compile(source, file)).toThrow(new RegExp(`${file}:\\d+`));
  });

  const cases = folder('rig/negative/reported').flatMap((file) =>
    Object.entries(ORDERS).map(([name, order]) => ({ file, name, order })),
  );
  it.each(cases)('checker › reports $file, lanes $name', ({ file, order }) => {
    const source = text(`rig/negative/reported/${file}`);
    const [, groups, threads, buffers] = /^\/\/ groups (\d+) threads (\d+) buffers ([\d,]+)$/m.exec(source)!;
    const arrays = buffers!.split(',').map((n) => new Float32Array(Number(n)));
    const found = load<Rig>('rig').run(source, file, 'f', arrays, [Number(groups)], [Number(threads)], {
      order,
      check: true,
    });
    expect(found[0]).toMatch(expected(source));
    if (!found[0]!.startsWith('api:')) expect(found[0]).toMatch(new RegExp(`kernel f, .*${file}:\\d+\\]$`));
  });

  it('checker › says nothing of a kernel that synchronises', () => {
    const source = `#include <metal_stdlib>
using namespace metal;
kernel void turn(device float* o [[buffer(0)]], constant uint& n [[buffer(1)]], uint t [[thread_index_in_threadgroup]],
                 uint g [[threadgroup_position_in_grid]]) {
  threadgroup float s[64];
  s[t] = o[g * 64 + t];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  o[g * 64 + t] = s[63 - t] + float(n);
}`;
    for (const order of Object.values(ORDERS)) {
      const o = Float32Array.from({ length: 256 }, (_, i) => i);
      expect(
        load<Rig>('rig').run(source, 'turn.metal', 'turn', [o, new Uint32Array([1])], [4], [64], {
          order,
          check: true,
        }),
      ).toEqual([]);
      expect([...o]).toEqual(Array.from({ length: 256 }, (_, i) => (i & ~63) + 63 - (i & 63) + 1));
    }
  });

  it('run › half rounds after every operation', () => {
    const source = `#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]]) {
  half a = 2048.0h, b = 1.0h;
  o[0] = float(a + b - a);
  o[1] = float(fma(a, b, -a) + b);
}`;
    const o = new Float32Array(2);
    expect(load<Rig>('rig').run(source, 'half.metal', 'f', [o], [1], [1], { check: true })).toEqual([]);
    expect([...o]).toEqual([0, 1]);
  });
});
