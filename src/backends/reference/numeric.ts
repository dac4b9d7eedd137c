import type { Kernel } from '../backend.js';

export const numeric: Readonly<Record<string, Kernel>> = {};
