// Serves the built page: `node serve.mjs [port]`, 0 for any that is free.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../dist/web', import.meta.url));
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json' };

const server = createServer(async (request, response) => {
  try {
    const path = decodeURIComponent(new URL(request.url, 'http://page').pathname);
    const file = resolve(folder, `.${path.endsWith('/') ? `${path}index.html` : path}`);
    const body = file.startsWith(folder + sep) ? await readFile(file) : null;
    if (body === null) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${types[extname(file)]}; charset=utf-8`, 'cache-control': 'no-cache' });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
server.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}/`),
);
