// The names of a module's exports, moved into a section of their own: an engine that makes a property of each of
// 700 exports takes milliseconds for it (V8 until Node 20 copies the object's shape each time), which numbers do not cost.
// src/backends/wasm/exports.ts puts the names back.
import { Buffer } from 'node:buffer';

const [CUSTOM, EXPORTS] = [0, 7];
/** The section that lists the names in the order of the exports, separated by blanks. */
const SECTION = 'lanewise.names';

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const section = (id, bytes) => Buffer.concat([Buffer.from([id, ...leb(bytes.length)]), bytes]);
const text = (s) => Buffer.from([...leb(Buffer.byteLength(s)), ...Buffer.from(s)]);

/** The module with its exports called 0, 1, 2 and so on. */
export function numberExports(binary) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = binary[at++];
      value += (b & 127) * 2 ** shift;
      if (b < 128) return value;
    }
  };
  const parts = [binary.subarray(0, at)];
  const names = [];
  while (at < binary.length) {
    const start = at;
    const id = binary[at++];
    const size = number();
    const end = at + size;
    if (id === EXPORTS) {
      const entries = [];
      const count = number();
      for (let i = 0; i < count; i++) {
        const length = number();
        names.push(binary.toString('utf8', at, at + length));
        at += length;
        const kind = binary[at++];
        entries.push(text(String(i)), Buffer.from([kind, ...leb(number())]));
      }
      parts.push(section(EXPORTS, Buffer.concat([Buffer.from(leb(count)), ...entries])));
    } else parts.push(binary.subarray(start, end));
    at = end;
  }
  parts.push(section(CUSTOM, Buffer.concat([text(SECTION), Buffer.from(names.join(' '))])));
  return Buffer.concat(parts);
}
