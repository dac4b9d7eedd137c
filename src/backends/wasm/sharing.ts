// Kernels are built for a memory of their own. A module says of the memory it imports whether that is shared, in one bit, and links
// with no other kind: that bit is set when the heap turned out to be shared, so that one build serves both.

const IMPORTS = 2;
const MEMORY = 2;
const SHARED = 2;

/** Reads what it needs of a module; where the bytes are none, what it finds is -1. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}
  get done(): boolean {
    return this.at >= this.bytes.length;
  }
  byte(): number {
    return this.bytes[this.at++] ?? -1;
  }
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const b = this.byte();
      value += (b & 127) * 2 ** shift;
      if (b < 128) return value;
    }
    return -1;
  }
  skip(n: number): void {
    this.at += Math.max(0, n);
  }
}

/** Where the flags of the imported memory stand, or -1. */
function flagsAt(bytes: Uint8Array): number {
  const r = new Reader(bytes, 8);
  while (!r.done) {
    const id = r.byte();
    const size = r.number();
    if (id !== IMPORTS) {
      r.skip(size);
      continue;
    }
    for (let n = r.number(); n > 0 && !r.done; n--) {
      r.skip(r.number());
      r.skip(r.number());
      const kind = r.byte();
      if (kind === MEMORY) return r.at;
      if (kind !== 0) return -1; // the kernels import functions and a memory only
      r.number();
    }
    return -1;
  }
  return -1;
}

/** The bytes of a module for a memory that is shared or not: a copy, or the bytes themselves if they say so already. */
export function sharing(binary: BufferSource, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(binary)
    ? new Uint8Array(binary.buffer as ArrayBuffer, binary.byteOffset, binary.byteLength)
    : new Uint8Array(binary);
  const at = flagsAt(bytes);
  if (at < 0 || at >= bytes.length || ((bytes[at]! & SHARED) !== 0) === shared) return bytes;
  const copy = bytes.slice();
  copy[at]! ^= SHARED;
  return copy;
}
