// Builds the training page of the example into examples/llama/dist/web/, a folder that any server of files can serve.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const example = fileURLToPath(new URL('../examples/llama/', import.meta.url));
const out = `${example}dist/web/`;

await build({
  absWorkingDir: example,
  entryPoints: ['web/page.ts', 'web/worker.ts'],
  outdir: 'dist/web',
  bundle: true,
  minify: true,
  external: ['node:*'], // behind dynamic imports that a page never comes to
  tsconfigRaw: '{}', // without the paths that point at the sources
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
});
mkdirSync(`${out}model`, { recursive: true });
for (const name of ['index.html', 'page.css']) copyFileSync(`${example}web/${name}`, out + name);
for (const name of ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'])
  copyFileSync(`${example}model/${name}`, `${out}model/${name}`);
