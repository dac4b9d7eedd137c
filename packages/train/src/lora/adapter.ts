// An adapter of a whole model: made, put in, taken out, exchanged for another, merged and unmerged.
import { nn, treeUnflatten } from 'lanewise';
import { isEmbedding, isLinear } from './bases.js';
import { AdapterError } from './errors.js';
import { DoRAEmbedding, DoRALinear, LoRAEmbedding, LoRALinear, type LayerOptions, type LoraLayer } from './layers.js';

/** What stands in a model. */
const standing = new WeakMap<nn.Module, LoraAdapter>();

/** How the fused layers of a merge are made. */
export interface MergeOptions {
  /** leave packed layers unpacked, so that nothing is rounded to a few bits; false by default */
  readonly dequantize?: boolean;
}

/**
 * LoRA or DoRA layers of a model by the path of the layer each stands around. The layers below are never changed, so that taking an
 * adapter out or undoing a merge gives the model back bit for bit. A model holds one adapter at a time: putting another in takes the
 * first one out, which costs as little as setting a few properties.
 */
export class LoraAdapter {
  #merged: MergeOptions | null = null;

  /** @internal */
  constructor(
    readonly model: nn.Module,
    readonly layers: ReadonlyMap<string, LoraLayer>,
  ) {}

  /** Whether the model holds this adapter, in layers of its own or merged. */
  get attached(): boolean {
    return standing.get(this.model) === this;
  }
  /** Whether the model holds it merged. */
  get merged(): boolean {
    return this.attached && this.#merged !== null;
  }
  /** Whether its layers are DoRA layers. */
  get dora(): boolean {
    return [...this.layers.values()].some((layer) => layer.m !== undefined);
  }

  /** Puts the adapter into its model, in place of what stands there. @returns this adapter */
  attach(): this {
    if (this.attached && this.#merged === null) return this;
    detachAdapter(this.model);
    this.place((layer) => layer.train(this.model.training));
    standing.set(this.model, this);
    return this;
  }
  /** Takes the adapter out: the model is as it was before. @returns this adapter */
  detach(): this {
    if (!this.attached) return this;
    this.place((layer) => layer.base);
    this.#merged = null;
    standing.delete(this.model);
    return this;
  }
  /** Puts layers into the model that have the adapter in their matrices: as fast as the model alone. @returns this adapter */
  merge(options: MergeOptions = {}): this {
    detachAdapter(this.model);
    this.place((layer) => layer.fuse(options.dequantize ?? false));
    this.#merged = options;
    standing.set(this.model, this);
    return this;
  }
  /** Undoes `merge`: the adapter is attached. @throws AdapterError if it is not merged */
  unmerge(): this {
    if (!this.merged) throw new AdapterError('[unmerge] the adapter must be merged, got one that is not');
    return this.attach();
  }
  /** @internal Takes the adapter out while `fn` runs, and for good unless it throws. */
  aside<T>(fn: () => T): T {
    const merged = this.#merged;
    this.detach();
    try {
      return fn();
    } catch (error) {
      if (merged === null) this.attach();
      else this.merge(merged);
      throw error;
    }
  }
  private place(of: (layer: LoraLayer) => nn.Module): void {
    const entries = [...this.layers].map(([path, layer]): [string, nn.Module] => [path, of(layer)]);
    this.model.updateModules(treeUnflatten<nn.Module>(entries) as nn.ModuleTree);
  }
}
/** The adapter that a model holds, or null. */
export const adapterOf = (model: nn.Module): LoraAdapter | null => standing.get(model) ?? null;
/** Takes out the adapter that a model holds, if any. @returns that adapter */
export function detachAdapter(model: nn.Module): LoraAdapter | null {
  return adapterOf(model)?.detach() ?? null;
}

/** @internal Runs `fn` on a model without adapter; the one it holds comes back if that throws. */
export function withoutAdapter<T>(model: nn.Module, fn: () => T): T {
  const held = adapterOf(model);
  return held === null ? fn() : held.aside(fn);
}

/** Which layers `linearToLoraLayers` adapts, and how. */
export interface LoraOptions extends Omit<LayerOptions, 'scale'> {
  /** the scale times the rank; twice the rank if absent */
  readonly alpha?: number;
  /** factor of the low-rank product, whatever `alpha` is; alpha over rank if absent */
  readonly scale?: number;
  /**
   * Ends of paths of layers, such as `q_proj` or `self_attn.q_proj`; `'all-linear'`, the default: every linear layer of the blocks, or of a
   * model without blocks.
   */
  readonly targetModules?: 'all-linear' | readonly string[];
  /** adapt the last blocks alone; -1, the default, takes all. Layers outside of blocks are adapted if `targetModules` names them. */
  readonly lastNLayers?: number;
  /** DoRA: learn the lengths of the rows as well; false by default */
  readonly dora?: boolean;
}

/** A layer of a block: the path of the list of blocks, and which block. */
const BLOCK = /^(?:(.*)\.)?(?:layers|blocks|h)\.(\d+)\./;
/** @internal Where a path stands among blocks; null outside of them. */
export function blockOf(path: string): { readonly list: string; readonly index: number } | null {
  const match = BLOCK.exec(path);
  return match === null ? null : { list: match[1] ?? '', index: Number(match[2]) };
}
/** @internal How many blocks each list of a model has. */
export function blockCounts(model: nn.Module): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [path] of model.namedModules()) {
    const block = blockOf(`${path}.`);
    if (block !== null) counts.set(block.list, Math.max(counts.get(block.list) ?? 0, block.index + 1));
  }
  return counts;
}
/** @internal The layers of a model that an adapter can stand around, by path. */
export const adaptable = (model: nn.Module): [string, nn.Module][] =>
  model.namedModules().filter(([, m]) => isLinear(m) || isEmbedding(m));

