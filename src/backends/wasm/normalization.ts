import type { Kernel } from '../backend.js';
export const normalization: Record<string, Kernel> = {};
