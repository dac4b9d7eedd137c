// Products with matrices of few bits against MLX's, and against float64 of what ggml decodes, under the checker, for three orders of lanes.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { loadSafetensors } from '../../src/io/index.js';
import { blockFormats, STRIPE, type BlockMode } from '../../src/backends/block-formats.js';
import { packBlocks } from '../../src/ops/quantized-blocks.js';
import { loadFamily, type Host } from '../support/golden.js';
import { Bench, inEveryOrder, kernelsUnderTest } from './rig.js';
import { BF16, F16, F32, FLOATS, numbers, size, stored, type Type } from './values.js';

/** Kernels, and rows of x: of a tile, less than one and more than one. */
const KINDS = [
  ['matvec', 1],
  ['matvec', 3],
  ['matmul', 5],
  ['matmul', 33],
] as const;
const FORMATS = Object.keys(blockFormats) as BlockMode[];

/** x (m, k) times w (n, k) transposed in float64, and the sums of magnitudes that rounding is measured against. */
function product(x: readonly number[], w: readonly number[], m: number, n: number, k: number): [number[], number[]] {
  const [sums, sizes] = [new Array<number>(m * n).fill(0), new Array<number>(m * n).fill(0)];
  for (let i = 0; i < m * n; i++)
    for (let d = 0; d < k; d++) {
      const term = x[Math.floor(i / n) * k + d]! * w[(i % n) * k + d]!;
      sums[i]! += term;
      sizes[i]! += Math.abs(term);
    }
  return [sums, sizes];
}
/** Differences are roundings of float32 on the way, and one to the dtype at the end. */
function expectNear(t: Type, got: Uint8Array, want: readonly number[], sizes: readonly number[], what: string): void {
  const values = t.unpack(got);
  expect(values.length).toBe(want.length);
  const last = t === F32 ? 0 : t.eps;
  values.forEach((v, i) => {
    const limit = 16 * F32.eps * sizes[i]! + last * Math.abs(want[i]!) + 1e-30;
    if (!(Math.abs(v - want[i]!) <= limit)) expect(v, `${what} [${i}]`).toBeCloseTo(want[i]!, 9);
  });
}

const golden = await loadSafetensors(fileURLToPath(new URL('../goldens/blocks/blocks.safetensors', import.meta.url)));
/** Blocks of any bytes and what ggml decodes them to, but those whose scale is NaN, infinite or large. */
function poolOf(mode: BlockMode): { bytes: Uint8Array; values: Float32Array }[] {
  const f = blockFormats[mode];
  const noise = golden[`${mode}.noise`]!.toTypedArray() as Uint8Array;
  const decoded = golden[`${mode}.decoded`]!.toTypedArray() as Float32Array;
  return Array.from({ length: decoded.length / f.elements }, (_, i) => ({
    bytes: noise.slice(i * f.bytes, (i + 1) * f.bytes),
    values: decoded.slice(i * f.elements, (i + 1) * f.elements),
  })).filter(({ values }) => values.every((v) => Math.abs(v) < 2048));
}
/** A matrix of such blocks. */
function matrixOf(mode: BlockMode, n: number, k: number): { bytes: Uint8Array; values: number[] } {
  const pool = poolOf(mode);
  const f = blockFormats[mode];
  const row = k / f.elements;
  const chosen = Array.from({ length: n * row }, (_, i) => pool[(i * 7 + Math.floor(i / row) * 3) % pool.length]!);
  const bytes = new Uint8Array(n * row * f.bytes);
  chosen.forEach((b, i) => bytes.set(b.bytes, i * f.bytes));
  return { bytes, values: chosen.flatMap((b) => [...b.values]) };
}
function stripesOf(mode: BlockMode, bytes: Uint8Array, n: number): Uint8Array {
  const w = lw.reshape(lw.array(bytes), [n, bytes.length / n]);
  return packBlocks(mode, w).toTypedArray() as Uint8Array;
}

