// Compiles assembly/ in each of its builds and inlines the results, so that nothing has to be located at run time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import './build-worker.mjs';
import { deltaOf } from './delta.mjs';
import { numberExports } from './number-exports.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const inlined = `${root}src/backends/wasm/binary.ts`;
const inlinedProbe = `${root}src/backends/wasm/probe-binary.ts`;
/** Targets of asconfig.json: the file each is compiled from and what the library calls it. */
const builds = [
  ['plain', 'index', 'kernels'],
  ['relaxed', 'index', 'kernels-relaxed'],
  ['revectorised', 'wide', 'kernels-revectorised'],
  ['probe', 'probe', 'probe'],
];

const newest = Math.max(
  ...readdirSync(`${root}assembly`).map((f) => statSync(`${root}assembly/${f}`).mtimeMs),
  ...['asconfig.json', 'tools/number-exports.mjs'].map((f) => statSync(`${root}${f}`).mtimeMs),
);
const built = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const wasm = ([, , name]) => `${root}build/${name}.wasm`;

mkdirSync(`${root}build`, { recursive: true });
const asc = `${root}node_modules/assemblyscript/bin/asc.js`;
const compile = async ([target, entry, name]) => {
  const args = [asc, `assembly/${entry}.ts`, '--target', target];
  const [code] = await once(spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`the build '${target}' of the kernels failed`);
  const file = `${root}build/${name}.wasm`;
  if (target !== 'probe') writeFileSync(file, numberExports(readFileSync(file)));
};
await Promise.all(builds.filter((b) => built(wasm(b)) < newest).map(compile));
const written = Math.min(built(inlined), built(inlinedProbe));
if (written < Math.max(...builds.map((b) => built(wasm(b))))) {
  const note = '// Made by tools/build-wasm.mjs from assembly/.';
  const [plain, relaxed, revectorised, probe] = builds.map((b) => readFileSync(wasm(b)));
  const delta = deltaOf(plain, relaxed);
  const texts = { plain, relaxed: delta, revectorised };
  const lines = Object.entries(texts).map(([name, bytes]) => `  ${name}:\n    '${bytes.toString('base64')}',`);
  writeFileSync(
    inlined,
    `${note}\n/** The kernels in each build, base64; \`relaxed\` as what changes in \`plain\`. */\nexport const binaries = {\n${lines.join('\n')}\n};\n`,
  );
  writeFileSync(
    inlinedProbe,
    `${note}\n/** The module that assembly/probe.ts makes, base64. */\nexport const probe =\n  '${probe.toString('base64')}';\n`,
  );
  for (const [name, bytes] of Object.entries({ plain, relaxed, 'relaxed beside plain': delta, revectorised })) {
    console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
  }
}
