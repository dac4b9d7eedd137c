// The two layouts of adapters in files: Hugging Face PEFT's and mlx-lm's.
import { nn, transpose, type Tensor } from 'lanewise';
import { adaptable, adapted, blockCounts, blockOf, LoraAdapter, withoutAdapter } from './adapter.js';
import { isEmbedding, sizeOf, type EmbeddingBase, type LinearBase } from './bases.js';
import { AdapterError } from './errors.js';
import type { LoraLayer } from './layers.js';

/** `'peft'`: `adapter_model.safetensors` and Hugging Face's names; `'mlx-lm'`: `adapters.safetensors`. Both beside `adapter_config.json`. */
export type AdapterFormat = 'peft' | 'mlx-lm';
/** The file of the weights in each format. */
export const ADAPTER_FILES: Readonly<Record<AdapterFormat, string>> = {
  peft: 'adapter_model.safetensors',
  'mlx-lm': 'adapters.safetensors',
};
/** An adapter as its files hold it. */
export interface AdapterContent {
  /** `adapter_config.json` */
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, Tensor>>;
}
/** How paths of a model become names in files. */
export interface AdapterNaming {
  /** The path in files of a layer, given its path in the model; the same if absent. PEFT's files put `base_model.model.` before it. */
  readonly rename?: (path: string) => string;
}
/** How an adapter is written. */
export interface AdapterEncoding extends AdapterNaming {
  /** `base_model_name_or_path` of PEFT, `model` of mlx-lm */
  readonly baseModel?: string;
}

const PREFIX = 'base_model.model.';
const rankOf = (layer: LoraLayer): number => layer.lora_b.shape[0]!;

/** What an adapter looks like in files of a format. @throws AdapterError for an adapter that the format cannot hold */
export function encodeAdapter(
  adapter: LoraAdapter,
  format: AdapterFormat,
  options: AdapterEncoding = {},
): AdapterContent {
  if (format === 'peft') return encodePeft(adapter, options);
  if (format === 'mlx-lm') return encodeMlx(adapter, options);
  throw new AdapterError(`[adapter] the format must be 'peft' or 'mlx-lm', got '${String(format)}'`);
}

function encodePeft(adapter: LoraAdapter, { rename = (p) => p, baseModel }: AdapterEncoding): AdapterContent {
  const weights: Record<string, Tensor> = {};
  const layers = [...adapter.layers].map(([path, layer]) => ({ path: rename(path), layer }));
  for (const { path, layer } of layers) {
    const at = `${PREFIX}${path}.`;
    const [a, b] = [transpose(layer.lora_a), transpose(layer.lora_b)];
    if (isEmbedding(layer.base)) {
      if (layer.m !== undefined)
        throw new AdapterError(
          `[adapter] a DoRA embedding cannot be saved for PEFT, whose lengths are those of columns, got '${path}'`,
        );
      weights[`${at}lora_embedding_A`] = a;
      weights[`${at}lora_embedding_B`] = b;
    } else {
      weights[`${at}lora_A.weight`] = a;
      weights[`${at}lora_B.weight`] = b;
      if (layer.m !== undefined) weights[`${at}lora_magnitude_vector`] = layer.m;
    }
  }
  const first = layers[0]!.layer;
  const r = rankOf(first);
  const alphaOf = (layer: LoraLayer): number => layer.scale * rankOf(layer);
  const others = layers.filter(({ layer }) => rankOf(layer) !== r || alphaOf(layer) !== alphaOf(first));
  const pattern = (of: (layer: LoraLayer) => number): Record<string, number> =>
    Object.fromEntries(others.map(({ path, layer }) => [path, of(layer)]));
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel ?? null,
    inference_mode: true,
    r,
    lora_alpha: alphaOf(first),
    lora_dropout: first.dropout.p,
    target_modules: layers.map(({ path }) => path),
    rank_pattern: pattern(rankOf),
    alpha_pattern: pattern(alphaOf),
    use_dora: adapter.dora,
    use_rslora: false,
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
    layers_to_transform: null,
    layers_pattern: null,
  };
  return { config, weights };
}

