// Cold start: the time from nothing to the first result, a fresh process each time.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Engine } from './host.js';
import type { Column } from './peers/index.js';

/** A program that imports a library, adds two tensors of 4 elements and reads the result. */
const programs: Readonly<Record<string, string>> = {
  lanewise: `import { array } from 'lanewise'; array([1, 2, 3, 4]).add(array([5, 6, 7, 8])).toTypedArray();`,
  tfjs: `import { createRequire } from 'node:module'; import { dirname } from 'node:path';
    const require = createRequire(import.meta.url); const tf = require('@tensorflow/tfjs-core');
    require('@tensorflow/tfjs-backend-wasm').setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + '/');
    await tf.setBackend('wasm'); await tf.ready(); tf.add(tf.tensor([1, 2, 3, 4]), tf.tensor([5, 6, 7, 8])).dataSync();`,
  jax: `globalThis.navigator ??= {}; const { init, defaultDevice, numpy } = await import('@jax-js/jax');
    await init(); defaultDevice('wasm'); await numpy.array([1, 2, 3, 4]).add(numpy.array([5, 6, 7, 8])).data();`,
  'numpy-ts': `import * as np from 'numpy-ts'; np.add(np.array([1, 2, 3, 4]), np.array([5, 6, 7, 8])).data;`,
  'ort-web': onnx(`await import('onnxruntime-web')`, 'wasm'),
  'ort-node': onnx(`createRequire(import.meta.url)('onnxruntime-node')`, 'cpu'),
  js: `[1, 2, 3, 4].map((x, i) => x + [5, 6, 7, 8][i]);`,
};
/** A model of one Add over four floats. */
function onnx(library: string, provider: string): string {
  return `import { createRequire } from 'node:module'; import { Graph } from ${JSON.stringify(fileURLToPath(new URL('./peers/onnx-model.js', import.meta.url)))};
    const ort = ${library}; const graph = new Graph();
    const y = graph.op('Add', [graph.input('a', 'float32', [4]), graph.input('b', 'float32', [4])]);
    const session = await ort.InferenceSession.create(graph.finish(y), { executionProviders: ['${provider}'] });
    const four = (x) => new ort.Tensor('float32', Float32Array.of(x, x, x, x), [4]);
    (await session.run({ a: four(1), b: four(2) }))[y.name].data; process.exit();`;
}

/** Milliseconds of each start by column, a list for each round; columns that cannot start are absent. */
export function coldStarts(columns: readonly Column[], { node, flags }: Engine, rounds: number): Map<string, number[]> {
  const times = new Map<string, number[]>();
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  for (let round = 0; round < rounds; round++) {
    for (const { id, library, threads } of columns) {
      const program = programs[library.name];
      if (program === undefined || (round > 0 && !times.has(id))) continue;
      const start = performance.now();
      const { status } = spawnSync(node, [...flags, '--input-type=module', '-e', program], {
        cwd,
        env: { ...process.env, LANEWISE_THREADS: String(threads) },
        stdio: 'ignore',
      });
      const took = performance.now() - start;
      if (status === 0) times.set(id, [...(times.get(id) ?? []), took]);
    }
  }
  return times;
}
