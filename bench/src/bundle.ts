// What a page must load: each library bundled with a program that multiplies two matrices, minified and gzipped, and its WebAssembly.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Column } from './peers/index.js';

interface Program {
  readonly source: string;
  /** WebAssembly that it loads beside its script, in its package; of several the one that a current browser takes */
  readonly binary?: readonly [packageName: string, file: string];
}
const programs: Readonly<Record<string, Program>> = {
  lanewise: { source: `import { array } from 'lanewise'; console.log(array([[1]]).matmul(array([[2]])).tolist());` },
  tfjs: {
    source: `import * as tf from '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-backend-wasm';
      await tf.setBackend('wasm'); console.log(tf.matMul(tf.tensor2d([[1]]), tf.tensor2d([[2]])).dataSync());`,
    binary: ['@tensorflow/tfjs-backend-wasm', 'tfjs-backend-wasm-simd.wasm'],
  },
  jax: {
    source: `import { init, defaultDevice, numpy } from '@jax-js/jax'; await init(); defaultDevice('wasm');
      console.log(await numpy.matmul(numpy.array([[1]]), numpy.array([[2]])).data());`,
  },
  'numpy-ts': {
    source: `import { array, matmul } from 'numpy-ts'; console.log(matmul(array([[1]]), array([[2]])).data);`,
  },
  'ort-web': {
    source: `import { InferenceSession } from 'onnxruntime-web/wasm'; console.log(await InferenceSession.create('model.onnx'));`,
    binary: ['onnxruntime-web', 'ort-wasm-simd-threaded.wasm'],
  },
};

/** Gzipped kilobytes. */
export interface Size {
  readonly script: number;
  readonly binary: number;
}
const gzipped = (data: Uint8Array): number => gzipSync(data, { level: 9 }).length / 1000;

/** Sizes by column, of those that run in a page and can be bundled. */
export async function bundleSizes(columns: readonly Column[]): Promise<Map<string, Size>> {
  const require = createRequire(import.meta.url);
  const sizes = new Map<string, Size>();
  for (const { id, library } of columns) {
    const program = programs[library.name];
    if (program === undefined || id !== library.name) continue;
    try {
      const { outputFiles } = await build({
        stdin: { contents: program.source, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
        bundle: true,
        write: false,
        minify: true,
        format: 'esm',
        platform: 'browser',
        target: 'es2022',
        external: ['node:*', 'fs', 'path', 'os', 'worker_threads', 'perf_hooks', 'crypto', 'util', 'module'],
        tsconfigRaw: '{}', // without the paths that point at the sources
        logLevel: 'silent',
      });
      const file = program.binary && join(dirname(require.resolve(program.binary[0])), program.binary[1]);
      sizes.set(id, {
        script: gzipped(outputFiles[0]!.contents),
        binary: file === undefined ? 0 : gzipped(readFileSync(file)),
      });
    } catch {
      continue; // a library that does not bundle has no size
    }
  }
  return sizes;
}
