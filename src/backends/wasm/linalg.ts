import type { Kernel } from '../backend.js';

export const linalg: Readonly<Record<string, Kernel>> = {};
