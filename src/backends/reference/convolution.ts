import type { Kernel } from '../backend.js';

export const convolution: Readonly<Record<string, Kernel>> = {};