function encodeMlx(adapter: LoraAdapter, { rename = (p) => p, baseModel }: AdapterEncoding): AdapterContent {
  const weights: Record<string, Tensor> = {};
  const layers = [...adapter.layers];
  const first = layers[0]![1];
  const keys = new Set<string>();
  let blocks = 0;
  const counts = blockCounts(adapter.model);
  for (const [path, layer] of layers) {
    if (rankOf(layer) !== rankOf(first) || layer.scale !== first.scale)
      throw new AdapterError(
        `[adapter] mlx-lm holds one rank and scale, got ${rankOf(first)} and ${first.scale}, and ${rankOf(layer)} and ${layer.scale} for '${path}'`,
      );
    const name = rename(path);
    weights[`${name}.lora_a`] = layer.lora_a;
    weights[`${name}.lora_b`] = layer.lora_b;
    if (layer.m !== undefined) weights[`${name}.m`] = layer.m;
    const block = blockOf(path);
    // in blocks a key is relative to the block; the last blocks that hold any are adapted
    keys.add(block === null ? name : name.replace(/^(?:.*\.)?(?:layers|blocks|h)\.\d+\./, ''));
    if (block !== null) blocks = Math.max(blocks, counts.get(block.list)! - block.index);
  }
  const config = {
    fine_tune_type: adapter.dora ? 'dora' : 'lora',
    lora_parameters: { rank: rankOf(first), scale: first.scale, dropout: first.dropout.p, keys: [...keys] },
    model: baseModel ?? null,
    num_layers: blocks === 0 ? -1 : blocks,
  };
  return { config, weights };
}

/** The parameters of one layer as files hold them, in mlx-lm's shapes. */
interface Part {
  lora_a?: Tensor;
  lora_b?: Tensor;
  m?: Tensor;
}
/** What a file says of its layers. */
interface Decoded {
  readonly parts: ReadonlyMap<string, Part>;
  readonly dora: boolean;
  readonly dropout: number;
  /** names in the file that are no parameters of adapters */
  readonly unknown: readonly string[];
  readonly rankOf: (path: string) => number;
  readonly scaleOf: (path: string) => number;
}
/**
 * Puts an adapter from files into a model, frozen as `linearToLoraLayers` does; which format it is in is seen from the config. An adapter
 * that the model holds is taken out first.
 * @throws AdapterError naming all that is missing, unknown or of another shape, or what the config asks for and is not there
 */
export function decodeAdapter(model: nn.Module, content: AdapterContent, options: AdapterNaming = {}): LoraAdapter {
  const decoded = formatOf(content.config) === 'peft' ? decodePeft(content) : decodeMlx(content);
  return withoutAdapter(model, () => {
    const rename = options.rename ?? ((path: string): string => path);
    const byName = new Map(adaptable(model).map(([path, layer]) => [rename(path), { path, layer }]));
    const faults = decoded.unknown.map((name) => `${name} is no parameter of an adapter`);
    const layers: [string, LoraLayer][] = [];
    for (const [name, part] of decoded.parts) {
      const place = byName.get(name);
      if (place === undefined) {
        faults.push(`${name} is no linear layer or embedding of the model`);
        continue;
      }
      const problems = checkPart(name, part, place.layer as LinearBase, decoded);
      faults.push(...problems);
      if (problems.length > 0) continue;
      const { dora, dropout, rankOf: rank, scaleOf } = decoded;
      const layer = adapted(place.layer, dora, { rank: rank(name), scale: scaleOf(name), dropout });
      layer.update({ ...part });
      layers.push([place.path, layer]);
    }
    if (decoded.parts.size === 0) faults.push('it holds no layers');
    if (faults.length > 0) throw new AdapterError(`[adapter] the adapter must fit the model, got ${listed(faults)}`);
    model.freeze();
    return new LoraAdapter(model, new Map(layers)).attach();
  });
}
const SHOWN = 10;
const listed = (faults: readonly string[]): string =>
  faults.slice(0, SHOWN).join('; ') + (faults.length > SHOWN ? ` and ${faults.length - SHOWN} more` : '');

function checkPart(name: string, part: Part, layer: LinearBase | EmbeddingBase, { dora, rankOf }: Decoded): string[] {
  const [rows, columns] = sizeOf(layer);
  const [first, last] = isEmbedding(layer) ? [rows, columns] : [columns, rows];
  const wanted = { lora_a: [first, rankOf(name)], lora_b: [rankOf(name), last], ...(dora ? { m: [rows] } : {}) };
  const missing = Object.keys(wanted).filter((key) => part[key as keyof Part] === undefined);
  if (missing.length > 0) return [`${name} lacks ${missing.join(', ')}`];
  if (!dora && part.m !== undefined) return [`${name} has lengths of rows, which only DoRA has`];
  return Object.entries(wanted).flatMap(([key, shape]) => {
    const got = part[key as keyof Part]!.shape;
    const same = got.length === shape.length && got.every((d, i) => d === shape[i]);
    return same ? [] : [`${name}.${key} is (${got.join(',')}) for (${shape.join(',')})`];
  });
}

