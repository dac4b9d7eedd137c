// A folder that is written whole or not at all.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path behind a path or `file:` URL. */
export const pathOf = (folder: string | URL): string =>
  folder instanceof URL || /^file:/i.test(folder) ? fileURLToPath(folder) : folder;

/** Writes a new file and lets it outlive a loss of power. */
export async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false;
    throw error;
  }
}
/**
 * Fills a folder beside `folder` and renames it: whoever looks sees the old folder or the whole new one. `taken` is called, to throw, where
 * there is one and `overwrite` is not set.
 */
export async function wholeFolder(
  folder: string,
  overwrite: boolean,
  taken: (path: string) => never,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  const target = resolve(folder);
  if (!overwrite && (await exists(target))) taken(target);
  await mkdir(dirname(target), { recursive: true });
  const own = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}`);
  const [draft, old] = [`${own}.tmp`, `${own}.old`];
  await mkdir(draft);
  try {
    await fill(draft);
    if (await exists(target)) {
      if (!overwrite) taken(target);
      await rename(target, old);
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if ((await exists(old)) && !(await exists(target))) await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
