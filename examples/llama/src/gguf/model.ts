// A Llama in a GGUF file: config, tokenizer, weights.
import type { DType, Tensor } from 'lanewise';
import { openGguf, type GgufFile } from 'lanewise/io';
import type { LlamaConfig } from '../config.js';
import { ModelError } from '../errors.js';
import type { Fields } from '../fields.js';
import type { TokenizerPapers } from '../papers.js';
import type { SamplingOptions } from '../sampling.js';
import { TextTokenizer } from '../tokenizer.js';
import { blockModes } from '../quantization.js';
import type { Parts, Stored } from '../stored.js';
import { collectWeights, type Weights } from '../weights.js';
import { configOf } from './config.js';
import { fieldsOf } from './metadata.js';
import { halvesOf, hfName, ROPE_FACTORS, rotatedHeads } from './names.js';
import { papersOfGguf } from './tokenizer.js';

/** True for the path or URL of a GGUF file. */
export const isGguf = (path: string): boolean => /\.gguf(?:[?#].*)?$/i.test(path);

const floats: ReadonlyMap<string, DType> = new Map([
  ['f32', 'float32'],
  ['f16', 'float16'],
  ['bf16', 'bfloat16'],
]);

/** An open GGUF file that holds a Llama. */
export class GgufModel {
  private constructor(
    readonly file: GgufFile,
    readonly metadata: Fields,
    readonly config: LlamaConfig,
  ) {}

  /** @throws ModelError for metadata that is no Llama's, FormatError for a file that is no GGUF */
  static async open(path: string): Promise<GgufModel> {
    const file = await openGguf(path);
    try {
      const metadata = fieldsOf(file.metadata, path);
      return new GgufModel(file, metadata, await configOf(file, metadata));
    } catch (error) {
      await file.close();
      throw error;
    }
  }
  close(): Promise<void> {
    return this.file.close();
  }

  papers(): TokenizerPapers {
    return papersOfGguf(this.metadata);
  }
  tokenizer(): TextTokenizer {
    const { tokenizer, config, template, ranks } = this.papers();
    return new TextTokenizer(tokenizer, config, template, ranks);
  }
  /** How the file wants to be sampled. */
  sampling(): SamplingOptions {
    const keys = {
      temperature: 'temp',
      topK: 'top_k',
      topP: 'top_p',
      minP: 'min_p',
      repetitionPenalty: 'penalty_repeat',
    };
    const given = Object.entries(keys).flatMap(([option, name]) => {
      const key = `general.sampling.${name}`;
      const value = this.metadata.raw(key);
      if (value === undefined) return [];
      return [[option, typeof value === 'number' ? value : this.metadata.reject(key, 'a number')]];
    });
    return Object.fromEntries(given) as SamplingOptions;
  }

  /**
   * The tensors under their Hugging Face names, rows of queries and keys in their order.
   * @throws ModelError for a type that is not computed with, by the tensor's name
   */
  stored(): Map<string, Stored> {
    const names = this.file.names.filter((name) => name !== ROPE_FACTORS);
    return new Map(
      names.map((stored) => {
        const name = hfName(stored) ?? stored;
        return [name, this.storedAs(name, stored)];
      }),
    );
  }
  /** The weights. @throws ModelError with every missing, extra, misshapen or mistyped tensor by name */
  weights(dtype?: DType): Promise<Weights> {
    return collectWeights(this.file.name, this.stored(), this.config, dtype);
  }

  private storedAs(name: string, stored: string): Stored {
    const { type, elements } = this.file.info(stored);
    const read = async (): Promise<Parts> => ({ weight: await this.tensor(name, stored) });
    const dtype = floats.get(type);
    if (dtype !== undefined) return { dtype, shape: elements, read };
    const mode = blockModes.find((m) => m === type);
    if (mode === undefined || elements.length !== 2) {
      const known = [...floats.keys(), ...(elements.length === 2 ? blockModes : [])].join(', ');
      throw new ModelError(`[weights] ${stored} must be of type ${known}, got ${type}`);
    }
    return { dtype: 'float32', shape: elements, packing: { mode }, read };
  }
  /** A tensor with its rows in the order of Hugging Face. */
  private async tensor(name: string, stored: string): Promise<Tensor> {
    const tensor = await this.file.tensor(stored);
    const heads = rotatedHeads(name, this.config);
    if (heads === undefined) return tensor;
    const ordered = halvesOf(tensor, heads).eval();
    tensor.dispose();
    return ordered;
  }
}
