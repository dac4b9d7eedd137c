import type { Kernel } from '../backend.js';

export const eigen: Readonly<Record<string, Kernel>> = {};
