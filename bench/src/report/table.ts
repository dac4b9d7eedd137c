// A run as Markdown.
import { fastMode, geometricMean, median, ratio } from '../statistics.js';
import type { Outcome } from '../session.js';
import type { ColumnInfo, Entry, Result } from './result.js';

/** Three significant digits, with a unit: milliseconds to `1.23 ms`, `45.6 us`, `0.123 us`. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${digits(milliseconds / 1000)} s`;
  if (milliseconds >= 0.1) return `${digits(milliseconds)} ms`;
  return `${digits(milliseconds * 1000)} us`;
}
/** Three significant digits, without an exponent. */
export function digits(x: number): string {
  if (!Number.isFinite(x)) return String(x);
  return x === 0 ? '0' : x.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x)))));
}

/** Our time: the median of the rounds. */
export const typical = (column: ColumnInfo, times: readonly number[]): number =>
  median(column.bimodal ? fastMode(times) : times);

const timed = (o: Outcome | undefined): o is Extract<Outcome, { state: 'timed' }> => o?.state === 'timed';

/** theirs / ours of one workload; null unless both were timed. */
export function speedup(entry: Entry, ours: ColumnInfo, theirs: ColumnInfo): number | null {
  const [a, b] = [entry.outcomes[ours.id], entry.outcomes[theirs.id]];
  return timed(a) && timed(b) ? ratio(a.rounds, b.rounds, theirs.bimodal).median : null;
}
/** The fastest of those that run in the JavaScript engine, ourselves apart. */
export function bestRival(entry: Entry, columns: readonly ColumnInfo[]): { title: string; speedup: number } | null {
  const [ours, ...rest] = columns;
  let best: { title: string; speedup: number } | null = null;
  for (const column of rest) {
    const value = column.native || column.id.startsWith('lanewise') ? null : speedup(entry, ours!, column);
    if (value !== null && (best === null || value < best.speedup)) best = { title: column.title, speedup: value };
  }
  return best;
}

/** `12.3 GF/s`, and what share of the ceiling that is. */
function rate(entry: Entry, milliseconds: number): [string, string] {
  const work = entry.flops ?? entry.bytes;
  if (work === null) return ['', ''];
  const value = work / milliseconds / 1e6;
  const top = entry.ceiling === null ? null : Math.max(entry.ceiling.plain, entry.ceiling.relaxed ?? 0);
  return [
    `${digits(value)} ${entry.flops === null ? 'GB/s' : 'GF/s'}`,
    top === null ? '' : `${Math.round((100 * value) / top)} %`,
  ];
}
function cell(entry: Entry, ours: ColumnInfo, column: ColumnInfo): string {
  const outcome = entry.outcomes[column.id];
  if (outcome === undefined) return '';
  if (outcome.state === 'failed') return 'failed';
  if (outcome.state === 'wrong') return 'wrong';
  const value = speedup(entry, ours, column);
  return value === null ? duration(typical(column, outcome.rounds)) : digits(value);
}

const kilobytes = (x: number): string => (x === 0 ? '' : `${Math.round(x)} KB`);
const escaped = (s: string): string => s.replaceAll('|', '\\|');
const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** The table of one group. */
export function groupTable(entries: readonly Entry[], columns: readonly ColumnInfo[]): string {
  const [ours, ...all] = columns as [ColumnInfo, ...ColumnInfo[]];
  const rest = all.filter((c) => entries.some((e) => e.outcomes[c.id] !== undefined));
  const measured = entries.some((e) => e.flops !== null || e.bytes !== null);
  const rows = entries.map((entry) => {
    const own = entry.outcomes[ours.id];
    const ms = timed(own) ? typical(ours, own.rounds) : null;
    const rates = !measured ? [] : ms === null ? ['', ''] : rate(entry, ms);
    const best = bestRival(entry, columns);
    const time = ms === null ? (own?.state ?? '') : duration(ms);
    const bestCell = best === null ? '' : `**${digits(best.speedup)}**`;
    return [entry.name, time, ...rates, bestCell, ...rest.map((c) => cell(entry, ours, c))];
  });
  return markdown(
    ['', ours.title, ...(measured ? ['rate', 'of ceiling'] : []), 'best JS/WASM', ...rest.map((c) => c.title)],
    rows,
  );
}

