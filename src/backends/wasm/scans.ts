import type { Kernel } from '../backend.js';
export const scans: Record<string, Kernel> = {};
