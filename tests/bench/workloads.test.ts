import * as lw from 'lanewise';
import { describe, expect, test } from 'vitest';
import { Graph, halfBits } from '../../bench/src/peers/onnx-model.js';
import { deviation, isPrepared, valuesOf } from '../../bench/src/workload.js';
import type { Workload } from '../../bench/src/workload.js';
import { workloads } from '../../bench/src/workloads/index.js';

test('workloads › names are unique', () => {
  const names = workloads.map((w) => w.name);
  expect(new Set(names).size).toBe(names.length);
});

/** Small enough for a test. */
const small = (w: Workload): boolean =>
  (w.flops ?? w.bytes ?? 0) < 3e7 &&
  w.long !== true &&
  w.file === undefined &&
  Object.values(w.inputs).every((i) => i.shape.length > 0);

describe('workloads', () => {
  test.each(workloads.filter(small).map((w) => [w.name, w] as const))(
    '%s › ours and plain JavaScript agree with float64',
    async (_, w) => {
      const values = valuesOf(w);
      const expected = w.expected(values);
      const tensors = Object.fromEntries(
        Object.entries(w.inputs).map(([name, { kind, shape }]) => [
          name,
          lw.array(values[name]!, kind).reshape([...shape]),
        ]),
      );
      const { ours } = w;
      const run = isPrepared(ours) ? await ours.setup(lw, tensors, null) : () => ours(lw, tensors);
      expect(deviation(run().toTypedArray() as ArrayLike<number>, expected)).toBeLessThanOrEqual(w.tolerance);
      const plain = w.peers.javascript;
      if (plain === undefined) return;
      const other = isPrepared(plain) ? await plain.setup(null, values, null) : () => plain(null, values);
      expect(deviation(other(), expected)).toBeLessThanOrEqual(w.tolerance);
    },
  );
});

describe('onnx models', () => {
  test('halfBits › the bits of numbers that float16 holds', () => {
    // from IEEE 754: 1, -2, 0.5, 65504, 1/1024, 0, -0
    expect([1, -2, 0.5, 65504, 2 ** -10, 0, -0].map(halfBits)).toEqual([
      ...[0x3c00, 0xc000, 0x3800, 0x7bff, 0x1400, 0, 0x8000],
    ]);
  });
  test('Graph › writes the bytes of ONNX', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const bytes = graph.finish(graph.op('Neg', [x]));
    // by hand from onnx.proto: ir_version 8; graph { node { input x, output v0, op_type Neg }, name g, input, output }, opsets
    const node = [0x0a, 1, 0x78, 0x12, 2, 0x76, 0x30, 0x22, 3, 0x4e, 0x65, 0x67];
    const input = [0x0a, 1, 0x78, 0x12, 8, 0x0a, 6, 0x08, 1, 0x12, 2, 0x0a, 0];
    input.splice(7, 6, 0x08, 1, 0x12, 4, 0x0a, 2, 0x08, 2);
    input[4] = 10;
    input[6] = 8;
    const output = [0x0a, 2, 0x76, 0x30, 0x12, 4, 0x0a, 2, 0x08, 1];
    const body = [
      ...[0x0a, node.length, ...node, 0x12, 1, 0x67],
      ...[0x5a, input.length, ...input, 0x62, output.length, ...output],
    ];
    const domain = [...new TextEncoder().encode('com.microsoft')];
    expect([...bytes]).toEqual([
      ...[0x08, 8, 0x3a, body.length, ...body],
      ...[0x42, 4, 0x0a, 0, 0x10, 17],
      ...[0x42, 4 + domain.length, 0x0a, domain.length, ...domain, 0x10, 1],
    ]);
  });
});
