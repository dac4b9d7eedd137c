// Files as a page gets them: a Blob, a File, bytes, URLs.
import * as lw from 'lanewise';

type Kind = 'blob' | 'file' | 'blob URL' | 'bytes' | 'URL';
async function sourceOf(url: string, kind: Kind): Promise<lw.io.Source> {
  if (kind === 'URL') return new URL(url);
  const bytes = await (await fetch(url)).arrayBuffer();
  if (kind === 'bytes') return bytes;
  if (kind === 'file') return new File([bytes], 'weights.safetensors');
  return kind === 'blob' ? new Blob([bytes]) : URL.createObjectURL(new Blob([bytes]));
}
/** Every tensor of a file: dtype, shape and elements as text. */
export async function load(url: string, kind: Kind): Promise<Record<string, string>> {
  const tensors = await lw.io.loadSafetensors(await sourceOf(url, kind));
  const lines = Object.entries(tensors).map(([name, t]) => [name, `${t.dtype} (${t.shape}) ${[...t.toTypedArray()]}`]);
  return Object.fromEntries(lines) as Record<string, string>;
}
/** Writes tensors to bytes and reads them from a Blob. */
export async function roundTrip(): Promise<string> {
  const x = lw.arange(0, 6, 1, 'float32').reshape([2, 3]);
  const bytes = lw.io.encodeSafetensors({ x, h: x.astype('bfloat16') });
  const back = await lw.io.loadSafetensors(new Blob([bytes as BlobPart]));
  return JSON.stringify([back['x']!.tolist(), back['h']!.dtype, back['h']!.tolist()]);
}
/** Text of the error of a damaged File. */
export async function damaged(): Promise<string> {
  const e = await lw.io.loadSafetensors(new File([new Uint8Array(5)], 'short.safetensors')).catch((x: unknown) => x);
  return e instanceof lw.FormatError ? e.message : String(e);
}
