// Checkpoints in a folder of the file system.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from 'lanewise';
import { checkpointStep, type CheckpointStore, type Draft } from '../checkpoint.js';

/** What an interrupted write leaves: a draft, or the folder that was about to be replaced. */
const LEFTOVER = /^\.step-\d+\.[0-9a-f]{8}\.(tmp|old)$/;

/** Makes the names in a folder outlive a loss of power. Windows cannot open folders, and needs it not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
async function exists(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checkpoints under `folder`, which is made when the first one is written. A checkpoint is written beside its place and renamed, so
 * that a process that ends at any time leaves whole checkpoints only. One process at a time may write.
 */
export function folderStore(folder: string): CheckpointStore {
  let swept = false;
  const sweep = async (): Promise<void> => {
    await mkdir(folder, { recursive: true });
    for (const name of swept ? [] : await readdir(folder)) {
      if (LEFTOVER.test(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
    swept = true;
  };
  return {
    async names() {
      try {
        return (await readdir(folder)).filter((name) => checkpointStep(name) !== null);
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return [];
        throw error;
      }
    },
    async begin(name): Promise<Draft> {
      await sweep();
      const own = join(folder, `.${name}.${randomBytes(4).toString('hex')}`);
      const [draft, old, target] = [`${own}.tmp`, `${own}.old`, join(folder, name)];
      await mkdir(draft);
      return {
        async put(file, content) {
          if (typeof content !== 'string') return io.saveSafetensors(join(draft, file), content);
          const handle = await open(join(draft, file), 'wx');
          try {
            await handle.writeFile(content);
            await handle.sync();
          } finally {
            await handle.close();
          }
        },
        source: (file) => join(draft, file),
        async commit() {
          await syncFolder(draft);
          if (await exists(target)) await rename(target, old);
          await rename(draft, target);
          await syncFolder(folder);
          await rm(old, { recursive: true, force: true });
        },
        discard: () => rm(draft, { recursive: true, force: true }),
      };
    },
    source: (name, file) => join(folder, name, file),
    remove: (name) => rm(join(folder, name), { recursive: true, force: true }),
  };
}
