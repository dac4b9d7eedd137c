// Serves folders and built modules on a port of its own, with ranges, and records what was asked for.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders: Readonly<Record<string, string>> = {
  dist: 'dist',
  goldens: 'tests/goldens',
  model: 'examples/llama/model',
  browser: 'tests/browser',
};
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A page or module that exists only here. */
export interface Made {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Server {
  readonly origin: string;
  /** Serves `made` at `path`. @returns its URL */
  add(path: string, made: Made): string;
  /** the Range headers that came for a path, null where there was none */
  asked(path: string): readonly (string | null)[];
  close(): Promise<void>;
}

async function fileAt(path: string): Promise<Uint8Array | null> {
  const [first = '', ...rest] = decodeURIComponent(path).split('/').slice(1);
  const folder = Object.hasOwn(folders, first) ? resolve(root, folders[first]!) : null;
  if (folder === null) return null;
  const file = resolve(folder, ...rest);
  if (!file.startsWith(folder + sep)) return null;
  return readFile(file).catch(() => null);
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return;
  }
  const [from, last] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
  if (from > last) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const headers = { 'content-range': `bytes ${from}-${last}/${bytes.length}`, 'content-length': last + 1 - from };
  response.writeHead(206, headers).end(bytes.subarray(from, last + 1));
}

/** Starts the server on 127.0.0.1. */
export async function serve(): Promise<Server> {
  const made = new Map<string, Made>();
  const ranges = new Map<string, (string | null)[]>();
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://server');
      const own = made.get(pathname);
      const found = own === undefined ? await fileAt(pathname) : Buffer.from(own.body);
      ranges.set(pathname, [...(ranges.get(pathname) ?? []), request.headers.range ?? null]);
      response.setHeader('content-type', types[extname(pathname)] ?? 'application/octet-stream');
      for (const [name, value] of Object.entries(own?.headers ?? {})) response.setHeader(name, value);
      if (found === null) response.writeHead(404).end();
      else send(request, response, found);
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    add(path, page) {
      made.set(path, page);
      return origin + path;
    },
    asked: (path) => ranges.get(path) ?? [],
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
