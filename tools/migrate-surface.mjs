// packages/migrate/src/surface.json from tools/mlx-rs-surface.json: parameter names, return types, macros.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const surface = JSON.parse(readFileSync(`${root}tools/mlx-rs-surface.json`, 'utf8'));
const short = (path) => path.replace(/^mlx_rs::/, '').replaceAll('r#', '');
const items = {};
const macros = {};
const modules = new Set();
const types = [];
for (const { path, kind, params, returns, also } of surface) {
  const name = short(path);
  if (kind === 'fn' || (kind === 'method' && name.startsWith('Array::'))) {
    items[name] = { params, returns };
    const parts = name.split('::');
    for (let i = 1; i < parts.length; i++) if (kind === 'fn') modules.add(parts.slice(0, i).join('::'));
  }
  if (kind === 'struct' || kind === 'enum') types.push(name);
  for (const twin of also ?? []) {
    if (twin.endsWith('!') && kind === 'fn') macros[short(twin).slice(0, -1)] = name;
  }
}
writeFileSync(
  `${root}packages/migrate/src/surface.json`,
  `${JSON.stringify({ modules: [...modules].sort(), types, items, macros }, null, 1)}\n`,
);
