// The few parts of Node that io uses, looked up when needed: no import for a bundler to trip over, null in browsers.
interface Modules {
  'node:fs/promises': typeof import('node:fs/promises');
  'node:path': typeof import('node:path');
  'node:url': typeof import('node:url');
}

/** A module of Node, null where there is none. */
export function nodeModule<K extends keyof Modules>(id: K): Modules[K] | null {
  const p = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process;
  return (p?.getBuiltinModule?.(id) as Modules[K] | undefined) ?? null;
}
