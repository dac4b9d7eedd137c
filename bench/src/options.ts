import { libraries } from './peers/index.js';

/** What a run was asked for. */
export interface Options {
  readonly quick: boolean;
  /** workloads whose name or group it matches */
  readonly only: RegExp | null;
  /** columns beside ours, as `name` or `name:threads` */
  readonly peers: readonly string[];
  /** threads of every library that can be told */
  readonly threads: number;
  /** the Node of the measuring processes: a version, as of the package `node`, or the path of one */
  readonly node: string | null;
  /** options of that Node, such as `--experimental-wasm-relaxed-simd` */
  readonly flags: readonly string[];
  /** folder of the report; null prints it only */
  readonly out: string | null;
  readonly list: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]

  --quick            fewer and shorter rounds, without the long workloads
  --only PATTERN     workloads whose name or group matches (a regular expression, any case)
  --peers LIST       of ${libraries
    .slice(1)
    .map((l) => l.name)
    .join(', ')};
                     NAME:THREADS for a number of threads of its own, and lanewise:THREADS for ourselves; 'none' for none
  --threads N        threads of every library that can be told, 1 by default
  --node WHICH       the Node that measures: a version, fetched by npm, or a path
  --node24           the same as --node 24
  --flags "OPTIONS"  options of that Node, such as --experimental-wasm-relaxed-simd
  --out FOLDER       where JSON, table and charts go; docs/benchmarks/node-<major> for a whole run, nowhere for a part of it
  --list             names the workloads`;

/** Reads a command line. @throws Error if it has an option that there is not, or a value that cannot be */
export function parseOptions(args: readonly string[]): Options {
  const values: Record<string, string> = {};
  const switches = new Set<string>();
  const valued = ['only', 'peers', 'threads', 'node', 'flags', 'out'];
  for (let i = 0; i < args.length; i++) {
    const [, key, given] = /^--([a-z0-9]+)(?:=(.*))?$/.exec(args[i]!) ?? [];
    if (key !== undefined && valued.includes(key)) {
      const value = given ?? args[++i];
      if (value === undefined) throw new Error(`[bench] --${key} must be followed by a value`);
      values[key] = value;
    } else if (key !== undefined && given === undefined && ['quick', 'list', 'help', 'node24'].includes(key)) {
      switches.add(key);
    } else throw new Error(`[bench] the option must be one of those below, got ${args[i]}\n\n${usage}`);
  }
  const threads = Number(values['threads'] ?? 1);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`[bench] --threads must be a whole number above 0, got ${values['threads']}`);
  }
  const all = libraries.slice(1).map((l) => l.name);
  const peers = values['peers'];
  return {
    quick: switches.has('quick'),
    only: values['only'] === undefined ? null : new RegExp(values['only'], 'i'),
    peers: peers === undefined ? all : peers === 'none' ? [] : peers.split(',').map((p) => p.trim()),
    threads,
    node: switches.has('node24') ? '24' : (values['node'] ?? null),
    flags: (values['flags'] ?? '').split(/\s+/).filter((f) => f !== ''),
    out: values['out'] ?? null,
    list: switches.has('list'),
    help: switches.has('help'),
  };
}
