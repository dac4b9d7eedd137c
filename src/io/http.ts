// A file behind HTTP, read by Range requests.
import { LanewiseError } from '../tensor/errors.js';
import type { ByteSource, SourceOptions } from './source.js';

/** Asked for at once when a file is opened: most headers fit, and cost one request. */
const HEAD = 64 * 1024;
/** A server without ranges may send a file of up to this many bytes whole. */
const WHOLE = 64 * 2 ** 20;
const CONTENT_RANGE = /^bytes\s+(\d+)-(\d+)\/(\d+)$/i;

/**
 * Opens a URL for reading by range; null if the server says that nothing is there (404, 410).
 * @throws LanewiseError for other statuses, and for a server that knows no ranges and a file of more than 64 MiB
 */
export async function openHttp(url: URL, options: SourceOptions): Promise<ByteSource | null> {
  const name = url.origin + url.pathname;
  const first = await request(url, options, 0, HEAD);
  if (first.status === 404 || first.status === 410) {
    await first.body?.cancel();
    return null;
  }
  // a range of an empty file cannot be satisfied
  if (first.status === 416 && /^bytes\s+\*\/0$/i.test(first.headers.get('content-range') ?? '')) {
    await first.body?.cancel();
    return inMemory(name, new Uint8Array(0));
  }
  if (first.status === 200) return inMemory(name, await wholeBody(first, name));
  const { total: size, length } = await rangeOf(first, name, 0, HEAD);
  const head = await fill(first, new Uint8Array(length), name);
  const etag = first.headers.get('etag');
  return {
    size,
    name,
    async read(begin, end, staging) {
      if (end <= head.length) return head.subarray(begin, end);
      const response = await request(url, options, begin, end);
      const { total, length } = await rangeOf(response, name, begin, end);
      if (total !== size || response.headers.get('etag') !== etag) {
        await response.body?.cancel();
        throw new LanewiseError(`[open] the file must not change while it is read, got another version of ${name}`);
      }
      const room = staging === undefined ? new Uint8Array(length) : staging.subarray(0, length);
      return fill(response, room, name);
    },
    close: async () => {},
  };
}

async function request(url: URL, options: SourceOptions, begin: number, end: number): Promise<Response> {
  const headers = { ...options.headers, range: `bytes=${begin}-${end - 1}` };
  try {
    return await fetch(url, { headers, ...(options.signal && { signal: options.signal }) });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new LanewiseError(`[open] ${url.origin + url.pathname} must answer, got ${String(cause)}`, { cause });
  }
}

/** Checks that a response holds the range that was asked for, or its beginning where the file is shorter. */
async function rangeOf(
  response: Response,
  name: string,
  begin: number,
  end: number,
): Promise<{ total: number; length: number }> {
  const fail = async (message: string): Promise<never> => {
    await response.body?.cancel();
    throw new LanewiseError(`[open] ${message} for bytes ${begin}-${end - 1} of ${name}`);
  };
  if (response.status !== 206) return fail(`the server must answer a range with status 206, got ${response.status}`);
  const text = response.headers.get('content-range');
  if (text === null) return fail('Content-Range must be sent and be readable across origins, got none');
  const match = CONTENT_RANGE.exec(text);
  if (match === null) return fail(`Content-Range must name first, last and total byte, got ${JSON.stringify(text)}`);
  const [from, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (from !== begin || last + 1 !== Math.min(end, total) || !Number.isSafeInteger(total)) {
    return fail(`Content-Range must be the range that was asked for, got ${JSON.stringify(text)}`);
  }
  return { total, length: last + 1 - from };
}

/** The body of a response, which must be exactly as long as `room`. */
async function fill(response: Response, room: Uint8Array, name: string): Promise<Uint8Array> {
  let done = 0;
  for await (const piece of pieces(response, name)) {
    if (done + piece.length > room.length) {
      throw new LanewiseError(
        `[open] a body must be as long as its range of ${room.length} bytes, got more from ${name}`,
      );
    }
    room.set(piece, done);
    done += piece.length;
  }
  if (done !== room.length) {
    throw new LanewiseError(
      `[open] a body must be as long as its range of ${room.length} bytes, got ${done} from ${name}`,
    );
  }
  return room;
}

async function wholeBody(response: Response, name: string): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length') ?? 0);
  const refuse = (got: string): LanewiseError =>
    new LanewiseError(
      `[open] a server that ignores Range may send at most ${WHOLE} bytes, got ${got} from ${name}; ` +
        'serve it with ranges, or pass a Blob',
    );
  if (announced > WHOLE) {
    await response.body?.cancel();
    throw refuse(String(announced));
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces(response, name)) {
    size += piece.length;
    if (size > WHOLE) throw refuse('more');
    parts.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The pieces of a body as they come; leaving the loop early cancels the rest. */
async function* pieces(response: Response, name: string): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let ended = false;
  try {
    for (;;) {
      let step: Awaited<ReturnType<typeof reader.read>>;
      try {
        step = await reader.read();
      } catch (cause) {
        ended = true;
        if ((cause as { name?: string }).name === 'AbortError') throw cause;
        throw new LanewiseError(`[open] ${name} must send its whole body, got ${String(cause)}`, { cause });
      }
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}

function inMemory(name: string, bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    name,
    read: async (begin, end) => bytes.subarray(begin, end),
    close: async () => {},
  };
}
