// `npm run bench`.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSizes } from './bundle.js';
import type { Engine } from './host.js';
import { parseOptions, usage } from './options.js';
import type { Options } from './options.js';
import { columns, libraries } from './peers/index.js';
import type { Column } from './peers/index.js';
import type { Entry, Machine, Result } from './report/result.js';
import { duration, report, typical } from './report/table.js';
import { write } from './report/write.js';
import { coldStarts } from './startup.js';
import { efforts, Session } from './session.js';
import type { Measurement } from './session.js';
import { workloads } from './workloads/index.js';

/** The Node that measures. @throws Error if npm cannot get that version */
function engine({ node, flags }: Options): Engine {
  if (node === null) return { node: process.execPath, flags };
  if (!/^[\d.]+$/.test(node)) return { node, flags };
  const args = ['exec', '--yes', `--package=node@${node}`, '--', 'node', '-p', 'process.execPath'];
  return { node: execFileSync('npm', args, { encoding: 'utf8' }).trim(), flags };
}
function machine({ node, flags }: Engine): Machine {
  const versions = JSON.parse(execFileSync(node, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })) as {
    node: string;
    v8: string;
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: versions.node,
    v8: versions.v8,
    flags,
  };
}
const entryOf = ({ workload, outcomes, ceiling }: Measurement): Entry => ({
  name: workload.name,
  group: workload.group,
  flops: workload.flops ?? null,
  bytes: workload.bytes ?? null,
  tolerance: workload.tolerance,
  ceiling,
  outcomes,
});

/** One line of progress: who took how long. */
function progress({ workload, outcomes }: Measurement, all: readonly Column[]): string {
  const parts = all.flatMap(({ id, library }) => {
    const o = outcomes[id];
    if (o === undefined) return [];
    const info = { bimodal: library.bimodal === true } as Parameters<typeof typical>[0];
    return [`${id} ${o.state === 'timed' ? duration(typical(info, o.rounds)) : o.state}`];
  });
  return `${workload.name}: ${parts.join(', ')}`;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(usage);
  const wanted = workloads.filter(
    (w) =>
      (options.only === null || options.only.test(w.name) || options.only.test(w.group)) &&
      !(options.quick && w.long === true),
  );
  if (options.list) return console.log(wanted.map((w) => `${w.group}: ${w.name}`).join('\n'));
  if (wanted.length === 0 && options.only?.test('cold start and size') !== true)
    throw new Error(`[bench] --only must match a workload, got ${options.only?.source}`);

  const all = columns([libraries[0]!.name, ...options.peers], options.threads);
  const used = engine(options);
  const session = await Session.start(all, used);
  for (const [id, reason] of Object.entries(session.missing)) console.error(`${id} did not start: ${reason}`);
  const entries: Entry[] = [];
  try {
    for (const workload of wanted) {
      const measured = await session.measure(workload, options.quick ? efforts.quick : efforts.full);
      console.error(progress(measured, all));
      entries.push(entryOf(measured));
    }
  } finally {
    session.close();
  }
  const footprint = options.only === null || options.only.test('cold start and size');
  const result: Result = {
    date: new Date().toISOString(),
    machine: machine(used),
    columns: all
      .filter(({ id }) => id in session.versions)
      .map(({ id, library, threads }) => ({
        id,
        title: id.includes(':') ? `${library.title} (${threads} threads)` : library.title,
        version: session.versions[id]!,
        threads,
        native: library.native === true,
        bimodal: library.bimodal === true,
      })),
    missing: session.missing,
    entries,
    starts: footprint ? Object.fromEntries(coldStarts(all, used, options.quick ? 3 : 9)) : null,
    sizes: footprint ? Object.fromEntries(await bundleSizes(all)) : null,
  };
  console.log(report(result));
  const whole = !options.quick && options.only === null && options.peers.length === libraries.length - 1;
  const major = result.machine.node.split('.')[0];
  const fixed = fileURLToPath(new URL(`../../docs/benchmarks/node-${major}`, import.meta.url));
  const out = options.out === null ? (whole ? fixed : null) : resolve(options.out);
  if (out !== null) write(result, out);
}

main().catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : e);
  process.exit(1);
});
