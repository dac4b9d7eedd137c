// Builds for Linux: the rig, and the addon against the rig's software device. See README.md.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embedKernels, NODE, out, root, sources, step as stepWith } from '../build.mjs';

const CXX = process.env.MSL_CXX ?? 'clang++-19';
const step = (output, inputs, args) => stepWith(CXX, output, inputs, args);
const run = (command, args, options = {}) => execFileSync(command, args, { encoding: 'utf8', ...options });
const found = (command, args) => {
  try {
    return run(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
};

/** What is missing on this machine, as one line of advice; null when nothing is. */
export function missing() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the rig runs on Linux on x86-64';
  const libobjc = found(CXX, ['-print-file-name=libobjc.so']);
  const packages = [
    [found(CXX, ['--version']), 'clang-19'],
    [found('llvm-symbolizer-19', ['--version']), 'llvm-19'],
    [libobjc?.includes('/'), 'libobjc-12-dev'],
    [found('gnustep-config', ['--variable=GNUSTEP_SYSTEM_HEADERS']), 'libgnustep-base-dev'],
  ].flatMap(([there, name]) => (there ? [] : [name]));
  return packages.length ? `apt-get install --no-install-recommends ${packages.join(' ')}` : null;
}

const headersUnder = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name));

/** Builds what changed. @returns the paths of the addons */
export function build() {
  const lack = missing();
  if (lack) throw new Error(`[metal] the rig cannot be built here: ${lack}`);
  mkdirSync(out, { recursive: true });
  const gnustep = found('gnustep-config', ['--variable=GNUSTEP_SYSTEM_HEADERS']);
  const objcDir = found(CXX, ['-print-file-name=libobjc.so']).replace(/\/libobjc\.so$/, '');
  const common = ['-fPIC', '-g', '-O2', '-Wall', '-Wextra', '-Wno-unused-parameter', '-fvisibility=hidden'];
  const cpp = ['-std=c++17', ...common];
  const objc = [
    ...[
      '-x',
      'objective-c++',
      '-std=c++17',
      '-fobjc-runtime=gcc',
      '-fno-objc-arc',
      '-fno-blocks',
      '-fexceptions',
      '-fobjc-exceptions',
    ],
    ...[
      '-fconstant-string-class=NSConstantString',
      '-D_NATIVE_OBJC_EXCEPTIONS',
      '-DGNUSTEP',
      '-DGNUSTEP_BASE_LIBRARY=1',
      '-DGNU_RUNTIME=1',
    ],
    ...['-Irig/device', '-isystem', gnustep, '-isystem', join(objcDir, 'include'), ...common],
  ];
  const libs = [`-L${objcDir}`, '-lgnustep-base', '-lobjc'];
  // a class cannot be unregistered, so a worker's exit must not unmap it
  const shared = ['-shared', '-Wl,-z,nodelete', '-Wl,-rpath,$ORIGIN'];
  const rigHeaders = [...headersUnder('rig').filter((f) => f.endsWith('.h')), join(root, 'rig/include/metal_stdlib')];
  const srcHeaders = sources('src', '.h').map((f) => join(root, f));

  const object = (name, from, flags, headers) => step(name, [join(root, from), ...headers], [...flags, '-c', from]);
  const rigObjects = ['translate', 'fiber', 'dispatch', 'checker', 'library'].map((f) =>
    object(`rig-${f}.o`, `rig/${f}.cc`, cpp, rigHeaders),
  );
  rigObjects.push(object('rig-device.o', 'rig/device/software-device.mm', objc, rigHeaders));
  const rig = step('libmetal-rig.so', rigObjects, [...shared, '-Wl,-z,defs', ...rigObjects, ...libs, '-ldl']);
  cpSync(join(root, 'rig/include'), join(out, 'include'), { recursive: true });
  const stamp = createHash('sha256');
  for (const f of [...rigHeaders, join(root, 'rig/translate.cc'), join(root, 'rig/library.cc')])
    stamp.update(readFileSync(f));
  writeFileSync(join(out, 'libmetal-rig.stamp'), stamp.digest('hex'));
  const control = object('rig-control.o', 'rig/control.cc', [...cpp, ...NODE], rigHeaders);
  const withRig = [`-L${out}`, '-lmetal-rig', ...libs];
  const paths = { rig: step('rig.node', [control, rig], [...shared, control, ...withRig]) };

  const names = sources('src', '.cc').map((f) => f.replace(/^src\/|\.cc$/g, ''));
  if (!names.length) return paths;
  const embedded = embedKernels();
  const objects = names.map((f) => object(`${f}.o`, `src/${f}.cc`, [...cpp, ...NODE], srcHeaders));
  objects.push(step('sources.o', [embedded, ...srcHeaders], [...cpp, '-Isrc', '-c', embedded]));
  for (const [name, flags] of [
    ['metal', []],
    ['metal-nopool', ['-DLANEWISE_METAL_NO_POOL']], // the leak test has to be able to fail
  ]) {
    const session = object(`${name}-session.o`, 'src/session.mm', [...objc, ...flags], [...srcHeaders, ...rigHeaders]);
    paths[name] = step(`${name}.node`, [...objects, session, rig], [...shared, ...objects, session, ...withRig]);
  }
  // as index.cjs of the package, with the addon of the rig
  const index = "module.exports = { addon: require('./metal.node'), ...require('../self-check.cjs') };\n";
  writeFileSync(join(out, 'index.cjs'), index);
  return paths;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(Object.values(build()).join('\n'));
