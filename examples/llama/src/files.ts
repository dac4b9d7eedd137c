import { ModelError } from './errors.js';

/** The text of a file of a model folder, which is a path or, in a page, an http(s) URL; undefined when there is none. */
export async function readOptional(folder: string, name: string): Promise<string | undefined> {
  const path = `${folder.replace(/\/+$/, '')}/${name}`;
  if (/^https?:/.test(folder)) {
    const response = await fetch(path);
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new ModelError(`[${name}] the file must come with status 200, got ${response.status} of ${path}`);
    return response.text();
  }
  const { readFile } = await import('node:fs/promises'); // here, so that bundles for pages hold nothing of Node
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Parses JSON of a model folder.
 * @throws ModelError that names the file
 */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelError(`[${name}] the file must be JSON, got: ${(error as Error).message}`);
  }
}