const typeOf = (x: Host): Type => (x.dtype === 'float32' ? F32 : x.dtype === 'float16' ? F16 : BF16);
const pack = (x: Host): ArrayBufferView => typeOf(x).pack(Array.from(x.values as Float32Array));

describe('metal products of few bits', () => {
  const { addon, rig } = kernelsUnderTest();

  inEveryOrder(rig, () => {
    it('quantized › affine agrees with MLX', () => {
      const cases = loadFamily('quantized').filter((c) => {
        const [x, w, s, b] = c.inputs;
        const [, , , , transpose, , bits, mode] = c.args as unknown[];
        const fits = c.op === 'quantizedMatmul' && mode === 'affine' && transpose === true && !c.error;
        return (
          fits &&
          [2, 4, 8].includes(bits as number) &&
          w!.shape.length === 2 &&
          new Set([x, s, b].map((v) => v!.dtype)).size === 1
        );
      });
      expect(cases.length).toBeGreaterThan(12);
      for (const { args, inputs, outputs, truth, scale } of cases) {
        const [x, w, s, b] = inputs as [Host, Host, Host, Host];
        const [group, bits] = [args[5] as number, args[6] as number];
        const t = typeOf(x);
        const k = x.shape[x.shape.length - 1]!;
        const [m, n] = [x.values.length / k, w.shape[0]!];
        const want = [...(truth?.[0] ?? (outputs[0]!.values as Float32Array))];
        for (const kind of ['matvec', 'matmul']) {
          const kernel = `quantized_${kind}_affine${bits}_${t.code}`;
          const got = new Bench(addon).run(kernel, [pack(x), w.values, pack(s), pack(b)], m * n * size(t), [
            m,
            n,
            k,
            group,
          ]);
          expectNear(
            t,
            got,
            want,
            want.map(() => scale),
            kernel,
          );
        }
      }
    });

    it.each(FLOATS)('quantized › affine agrees with float64 for ragged sizes: $code', (t) => {
      for (const bits of [2, 4, 8])
        for (const [group, n, k] of [
          [32, 1, 32],
          [32, 37, 96],
          [64, 9, 320],
          [128, 70, 384],
        ] as const) {
          const codes = Uint32Array.from(numbers((n * k * bits) / 32, 3), (v) => Math.floor((v + 1) * 2 ** 31));
          const [s, b] = [stored(t, numbers((n * k) / group, 5)), stored(t, numbers((n * k) / group, 6))];
          const w = Array.from({ length: n * k }, (_, i) => {
            const code = (codes[Math.floor((i * bits) / 32)]! >>> ((i * bits) % 32)) & (2 ** bits - 1);
            return s[Math.floor(i / group)]! * code + b[Math.floor(i / group)]!;
          });
          for (const [kind, m] of KINDS) {
            const x = stored(t, numbers(m * k, m));
            const [want, sizes] = product(x, w, m, n, k);
            const kernel = `quantized_${kind}_affine${bits}_${t.code}`;
            const inputs = [t.pack(x), codes, t.pack(s), t.pack(b)];
            const got = new Bench(addon).run(kernel, inputs, m * n * size(t), [m, n, k, group]);
            // a code's share and the bias of a group may cancel
            expectNear(
              t,
              got,
              want,
              sizes.map((v) => v + 2 ** bits * Math.sqrt(k)),
              kernel,
            );
          }
        }
    });

    it.each(FORMATS.flatMap((mode) => FLOATS.map((t) => [mode, t.code, t] as const)))(
      'quantized › %s agrees with float64 of what ggml decodes, in rows and in stripes: %s',
      (mode, _code, t) => {
        for (const [n, k] of [
          [1, 256],
          [37, 512],
        ] as const) {
          const { bytes, values } = matrixOf(mode, n, k);
          const stripes = stripesOf(mode, bytes, n);
          for (const [kind, m] of KINDS) {
            // float16 ends at 65504
            const x = stored(
              t,
              numbers(m * k, m).map((v) => v * 2 ** -6),
            );
            const [want, sizes] = product(x, values, m, n, k);
            for (const [layout, w] of [
              ['', bytes],
              ['_stripes', stripes],
            ] as const) {
              const kernel = `quantized_${kind}_${mode}${layout}_${t.code}`;
              const got = new Bench(addon).run(kernel, [t.pack(x), w], m * n * size(t), [m, n, k]);
              expectNear(t, got, want, sizes, kernel);
            }
          }
        }
      },
    );

    it.each(FORMATS)('quantized › %s decodes as ggml does, and stripes go back to rows', (mode) => {
      for (const [n, k] of [
        [1, 256],
        [37, 512],
      ] as const) {
        const { bytes, values } = matrixOf(mode, n, k);
        const got = new Bench(addon).run(`quantized_decode_${mode}_f32`, [bytes], n * k * 4, [(n * k) / 8]);
        const sizes = values.map(Math.abs);
        // what is added to a code's share may cancel it
        const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
        expectNear(
          F32,
          got,
          values,
          sizes.map(() => largest),
          mode,
        );
        const [kernel, stripes] = [`quantized_unstripe_${mode}_u16`, stripesOf(mode, bytes, n)];
        const [blocks, width] = [k / blockFormats[mode].elements, bytes.length / n];
        for (const rows of [[...Array(n).keys()], [n - 1, 0, n >> 1, 0]]) {
          const words = [rows.length, blocks, n];
          const got = new Bench(addon).run(kernel, [stripes, Uint32Array.from(rows)], rows.length * width, words);
          const want = rows.flatMap((r) => [...bytes.subarray(r * width, (r + 1) * width)]);
          expect([...got]).toEqual(want);
        }
      }
    });
    it('quantized › affine codes decode as MLX does', () => {
      const cases = loadFamily('quantized').filter(
        ({ op, args, inputs, error }) =>
          op === 'dequantize' &&
          !error &&
          args.length === 5 &&
          [2, 4, 8].includes(args[4] as number) &&
          inputs.length === 3,
      );
      expect(new Set(cases.map(({ args, inputs }) => `${args[4]} ${inputs[1]!.dtype}`)).size).toBe(9);
      for (const { args, inputs, outputs } of cases) {
        const [w, s, b] = inputs as [Host, Host, Host];
        const t = typeOf(s);
        const want = [...(outputs[0]!.values as Float32Array)];
        const kernel = `quantized_decode_affine${args[4]}_${t.code}`;
        const words = [want.length / 8, args[3] as number];
        const got = new Bench(addon).run(kernel, [w.values, pack(s), pack(b)], want.length * size(t), words);
        const largest = want.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
        // each of two steps is rounded once, here as there; of float32 one may be left out
        if (t === F32)
          expectNear(
            t,
            got,
            want,
            want.map(() => largest),
            kernel,
          );
        else expect(t.unpack(got)).toEqual(want);
      }
    });

    it('quantized › rows of one block, and of any number of them', () => {
      for (const mode of ['q4_0', 'q8_0'] as const)
        for (const k of [32, 96, 1056]) {
          const { bytes, values } = matrixOf(mode, 7, k);
          const x = stored(F32, numbers(k, 2));
          const [want, sizes] = product(x, values, 1, 7, k);
          for (const kind of ['matvec', 'matmul']) {
            const kernel = `quantized_${kind}_${mode}_f32`;
            expectNear(F32, new Bench(addon).run(kernel, [F32.pack(x), bytes], 28, [1, 7, k]), want, sizes, kernel);
          }
        }
    });

    it('quantized › without an inner size everything is 0', () => {
      const none = new Uint32Array(1);
      expect(F32.unpack(new Bench(addon).run('quantized_matmul_q8_0_f32', [none, none], 24, [2, 3, 0]))).toEqual([
        0, 0, 0, 0, 0, 0,
      ]);
      const got = new Bench(addon).run('quantized_matvec_affine4_f32', [none, none, none, none], 12, [1, 3, 0, 64]);
      expect(F32.unpack(got)).toEqual([0, 0, 0]);
    });
  });

  it('quantized › sizes that do not fit are refused', () => {
    const bench = new Bench(addon);
    const at = [256, 4096, 256, 256, 256].map((bytes) => bench.take(bytes));
    const call = (kernel: string, bytes: number[], words: number[]) => () =>
      bench.encode(
        kernel,
        bytes.map((b, i) => [at[i]!, b]),
        words,
      );
    const q4 = 'quantized_matvec_q4_0_f16';
    expect(call(q4, [127, 108, 6], [1, 3, 64])).toThrow(`[${q4}] needs 128 bytes of x (buffer 0), got 127`);
    expect(call(q4, [128, 107, 6], [1, 3, 64])).toThrow(`[${q4}] needs 108 bytes of w (buffer 1), got 107`);
    expect(call(q4, [128, 108, 5], [1, 3, 64])).toThrow(`[${q4}] needs 6 bytes of output (buffer 2), got 5`);
    expect(call(q4, [128, 108, 6], [1, 3, 48])).toThrow(`[${q4}] takes rows of a multiple of 32 elements, got 48`);
    const stripes = 'quantized_matmul_q6_k_stripes_f32';
    expect(call(stripes, [1024, 210 * STRIPE - 1, 12], [1, 3, 256])).toThrow(
      /needs 3360 bytes of w \(buffer 1\), got 3359/,
    );
    const affine = 'quantized_matmul_affine4_bf16';
    expect(call(affine, [128, 96, 5, 6, 6], [1, 3, 64, 64])).toThrow(
      `[${affine}] needs 6 bytes of scales (buffer 2), got 5`,
    );
    expect(call(affine, [128, 96, 6, 5, 6], [1, 3, 64, 64])).toThrow(
      `[${affine}] needs 6 bytes of biases (buffer 3), got 5`,
    );
    expect(call(affine, [128, 96, 6, 6, 6], [1, 3, 64, 48])).toThrow(
      `[${affine}] takes groups of 32, 64 or 128, got 48`,
    );
    const decode = 'quantized_decode_q8_0_f32';
    expect(call(decode, [67, 256], [8])).toThrow(`[${decode}] needs 68 bytes of w (buffer 0), got 67`);
    expect(call(decode, [68, 255], [8])).toThrow(`[${decode}] needs 256 bytes of output (buffer 1), got 255`);
    expect(call(decode, [68, 256], [7])).toThrow(`[${decode}] takes a multiple of 32 elements, got 56`);
    const codes = 'quantized_decode_affine4_f16';
    expect(call(codes, [32, 3, 4, 128], [8, 32])).toThrow(`[${codes}] needs 4 bytes of scales (buffer 1), got 3`);
    expect(call(codes, [32, 4, 4, 128], [8, 16])).toThrow(`[${codes}] takes groups of 32, 64 or 128, got 16`);
    const rows = 'quantized_unstripe_q4_0_u16';
    expect(call(rows, [36 * STRIPE - 1, 12, 54], [3, 1, 17])).toThrow(
      `[${rows}] needs 576 bytes of w (buffer 0), got 575`,
    );
    expect(call(rows, [36 * STRIPE, 11, 54], [3, 1, 17])).toThrow(
      `[${rows}] needs 12 bytes of rows (buffer 1), got 11`,
    );
    expect(call(rows, [36 * STRIPE, 12, 53], [3, 1, 17])).toThrow(
      `[${rows}] needs 54 bytes of output (buffer 2), got 53`,
    );
    expect(() => addon.kernel('quantized_matvec_q3_k_f32')).toThrow(/has no kernel/);
    expect(rig.reports()).toEqual([]);
  });
});
