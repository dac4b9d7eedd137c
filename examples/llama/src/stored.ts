// The tensors of a model as a file holds them, whatever the format: described before they are read.
import * as lw from 'lanewise';
import type { DType, Tensor } from 'lanewise';
import type { TensorFile } from 'lanewise/io';
import type { LlamaConfig } from './config.js';
import { ModelError } from './errors.js';
import type { Packing } from './quantization.js';

/** One tensor, under its Hugging Face name and with its rows in that order. */
export interface Stored {
  /** what it is computed in: the dtype of its elements, or of what it unpacks to */
  readonly dtype: DType;
  /** sizes in elements */
  readonly shape: readonly number[];
  /** how it is packed; absent where it is whole */
  readonly packing?: Packing;
  /** Reads it: the tensor, or the parts of a packed matrix by the ends of their names. */
  readonly read: () => Promise<Parts>;
}
/** A tensor, or codes with their scales and biases. */
export interface Parts {
  readonly weight: Tensor;
  readonly scales?: Tensor;
  readonly biases?: Tensor;
}

/** Reads a tensor whole, unpacked where it is packed; the caller disposes it. */
export async function readWhole({ packing, dtype, read }: Stored): Promise<Tensor> {
  const { weight, scales, biases } = await read();
  if (packing === undefined) return weight;
  const whole = lw.dequantize(weight, scales ?? null, biases ?? null, { ...packing, dtype }).eval();
  for (const part of [weight, scales, biases]) part?.dispose();
  return whole;
}

/**
 * The tensors of safetensors files. A layer with scales is packed as `quantization` of config.json says.
 * @throws ModelError for scales that do not fit, or that no config speaks of
 */
export function storedIn(file: TensorFile, config: LlamaConfig): Map<string, Stored> {
  const whole = (name: string): Stored => {
    const { dtype, shape } = file.info(name);
    return { dtype, shape, read: async () => ({ weight: await file.tensor(name) }) };
  };
  const packed = file.names.filter((name) => name.endsWith('.scales')).map((name) => name.slice(0, -'.scales'.length));
  const parts = new Set(packed.flatMap((path) => [`${path}.weight`, `${path}.scales`, `${path}.biases`]));
  const result = new Map(file.names.filter((name) => !parts.has(name)).map((name) => [name, whole(name)]));
  for (const path of packed) result.set(`${path}.weight`, packedIn(file, path, config));
  return result;
}

function packedIn(file: TensorFile, path: string, { quantization, dtype }: LlamaConfig): Stored {
  const packing = quantization?.layers.get(path) ?? quantization;
  if (packing === undefined || packing === false)
    throw new ModelError(`[config.json] quantization must say how ${path} is packed, which has scales, got nothing`);
  const { mode, groupSize, bits } = packing;
  const affine = mode === 'affine';
  const names = ['weight', 'scales', ...(affine ? ['biases'] : [])].map((part) => `${path}.${part}`);
  for (const name of names) if (!file.has(name)) throw new ModelError(`[weights] missing ${name} of a packed layer`);
  const [weight, ...others] = names.map((name) => file.info(name));
  const [rows, words] = weight!.shape as [number, number];
  const inputs = (words * 32) / bits;
  const fits =
    weight!.dtype === 'uint32' &&
    weight!.shape.length === 2 &&
    others.every(
      ({ shape: [r, groups], dtype }) => r === rows && groups! * groupSize === inputs && (affine || dtype === 'uint8'),
    );
  if (!fits) {
    const got = [weight!, ...others].map((info) => `${info.dtype} (${info.shape.join(',')})`).join(', ');
    throw new ModelError(
      `[weights] ${path} must be packed as ${mode}, ${bits} bits in groups of ${groupSize}, got ${got}`,
    );
  }
  return {
    dtype: affine ? others[0]!.dtype : (dtype ?? 'bfloat16'),
    shape: [rows, inputs],
    packing: { mode, groupSize, bits },
    async read() {
      const read = await file.tensors(names);
      const biases = affine ? { biases: read[`${path}.biases`]! } : {};
      return { weight: read[`${path}.weight`]!, scales: read[`${path}.scales`]!, ...biases };
    },
  };
}
