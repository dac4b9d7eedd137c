// `lanewise doctor` from an installed tarball, in an empty folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/node/doctor/report.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'lanewise-doctor-'));
const { version, bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  version: string;
  bin: { lanewise: string };
};
/** As `npx lanewise ...args`. */
function lanewise(args: readonly string[], env: Record<string, string> = {}) {
  const file = join(dir, 'node_modules/lanewise', bin.lanewise);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  const pack = spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(pack.status, pack.stderr).toBe(0);
  const library = join(dir, 'node_modules/lanewise');
  mkdirSync(library, { recursive: true });
  const [archive] = readdirSync(dir).filter((name) => name.endsWith('.tgz'));
  const tar = spawnSync('tar', ['-xzf', join(dir, archive!), '--strip-components=1', '-C', library], {
    encoding: 'utf8',
  });
  expect(tar.status, tar.stderr).toBe(0);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('package › doctor', () => {
  test('the command is a script for Node', () => {
    expect(readFileSync(join(dir, 'node_modules/lanewise', bin.lanewise), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
  test('prints every backend and its checks, and succeeds', () => {
    const { status, stdout, stderr } = lanewise(['doctor']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Lanewise ${version}, Node ${process.version}`);
    expect(stdout).toMatch(/\nwasm +selected +(plain|relaxed) +\d+ +- +WebAssembly SIMD/);
    expect(stdout).toMatch(/\nreference +available +- +1 +- +plain TypeScript/);
    expect(stdout).toMatch(/\nwasm: calls, against float64\nfamily/);
    expect(stdout).toMatch(/\nquantised +\d\.\de-\d+ +\d+\.\d +right\n/);
    expect(stdout).toMatch(/\nwasm: every family is right\n$/);
  });
  test('--json is the same for programs', () => {
    const { status, stdout } = lanewise(['doctor', '--json'], { LANEWISE_THREADS: '1' });
    const report = JSON.parse(stdout) as Report;
    expect([status, report.passed, report.selected, report.lanewise]).toEqual([0, true, 'wasm', version]);
    const wasm = report.backends.find(({ name }) => name === 'wasm')!;
    expect([wasm.available, wasm.threads, wasm.fallbacks]).toEqual([true, 1, {}]);
    expect(wasm.checks.length).toBeGreaterThan(10);
    for (const { error, reason } of wasm.checks) expect([error < 1e-6, reason]).toEqual([true, null]);
  });
  test('a device that cannot be used fails, with the reason and the others', () => {
    const { status, stdout } = lanewise(['doctor'], { LANEWISE_DEVICE: 'abacus' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/\nnot well: \[LANEWISE_DEVICE\] the device must be one of .*, got 'abacus'\n$/);
    expect(stdout).toContain('wasm: calls, against float64');
    const json = lanewise(['doctor', '--json'], { LANEWISE_DEVICE: 'abacus' });
    expect([json.status, (JSON.parse(json.stdout) as Report).selected]).toEqual([1, null]);
  });
  test('another selected device is the one that counts', () => {
    const { status, stdout } = lanewise(['doctor'], { LANEWISE_DEVICE: 'reference' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/\nreference: every family is right\n$/);
  });
  test('kernels that are not there fail in one line', () => {
    const file = join(dir, 'node_modules/lanewise/dist/kernels.wasm');
    const bytes = readFileSync(file);
    rmSync(file);
    try {
      const { status, stdout, stderr } = lanewise(['doctor']);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^\[wasm\] the kernels must lie beside the modules of the package, got nothing at file:.*\n$/,
      );
    } finally {
      writeFileSync(file, bytes);
    }
  });
  test('help, the version, and what is neither', () => {
    for (const args of [['--help'], ['-h'], ['doctor', '--help']]) {
      const { status, stdout } = lanewise(args);
      expect([status, stdout.split('\n')[0]]).toEqual([0, 'lanewise doctor [--json]']);
    }
    expect(lanewise(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    for (const [args, text] of [
      [['patient'], "[lanewise] the command must be doctor, got 'patient'"],
      [[], '[lanewise] the command must be doctor, got none'],
      [['doctor', '--xml'], "[lanewise] the option of doctor must be --json, got '--xml'"],
    ] as const) {
      const { status, stdout, stderr } = lanewise(args);
      expect([status, stdout, stderr.split('\n')[0]]).toEqual([2, '', text]);
    }
  });
});
