// Integers for tests of kernels.
/** An integer dtype, by its numbers as bigints. */
export interface Bits {
  code: string;
  /** Numbers beyond the dtype wrap. */
  pack(x: readonly bigint[]): ArrayBufferView;
  unpack(x: Uint8Array): bigint[];
}
const bits = (
  code: string,
  type: new (
    x: readonly number[] | ArrayBuffer,
  ) => Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array,
): Bits => ({
  code,
  pack: (x) => new type(x.map((v) => Number(BigInt.asIntN(32, v)))),
  unpack: (x) => Array.from(new type(x.buffer as ArrayBuffer), BigInt),
});
const wide = (
  code: string,
  type: new (x: readonly bigint[] | ArrayBuffer) => BigInt64Array | BigUint64Array,
): Bits => ({
  code,
  pack: (x) => new type(x),
  unpack: (x) => [...new type(x.buffer as ArrayBuffer)],
});
/** bool and all integers. */
export const INTEGERS = [
  bits('b8', Uint8Array),
  bits('i8', Int8Array),
  bits('u8', Uint8Array),
  bits('i16', Int16Array),
  bits('u16', Uint16Array),
  bits('i32', Int32Array),
  bits('u32', Uint32Array),
  wide('i64', BigInt64Array),
  wide('u64', BigUint64Array),
];
/** What the numbers are once they are stored. */
export const held = (t: Bits, x: readonly bigint[]): bigint[] =>
  t.unpack(new Uint8Array(t.pack(x).buffer as ArrayBuffer));
