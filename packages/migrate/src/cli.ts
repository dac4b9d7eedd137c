#!/usr/bin/env node
// npx lanewise-migrate FILE.rs
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { migrate, type Version } from './index.js';

const usage = `lanewise-migrate FILE.rs [-o OUT.ts] [--to 0.25|0.21]

Reads Rust that uses mlx-rs (0.21 or 0.25) and prints TypeScript on lanewise/mlx-rs.
Lines that begin with "// lanewise-migrate:" say what could not be translated.

  -o, --output FILE   write there instead of printing
      --to VERSION    spelling of the calls that mlx-rs renamed (0.25)
      --strict        exit with 1 if anything could not be translated
  -h, --help          this text`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      to: { type: 'string', default: '0.25' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || positionals.length !== 1) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  if (values.to !== '0.25' && values.to !== '0.21') throw new Error(`--to must be 0.25 or 0.21, got ${values.to}`);
  const source = await readFile(positionals[0]!, 'utf8');
  const { code, marks } = await migrate(source, { version: values.to as Version });
  if (values.output === undefined) process.stdout.write(code);
  else await writeFile(values.output, code);
  for (const m of marks) console.error(`${positionals[0]}:${m.line}: ${m.why}: ${m.rust}`);
  return values.strict && marks.length > 0 ? 1 : 0;
}
main().then(
  (code) => (process.exitCode = code),
  (e: unknown) => {
    console.error((e as Error).message);
    process.exitCode = 1;
  },
);
