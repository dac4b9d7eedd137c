// The built package as programs find it: which modules Node loads, and that a bundle needs no file beside it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/io/index.js';
import { ones } from '../../src/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'lanewise-entries-'));
const library = join(dir, 'node_modules/lanewise');
/** How the inlined kernels begin. */
const TEXT = readFileSync(`${root}dist/kernels.wasm`).subarray(0, 60).toString('base64');
const tell = `lw.setDefaultDevice('wasm');\nconsole.log(lw.array([1, 2, 3]).mul(2).sum().item(), lw.defaultDevice());\n`;
const whole = `import * as lw from 'lanewise';\n${tell}`;
const parts = `import { Adam } from 'lanewise/optimizers';
import { Linear } from 'lanewise/nn';
import { Array } from 'lanewise/mlx-rs';
import { initBackend } from 'lanewise/torchless';
import * as lw from 'lanewise';
console.log(typeof Adam, typeof Array, initBackend('CPU').silu(new Float32Array(1))[0], new Linear(2, 3).forward(lw.ones([1, 2])).shape.join(), lw.nn.Linear === Linear);
`;

function run(file: string, env: Record<string, string> = {}): string {
  const { stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: dir,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return stdout.trim() || stderr;
}
const script = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return name;
};
async function bundled(name: string, options: BuildOptions): Promise<string> {
  const apart = join(dir, 'apart');
  const outfile = join(apart, `${name}.mjs`);
  await build({ absWorkingDir: dir, entryPoints: ['whole.mjs'], bundle: true, format: 'esm', outfile, ...options });
  return outfile;
}

beforeAll(() => {
  mkdirSync(library, { recursive: true });
  cpSync(`${root}package.json`, join(library, 'package.json'));
  cpSync(`${root}dist`, join(library, 'dist'), { recursive: true });
  script('whole.mjs', whole);
  script('parts.mjs', parts);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('package › entries', () => {
  test('Node computes without the modules that carry text, from every entry', () => {
    const carriers = ['', 'chunks']
      .flatMap((folder) =>
        readdirSync(join(library, 'dist', folder)).map((name) => join(library, 'dist', folder, name)),
      )
      .filter((file) => file.endsWith('.js') && readFileSync(file, 'utf8').includes(TEXT));
    expect(carriers.length).toBe(1);
    const kept = carriers.map((file) => readFileSync(file));
    carriers.forEach((file) => rmSync(file));
    try {
      expect(run('whole.mjs')).toBe('12 wasm');
      expect(run('whole.mjs', { LANEWISE_VARIANT: 'plain' })).toBe('12 wasm');
      expect(run('whole.mjs', { LANEWISE_VARIANT: 'relaxed', LANEWISE_ENGINE_FLAGS: '1' })).toBe('12 wasm');
      expect(run('parts.mjs')).toBe('function function 0 1,3 true');
    } finally {
      carriers.forEach((file, i) => writeFileSync(file, kept[i]!));
    }
  });

  test.each<[string, BuildOptions]>([
    ['node', { platform: 'node' }],
    ['browser', { platform: 'browser' }],
    ['neutral', { platform: 'neutral' }],
    ['node-minified', { platform: 'node', minify: true }],
  ])('a bundle for %s is one file that needs no other', async (name, options) => {
    const file = await bundled(name, options);
    expect(readFileSync(file, 'utf8')).toContain(TEXT);
    expect(run(file)).toBe('12 wasm');
  });

  test('both entries share one library', () => {
    const both = `import * as lw from 'lanewise';\nconst other = await import('./node_modules/lanewise/dist/index.js');\n`;
    expect(
      run(
        script(
          'both.mjs',
          `${both}console.log(other.Tensor === lw.Tensor, other.ones([2]).add(lw.ones([2])).sum().item());`,
        ),
      ),
    ).toBe('true 4');
  });

  test('tensors that lanewise/io reads have their methods', () => {
    const alone = `import { loadNpy } from 'lanewise/io';\nimport { readFileSync } from 'node:fs';
    const x = await loadNpy(readFileSync('one.npy'));\nconsole.log(typeof x.sum, x.shape.join());`;
    writeFileSync(join(dir, 'one.npy'), encodeNpy(ones([2, 3])));
    expect(run(script('alone.mjs', alone))).toBe('function 2,3');
  });

  test('kernels that a bundler left behind are named, with what helps', async () => {
    const file = await bundled('left', { platform: 'node', conditions: ['node'] });
    expect(run(file)).toMatch(
      /BackendError: \[wasm\] the kernels must lie beside the modules of the package, got nothing at file:.*kernels\.wasm: bundle with the export condition 'module'/,
    );
  });
});
