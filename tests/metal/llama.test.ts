// The embedded Llama on the device `metal`: its text is that of mlx-lm, as on WebAssembly.
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { Decoding } from '../../examples/llama/src/decode.js';
import { load } from '../../examples/llama/src/load.js';
import { embedded, golden, readGolden } from '../llama/support.js';
import { metal, rig } from './library.js';

const file = readGolden(golden('embedded.safetensors'));

describe('embedded model on metal', () => {
  const before = lw.defaultDevice();
  afterAll(() => lw.setDefaultDevice(before));

  it.each([
    { checked: 1, tokens: 6 },
    { checked: 0, tokens: 200 },
  ])('generate › $tokens greedy tokens are those of mlx-lm, checked: $checked', async ({ checked, tokens }) => {
    lw.setDefaultDevice('metal');
    rig.set('check', checked);
    const earlier = { ...metal().fallbacks };
    const { model } = await load(embedded, 'float32');
    const decoding = new Decoding(model, [file.ints('prompt0')], { maxTokens: tokens, stopTokens: [] });
    while (!decoding.done) await decoding.step();
    expect([...decoding.generated(0)]).toEqual(file.ints('greedy0').slice(0, tokens));
    decoding.dispose();
    model.dispose();
    rig.set('check', 1);
    expect(rig.reports()).toEqual([]);
    expect({ ...metal().fallbacks }).toEqual(earlier);
  });
});
