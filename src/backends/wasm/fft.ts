import type { Kernel } from '../backend.js';

export const fft: Readonly<Record<string, Kernel>> = {};
