/**
 * The bytes that `tools/delta.mjs` told as groups of copies from `base` and bytes of its own: length and start of a copy, length of
 * what follows it, those bytes.
 */
export function patched(base: Uint8Array, delta: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const number = (): number => {
    let n = 0;
    for (let shift = 0; ; shift += 7) {
      const b = delta[at++]!;
      n |= (b & 127) << shift;
      if (b < 128) return n;
    }
  };
  const groups = (visit: (copy: number, from: number, literal: number) => void): void => {
    at = 0;
    while (at < delta.length) {
      const [copy, from, literal] = [number(), number(), number()];
      visit(copy, from, literal);
      at += literal;
    }
  };
  let size = 0;
  groups((copy, _, literal) => (size += copy + literal));
  const out = new Uint8Array(size);
  let to = 0;
  groups((copy, from, literal) => {
    out.set(base.subarray(from, from + copy), to);
    out.set(delta.subarray(at, at + literal), to + copy);
    to += copy + literal;
  });
  return out;
}
