import { fileURLToPath } from 'node:url';

/** Folder of the story model that comes with the project. */
export const embedded = fileURLToPath(new URL('../model', import.meta.url));
