// The embedded Llama on the device `metal`: its text is that of mlx-lm, as on WebAssembly.
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { Decoding } from '../../examples/llama/src/decode.js';
import { load as loadModel } from '../../examples/llama/src/load.js';
import { embedded, golden, readGolden } from '../llama/support.js';
import { load, type Rig } from './rig.js';

process.env['LANEWISE_METAL'] ??= new URL('../../native/metal/build/index.cjs', import.meta.url).pathname;
await import('../../src/node/metal.js');
const rig = load<Rig>('rig');
const file = readGolden(golden('embedded.safetensors'));

const fallbacks = (): Readonly<Record<string, number>> => lw.backends().find((b) => b.name === 'metal')!.fallbacks;

describe('embedded model on metal', () => {
  const before = lw.defaultDevice();
  afterAll(() => lw.setDefaultDevice(before));

  it.each([
    { checked: 1, tokens: 6 },
    { checked: 0, tokens: 200 },
  ])('generate › $tokens greedy tokens are those of mlx-lm, checked: $checked', async ({ checked, tokens }) => {
    lw.setDefaultDevice('metal');
    rig.set('check', checked);
    const earlier = { ...fallbacks() };
    const { model } = await loadModel(embedded, 'float32');
    const decoding = new Decoding(model, [file.ints('prompt0')], { maxTokens: tokens, stopTokens: [] });
    while (!decoding.done) await decoding.step();
    expect([...decoding.generated(0)]).toEqual(file.ints('greedy0').slice(0, tokens));
    decoding.dispose();
    model.dispose();
    rig.set('check', 1);
    expect(rig.reports()).toEqual([]);
    expect({ ...fallbacks() }).toEqual(earlier);
  });
});
