import * as lw from '../slim.js';
/* eslint-disable @typescript-eslint/no-explicit-any */
export const core: Record<string, any> = lw;