/** Lines on everything that was not timed. */
export function problems(result: Result): string[] {
  const out = Object.entries(result.missing).map(([id, reason]) => `${id} did not start: ${reason}`);
  const failed = new Map<string, string[]>(); // names by what happened: one cause often fails several
  for (const { name, outcomes, tolerance } of result.entries) {
    for (const [id, o] of Object.entries(outcomes)) {
      if (o.state === 'failed') failed.set(`${id}: ${o.reason}`, [...(failed.get(`${id}: ${o.reason}`) ?? []), name]);
      if (o.state === 'wrong')
        out.push(`${id}: off by ${o.deviation.toExponential(1)}, more than ${tolerance}: not timed (${name})`);
    }
  }
  return [...out, ...[...failed].map(([what, names]) => `${what} (${names.join('; ')})`)];
}

/** The groups of a run in their order. */
export function groups(result: Result): Map<string, Entry[]> {
  const out = new Map<string, Entry[]>();
  for (const entry of result.entries) {
    if (!out.has(entry.group)) out.set(entry.group, []);
    out.get(entry.group)!.push(entry);
  }
  return out;
}

/** The whole report; `charts` are links to pictures by group. */
export function report(result: Result, charts: Readonly<Record<string, string>> = {}): string {
  const { machine, columns } = result;
  const [ours, ...rest] = columns as [ColumnInfo, ...ColumnInfo[]];
  const means = rest.flatMap((c) => {
    const values = result.entries.map((e) => speedup(e, ours, c)).filter((v) => v !== null);
    if (values.length === 0) return [];
    const faster = values.filter((v) => v > 1).length;
    return [[c.title, c.version, String(c.threads), digits(geometricMean(values)), `${faster} of ${values.length}`]];
  });
  const parts = [
    '# Benchmarks',
    `${result.date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}, ` +
      `Node ${machine.node} (V8 ${machine.v8}${machine.flags.length > 0 ? `, ${machine.flags.join(' ')}` : ''}). ` +
      `${ours.title} ${ours.version}, ${ours.threads === 1 ? 'one thread' : `${ours.threads} threads`}.`,
    'Numbers in the columns of peers are their time divided by ours, the median over interleaved rounds: above 1 we are faster. ' +
      'Every result was compared with float64 before it was timed. Made by `npm run bench`; see [bench](https://github.com/lanewise/lanewise/tree/main/bench).',
    markdown(['peer', 'version', 'threads', 'their time / ours, geometric mean', 'we are faster in'], means),
  ];
  for (const [group, entries] of groups(result)) {
    parts.push(`## ${group[0]!.toUpperCase()}${group.slice(1)}`);
    if (charts[group] !== undefined) parts.push(`![${group}](${charts[group]})`);
    parts.push(groupTable(entries, columns));
  }
  if (result.starts !== null || result.sizes !== null) {
    const rows = columns.flatMap((c) => {
      const [start, size] = [result.starts?.[c.id], result.sizes?.[c.id]];
      if (start === undefined && size === undefined) return [];
      const parts =
        size === undefined ? ['', '', ''] : [size.script, size.binary, size.script + size.binary].map(kilobytes);
      return [[c.title, start === undefined ? '' : duration(median(start)), ...parts]];
    });
    parts.push('## Cold start and size', markdown(['', 'cold start', 'script', 'WebAssembly', 'together'], rows));
    parts.push(
      'Cold start is the life of a process that imports the library, adds four numbers and reads them (plain JavaScript: of Node ' +
        'itself). Sizes are gzipped, of a page that multiplies two matrices; Lanewise carries its kernels in the script.',
    );
  }
  const open = problems(result);
  if (open.length > 0) parts.push('## Not measured', open.map((p) => `- ${p}`).join('\n'));
  return `${parts.join('\n\n')}\n`;
}
