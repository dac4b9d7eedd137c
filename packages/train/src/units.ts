// Bytes and times as people read them.
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const DECIMAL: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes as text: `1536` is '1.5 KiB'. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[power]!}`;
}
/** Bytes behind text such as '2 GiB', '500MB' or '4096'; null if it is none, or not above 0. */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?\s*$/.exec(text);
  if (match === null) return null;
  const unit = match[2] ?? 'B';
  const bytes = Math.floor(Number(match[1]) * (DECIMAL[unit] ?? 1024 ** UNITS.indexOf(unit as 'B')));
  return bytes > 0 && Number.isFinite(bytes) ? bytes : null;
}
/** Seconds as text: `3725` is '1:02:05', `65` is '1:05'. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const s = Math.max(0, Math.round(seconds));
  const two = (x: number): string => String(x).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
