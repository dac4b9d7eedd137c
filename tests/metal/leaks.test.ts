// Sequential projections, as a Llama of 22 layers makes them for 1,000 tokens: what lives must not grow with them. The build without
// autorelease pools has to fail the same measurement, else it would prove nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { built } from './rig.js';

const TOKENS = 1000;
const LAYERS = 22;

/** Runs in a process of its own, since counts are of a process, and counts Foundation's objects too. */
const program = `
const [path, rigPath, tokens, layers] = process.argv.slice(1);
const addon = require(path), rig = require(rigPath);
rig.set('check', 0);
const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
addon.attach(memory);
const n = 16, kernel = addon.kernel('matmul_f32');
const product = Uint32Array.of(1, n, n, 0, 0, 0, 0, 0, 0, n, 1, 0, 0, 0, 0, 0, n, 1, 0, 0, 0, 0);
const x = 1024, out = 2048, weights = 4096, size = n * n * 4;
new Float32Array(memory.buffer, x, n).fill(1);
new Float32Array(memory.buffer, weights, 3 * n * n).fill(0.5);
const seen = [];
for (let token = 0; token < Number(tokens); token++) {
  for (let layer = 0; layer < Number(layers); layer++)
    for (let projection = 0; projection < 3; projection++)
      addon.encode(kernel, Uint32Array.of(x, n * 4, weights + projection * size, size, out + projection * n * 4, n * 4), product);
  addon.wait();
  if (token === 9 || token === Number(tokens) - 1) seen.push(rig.counts());
}
const values = new Float32Array(memory.buffer, out, 3 * n);
console.log(JSON.stringify({ seen, right: values.every((v) => v === n / 2), reports: rig.reports(), info: addon.info() }));
`;
interface Result {
  seen: [Record<string, number>, Record<string, number>];
  right: boolean;
  reports: string[];
  info: { dispatches: number; commits: number };
}
async function measure(build: string, tokens: number): Promise<Result> {
  const args = ['-e', program, built(build), built('rig'), String(tokens), String(LAYERS)];
  const env = { ...process.env, LANEWISE_RIG_COUNT_ALL: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as Result;
}

describe('metal addon', () => {
  it('leaks › objects, bytes and Foundation objects stay as they are over 66,000 projections', async () => {
    const { seen, right, reports, info } = await measure('metal', TOKENS);
    expect(reports).toEqual([]);
    expect(right).toBe(true);
    expect(info.dispatches).toBe(TOKENS * LAYERS * 3);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[1]).toMatchObject({ commands: 0, encoders: 0, buffers: 1, bytes: 0 });
  });

  it('leaks › the build without pools fails the same measurement', async () => {
    const { seen } = await measure('metal-nopool', 50);
    expect(seen[1].commands! - seen[0].commands!).toBeGreaterThanOrEqual(40);
    expect(seen[1].foundation!).toBeGreaterThan(seen[0].foundation!);
  });
});
