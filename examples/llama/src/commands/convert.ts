import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as lw from 'lanewise';
import type { DType, Tensor } from 'lanewise';
import { saveSharded } from 'lanewise/io';
import { configJson } from '../gguf/config.js';
import { isGguf } from '../gguf/model.js';
import { saveGgufModel, type FileType } from '../gguf/save.js';
import { UsageError } from '../options.js';
import type { BlockMode } from '../quantization.js';
import { openModel, type ModelSource } from '../source.js';
import { readWhole, type Stored } from '../stored.js';
import { expectedShapes, refuseMisfits } from '../weights.js';
import { argument, command, flag, text } from './command.js';
import type { Io } from './command.js';
import { dtypeOf } from './model-folder.js';

/** What mlx-lm packs with unless it is told otherwise. */
const MLX = { mode: 'affine', groupSize: 64, bits: 4 } as const;
const floatTypes = { float32: 'f32', float16: 'f16', bfloat16: 'bf16' } as const satisfies Record<string, FileType>;
type Float = keyof typeof floatTypes;
/** Types of the matrices of a file, and of its head, which decides more; the next one where blocks of 256 do not fit the rows. */
const blocks = {
  q8_0: { inner: ['q8_0'], head: ['q8_0'] },
  q4_0: { inner: ['q4_0'], head: ['q6_k', 'q8_0'] },
  q4_k: { inner: ['q4_k', 'q5_0'], head: ['q6_k', 'q8_0'] },
} as const satisfies Record<string, Record<'inner' | 'head', readonly BlockMode[]>>;
type BlockType = keyof typeof blocks;

export const convert = command(
  'convert',
  'turns a model into a GGUF file or a Hugging Face folder, quantised or whole',
  'Reads a Llama and writes it in another form: as a GGUF file for llama.cpp if OUT ends with .gguf, else as a Hugging Face folder for\n' +
    'mlx-lm and transformers. Vectors stay float32 in GGUF; rows that no block of a type fits get the next wider type.',
  {
    input: argument('IN', 'Hugging Face folder (its weights whole, or packed by MLX) or .gguf file'),
    output: argument('OUT', '.gguf file or folder to write'),
    quantize: text('TYPE', 'none (the default); q8_0, q4_0 or q4_k (OUT a .gguf file); mlx-4bit (OUT a folder)'),
    dtype: text('NAME', 'of what is not quantised: float32, float16 or bfloat16 (default: as it is stored)'),
    overwrite: flag('replace OUT'),
  },
  async ({ input, output, quantize = 'none', dtype, overwrite }, io) => {
    const toFile = isGguf(output);
    const kinds = toFile ? ['none', ...Object.keys(blocks)] : ['none', 'mlx-4bit'];
    if (!kinds.includes(quantize))
      throw new UsageError(
        `--quantize must be one of ${kinds.join(', ')} for ${toFile ? 'a .gguf file' : 'a folder'}, got ${quantize}`,
      );
    const float = dtype === undefined ? undefined : dtypeOf(dtype);
    if (existsSync(output) && !overwrite)
      throw new UsageError(`OUT must not exist (or --overwrite be given), got ${output}`);
    const source = await openModel(input);
    try {
      refuseMisfits(input, source.stored, source.config);
      if (toFile) await writeFileOf(source, output, quantize, float, io);
      else await writeFolder(source, input, output, quantize, float, io);
    } catch (error) {
      if (!io.signal.aborted) throw error;
      io.log('interrupted');
      return 130;
    } finally {
      await source.close();
    }
    await io.write(`${output}\n`);
    return 0;
  },
);

/** What a tensor that is not quantised is written as: what was asked for, else what it is; float16 where it was packed. */
function wholeType({ packing, dtype }: Stored, asked: Float | undefined): Float {
  if (asked !== undefined) return asked;
  return packing === undefined && Object.hasOwn(floatTypes, dtype) ? (dtype as Float) : 'float16';
}

