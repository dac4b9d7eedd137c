// Makes one text of the worker's code and inlines it, so that nothing has to be located at run time.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const inlined = `${root}src/backends/wasm/threads/worker-source.ts`;

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/backends/wasm/threads/worker.ts'],
  bundle: true,
  write: false,
  format: 'iife',
  platform: 'neutral',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
const text = `// Made by tools/build-worker.mjs from worker.ts.\n/** The code of a worker. */\nexport const source: string =\n  ${JSON.stringify(outputFiles[0].text.trim())};\n`;
if (!existsSync(inlined) || readFileSync(inlined, 'utf8') !== text) writeFileSync(inlined, text);
