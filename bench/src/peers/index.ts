import type { Start } from './peer.js';

/** What is measured beside what. */
export interface Library {
  /** as it is asked for: `--peers tfjs,ort-web` */
  readonly name: string;
  /** as tables show it */
  readonly title: string;
  /** the module that starts it, loaded in its own process */
  readonly load: () => Promise<{ readonly start: Start }>;
  /** native code outside of the JavaScript engine */
  readonly native?: boolean;
  /** runs at one of two speeds from start to start: the fast one is reported */
  readonly bimodal?: boolean;
  /** can be told how many threads to use */
  readonly threads?: boolean;
}

/** All of them; the first is ours. */
export const libraries: readonly Library[] = [
  { name: 'lanewise', title: 'Lanewise', threads: true, load: () => import('./lanewise.js') },
  { name: 'tfjs', title: 'tfjs-wasm', load: () => import('./tfjs.js') },
  { name: 'ort-web', title: 'onnxruntime-web', threads: true, load: () => import('./ort-web.js') },
  { name: 'jax', title: 'jax-js', load: () => import('./jax.js') },
  { name: 'numpy-ts', title: 'numpy-ts', load: () => import('./numpy.js') },
  { name: 'js', title: 'plain JavaScript', load: () => import('./javascript.js') },
  {
    name: 'ort-node',
    title: 'onnxruntime-node',
    native: true,
    bimodal: true,
    threads: true,
    load: () => import('./ort-node.js'),
  },
  { name: 'llama.cpp', title: 'llama.cpp', native: true, threads: true, load: () => import('./llama.js') },
];

/** One column of the report: a library with a number of threads. */
export interface Column {
  readonly library: Library;
  readonly threads: number;
  /** `name`, or `name:threads` where that differs from the run's */
  readonly id: string;
}

/**
 * Columns from names such as `tfjs` or `ort-node:2`.
 * @throws Error if a name is unknown or a number of threads is none
 */
export function columns(names: readonly string[], threads: number): Column[] {
  return names.map((id) => {
    const [name, own] = id.split(':') as [string, string?];
    const library = libraries.find((l) => l.name === name);
    if (library === undefined) {
      throw new Error(`[peers] a peer must be one of ${libraries.map((l) => l.name).join(', ')}, got ${name}`);
    }
    const count = own === undefined ? threads : Number(own);
    if (!Number.isInteger(count) || count < 1) {
      throw new Error(`[peers] the threads of a peer must be a whole number above 0, got ${id}`);
    }
    return { library, threads: library.threads === true ? count : 1, id };
  });
}
