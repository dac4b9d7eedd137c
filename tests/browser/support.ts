// One Chromium and one server for a test file; pages that run a module built as a user would build it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serve, type Server } from './server.js';

// Chromium has relaxed SIMD, whose results differ by rounding: what Node computes to compare with has it too, behind a flag or not
process.env['LANEWISE_ENGINE_FLAGS'] ??= '1';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What isolates a page from other origins, so that it may share memory; its workers need it too. */
export const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** The README's first example. */
export async function readmeExample(): Promise<string> {
  const readme = await readFile(`${root}README.md`, 'utf8');
  return /```ts\n(import \* as lw from 'lanewise';[\s\S]*?)```/.exec(readme)![1]!;
}

// What the tests of the ops and the example's loader need beside the web: the sources stand for the package, files for fetches.
const pathModule = `export const join = (...parts) => parts.join('/');`;
const fileModule = `
  export async function readFile(path) {
    const response = await fetch(path);
    if (!response.ok) throw Object.assign(new Error(path), { code: response.status === 404 ? 'ENOENT' : 'EIO' });
    return response.text();
  }`;
const surroundings: Plugin = {
  name: 'surroundings',
  setup(b) {
    b.onResolve({ filter: /\/src\/index\.js$/ }, ({ kind, resolveDir }) =>
      resolveDir.includes('/tests/support') ? b.resolve('lanewise', { kind, resolveDir }) : null,
    );
    b.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node', sideEffects: false }));
    b.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: path === 'node:path' ? pathModule : path === 'node:fs/promises' ? fileModule : 'module.exports = {};',
    }));
  },
};

/**
 * Bundles `pages/<name>.ts` with the built package, found by its own `exports`.
 * @param plain no plugin: what a user's bundler does by itself
 */
export async function bundle(name: string, options: BuildOptions = {}, plain = false): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}tests/browser/pages/${name}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: '{}', // without the paths that point at the sources
    // package.json's sideEffects speak of dist/
    ignoreAnnotations: name.startsWith('threads'),
    nodePaths: [`${root}examples/llama/node_modules`],
    logLevel: 'warning',
    plugins: plain ? [] : [surroundings],
    ...options,
  });
  return outputFiles![0]!.text;
}

type Exports = Readonly<Record<string, unknown>>;
/** Calls a function that the page's module exports; arguments and result as JSON has them. */
export type Call<S extends Exports> = <K extends keyof S & string>(
  name: K,
  ...args: S[K] extends (...a: infer A) => unknown ? A : never
) => Promise<S[K] extends (...a: never[]) => infer R ? Awaited<R> : never>;

export interface Suite {
  readonly server: Server;
  readonly browser: Browser;
  /** A page at `url` without errors. */
  page(url: string, said?: string[]): Promise<Page>;
  /** A page that runs `pages/<name>.ts`. `policy` is its Content-Security-Policy, `plain` as in `bundle`; its console goes to `said`. */
  module<S extends Exports>(
    name: string,
    options?: { policy?: string; plain?: boolean; isolated?: boolean; said?: string[] },
  ): Promise<{ page: Page; call: Call<S> }>;
  close(): Promise<void>;
}

/** Starts Chromium (`CHROMIUM_PATH`) and the server. */
export async function start(): Promise<Suite> {
  const server = await serve();
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH']!, args: flags });
  const built = new Map<string, Promise<string>>();
  let count = 0;
  const page = async (url: string, said: string[] = []): Promise<Page> => {
    const opened = await browser.newPage();
    opened.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    await opened.goto(url);
    return opened;
  };
  return {
    server,
    browser,
    page,
    async module(name, { policy, plain = false, isolated: apart = false, said } = {}) {
      const key = `${name} ${plain}`;
      if (!built.has(key)) built.set(key, bundle(name, {}, plain));
      const at = `/made/${count++}`;
      const script = { 'content-type': 'text/javascript' };
      server.add(`${at}/suite.js`, { body: await built.get(key)!, headers: script });
      const start = `import * as suite from './suite.js'; globalThis.suite = suite;`;
      server.add(`${at}/start.js`, { body: start, headers: script });
      const url = server.add(`${at}/index.html`, {
        body: '<!doctype html><title>suite</title><script type="module" src="./start.js"></script>',
        headers: { ...(policy === undefined ? {} : { 'content-security-policy': policy }), ...(apart ? isolated : {}) },
      });
      const opened = await page(url, said);
      return {
        page: opened,
        call: async (...args) =>
          opened.evaluate(
            async ([fn, ...given]) => {
              const { suite } = globalThis as unknown as { suite: Record<string, (...a: unknown[]) => unknown> };
              return suite[fn as string]!(...given);
            },
            args as [string, ...unknown[]],
          ) as never,
      };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
