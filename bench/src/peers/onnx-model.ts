// ONNX models in memory: operators are recorded as they are called, then written as protocol buffers (onnx.proto, IR version 8).
import type { Input, Values } from '../data.js';

/** A value of the graph. */
export interface Value {
  readonly name: string;
}
/** Attributes by name: whole numbers unless wrapped by `float`. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const text = new TextEncoder();

function varint(value: number | bigint): number[] {
  let n = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    const low = Number(n & 127n);
    n >>= 7n;
    out.push(n > 0n ? low | 128 : low);
  } while (n > 0n);
  return out;
}
function join(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
const whole = (field: number, value: number): Uint8Array => join([varint(field << 3), varint(value)]);
const single = (field: number, value: number): Uint8Array =>
  join([varint((field << 3) | 5), bytesOf(new Float32Array([value]))]);
const block = (field: number, body: Uint8Array): Uint8Array =>
  join([varint((field << 3) | 2), varint(body.length), body]);
const string = (field: number, value: string): Uint8Array => block(field, text.encode(value));

const FLOAT = 1; // TensorProto.DataType
const types = { float32: FLOAT, uint8: 2, int32: 6, int64: 7, float16: 10 } as const;
type Type = keyof typeof types;

function attribute(name: string, value: Attributes[string]): Uint8Array {
  if (typeof value === 'number') return join([string(1, name), whole(3, value), whole(20, 2)]);
  if ('float' in value) return join([string(1, name), single(2, value.float), whole(20, 1)]);
  return join([string(1, name), ...value.map((v) => whole(8, v)), whole(20, 7)]);
}
const described = (name: string, type: Type, shape: readonly number[] | null): Uint8Array => {
  const sizes = shape === null ? [] : [block(2, join(shape.map((d) => block(1, whole(1, d)))))];
  return join([string(1, name), block(2, block(1, join([whole(1, types[type]), ...sizes])))]);
};

/** Records a graph. */
export class Graph {
  readonly #nodes: Uint8Array[] = [];
  readonly #constants: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  #names = 0;

  #name(): Value {
    return { name: `v${this.#names++}` };
  }
  /** An operator; `outputs` of them where there are several. */
  op(kind: string, inputs: readonly (Value | null)[], attributes: Attributes = {}, domain = ''): Value {
    return this.ops(1, kind, inputs, attributes, domain)[0]!;
  }
  ops(
    outputs: number,
    kind: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    domain = '',
  ): Value[] {
    const made = Array.from({ length: outputs }, () => this.#name());
    const parts = [
      ...inputs.map((v) => string(1, v?.name ?? '')),
      ...made.map((v) => string(2, v.name)),
      string(4, kind),
      ...Object.entries(attributes).map(([name, value]) => block(5, attribute(name, value))),
      ...(domain === '' ? [] : [string(7, domain)]),
    ];
    this.#nodes.push(join(parts));
    return made;
  }
  /** A constant of the model. */
  constant(shape: readonly number[], values: ArrayBufferView, type: Type): Value {
    const value = this.#name();
    this.#constants.push(
      join([...shape.map((d) => whole(1, d)), whole(2, types[type]), string(8, value.name), block(9, bytesOf(values))]),
    );
    return value;
  }
  /** A float. */
  scalar(x: number): Value {
    return this.constant([], new Float32Array([x]), 'float32');
  }
  /** A vector of 64-bit integers, as shapes and axes are given. */
  longs(...values: number[]): Value {
    return this.constant([values.length], BigInt64Array.from(values, BigInt), 'int64');
  }
  /** What is given at each run. */
  input(name: string, type: Type, shape: readonly number[]): Value {
    this.#inputs.push(described(name, type, shape));
    return { name };
  }
  /** The model with one output, called as the value is. */
  finish(output: Value, type: Type = 'float32'): Uint8Array {
    const graph = join([
      ...this.#nodes.map((n) => block(1, n)),
      string(2, 'g'),
      ...this.#constants.map((c) => block(5, c)),
      ...this.#inputs.map((i) => block(11, i)),
      block(12, described(output.name, type, null)),
    ]);
    const opset = (domain: string, version: number): Uint8Array =>
      block(8, join([string(1, domain), whole(2, version)]));
    return join([whole(1, 8), block(7, graph), opset('', 17), opset('com.microsoft', 1)]);
  }
}

/** An input's elements as the runtime stores them: float16 as its bits. */
export function stored(input: Input, values: Values): Values | Uint16Array {
  return input.kind === 'float16' ? Uint16Array.from(values, halfBits) : values;
}

const probe = new DataView(new ArrayBuffer(4));
/** Bits of a number that float16 holds exactly, not subnormal. */
export function halfBits(x: number): number {
  probe.setFloat32(0, x);
  const bits = probe.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  if ((bits & 0x7fffffff) === 0) return sign;
  return sign | ((((bits >>> 23) & 255) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}
