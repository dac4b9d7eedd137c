// GGUF's block formats, as ggml lays them out: what the ops, the backends and the readers of files need to know of them.

/** How ggml names them, in small letters. */
export type BlockMode = 'q4_0' | 'q4_1' | 'q5_0' | 'q5_1' | 'q8_0' | 'q4_k' | 'q5_k' | 'q6_k';
/** One format. */
export interface BlockFormat {
  readonly mode: BlockMode;
  /** ggml's number of the type */
  readonly code: number;
  readonly bits: number;
  /** elements of a block */
  readonly elements: number;
  /** bytes of a block */
  readonly bytes: number;
}
const format = (mode: BlockMode, code: number, elements: number, bytes: number): BlockFormat => ({
  mode,
  code,
  bits: Number(mode[1]),
  elements,
  bytes,
});
/** All of them. */
export const blockFormats: Readonly<Record<BlockMode, BlockFormat>> = {
  q4_0: format('q4_0', 2, 32, 18),
  q4_1: format('q4_1', 3, 32, 20),
  q5_0: format('q5_0', 6, 32, 22),
  q5_1: format('q5_1', 7, 32, 24),
  q8_0: format('q8_0', 8, 32, 34),
  q4_k: format('q4_k', 12, 256, 144),
  q5_k: format('q5_k', 13, 256, 176),
  q6_k: format('q6_k', 14, 256, 210),
};
export const isBlockMode = (mode: unknown): mode is BlockMode =>
  typeof mode === 'string' && Object.hasOwn(blockFormats, mode);
/** Elements of a row of `bytes` bytes. */
export const rowElements = (f: BlockFormat, bytes: number): number => (bytes / f.bytes) * f.elements;

/** Rows of a stripe, the packed form of a matrix. */
export const STRIPE = 16;

/** Attributes of the way back from stripes: all rows, or those that indices name. */
export interface BlockStripes extends BlockFormat {
  /** of the matrix: stripes may have some more */
  readonly rows: number;
}

/** Attributes of a product with blocks. */
export interface BlockProduct extends BlockFormat {
  readonly transpose: boolean;
  /** the matrix lies in stripes */
  readonly packed: boolean;
  /** of the matrix: stripes may have some more */
  readonly rows: number;
  /** one product for each pair of positions among the matrices of x and those of blocks, which are the last two inputs */
  readonly gathered: boolean;
  /** int8: x is quantised as llama.cpp does it, in blocks of the format's size */
  readonly activations: 'int8' | 'float32';
}
