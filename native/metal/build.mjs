// Builds metal.node on a Mac: `npm ci && npm run build`, with Apple's command line tools. Never run on Apple hardware so far: what
// compiles the same files on Linux is rig/build.mjs.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('.', import.meta.url));
export const out = join(root, 'build');
/** Flags for what includes Node's headers. */
export const NODE = [
  ...['-Inode_modules/node-api-headers/include', '-Inode_modules/node-addon-api'],
  ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=metal'],
];

export const sources = (folder, end) =>
  readdirSync(join(root, folder))
    .filter((f) => f.endsWith(end))
    .map((f) => join(folder, f));
/** Runs the compiler only when the command or one of its inputs changed since. */
export function step(compiler, output, inputs, args) {
  const path = join(out, output);
  const hash = createHash('sha256').update(JSON.stringify(args));
  for (const f of inputs) hash.update(readFileSync(f));
  const key = hash.digest('hex');
  const stamp = `${path}.key`;
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return path;
  execFileSync(compiler, [...args, '-o', path], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(stamp, key);
  return path;
}

/** The kernels as C++ strings: the addon compiles a family on its first use. */
export function embedKernels() {
  const text = sources('kernels', '.metal')
    .map((f) => [f.replace(/^.*\/|\.metal$/g, ''), readFileSync(join(root, f), 'utf8')])
    .map(([name, source]) => `{"${name}", R"MSL(${source})MSL"},\n`)
    .join('');
  const made = `// Made of kernels/*.metal by build.mjs.\n#include "sources.h"\nconst lanewise::Source lanewise::kSources[] = {\n${text}{nullptr, nullptr}};\n`;
  const path = join(out, 'sources.cc');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== made) writeFileSync(path, made);
  return path;
}

/** The addon for Apple silicon. */
export function buildForMac() {
  if (process.platform !== 'darwin')
    throw new Error('[metal] metal.node is built on macOS; here, rig/build.mjs builds it for tests');
  mkdirSync(out, { recursive: true });
  const common = [
    '-std=c++17',
    '-O2',
    '-arch',
    'arm64',
    '-mmacosx-version-min=13.0',
    '-Wall',
    '-Wextra',
    '-fvisibility=hidden',
  ];
  const headers = sources('src', '.h').map((f) => join(root, f));
  const object = (from, flags) =>
    step(
      'clang++',
      `${from.replace(/^.*\/|\.\w+$/g, '')}.o`,
      [join(root, from), ...headers],
      [...common, ...flags, '-c', from],
    );
  const objects = sources('src', '.cc').map((f) => object(f, NODE));
  objects.push(object('src/session.mm', ['-fno-objc-arc', '-fobjc-exceptions']));
  const embedded = embedKernels();
  objects.push(step('clang++', 'sources.o', [embedded, ...headers], [...common, '-Isrc', '-c', embedded]));
  const link = [
    '-arch',
    'arm64',
    '-bundle',
    '-undefined',
    'dynamic_lookup',
    '-framework',
    'Metal',
    '-framework',
    'Foundation',
  ];
  copyFileSync(step('clang++', 'metal.node', objects, [...link, ...objects]), join(root, 'metal.node'));
}

/** Lets Apple's compiler take every family as the device would get it: needs no GPU. */
export function compileForMac() {
  if (process.platform !== 'darwin') throw new Error("[metal] Apple's compiler runs on macOS");
  mkdirSync(join(out, 'air'), { recursive: true });
  const text = (f) => readFileSync(join(root, f), 'utf8');
  const common = `#line 1 "common.metal"\n${text('kernels/common.metal')}`;
  for (const f of sources('kernels', '.metal')) {
    const name = f.replace(/^.*\/|\.metal$/g, '');
    if (name === 'common') continue;
    const whole = join(out, 'air', `${name}.metal`);
    writeFileSync(whole, `${common}#line 1 "${name}.metal"\n${text(f)}`);
    const flags = [
      '-std=metal3.0',
      '-fno-fast-math',
      '-Wall',
      `-I${join(root, 'kernels')}`,
      '-c',
      whole,
      '-o',
      join(out, 'air', `${name}.air`),
    ];
    execFileSync('xcrun', ['-sdk', 'macosx', 'metal', ...flags], { stdio: 'inherit' });
    console.log(`${name}.metal compiles`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--compile')) compileForMac();
  else buildForMac();
}
