// Writing a Llama as a GGUF file, tensor by tensor.
import * as lw from 'lanewise';
import type { Tensor } from 'lanewise';
import { saveGguf, type GgufPairs, type GgufTensor } from 'lanewise/io';
import type { LlamaConfig } from '../config.js';
import type { BlockMode } from '../quantization.js';
import { readWhole, type Stored } from '../stored.js';
import { expectedShapes } from '../weights.js';
import { ropeFactors } from './config.js';
import { uint32 } from './metadata.js';
import { ggufName, pairsOf, ROPE_FACTORS, rotatedHeads } from './names.js';

/** Types a file can be made of, and the number that stands for each. */
export const fileTypes = { f32: 0, f16: 1, bf16: 32, q4_0: 2, q8_0: 7, q4_k: 14 } as const;
export type FileType = keyof typeof fileTypes;
const dtypes = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' } as const;
/** Types a matrix can be written with. */
export type MatrixType = keyof typeof dtypes | BlockMode;
const isFloat = (type: MatrixType): type is keyof typeof dtypes => Object.hasOwn(dtypes, type);

/** A model to be written. */
export interface GgufContents {
  readonly config: LlamaConfig;
  readonly stored: ReadonlyMap<string, Stored>;
  /** everything but the type of the file */
  readonly pairs: GgufPairs;
  /** the type of a matrix, by its Hugging Face name */
  readonly typeOf: (name: string, stored: Stored) => MatrixType;
  /** the type of the file */
  readonly fileType: FileType;
  /** told of each tensor before it is read */
  readonly progress?: (name: string, type: MatrixType) => void;
}

/**
 * Writes a model. Vectors are float32; every tensor is read, converted, written and freed before the next one is touched.
 * @throws ModelError for what GGUF cannot say; errors of reading and of the file system pass through
 */
export async function saveGgufModel(path: string, contents: GgufContents): Promise<void> {
  const { config, stored, pairs, typeOf, fileType, progress } = contents;
  const tensors = new Map<string, GgufTensor>();
  const factors = ropeFactors(config);
  if (factors !== undefined)
    tensors.set(ROPE_FACTORS, { type: 'f32', elements: [factors.length], data: () => lw.array(factors) });
  for (const name of expectedShapes(config).keys()) {
    const source = stored.get(name)!;
    const type = source.shape.length === 1 ? 'f32' : typeOf(name, source);
    const target = ggufName(name)!;
    tensors.set(target, {
      type,
      elements: source.shape,
      data: async () => {
        progress?.(target, type);
        const rows = await encoded(source, type);
        const heads = rotatedHeads(name, config);
        if (heads === undefined) return rows;
        const ordered = pairsOf(rows, heads).eval();
        rows.dispose();
        return ordered;
      },
    });
  }
  const type = { 'general.file_type': uint32(fileTypes[fileType]), 'general.quantization_version': uint32(2) };
  await saveGguf(path, tensors, { ...pairs, ...type });
}

/** A tensor as a type has it; blocks that are of the type already stay as they are. */
async function encoded(source: Stored, type: MatrixType): Promise<Tensor> {
  if (source.packing?.mode === type) return (await source.read()).weight;
  const whole = await readWhole(source);
  const result = (isFloat(type) ? whole.astype(dtypes[type]) : lw.quantize(whole, { mode: type })[0]).eval();
  if (result !== whole) whole.dispose();
  return result;
}
