// TensorBoard event files: TFRecord frames around the Event messages of TensorFlow's event.proto, of which scalars need six fields.
import { crc32c } from '../crc32c.js';
import type { TrainEvent } from '../events.js';

const text = new TextEncoder();
const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
function varint(x: number): Uint8Array {
  const bytes: number[] = [];
  for (; x >= 128; x = Math.floor(x / 128)) bytes.push((x % 128) | 128);
  return Uint8Array.from([...bytes, x]);
}
// wire types of protocol buffers: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes
const field = (number: number, wire: 0 | 1 | 2 | 5, payload: Uint8Array): Uint8Array =>
  concat([varint(number * 8 + wire), ...(wire === 2 ? [varint(payload.length)] : []), payload]);
const double = (x: number): Uint8Array => new Uint8Array(littleEndian(8, (v) => v.setFloat64(0, x, true)));
const float = (x: number): Uint8Array => new Uint8Array(littleEndian(4, (v) => v.setFloat32(0, x, true)));
function littleEndian(bytes: number, write: (view: DataView) => void): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  write(new DataView(buffer));
  return buffer;
}

/** TFRecord's checksum: a CRC-32C, turned so that one of data that holds checksums stays good. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};
const word = (x: number): Uint8Array => new Uint8Array(littleEndian(4, (v) => v.setUint32(0, x, true)));
/** A TFRecord: length, its checksum, data, its checksum. */
function frame(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(littleEndian(8, (v) => v.setBigUint64(0, BigInt(data.length), true)));
  return concat([length, word(masked(length)), data, word(masked(data))]);
}

/** The record that begins an event file. `time` in seconds since 1970. */
export const tensorboardHeader = (time: number): Uint8Array =>
  frame(concat([field(1, 1, double(time)), field(3, 2, text.encode('brain.Event:2'))]));
/** One record with scalars by tag. */
export function tensorboardScalars(time: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    field(1, 2, concat([field(1, 2, text.encode(tag)), field(2, 5, float(value))])),
  );
  return frame(
    concat([
      field(1, 1, double(time)),
      ...(step === 0 ? [] : [field(2, 0, varint(step))]),
      field(5, 2, concat(values)),
    ]),
  );
}

const prefixed = (prefix: string, extra: Readonly<Record<string, number>> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(extra).map(([name, value]) => [`${prefix}/${name}`, value]));
/** The scalars of an event by tag; null for events without any. */
export function scalarsOf(event: TrainEvent): Record<string, number> | null {
  switch (event.type) {
    case 'step':
      return {
        'loss/train': event.loss,
        'training/learning_rate': event.learningRate,
        'training/grad_norm': event.gradNorm,
        'training/tokens_per_second': event.tokensPerSecond,
        'training/skipped': event.skipped,
        'system/memory_active_mb': event.memory.active / 2 ** 20,
        'system/memory_peak_mb': event.memory.peak / 2 ** 20,
        ...prefixed('train', event.extra),
      };
    case 'evaluation':
      return { 'loss/evaluation': event.loss, ...prefixed('evaluation', event.extra) };
    default:
      return null;
  }
}
