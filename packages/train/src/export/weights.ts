// The weights of a model as a checkpoint of Hugging Face holds them: adapters merged, packed layers unpacked.
import { dequantize, isfinite, nn, treeFlatten, type Tensor } from 'lanewise';
import { isEmbedding, isLinear, matrixOf } from '../lora/bases.js';
import { LoraLayer } from '../lora/layers.js';
import { ExportError } from './errors.js';

/** How weights are written. */
export interface WeightOptions {
  /** of floating weights; that of each weight if absent */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16';
  /** The name in the checkpoint of a weight, given its path in the model; the same if absent. */
  readonly rename?: (path: string) => string;
}

/**
 * Every parameter by name, with adapters in the matrices they stand around and packed matrices unpacked. The model stays as it is. Matrices
 * are (outputs, inputs), as both libraries have them.
 * @throws ExportError if two weights get one name, or one is not finite in the dtype
 */
export function hfWeights(model: nn.Module, options: WeightOptions = {}): Map<string, Tensor> {
  const { dtype, rename = (path): string => path } = options;
  const weights = new Map<string, Tensor>();
  const put = (path: string, x: Tensor): void => {
    const name = rename(path);
    if (weights.has(name)) throw new ExportError(`[export] names must differ, got '${name}' twice`);
    const floating = ['float32', 'float16', 'bfloat16', 'float64'].includes(x.dtype);
    const y = floating && dtype !== undefined ? x.astype(dtype) : x;
    if (floating && isfinite(y).all().item() !== true)
      throw new ExportError(`[export] weights must be finite in ${y.dtype}, got '${name}' with others`);
    weights.set(name, y);
  };
  const plain: (readonly [prefix: string, Readonly<Record<string, Tensor>>])[] = [];
  for (const [path, module] of model.namedModules()) {
    const prefix = path === '' ? '' : `${path}.`;
    const layer = plain.some(([outer]) => prefix.startsWith(outer)) ? null : plainOf(module);
    if (layer !== null) plain.push([prefix, layer]);
  }
  const done = new Set<string>();
  for (const [path, x] of treeFlatten(model.parameters())) {
    const within = plain.find(([prefix]) => path.startsWith(prefix));
    if (within === undefined) put(path, x);
    else if (!done.has(within[0])) {
      done.add(within[0]);
      for (const [name, y] of Object.entries(within[1])) put(within[0] + name, y);
    }
  }
  return weights;
}
/** The weights that stand for those of an adapted or packed layer; null for any other. */
function plainOf(module: nn.Module): Readonly<Record<string, Tensor>> | null {
  if (module instanceof nn.QQLinear && module.scales !== undefined) {
    const { weight, scales, groupSize, bits, mode } = module;
    return { weight: dequantize(weight, scales, null, groupSize, bits, mode) };
  }
  const layer = module instanceof LoraLayer ? module.fuse(true) : module;
  if (layer === module && !(module instanceof nn.QuantizedLinear || module instanceof nn.QuantizedEmbedding))
    return null;
  if (isEmbedding(layer)) return { weight: matrixOf(layer) };
  if (!isLinear(layer)) return null;
  return { weight: matrixOf(layer), ...(layer.bias === undefined ? {} : { bias: layer.bias }) };
}
