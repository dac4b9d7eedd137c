// Products with packed matrices whose bytes are made here, decoded by the formats' definitions.
import * as lw from '../../slim.js';
import { fill, numbers, type Case } from './cases.js';

/** Bytes that repeat from run to run. */
const bytes = (n: number, seed: number): Uint8Array =>
  Uint8Array.from(numbers(n, seed), (v) => Math.floor((v + 1) * 128));
const [ROWS, WIDTH] = [3, 256];

/** `x @ w.T` of two rows of x, with w decoded. */
function product(what: string, packed: () => lw.Tensor, w: readonly number[]): Case {
  const x = numbers(2 * WIDTH, 20);
  const at = (i: number, j: number): number =>
    fill(WIDTH, (d) => x[i * WIDTH + d]! * w[j * WIDTH + d]!).reduce((a, b) => a + b, 0);
  return { what, got: packed, want: fill(2 * ROWS, (i) => at(Math.floor(i / ROWS), i % ROWS)) };
}
const rows = (): lw.Tensor => lw.array(numbers(2 * WIDTH, 20)).reshape([2, WIDTH]);

/** MLX's groups of 64: codes in little-endian bits, `code * scale + bias`. */
function affine(bits: 4 | 8): Case {
  const per = 8 / bits;
  const codes = bytes((ROWS * WIDTH) / per, bits);
  const [scales, biases] = [numbers((ROWS * WIDTH) / 64, 21), numbers((ROWS * WIDTH) / 64, 22)];
  const code = (i: number): number => (codes[Math.floor(i / per)]! >> ((i % per) * bits)) & (2 ** bits - 1);
  const w = fill(ROWS * WIDTH, (i) => code(i) * scales[Math.floor(i / 64)]! + biases[Math.floor(i / 64)]!);
  const words = new Uint32Array(codes.buffer);
  const part = (x: Float32Array): lw.Tensor => lw.array(x).reshape([ROWS, WIDTH / 64]);
  return product(
    `affine, ${bits} bits`,
    () =>
      lw.quantizedMatmul(rows(), lw.array(words).reshape([ROWS, words.length / ROWS]), part(scales), part(biases), {
        ...{ groupSize: 64, bits },
      }),
    w,
  );
}

type Block = 'q8_0' | 'q4_0' | 'q4_k' | 'q6_k';
/** A format of GGUF: bytes and elements of a block, where its float16 numbers lie, and element i of the block at `at`. */
interface Format {
  readonly size: number;
  readonly elements: number;
  readonly halves: readonly number[];
  decode(b: Uint8Array, at: number, i: number): number;
}
/** float16 numbers of the blocks, by their order, and their bits. */
const HALVES = [0.5, 0.25];
const HALF_BITS = [0x3800, 0x3400];
const signed = (byte: number): number => (byte << 24) >> 24;
const formats: Readonly<Record<Block, Format>> = {
  q8_0: { size: 34, elements: 32, halves: [0], decode: (b, at, i) => HALVES[0]! * signed(b[at + 2 + i]!) },
  q4_0: {
    ...{ size: 18, elements: 32, halves: [0] },
    decode: (b, at, i) => HALVES[0]! * (((b[at + 2 + (i % 16)]! >> (i < 16 ? 0 : 4)) & 15) - 8),
  },
  q4_k: {
    ...{ size: 144, elements: 256, halves: [0, 2] },
    decode(b, at, i) {
      const s = at + 4;
      const j = Math.floor(i / 32);
      const low = (k: number): number => b[s + k]! & 63;
      const high = (k: number, shift: number): number =>
        ((b[s + 4 + k]! >> shift) & 15) | ((b[s + k - (shift === 0 ? 4 : 0)]! >> 6) << 4);
      const [scale, least] = j < 4 ? [low(j), low(j + 4)] : [high(j, 0), high(j, 4)];
      const code = (b[at + 16 + 32 * (j >> 1) + (i % 32)]! >> (4 * (j & 1))) & 15;
      return HALVES[0]! * scale * code - HALVES[1]! * least;
    },
  },
  q6_k: {
    ...{ size: 210, elements: 256, halves: [208] },
    decode(b, at, i) {
      const [half, l, quarter] = [i >> 7, i & 31, (i >> 5) & 3];
      const low = (b[at + 64 * half + l + 32 * (quarter & 1)]! >> (4 * (quarter >> 1))) & 15;
      const high = (b[at + 128 + 32 * half + l]! >> (2 * quarter)) & 3;
      return HALVES[0]! * signed(b[at + 192 + (i >> 4)]!) * ((low | (high << 4)) - 32);
    },
  },
};
function block(mode: Block): Case {
  const { size, elements, halves, decode } = formats[mode];
  const perRow = WIDTH / elements;
  const packed = bytes(ROWS * perRow * size, elements + size);
  for (let at = 0; at < packed.length; at += size) {
    halves.forEach((offset, k) => packed.set([HALF_BITS[k]! & 255, HALF_BITS[k]! >> 8], at + offset));
  }
  const w = fill(ROWS * WIDTH, (i) => decode(packed, Math.floor(i / elements) * size, i % elements));
  return product(
    mode,
    // the activations as they are: int8 ones are coarser than what is measured here
    () =>
      lw.quantizedMatmul(rows(), lw.array(packed).reshape([ROWS, perRow * size]), null, null, {
        mode,
        activations: 'float32',
      }),
    w,
  );
}

export const quantised = (): Case[] => [affine(4), affine(8), ...(Object.keys(formats) as Block[]).map(block)];