/** The format that a config is of. @throws AdapterError for neither */
export function formatOf(config: Readonly<Record<string, unknown>>): AdapterFormat {
  if ('peft_type' in config) return 'peft';
  if ('lora_parameters' in config || 'fine_tune_type' in config) return 'mlx-lm';
  throw new AdapterError('[adapter] adapter_config.json must have peft_type (PEFT) or lora_parameters (mlx-lm)');
}
function numberIn(where: Readonly<Record<string, unknown>>, key: string, least: number, fallback?: number): number {
  const x = where[key] ?? fallback;
  if (typeof x !== 'number' || !Number.isFinite(x) || x < least) {
    const rule = least === -Infinity ? 'a number' : `a number of at least ${least}`;
    throw new AdapterError(`[adapter] ${key} of the config must be ${rule}, got ${String(x)}`);
  }
  return x;
}
const refuse = (config: Readonly<Record<string, unknown>>, key: string, fits: (x: unknown) => boolean): void => {
  if (!fits(config[key]))
    throw new AdapterError(`[adapter] ${key} of the config is not supported, got ${JSON.stringify(config[key])}`);
};
const absent = (x: unknown): boolean =>
  x === undefined || x === null || x === false || (typeof x === 'object' && Object.keys(x).length === 0);

/** Sorts the tensors of a file into layers by the endings of their names. */
function partsOf(
  weights: Readonly<Record<string, Tensor>>,
  prefix: string,
  endings: Readonly<Record<string, readonly [keyof Part, transposed: boolean]>>,
): Pick<Decoded, 'parts' | 'unknown'> {
  const parts = new Map<string, Part>();
  const unknown: string[] = [];
  for (const [name, tensor] of Object.entries(weights)) {
    const ending = Object.keys(endings).find((e) => name.endsWith(e));
    if (ending === undefined || !name.startsWith(prefix) || tensor.ndim !== (endings[ending]![0] === 'm' ? 1 : 2)) {
      unknown.push(name);
      continue;
    }
    const path = name.slice(prefix.length, name.length - ending.length);
    const [key, transposed] = endings[ending]!;
    const part = parts.get(path) ?? {};
    part[key] = transposed ? transpose(tensor) : tensor;
    parts.set(path, part);
  }
  return { parts, unknown };
}

function decodeMlx({ config, weights }: AdapterContent): Decoded {
  const kind = config['fine_tune_type'] ?? 'lora';
  if (kind !== 'lora' && kind !== 'dora')
    throw new AdapterError(
      `[adapter] fine_tune_type of the config must be 'lora' or 'dora', got ${JSON.stringify(kind)}`,
    );
  const parameters = (config['lora_parameters'] ?? {}) as Record<string, unknown>;
  const rank = numberIn(parameters, 'rank', 1);
  const scale = numberIn(parameters, 'scale', -Infinity);
  return {
    ...partsOf(weights, '', { '.lora_a': ['lora_a', false], '.lora_b': ['lora_b', false], '.m': ['m', false] }),
    dora: kind === 'dora',
    dropout: numberIn(parameters, 'dropout', 0, 0),
    rankOf: () => rank,
    scaleOf: () => scale,
  };
}

function decodePeft({ config, weights }: AdapterContent): Decoded {
  refuse(config, 'peft_type', (x) => x === 'LORA');
  refuse(config, 'bias', (x) => absent(x) || x === 'none');
  for (const key of [
    'fan_in_fan_out',
    'lora_bias',
    'modules_to_save',
    'use_qalora',
    'target_parameters',
    'alora_invocation_tokens',
    'trainable_token_indices',
    'layer_replication',
  ])
    refuse(config, key, absent);
  const [r, alpha] = [numberIn(config, 'r', 1), numberIn(config, 'lora_alpha', -Infinity, 8)];
  const [ranks, alphas] = [patternsOf(config, 'rank_pattern'), patternsOf(config, 'alpha_pattern')];
  const rankOf = (path: string): number => ranks(path) ?? r;
  const divisor = config['use_rslora'] === true ? Math.sqrt : (x: number): number => x;
  return {
    ...partsOf(weights, PREFIX, {
      '.lora_A.weight': ['lora_a', true],
      '.lora_B.weight': ['lora_b', true],
      '.lora_embedding_A': ['lora_a', true],
      '.lora_embedding_B': ['lora_b', true],
      '.lora_magnitude_vector': ['m', false],
      '.lora_magnitude_vector.weight': ['m', false],
    }),
    dora: config['use_dora'] === true,
    dropout: numberIn(config, 'lora_dropout', 0, 0),
    rankOf,
    scaleOf: (path) => (alphas(path) ?? alpha) / divisor(rankOf(path)),
  };
}
/** Numbers by pattern: a regular expression for a path or its end, the first that fits. */
function patternsOf(config: Readonly<Record<string, unknown>>, key: string): (path: string) => number | undefined {
  const patterns = Object.entries((config[key] ?? {}) as Record<string, unknown>).map(([text, x]) => {
    if (typeof x !== 'number') throw new AdapterError(`[adapter] ${key} must hold numbers, got ${JSON.stringify(x)}`);
    try {
      return { pattern: new RegExp(`^(?:.*\\.)?(?:${text})$`), x };
    } catch (cause) {
      throw new AdapterError(`[adapter] ${key} must hold regular expressions, got '${text}'`, { cause });
    }
  });
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.x;
}
