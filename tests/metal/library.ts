// The library with the device `metal`, which is the rig's.
import * as lw from '../../src/index.js';
import { built, load, type Rig } from './rig.js';

process.env['LANEWISE_METAL'] ??= built('index').replace(/\.node$/, '.cjs');
await import('../../src/node/metal.js');

export const rig = load<Rig>('rig');
/** What `backends()` says of it. */
export const metal = (): lw.BackendInfo => lw.backends().find((b) => b.name === 'metal')!;
