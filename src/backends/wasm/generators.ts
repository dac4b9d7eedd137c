import type { Kernel } from '../backend.js';
export const generators: Record<string, Kernel> = {};
