#!/usr/bin/env node
// The command `lanewise`.
import { readFileSync } from 'node:fs';

const USAGE = `lanewise doctor [--json]

  doctor      which backends run here, or why not, and whether each computes what it should. The exit code is 0 when the one
              that is selected does, 1 when it does not
  --json      the same for programs
  --help      this text
  --version   the version of the package`;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...options] = args;
  if (command === '--help' || command === '-h' || (command === 'doctor' && options.includes('--help'))) {
    console.log(USAGE);
    return 0;
  }
  if (command === '--version') {
    console.log(version);
    return 0;
  }
  const wrong = command === 'doctor' ? options.find((o) => o !== '--json') : command;
  if (wrong !== undefined || command === undefined) {
    const rule = command === 'doctor' ? 'the option of doctor must be --json' : 'the command must be doctor';
    console.error(`[lanewise] ${rule}, got ${wrong === undefined ? 'none' : `'${wrong}'`}\n\n${USAGE}`);
    return 2;
  }
  await import('./index.js');
  const { examine, show } = await import('./doctor/report.js');
  const report = examine(version);
  // Infinity, the error of what gave no value, has no JSON of its own
  const plain = (_: string, x: unknown): unknown => (x === Infinity ? 'Infinity' : x);
  console.log(options.includes('--json') ? JSON.stringify(report, plain, 2) : show(report));
  return report.passed ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (e) {
  console.error((e as Error).message);
  process.exitCode = 1;
}