function chosen(model: nn.Module, options: LoraOptions): [string, nn.Module][] {
  const { targetModules = 'all-linear', lastNLayers = -1 } = options;
  if (!Number.isSafeInteger(lastNLayers) || (lastNLayers < 1 && lastNLayers !== -1))
    throw new AdapterError(`[lora] lastNLayers must be an integer of at least 1, or -1 for all, got ${lastNLayers}`);
  const all = adaptable(model);
  const counts = blockCounts(model);
  const ends = (path: string, name: string): boolean => path === name || path.endsWith(`.${name}`);
  const wanted = all.filter(([path, layer]) =>
    targetModules === 'all-linear'
      ? isLinear(layer) && (counts.size === 0 || blockOf(path) !== null)
      : targetModules.some((name) => ends(path, name)),
  );
  const unknown = targetModules === 'all-linear' ? [] : targetModules.filter((n) => !all.some(([p]) => ends(p, n)));
  if (unknown.length > 0 || wanted.length === 0) {
    const names = [...new Set(all.map(([path]) => path.slice(path.lastIndexOf('.') + 1)))];
    const got = unknown.length > 0 ? `'${unknown.join("', '")}'` : 'none';
    throw new AdapterError(
      `[lora] targetModules must name linear layers or embeddings of the model (${names.join(', ') || 'it has none'}), got ${got}`,
    );
  }
  const kept = wanted.filter(([path]) => {
    const block = blockOf(path);
    return block === null || lastNLayers === -1 || block.index >= counts.get(block.list)! - lastNLayers;
  });
  if (kept.length === 0)
    throw new AdapterError(`[lora] the last ${lastNLayers} blocks must hold a layer to adapt, got none`);
  return kept;
}
/** @internal An adapter layer around a layer. */
export function adapted(layer: nn.Module, dora: boolean, options: LayerOptions): LoraLayer {
  if (isLinear(layer)) return new (dora ? DoRALinear : LoRALinear)(layer, options);
  if (isEmbedding(layer)) return new (dora ? DoRAEmbedding : LoRAEmbedding)(layer, options);
  throw new AdapterError(`[lora] a linear layer or an embedding can be adapted, got ${layer.constructor.name}`);
}

/**
 * Freezes a model and puts new LoRA layers around its linear layers, packed ones too (QLoRA): `trainableParameters()` is the adapter. An
 * adapter that the model holds is taken out first.
 *
 * ```ts
 * const adapter = linearToLoraLayers(model, { rank: 16, targetModules: ['q_proj', 'v_proj'], lastNLayers: 8 });
 * // ... train ...
 * adapter.merge();
 * ```
 * @throws AdapterError for options out of range, or targets that the model has not
 */
export function linearToLoraLayers(model: nn.Module, options: LoraOptions = {}): LoraAdapter {
  const { rank = 8, dora = false, dropout = 0 } = options;
  const { alpha = 2 * rank, scale = alpha / rank } = options;
  return withoutAdapter(model, () => {
    const layers = chosen(model, options).map(([path, layer]): [string, LoraLayer] => [
      path,
      adapted(layer, dora, { rank, scale, dropout }),
    ]);
    model.freeze();
    return new LoraAdapter(model, new Map(layers)).attach();
  });
}
