// Writing GGUF, byte for byte as its reference writer does.
import { DTypeError, FormatError, LanewiseError, ShapeError } from '../tensor/errors.js';
import { sameDims, showShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { chunksOf, type Part } from './chunks.js';
import {
  aligned,
  ALIGNMENT,
  ALIGNMENT_KEY,
  heldShape,
  isNumberType,
  layoutOf,
  layoutsByType,
  MAGIC,
  MAX_DEPTH,
  MAX_RANK,
  numberArrays,
  valueTypes,
  type GgufLayout,
  type GgufNumberType,
  type GgufTensorType,
  type GgufValue,
} from './gguf-types.js';
import { isWellFormed, quote } from './json.js';
import { writeTarget, type Target } from './safetensors-write.js';

/** A tensor to be written with a type of its own: blocks, or one that is made when its turn comes. */
export interface GgufTensor {
  readonly type: GgufTensorType;
  /** sizes in elements, rows first */
  readonly elements: readonly number[];
  /** uint8 of shape (..., rows, bytes of a row) for block types. What a function gives is freed once it is written. */
  readonly data: Tensor | (() => Tensor | Promise<Tensor>);
}
/** Tensors by name, in the order in which they are written. */
export type GgufTensors = Readonly<Record<string, Tensor | GgufTensor>> | ReadonlyMap<string, Tensor | GgufTensor>;
/** Metadata to be written: values with their types; text, booleans and lists of text may stand for themselves. */
export type GgufPairs = Readonly<Record<string, GgufValue | string | boolean | readonly string[]>>;

/** The longest name that readers take, in bytes of UTF-8. */
const MAX_NAME = 63;
const VERSION = 3;

/** Grows as bytes are put at its end. */
class Bytes {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;
  private readonly utf8 = new TextEncoder();

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const longer = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      longer.set(this.bytes);
      this.bytes = longer;
      this.view = new DataView(longer.buffer);
    }
    return at;
  }
  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }
  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
  }
  u64(value: number): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }
  put(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }
  text(text: string): void {
    const bytes = this.utf8.encode(text);
    this.u64(bytes.length);
    this.put(bytes);
  }
  /** What was put, and zeros up to a multiple of `alignment`. */
  padded(alignment: number): Uint8Array {
    this.reserve(aligned(this.length, alignment) - this.length);
    return this.bytes.subarray(0, this.length);
  }
}

