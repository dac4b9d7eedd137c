import type { Kernel } from '../backend.js';
export const reductions: Record<string, Kernel> = {};
