// Runs programs that use the library, each in a process of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}
export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** options of node */
  readonly flags?: readonly string[];
  /** sends the signal so many milliseconds after the program wrote 'ready' */
  readonly signal?: readonly [name: NodeJS.Signals, after: number];
  /** goes before the import of the library */
  readonly before?: string;
}
export interface Programs {
  /** where the library lies, for programs that import it themselves */
  readonly library: string;
  /** Runs a module that has `lw`, `running`, `jobs`, `workers`, `tuning`, `wait`, `warm`, `work` and `sum`. */
  run(code: string, options?: Options): Promise<Ended>;
  close(): Promise<void>;
}

/** A program that hangs is killed. */
const PATIENCE = 60_000;
const prelude = `
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  /** a product whose every element is known */
  const work = (n = 256) => lw.matmul(lw.ones([n, n]), lw.full([n, n], 2)).sum().item() / n ** 3;
  const sum = () => lw.arange(1e6).astype('float64').sum().item();
  const warm = async () => {
    for (const end = Date.now() + 30_000; running() < lw.threads() - 1 && Date.now() < end; await wait(5)) work();
    if (running() !== lw.threads() - 1) throw new Error('workers did not start');
  };
`;

export async function programs(): Promise<Programs> {
  const dir = await mkdtemp(join(tmpdir(), 'lanewise-threads-'));
  const outfile = join(dir, 'library.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./child.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    ignoreAnnotations: true, // package.json's sideEffects speak of dist/
    logLevel: 'error',
  });
  const library = pathToFileURL(outfile).href;
  let count = 0;
  return {
    library,
    async run(code, { env = {}, flags = [], signal, before = '' } = {}) {
      const path = join(dir, `program-${count++}.mjs`);
      await writeFile(
        path,
        `${before}\nconst { lw, running, jobs, workers, tuning } = await import('./library.mjs');\n${prelude}\n${code}\n`,
      );
      const start = performance.now();
      const { LANEWISE_THREADS: _, NODE_OPTIONS: __, ...usual } = process.env;
      const child = spawn(process.execPath, [...flags, path], { env: { ...usual, ...env } });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (text) => {
        if (signal !== undefined && stdout === '') setTimeout(() => child.kill(signal[0]), signal[1]);
        stdout += String(text);
      });
      child.stderr.on('data', (text) => (stderr += String(text)));
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      const [status, by] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
        child.on('close', (...ended) => done(ended)),
      );
      clearTimeout(timer);
      return {
        code: status,
        signal: by,
        stdout: stdout.trim(),
        stderr: stderr.trim(),
        milliseconds: performance.now() - start,
      };
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
}
