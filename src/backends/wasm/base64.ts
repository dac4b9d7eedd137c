type Base64 = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
type NodeBuffer = { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
/** Bytes of base64 text, by the engine where it can. */
export function decode(base64: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as Base64).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, base64);
  const node = (globalThis as { Buffer?: NodeBuffer }).Buffer;
  if (node !== undefined) return node.from(base64, 'base64');
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