/** The type of a matrix of a file of blocks: the first whose blocks fit its rows, or whole. */
function blockType(type: BlockType, isHead: boolean, tensor: Stored): BlockMode | undefined {
  const wanted = isHead ? blocks[type].head : blocks[type].inner;
  return wanted.find((mode) => tensor.shape[1]! % (mode.endsWith('_k') ? 256 : 32) === 0);
}

async function writeFileOf(
  source: ModelSource,
  path: string,
  quantize: string,
  float: Float | undefined,
  io: Io,
): Promise<void> {
  const { config, stored } = source;
  const embedding = stored.get('model.embed_tokens.weight')!;
  const type = Object.hasOwn(blocks, quantize) ? (quantize as BlockType) : undefined;
  const head = config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  await saveGgufModel(path, {
    config,
    stored,
    pairs: await source.pairs(),
    typeOf: (name, tensor) => (type && blockType(type, name === head, tensor)) ?? floatTypes[wholeType(tensor, float)],
    fileType: type ?? floatTypes[wholeType(embedding, float)],
    progress: (name, written) => {
      io.signal.throwIfAborted();
      io.log(`${name} ${written}`);
    },
  });
}

async function writeFolder(
  source: ModelSource,
  input: string,
  folder: string,
  quantize: string,
  float: Float | undefined,
  io: Io,
): Promise<void> {
  const { config, stored, papers } = source;
  const tensors = new Map<string, Tensor>();
  const dtypes = new Set<DType>();
  for (const name of expectedShapes(config).keys()) {
    io.signal.throwIfAborted();
    const tensor = stored.get(name)!;
    const dtype = wholeType(tensor, float);
    if (tensor.shape.length > 1) dtypes.add(dtype);
    const whole = (await readWhole(tensor)).astype(dtype);
    const path = name.slice(0, name.lastIndexOf('.'));
    if (quantize === 'mlx-4bit' && tensor.shape.length > 1 && tensor.shape[1]! % MLX.groupSize === 0) {
      const [weight, scales, biases] = lw.quantize(whole, MLX);
      for (const [part, value] of Object.entries({ weight, scales, biases }))
        tensors.set(`${path}.${part}`, value!.eval());
    } else tensors.set(name, whole.eval());
  }
  const original = isGguf(input)
    ? configJson(config)
    : (JSON.parse(await readFile(join(input, 'config.json'), 'utf8')) as Record<string, unknown>);
  const { quantization: _, quantization_config: __, ...rest } = original;
  const packing = { group_size: MLX.groupSize, bits: MLX.bits, mode: MLX.mode };
  const packed = quantize === 'mlx-4bit' ? { quantization: packing, quantization_config: packing } : {};
  const dtype = dtypes.size === 1 ? { torch_dtype: [...dtypes][0] } : {};
  const files: Record<string, unknown> = {
    'config.json': { ...rest, ...dtype, ...packed },
    'tokenizer.json': papers.tokenizer,
    'tokenizer_config.json': papers.config,
  };
  // put aside first: a full disk leaves no folder, or the old one as it was
  const made = await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(join(folder, '.draft-'));
  try {
    await saveSharded(draft, tensors, { metadata: { format: packed.quantization ? 'mlx' : 'pt' } });
    for (const [name, json] of Object.entries(files))
      await writeFile(join(draft, name), `${JSON.stringify(json, null, 2)}\n`);
    if (!isGguf(input))
      for (const name of ['generation_config.json', 'special_tokens_map.json'])
        if (existsSync(join(input, name))) await copyFile(join(input, name), join(draft, name));
    if (papers.template !== undefined) await writeFile(join(draft, 'chat_template.jinja'), papers.template);
    for (const name of await readdir(draft)) await rename(join(draft, name), join(folder, name));
    await rmdir(draft);
  } catch (error) {
    await rm(made ?? draft, { recursive: true, force: true });
    throw error;
  }
}
