// What `relaxed` shares with `plain` is inlined once: the second build is told as copies from the first and bytes between them.
// src/backends/wasm/delta.ts puts it together again.
import { Buffer } from 'node:buffer';

/** Bytes that must agree before a copy is worth its offset and length. */
const LEAST = 16;

function varint(n, to) {
  for (; n > 127; n >>>= 7) to.push((n & 127) | 128);
  to.push(n);
}

/** Groups of: length and start of a copy from `base`, length of what follows it, those bytes. Numbers are LEB128. */
export function deltaOf(base, target) {
  const windows = new Map();
  const text = base.toString('latin1');
  for (let i = base.length - LEAST; i >= 0; i--) windows.set(text.slice(i, i + LEAST), i);
  const wanted = target.toString('latin1');
  const out = [];
  // where a copy would go on: most of what follows a difference follows it in the base too
  let expected = 0;
  for (let at = 0; at < target.length;) {
    let begin = at;
    let from = -1;
    for (; begin < target.length; begin++) {
      const window = wanted.slice(begin, begin + LEAST);
      if (window.length < LEAST) continue;
      const near = text.indexOf(window, expected);
      from = near >= 0 && near - expected < 4096 ? near : (windows.get(window) ?? -1);
      if (from >= 0) break;
    }
    let length = 0;
    while (from >= 0 && begin + length < target.length && base[from + length] === target[begin + length]) length++;
    out.push([begin - at, at, length, from]);
    expected = from + length;
    at = begin + length;
  }
  const bytes = [];
  let [length, from] = [0, 0];
  for (const [literal, at, nextLength, nextFrom] of [...out, [0, target.length, 0, 0]]) {
    varint(length, bytes);
    varint(from, bytes);
    varint(literal, bytes);
    for (let i = at; i < at + literal; i++) bytes.push(target[i]);
    [length, from] = [nextLength, Math.max(0, nextFrom)];
  }
  return Buffer.from(bytes);
}
