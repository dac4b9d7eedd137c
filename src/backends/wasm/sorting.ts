import type { Kernel } from '../backend.js';
export const sorting: Record<string, Kernel> = {};