const show = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return `${typeof value} ${String(value)}`;
  return Array.isArray(value) ? 'an array' : (value.constructor?.name ?? 'an object');
};
/** Writes values; every failure names the key. */
class ValueWriter {
  constructor(
    private readonly out: Bytes,
    private readonly key: string,
  ) {}
  private fail(rule: string, got: unknown): never {
    throw new FormatError(`[gguf] key ${quote(this.key)}: ${rule}, got ${show(got)}`);
  }
  pair(given: GgufPairs[string]): void {
    const value = this.tagged(given);
    const code = valueTypes.indexOf(value.type);
    if (code < 0) this.fail(`the type of a value must be one of ${valueTypes.join(', ')}`, value.type);
    this.out.u32(code);
    if (value.type === 'array') this.array(value, 0);
    else this.one(value.type, value.value);
  }
  private tagged(given: GgufPairs[string]): GgufValue {
    if (typeof given === 'string') return { type: 'string', value: given };
    if (typeof given === 'boolean') return { type: 'bool', value: given };
    if (Array.isArray(given)) return { type: 'array', of: 'string', value: given as readonly string[] };
    if (typeof given === 'object' && given !== null && 'type' in given) return given;
    return this.fail("a value must be text, a boolean, or have a type as { type: 'uint32', value: 1 } has", given);
  }
  private one(type: Exclude<GgufValue['type'], 'array'>, value: unknown): void {
    if (type === 'string') return this.out.text(this.text(value));
    if (type === 'bool') {
      if (typeof value !== 'boolean') this.fail('a bool must be a boolean', value);
      return this.out.u8(Number(value));
    }
    this.numbers(type, this.checked(type, value));
  }
  private text(value: unknown): string {
    if (typeof value !== 'string' || !isWellFormed(value)) this.fail('a text must be valid Unicode', value);
    return value;
  }
  /** One number as a typed array, refused if the type cannot hold it. */
  private checked(type: GgufNumberType, value: unknown): InstanceType<(typeof numberArrays)[GgufNumberType]> {
    const wide = type === 'int64' || type === 'uint64';
    if (typeof value !== (wide ? 'bigint' : 'number'))
      this.fail(`a value of ${type} must be a ${wide ? 'bigint' : 'number'}`, value);
    const held = wide
      ? numberArrays[type].of(value as bigint)
      : (numberArrays[type] as typeof Float64Array).of(value as number);
    const isFloat = type === 'float32' || type === 'float64';
    if (!isFloat && held[0] !== value) this.fail(`${type} must be able to hold a value`, value);
    return held;
  }
  private numbers(type: GgufNumberType, value: unknown): void {
    if (!(value instanceof numberArrays[type]))
      this.fail(`an array of ${type} must be a ${numberArrays[type].name}`, value);
    this.out.put(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  private array({ of, value }: { readonly of: string; readonly value: unknown }, depth: number): void {
    if (depth === MAX_DEPTH) this.fail(`arrays must lie at most ${MAX_DEPTH} deep`, value);
    const code = (valueTypes as readonly string[]).indexOf(of);
    if (code < 0) this.fail(`the elements of an array must be one of ${valueTypes.join(', ')}`, of);
    this.out.u32(code);
    if (!isNumberType(of) && !Array.isArray(value)) this.fail(`an array of ${of} must be an array`, value);
    this.out.u64((value as { length: number }).length);
    if (isNumberType(of)) return this.numbers(of, value);
    for (const element of value as unknown[]) {
      if (of !== 'array') this.one(of as 'string' | 'bool', element);
      else if ((element as GgufValue | null)?.type === 'array')
        this.array(element as { of: string; value: unknown }, depth + 1);
      else this.fail("an array in an array must have type 'array'", element);
    }
  }
}

/** A file about to be written. */
interface Plan {
  readonly parts: readonly Part[];
  readonly size: number;
}
interface Row {
  readonly name: string;
  readonly layout: GgufLayout;
  readonly elements: readonly number[];
  readonly bytes: number;
  readonly data: Part;
}

function rowOf(name: string, given: Tensor | GgufTensor): Row {
  const where = `[gguf] tensor ${quote(name)}`;
  if (!isWellFormed(name)) throw new FormatError(`[gguf] names must be valid Unicode, got ${quote(name)}`);
  const length = new TextEncoder().encode(name).length;
  if (length > MAX_NAME) throw new FormatError(`${where}: a name has at most ${MAX_NAME} bytes, got ${length}`);
  const [layout, elements] = given instanceof Tensor ? [layoutOf(given.dtype), given.shape] : planned(where, given);
  if (layout === undefined)
    throw new DTypeError(`${where}: a type of GGUF must hold the dtype, got ${(given as Tensor).dtype}`);
  if (elements.length > MAX_RANK)
    throw new ShapeError(`${where}: a shape must have at most ${MAX_RANK} sizes, got ${showShape(elements)}`);
  const held = heldShape(elements, layout);
  const bytes = held.reduce((n, size) => n * size, layout.blockElements === 1 ? layout.blockBytes : 1);
  const check = (tensor: Tensor): Tensor => {
    if (tensor.dtype === layout.dtype && sameDims(tensor.shape, held)) return tensor;
    throw new ShapeError(
      `${where}: ${showShape(elements)} of ${layout.type} must be held by ${layout.dtype} ${showShape(held)}, ` +
        `got ${tensor.dtype} ${showShape(tensor.shape)}`,
    );
  };
  const data = given instanceof Tensor ? given : given.data;
  return {
    name,
    layout,
    elements,
    bytes,
    data: data instanceof Tensor ? check(data) : async () => check(await data()),
  };
}
function planned(where: string, given: GgufTensor): [GgufLayout, readonly number[]] {
  const layout = layoutsByType.get(given?.type);
  if (layout === undefined)
    throw new FormatError(`${where}: must be a tensor or have a type of GGUF, got ${show(given)}`);
  const { elements, data } = given;
  if (!(data instanceof Tensor) && typeof data !== 'function')
    throw new DTypeError(`${where}: data must be a tensor or a function that gives one, got ${show(data)}`);
  const isShape = Array.isArray(elements) && elements.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || (elements.at(-1) ?? 1) % layout.blockElements !== 0)
    throw new ShapeError(
      `${where}: elements must be sizes whose rows are whole blocks of ${layout.blockElements}, got (${String(elements)})`,
    );
  return [layout, elements];
}

function alignmentOf(pairs: GgufPairs): number {
  const given = pairs[ALIGNMENT_KEY];
  if (given === undefined) return ALIGNMENT;
  const { type, value } = given as GgufValue;
  if (type === 'uint32' && Number.isInteger(value) && value > 0 && value <= 2 ** 20 && (value & (value - 1)) === 0)
    return value;
  throw new FormatError(
    `[gguf] ${ALIGNMENT_KEY} must be a power of two up to 2^20 of type uint32, got ${String(value)} of type ${type}`,
  );
}

function planFile(tensors: GgufTensors, pairs: GgufPairs): Plan {
  if (typeof pairs !== 'object' || pairs === null)
    throw new LanewiseError(`[gguf] metadata must be an object, got ${show(pairs)}`);
  if (typeof tensors !== 'object' || tensors === null)
    throw new LanewiseError(`[gguf] tensors must be given by name, got ${show(tensors)}`);
  const alignment = alignmentOf(pairs);
  const entries = tensors instanceof Map ? [...(tensors as ReadonlyMap<string, GgufTensor>)] : Object.entries(tensors);
  const rows = entries.map(([name, given]) => rowOf(name, given));
  const keys = Object.keys(pairs);
  const head = new Bytes();
  head.u32(MAGIC);
  head.u32(VERSION);
  head.u64(rows.length);
  head.u64(keys.length);
  for (const key of keys) {
    if (!isWellFormed(key)) throw new FormatError(`[gguf] keys must be valid Unicode, got ${quote(key)}`);
    head.text(key);
    new ValueWriter(head, key).pair(pairs[key]!);
  }
  const parts: Part[] = [];
  let offset = 0;
  for (const { name, layout, elements, bytes, data } of rows) {
    head.text(name);
    head.u32(elements.length);
    for (const size of [...elements].reverse()) head.u64(size);
    head.u32(layout.code);
    head.u64(offset);
    const end = aligned(offset + bytes, alignment);
    parts.push(data, new Uint8Array(end - offset - bytes));
    offset = end;
  }
  const front = head.padded(alignment);
  return { parts: [front, ...parts], size: front.length + offset };
}

/**
 * A GGUF file in memory. Computes tensors that are not evaluated yet.
 * @throws FormatError, ShapeError or DTypeError for what the format cannot hold
 */
export async function encodeGguf(tensors: GgufTensors, metadata: GgufPairs = {}): Promise<Uint8Array> {
  const { parts, size } = planFile(tensors, metadata);
  const file = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunksOf(parts, size)) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}

/**
 * Writes a GGUF file (version 3, little-endian) in chunks, to the targets that `saveSafetensors` takes. Tensors stand in the order given,
 * aligned to `general.alignment` or 32 bytes. float32, float16, bfloat16, float64 and signed integers are written as they are; blocks and
 * tensors that are made one by one as `{ type, elements, data }`.
 *
 * ```ts
 * await saveGguf('model.gguf', { 'output_norm.weight': norm }, { 'general.architecture': 'llama' });
 * ```
 * @throws FormatError, ShapeError or DTypeError for what the format cannot hold; errors of the file system pass through
 */
export async function saveGguf(target: Target, tensors: GgufTensors, metadata: GgufPairs = {}): Promise<void> {
  const { parts, size } = planFile(tensors, metadata);
  await writeTarget(target, chunksOf(parts, size), size);
}
