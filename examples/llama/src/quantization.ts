// What config.json says of packed weights, as mlx-lm writes it.
import { Fields } from './fields.js';

/** Block types of GGUF files that are computed with. */
export const blockModes = ['q4_0', 'q4_1', 'q5_0', 'q5_1', 'q8_0', 'q4_k', 'q5_k', 'q6_k'] as const;
export type BlockMode = (typeof blockModes)[number];
/** How MLX packs a matrix. */
export interface MlxPacking {
  readonly mode: 'affine' | 'mxfp4' | 'mxfp8' | 'nvfp4';
  readonly groupSize: number;
  readonly bits: number;
}
/** How a matrix is packed: as MLX does it, or in blocks of GGUF. */
export type Packing = MlxPacking | { readonly mode: BlockMode };
/** `quantization` of config.json: what holds for layers with scales, and those it does not hold for. */
export interface Quantization extends MlxPacking {
  readonly layers: ReadonlyMap<string, MlxPacking | false>;
}

const groups: Readonly<Record<MlxPacking['mode'], readonly (readonly [number, number])[]>> = {
  affine: [32, 64, 128].flatMap((group) => [2, 3, 4, 5, 6, 8].map((bits) => [group, bits] as const)),
  mxfp4: [[32, 4]],
  mxfp8: [[32, 8]],
  nvfp4: [[16, 4]],
};

function packingOf(file: Fields): MlxPacking {
  const mode = file.text('mode') ?? 'affine';
  if (!Object.hasOwn(groups, mode)) return file.reject('mode', `one of ${Object.keys(groups).join(', ')}`);
  const known = groups[mode as MlxPacking['mode']];
  const groupSize = file.integer('group_size', 1, mode === 'affine' ? 64 : known[0]![0]);
  const bits = file.integer('bits', 1, mode === 'affine' ? 4 : known[0]![1]);
  if (!known.some(([g]) => g === groupSize)) file.reject('group_size', `one that ${mode} has`);
  if (!known.some(([, b]) => b === bits)) file.reject('bits', `one that ${mode} has`);
  return { mode: mode as MlxPacking['mode'], groupSize, bits };
}

/**
 * `quantization` of a parsed config.json, undefined where the weights are whole. `quantization_config` says the same in newer files; what
 * other libraries write there is refused.
 * @throws ModelError that names the field
 */
export function parseQuantization(file: Fields): Quantization | undefined {
  const spelling = file.raw('quantization') === undefined ? 'quantization_config' : 'quantization';
  const fields = file.child(spelling);
  if (fields === undefined) return undefined;
  if (fields.raw('quant_method') !== undefined)
    fields.reject('quant_method', "absent: weights packed as MLX's are read");
  const own = ['mode', 'group_size', 'bits'];
  const layers = Object.entries(file.raw(spelling) as object).filter(
    ([name, value]) =>
      !own.includes(name) && (typeof value === 'object' || typeof value === 'boolean') && value !== null,
  );
  const whole = packingOf(fields);
  return {
    ...whole,
    layers: new Map(
      layers.map(([name, value]) => [
        name,
        value === true ? whole : value === false ? false : packingOf(fields.child(name)!),
      ]),
    ),
  };
}
