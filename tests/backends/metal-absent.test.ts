// The device `metal` where there is none: said in one line, and never degraded to silently.
import { afterAll, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { provider } from '../../src/backends/metal/device.js';
import '../../src/node/metal.js';

describe('metal, absent', () => {
  const { load } = provider;
  afterAll(() => void (provider.load = load));
  provider.load = () => {
    throw new Error('the optional package is not installed');
  };

  it('backends › says why, and WebAssembly serves', () => {
    const [metal, wasm] = lw.backends();
    expect(metal).toMatchObject({
      name: 'metal',
      available: false,
      selected: false,
      reason: 'the optional package is not installed',
    });
    expect(wasm).toMatchObject({ name: 'wasm', available: true, selected: true });
    expect(lw.defaultDevice()).toBe('wasm');
    expect(lw.array([1, 2]).sum().item()).toBe(3);
  });

  it('setDefaultDevice, withDevice › throw with that line', () => {
    const line = "the device 'metal' is not usable: the optional package is not installed";
    expect(() => lw.setDefaultDevice('metal')).toThrow(new lw.BackendError(`[setDefaultDevice] ${line}`));
    expect(() => lw.withDevice('metal', () => 1)).toThrow(line);
    expect(lw.defaultDevice()).toBe('wasm');
  });

  it.skipIf(process.platform === 'darwin')('load › asks for a Mac elsewhere', () => {
    expect(() => load()).toThrow(/^Metal needs macOS on Apple silicon, this is \w+ on \w+$/);
  });
});
