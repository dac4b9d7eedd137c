// What `lanewise doctor` finds, and how it is printed.
import * as lw from '../../slim.js';
import type { BackendInfo, SelfCheck } from '../../slim.js';
import { selfCheck } from './self-check.js';

export interface Report {
  readonly lanewise: string;
  readonly node: string;
  readonly platform: string;
  /** the device that ops run on; null where what was asked for is not usable */
  readonly selected: string | null;
  /** whether it can be used, and every family is right on it */
  readonly passed: boolean;
  /** why there is none, or what is wrong with it */
  readonly reason: string | null;
  /** bytes */
  readonly memory: { readonly limit: number; readonly held: number; readonly peak: number };
  /** `opened`: what the device itself found when it was opened; `checks`: what the library's calls gave just now */
  readonly backends: readonly (Omit<BackendInfo, 'selfCheck'> & {
    readonly opened: readonly SelfCheck[];
    readonly checks: readonly SelfCheck[];
  })[];
}

/** Checks every backend that is available. @param version of the package */
export function examine(version: string): Report {
  let selected: string | null = null;
  let reason: string | null = null;
  try {
    selected = lw.defaultDevice();
  } catch (e) {
    // LANEWISE_DEVICE or LANEWISE_VARIANT ask for what is not there: the others can still be looked at
    reason = (e as Error).message;
    lw.setDefaultDevice('reference');
  }
  const checks = new Map(lw.backends().map(({ name, available }) => [name, available ? selfCheck(name) : []]));
  const backends = lw.backends().map(({ selfCheck: opened = [], ...info }) => ({
    ...info,
    selected: info.name === selected,
    opened,
    checks: checks.get(info.name)!,
  }));
  const wrong = backends.find((b) => b.selected)?.checks.find((c) => c.reason !== null);
  if (wrong !== undefined) reason = `${wrong.family}: ${wrong.reason}`;
  return {
    lanewise: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    selected,
    passed: reason === null,
    reason,
    memory: { limit: lw.memory.limit(), held: lw.memory.active(), peak: lw.memory.peak() },
    backends,
  };
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
/** Columns as wide as their widest cell; the last is not filled up. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((r) => r[c]!.length)));
  return rows.map((r) =>
    r
      .map((cell, c) => (c === r.length - 1 ? cell : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
}
const checkRows = (checks: readonly SelfCheck[]): string[] =>
  table([
    ['family', 'error', 'ms', 'result'],
    ...checks.map((c) => [c.family, c.error.toExponential(1), c.milliseconds.toFixed(1), c.reason ?? 'right']),
  ]);

/** The report as text. */
export function show(r: Report): string {
  const rows = r.backends.map((b) => [
    b.name,
    b.selected ? 'selected' : b.available ? 'available' : 'no',
    b.variant ?? '-',
    String(b.threads),
    b.workingSet === undefined ? '-' : mib(b.workingSet),
    b.device === undefined || b.reason.startsWith(b.device) ? b.reason : `${b.device}: ${b.reason}`,
  ]);
  const sections = r.backends.flatMap((b) => [
    ...(b.opened.length > 0 ? ['', `${b.name}: kernels, when the device was opened`, ...checkRows(b.opened)] : []),
    ...(b.checks.length > 0 ? ['', `${b.name}: calls, against float64`, ...checkRows(b.checks)] : []),
  ]);
  const fallbacks = r.backends.flatMap(({ name, fallbacks: f }) =>
    Object.entries(f).map(([key, n]) => `${name} ${key}: ${n}`),
  );
  return [
    `Lanewise ${r.lanewise}, Node ${r.node}, ${r.platform}`,
    `memory: ${mib(r.memory.limit)} may be held, ${mib(r.memory.held)} are held, ${mib(r.memory.peak)} at most so far`,
    '',
    ...table([['backend', 'state', 'variant', 'threads', 'working set', 'what it is, or why not'], ...rows]),
    ...sections,
    '',
    `fallbacks since the start: ${fallbacks.length === 0 ? 'none' : fallbacks.join(', ')}`,
    r.passed ? `${r.selected}: every family is right` : `not well: ${r.reason}`,
  ].join('\n');
}
