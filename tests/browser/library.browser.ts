// The built package in Chromium: as it is, bundled, in workers, under a strict policy, with its kernels fetched.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, readmeExample, root, start, type Suite } from './support.js';

type User = typeof import('./pages/user.js');
const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

let suite: Suite;
let wanted: string;
beforeAll(async () => {
  suite = await start();
  // what Node says, from the same sources and the same build
  const module = await bundle('user', {}, true);
  const script = `${module}\nprocess.stdout.write(digest());`;
  wanted = execFileSync(process.execPath, ['--input-type=module'], {
    input: script,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
});
afterAll(() => suite.close());

test("README › the first example, from dist/index.js in a module script, gives Node's numbers", async () => {
  const example = await readmeExample();
  const collect = 'const lines = []; console.log = (...args) => lines.push(args);';
  const node = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', `${collect}${example}\nprocess.stdout.write(JSON.stringify(lines));`],
    { cwd: root, encoding: 'utf8' },
  );
  const url = suite.server.add('/readme.html', {
    body: `<!doctype html><title>readme</title>
      <script type="importmap">{ "imports": { "lanewise": "/dist/index.js" } }</script>
      <script type="module">${collect}${example}\nglobalThis.lines = lines;</script>`,
  });
  const page = await suite.page(url);
  const lines = await page.evaluate(() => (globalThis as unknown as { lines: unknown }).lines);
  expect(lines).toEqual(JSON.parse(node));
  expect(JSON.stringify(lines)).toMatch(/^\[\[\[\[0\.\d+,0\.\d+\],\[0\.\d+,0\.\d+\]\],0\.\d+\]\]$/);
  await page.close();
});

test('bundle › a module built by esbuild alone gives what Node gives, bit for bit, on the wasm kernels', async () => {
  const { page, call } = await suite.module<User>('user', { plain: true });
  expect(await call('digest')).toBe(wanted);
  const [wasm, reference] = await call('backends');
  expect(wasm).toMatchObject({ name: 'wasm', available: true, selected: true, variant: 'relaxed', fallbacks: {} });
  expect(reference).toMatchObject({ name: 'reference', selected: false });
  expect(await call('misshapen')).toContain('[add]');
  console.log(`Chromium ${suite.browser.version()}`);
  await page.close();
});

test.each(['module', 'classic'] as const)('worker › a %s worker gives the same', async (type) => {
  const format = type === 'module' ? 'esm' : 'iife';
  const body = await bundle('worker', { format }, true);
  suite.server.add(`/${type}-worker.js`, { body });
  const page = await suite.page(suite.server.add(`/${type}-worker.html`, { body: '<!doctype html>' }));
  const answer = await page.evaluate(
    async ([url, kind]) =>
      new Promise<unknown>((resolve, reject) => {
        const worker = new Worker(url, { type: kind });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage(null);
      }),
    [`/${type}-worker.js`, type] as const,
  );
  expect(answer).toEqual({ digest: wanted, used: 'wasm' });
  await page.close();
});

test('policy › a strict Content-Security-Policy with wasm-unsafe-eval is enough, also for a worker', async () => {
  const { page, call } = await suite.module<User>('user', { plain: true, policy: strict });
  expect(await call('digest')).toBe(wanted);
  expect((await call('backends'))[0]).toMatchObject({ available: true, selected: true });
  expect(await call('compilesText')).toBe(false); // the policy is in force
  suite.server.add('/strict-worker.js', {
    body: await bundle('worker', {}, true),
    headers: { 'content-security-policy': strict },
  });
  const used = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/strict-worker.js', { type: 'module' });
        worker.onmessage = ({ data }: MessageEvent<{ used: string }>) => resolve(data.used);
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage(null);
      }),
  );
  expect(used).toBe('wasm');
  await page.close();
});

test('policy › where wasm may not be compiled the reference stands in, and backends() says why', async () => {
  const { page, call } = await suite.module<User>('user', {
    plain: true,
    policy: "default-src 'none'; script-src 'self'",
  });
  const [wasm, reference] = await call('backends');
  expect(wasm).toMatchObject({ name: 'wasm', available: false, selected: false });
  expect(wasm!.reason).toMatch(/^\[wasm\] the kernels could not be started: .*Content Security Policy/);
  expect(reference).toMatchObject({ name: 'reference', available: true, selected: true });
  expect(await call('misshapen')).toContain('[add]');
  await page.close();
});

const slim = (setup: string, before = ''): string => `<!doctype html><title>slim</title>
  <script type="module">
    import * as lw from '/dist/slim.js';
    globalThis.outcome = (async () => {
      ${before}
      ${setup}
      const x = lw.array([[1, 2], [3, 4]]);
      return { sum: x.matmul(x).sum().item(), used: lw.defaultDevice() };
    })();
  </script>`;
