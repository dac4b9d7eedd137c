// Compiles assembly/ and inlines the result, so that nothing has to be located at run time.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const wasm = `${root}build/kernels.wasm`;
const inlined = `${root}src/backends/wasm/binary.ts`;

const newest = Math.max(
  ...readdirSync(`${root}assembly`).map((f) => statSync(`${root}assembly/${f}`).mtimeMs),
  statSync(`${root}asconfig.json`).mtimeMs,
);
const built = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (built(wasm) < newest) {
  mkdirSync(`${root}build`, { recursive: true });
  execFileSync(process.execPath, [`${root}node_modules/assemblyscript/bin/asc.js`, '--target', 'plain'], {
    cwd: root,
    stdio: 'inherit',
  });
}
if (built(inlined) < built(wasm)) {
  const bytes = readFileSync(wasm);
  const text = bytes.toString('base64');
  writeFileSync(
    inlined,
    `// Made by tools/build-wasm.mjs from assembly/.\n/** The kernels, base64. */\nexport const binary =\n  '${text}';\n`,
  );
  console.log(`kernels.wasm: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
}
