import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSafetensors, openSafetensors, openSharded } from '../../src/io/index.js';
import { FormatError, LanewiseError } from '../../src/tensor/errors.js';
import { fileOf, hexOf } from './support.js';

type Answer = (request: IncomingMessage, response: ServerResponse, range: [number, number] | null) => void;
const data = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) ^ (i >> 8));
const file = fileOf(
  '{"a":{"dtype":"U8","shape":[200000],"data_offsets":[0,200000]},"b":{"dtype":"U8","shape":[100000],"data_offsets":[200000,300000]}}',
  data,
);
const hexFrom = (begin: number, end: number): string => Buffer.from(data.subarray(begin, end)).toString('hex');

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));
/** A server on this machine; notes the ranges asked for. */
async function serve(answer: Answer): Promise<{ url: string; log: string[] }> {
  const log: string[] = [];
  const server = createServer((request, response) => {
    log.push(request.headers.range ?? 'none');
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    answer(request, response, match && [Number(match[1]), Number(match[2])]);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`, log };
}
/** The right answer to a range of `bytes`. */
function partial(response: ServerResponse, bytes: Uint8Array, [first, last]: [number, number], tag = '"1"'): void {
  const end = Math.min(last + 1, bytes.length);
  response.writeHead(206, { 'content-range': `bytes ${first}-${end - 1}/${bytes.length}`, etag: tag });
  response.end(bytes.subarray(first, end));
}
const proper: Answer = (_, response, range) => partial(response, file, range!);

describe('openSafetensors › a URL is read by Range requests', () => {
  it('one request for the header, then the range of one tensor', async () => {
    const { url, log } = await serve(proper);
    const opened = await openSafetensors(url);
    expect(log).toEqual(['bytes=0-65535']);
    const b = await opened.tensor('b');
    expect(hexOf(b)).toBe(hexFrom(200_000, 300_000));
    const { begin, end } = opened.info('b');
    expect(log.slice(1)).toEqual([`bytes=${begin}-${end - 1}`]);
  });

  it('all tensors in chunks', async () => {
    const { url, log } = await serve(proper);
    const { a, b } = await loadSafetensors(new URL(url), { chunkBytes: 100_000 });
    expect(hexOf(a!) + hexOf(b!)).toBe(hexFrom(0, 300_000));
    expect(log.length).toBe(4);
  });

  it('a small file takes one request', async () => {
    const small = fileOf('{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}', new Uint8Array([1, 2, 3]));
    const { url, log } = await serve((_, response, range) => partial(response, small, range!));
    expect(hexOf((await loadSafetensors(url))['a']!)).toBe('010203');
    expect(log.length).toBe(1);
  });

  it('redirects are followed and headers are sent', async () => {
    const { url } = await serve((request, response, range) => {
      if (request.headers['x-key'] !== 'k') response.writeHead(401).end();
      else if (request.url === '/model.safetensors') response.writeHead(302, { location: '/moved' }).end();
      else proper(request, response, range);
    });
    const { b } = await loadSafetensors(url, { headers: { 'x-key': 'k' } });
    expect(hexOf(b!)).toBe(hexFrom(200_000, 300_000));
    await expect(openSafetensors(url)).rejects.toThrow(/must answer a range with status 206, got 401/);
  });

  it('a server without ranges may send a small file whole', async () => {
    const { url, log } = await serve((_, response) => response.writeHead(200).end(file));
    const { a } = await loadSafetensors(url);
    expect(hexOf(a!)).toBe(hexFrom(0, 200_000));
    expect(log.length).toBe(1);
  });

  it('a shared folder is opened by its URL', async () => {
    const index = JSON.stringify({ weight_map: { a: 'x y.safetensors', b: 'x y.safetensors' } });
    const { url, log } = await serve((request, response, range) => {
      if (request.url === '/org/model.safetensors.index.json?k=1')
        partial(response, new TextEncoder().encode(index), range!);
      else if (request.url === '/org/x%20y.safetensors?k=1') partial(response, file, range!);
      else response.writeHead(404).end();
    });
    const model = await openSharded(new URL('/org?k=1', url));
    expect(hexOf(await model.tensor('b'))).toBe(hexFrom(200_000, 300_000));
    expect(log.length).toBe(3);
    await expect(openSharded(new URL('/none/', url))).rejects.toThrow(/a model must have .* got neither in/);
  });
});

describe('openSafetensors › a server that misbehaves gives a clear error', () => {
  const rows: readonly [string, Answer, RegExp][] = [
    ['missing', (_, r) => r.writeHead(404).end(), /the file must exist, got none at http/],
    ['status', (_, r) => r.writeHead(503).end(), /status 206, got 503 for bytes 0-65535 of http/],
    [
      'no Content-Range',
      (_, r) => r.writeHead(206).end(file.subarray(0, 65536)),
      /Content-Range must be sent and be readable across origins, got none/,
    ],
    [
      'unknown total',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 0-65535/*' }).end(file.subarray(0, 65536)),
      /first, last and total byte, got "bytes 0-65535\/\*"/,
    ],
    [
      'another range',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 8-65543/300140' }).end(file.subarray(8, 65544)),
      /must be the range that was asked for/,
    ],
    [
      'body too short',
      (_, r) => r.writeHead(206, { 'content-range': `bytes 0-65535/${file.length}` }).end(file.subarray(0, 100)),
      /as long as its range of 65536 bytes, got 100/,
    ],
    [
      'body too long',
      (_, r) => r.writeHead(206, { 'content-range': `bytes 0-65535/${file.length}` }).end(file.subarray(0, 65537)),
      /as long as its range of 65536 bytes, got more/,
    ],
    [
      'too large without ranges',
      (_, r) => r.writeHead(200, { 'content-length': String(2 ** 27) }).end(),
      /a server that ignores Range may send at most 67108864 bytes, got 134217728/,
    ],
    [
      'broken off',
      (_, r) => {
        r.writeHead(206, { 'content-range': `bytes 0-65535/${file.length}`, 'content-length': '65536' });
        r.write(file.subarray(0, 100), () => r.destroy());
      },
      /must send its whole body/,
    ],
  ];
  it.each(rows)('%s', async (_, answer, message) => {
    const { url } = await serve(answer);
    const error: unknown = await openSafetensors(url).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LanewiseError);
    expect((error as Error).message).toMatch(message);
  });

  it('an endless body without ranges is cut off', async () => {
    const block = new Uint8Array(2 ** 20);
    let sent = 0;
    const { url } = await serve((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && sent < 400) {
          sent++;
          if (!response.write(block)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    await expect(openSafetensors(url)).rejects.toThrow(/may send at most 67108864 bytes, got more/);
    expect(sent).toBeLessThan(200);
  });

  it('an empty file', async () => {
    const { url } = await serve((_, r) => r.writeHead(416, { 'content-range': 'bytes */0' }).end());
    await expect(openSafetensors(url)).rejects.toThrow(FormatError);
  });

  it('a file that changes between two reads', async () => {
    let tag = '"1"';
    const { url } = await serve((_, response, range) => partial(response, file, range!, tag));
    const opened = await openSafetensors(url);
    tag = '"2"';
    await expect(opened.tensor('b')).rejects.toThrow(/must not change while it is read/);
  });

  it('nobody listens', async () => {
    await expect(openSafetensors('http://127.0.0.1:9/x')).rejects.toThrow(
      /\[open\] http:\/\/127.0.0.1:9\/x must answer/,
    );
  });

  it('a signal ends it', async () => {
    const { url } = await serve(() => {});
    const stop = new AbortController();
    const opening = openSafetensors(url, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(opening).rejects.toThrow(/abort/i);
  });
});