const outcomeOf = async (name: string, body: string): Promise<unknown> => {
  const page = await suite.page(suite.server.add(`/${name}.html`, { body }));
  const outcome = await page.evaluate(() => (globalThis as unknown as { outcome: Promise<unknown> }).outcome);
  await page.close();
  return outcome;
};

test.each([
  ['a URL', `await lw.init({ wasm: new URL('/dist/kernels.wasm', location.href) });`],
  ['a URL as text', `await lw.init({ wasm: '/dist/kernels.wasm' });`],
  ['a response on its way', `await lw.init({ wasm: fetch('/dist/kernels.wasm') });`],
  ['bytes', `await lw.init({ wasm: await (await fetch('/dist/kernels.wasm')).arrayBuffer() });`],
  ['a compiled module', `await lw.init({ wasm: await WebAssembly.compileStreaming(fetch('/dist/kernels.wasm')) });`],
])('slim › init takes %s', async (name, setup) => {
  expect(await outcomeOf(`slim-${name.replaceAll(' ', '-')}`, slim(setup))).toEqual({ sum: 54, used: 'wasm' });
});

test('slim › without init the reference stands in; init afterwards brings the kernels', async () => {
  expect(await outcomeOf('slim-none', slim(''))).toEqual({ sum: 54, used: 'reference' });
  const late = `if (lw.array([1, 2]).sum().item() !== 3 || lw.backends()[0].available) throw new Error('kernels without init');`;
  const setup = `await lw.init({ wasm: '/dist/kernels.wasm' });`;
  expect(await outcomeOf('slim-late', slim(setup, late))).toEqual({ sum: 54, used: 'wasm' });
});

test('slim › init refuses what holds no kernels, and what is not there', async () => {
  const refusal = async (wasm: string): Promise<unknown> =>
    outcomeOf(
      'slim-refused',
      `<script type="module">
        import * as lw from '/dist/slim.js';
        globalThis.outcome = lw.init({ wasm: ${wasm} }).catch((e) => [e instanceof lw.BackendError, e.message]);
      </script>`,
    );
  const [typed, message] = (await refusal('new Uint8Array(8)')) as [boolean, string];
  expect(typed).toBe(true);
  expect(message).toMatch(/^\[init\] the source must hold Lanewise's kernels, got CompileError: /);
  const empty = '[0, 97, 115, 109, 1, 0, 0, 0]';
  expect(await refusal(`new Uint8Array(${empty})`)).toEqual([
    true,
    "[wasm] the module must be Lanewise's kernels, got another one",
  ]);
  expect(await refusal(`'/dist/nothing.wasm'`)).toEqual([
    true,
    `[init] fetching the kernels failed: 404 ${suite.server.origin}/dist/nothing.wasm`,
  ]);
});

test('start › where the main thread may not compile at once, init does it in the background', async () => {
  // Chrome 110, for one, refuses more than 4 KiB in the synchronous constructors
  const refuse = `const small = new WeakSet();
  const guarded = (name, allowed) => (WebAssembly[name] = new Proxy(WebAssembly[name], {
    construct(target, [given, ...rest]) {
      if (!allowed(given)) throw new RangeError('disallowed on the main thread');
      const made = new target(given, ...rest);
      if (name === 'Module') small.add(made);
      return made;
    },
  }));
  guarded('Module', (bytes) => bytes.byteLength <= 4096);
  guarded('Instance', (module) => small.has(module));`;
  const body = (setup: string): string => slim(setup, refuse).replace('/dist/slim.js', '/dist/index.js');
  expect(await outcomeOf('old-plain', body(''))).toEqual({ sum: 54, used: 'reference' });
  const setup = `lw.array([1]).add(1).item(); await lw.init({ wasm: '/dist/kernels.wasm' });`;
  expect(await outcomeOf('old-init', body(setup))).toEqual({ sum: 54, used: 'wasm' });
  expect(await outcomeOf('old-init-own', body('await lw.init({});'))).toEqual({ sum: 54, used: 'wasm' });
  const each = `{ plain: '/dist/kernels.wasm', relaxed: '/dist/kernels-relaxed.wasm' }`;
  expect(await outcomeOf('old-init-each', body(`await lw.init({ wasm: ${each} });`))).toEqual({
    sum: 54,
    used: 'wasm',
  });
});

test('demo › shows the result of the README example and the backend', async () => {
  const page = await suite.page(`${suite.server.origin}/browser/demo.html`);
  await page.waitForSelector('#backends tr');
  expect(await page.textContent('#code')).toBe((await readmeExample()).trim());
  expect(await page.textContent('#output')).toMatch(/^0\.\d+/);
  expect(await page.textContent('#backends')).toContain('WebAssembly SIMD');
  const file = process.env['SCREENSHOT'];
  if (file !== undefined) await page.screenshot({ path: file, fullPage: true });
  await page.close();
});
