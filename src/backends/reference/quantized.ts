import type { Kernel } from '../backend.js';

export const quantized: Readonly<Record<string, Kernel>> = {};
