import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './charts.js';
import type { Result } from './result.js';
import { groups, report } from './table.js';

const fileName = (group: string): string =>
  `${group
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.svg`;

/** Writes results.json, README.md with the tables, and a chart of each group. */
export function write(result: Result, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const links: Record<string, string> = {};
  for (const [group, entries] of groups(result)) {
    const svg = chart(group, entries, result.columns);
    if (svg === null) continue;
    links[group] = fileName(group);
    writeFileSync(join(folder, links[group]), svg);
  }
  writeFileSync(join(folder, 'README.md'), report(result, links));
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(result, null, 1)}\n`);
}
