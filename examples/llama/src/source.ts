// A model as it lies on disk, a GGUF file or a Hugging Face folder, to be converted.
import { openSharded, type GgufPairs } from 'lanewise/io';
import type { LlamaConfig } from './config.js';
import { pairsOfConfig } from './gguf/config.js';
import { pairsOfTokenizer } from './gguf/from-tokenizer.js';
import { GgufModel, isGguf } from './gguf/model.js';
import { float32 } from './gguf/metadata.js';
import { loadConfig, loadSampling } from './load.js';
import { readPapers, type TokenizerPapers } from './papers.js';
import { storedIn, type Stored } from './stored.js';

/** A model that can be written in another form. */
export interface ModelSource {
  readonly config: LlamaConfig;
  readonly stored: ReadonlyMap<string, Stored>;
  readonly papers: TokenizerPapers;
  /** what a GGUF file says beside its tensors */
  pairs(): Promise<GgufPairs>;
  close(): Promise<void>;
}

/** @throws ModelError for what is no Llama or lacks a part */
export async function openModel(path: string): Promise<ModelSource> {
  return isGguf(path) ? openGgufSource(path) : openFolder(path);
}

/** What `make` gives; if it throws, what was opened is closed. */
async function orClose<T>(opened: { close(): Promise<void> }, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openGgufSource(path: string): Promise<ModelSource> {
  const model = await GgufModel.open(path);
  return orClose(model, () => ({
    config: model.config,
    stored: model.stored(),
    papers: model.papers(),
    pairs: async () => model.file.metadata,
    close: () => model.close(),
  }));
}

async function openFolder(folder: string): Promise<ModelSource> {
  const config = await loadConfig(folder);
  const papers = await readPapers(folder);
  const file = await openSharded(folder);
  const stored = await orClose(file, () => storedIn(file, config));
  return {
    config,
    stored,
    papers,
    async pairs() {
      const sampling = await loadSampling(folder);
      const name = folder
        .replace(/[/\\]+$/, '')
        .split(/[/\\]/)
        .at(-1)!;
      return {
        'general.architecture': 'llama',
        'general.type': 'model',
        'general.name': name === '' || name === '.' ? 'llama' : name,
        ...pairsOfConfig(config),
        ...pairsOfTokenizer(papers, config),
        ...(sampling.temperature !== undefined && { 'general.sampling.temp': float32(sampling.temperature) }),
        ...(sampling.topP !== undefined && { 'general.sampling.top_p': float32(sampling.topP) }),
        ...(sampling.minP !== undefined && { 'general.sampling.min_p': float32(sampling.minP) }),
        ...(sampling.topK !== undefined && { 'general.sampling.top_k': { type: 'int32', value: sampling.topK } }),
      };
    },
    close: () => file.close(),
  };
}
