// The device `metal` through the public API: what stays unfinished, what fails, and what others may do meanwhile.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as lw from '../../src/index.js';
import { deviceInfo } from '../../src/backends/metal/device.js';
import { metal, rig } from './library.js';

const fallbacks = (): Readonly<Record<string, number>> => metal().fallbacks;
const range = (n: number, from = 0): lw.Tensor => lw.array(Float32Array.from({ length: n }, (_, i) => from + i));
const thrown = (fn: () => unknown): Error => {
  try {
    fn();
  } catch (e) {
    return e as Error;
  }
  throw new Error('nothing was thrown');
};

describe('metal backend', () => {
  const device = lw.defaultDevice();
  beforeEach(() => lw.setDefaultDevice('metal'));
  afterEach(() => {
    lw.setDefaultDevice(device);
    rig.set('check', 1);
    rig.set('max-threads', 1024);
    expect(rig.reports()).toEqual([]);
  });

  describe('unfinished work', () => {
    it('nothing waits until a value is read', () => {
      const waits = (): number => deviceInfo()!.waits;
      const run = (): lw.Tensor => range(100).add(1).eval().multiply(2).eval().sum().eval();
      run().item(); // families are checked at their first use
      const before = waits();
      const y = run();
      expect(waits()).toBe(before);
      expect(y.item()).toBe(10100);
      expect(waits()).toBe(before + 1);
    });
    it('blocks that are given up meanwhile go to no one else', () => {
      const x = range(5000);
      const doubled = x.multiply(2).eval();
      x.dispose();
      // of the same size: without the wait they would get the block that the device still reads
      const others = Array.from({ length: 4 }, () => lw.array(new Float32Array(5000).fill(-7)));
      expect((doubled.toTypedArray() as Float32Array).every((v, i) => v === 2 * i)).toBe(true);
      expect(others.every((o) => (o.toTypedArray() as Float32Array).every((v) => v === -7))).toBe(true);
    });
    it('blocks go from one result to the next on the device', () => {
      let x = range(5000).add(0).eval();
      const held = lw.memory.active();
      for (let i = 0; i < 200; i++) {
        const y = x.add(1).eval();
        x.dispose();
        x = y;
      }
      expect(lw.memory.active() - held).toBeLessThan(20 * 5000 * 4);
      expect((x.toTypedArray() as Float32Array)[1]).toBe(201);
    });
    it('what is made of nothing is made at once, into a block that the device does not work on', () => {
      const x = range(5000);
      const y = x.add(1).eval();
      lw.matmul(y.reshape([50, 100]), y.reshape([100, 50])).eval();
      x.dispose();
      const { waits } = deviceInfo()!;
      const counted = fallbacks()['arange'];
      const z = lw.arange(5000, 'float32').eval();
      const w = z.add(y).eval();
      expect(deviceInfo()!.waits).toBe(waits);
      expect(fallbacks()['arange']).toBe(counted);
      expect((w.toTypedArray() as Float32Array).every((v, i) => v === 2 * i + 1)).toBe(true);
    });
    it('another backend waits for what it reads', () => {
      const x = range(1000).square().eval();
      const y = lw.withDevice('wasm', () => x.add(1).eval());
      const z = lw.withDevice('reference', () => y.add(1).eval());
      const w = z.add(y).add(x);
      expect((w.toTypedArray() as Float32Array)[999]).toBe(3 * 999 ** 2 + 3);
    });
    it('data › waits without holding the thread up, also when the tensor is disposed meanwhile', async () => {
      const x = range(300).add(3);
      const data = x.data();
      x.dispose();
      const others = Array.from({ length: 3 }, () => lw.array(new Float32Array(300).fill(-7)));
      expect((await data)[299]).toBe(302);
      expect((others[0]!.toTypedArray() as Float32Array)[0]).toBe(-7);
      await lw.asyncEval(others[1]!.add(1));
    });
    it('memory.clear › waits, and gives back what is dead', () => {
      lw.tidy(() => range(100_000).add(1).eval());
      lw.memory.clear();
      const held = lw.memory.active();
      const x = lw.tidy(() => range(100_000).add(1));
      x.eval();
      x.dispose();
      lw.memory.clear();
      expect(lw.memory.active()).toBeLessThanOrEqual(held);
    });
    it('the heap may grow meanwhile', () => {
      const x = range(1000).add(1).eval();
      const large = lw.array(new Float32Array(40 * 2 ** 20));
      expect(x.multiply(2).eval().at(999).item()).toBe(2000);
      large.dispose();
    });
    it('the gate of a feed-forward layer is one kernel from its third run on', () => {
      const [x, y] = [range(600, -300).divide(100), range(600).divide(600)];
      const gate = (): lw.Tensor => lw.nn.silu(x).multiply(y).eval();
      const first = gate().toTypedArray();
      gate();
      const before = deviceInfo()!.dispatches;
      const third = gate();
      expect(deviceInfo()!.dispatches).toBe(before + 1);
      expect(third.toTypedArray()).toEqual(first);
      const want = Array.from(
        { length: 600 },
        (_, i) => (((i - 300) / 100) * (i / 600)) / (1 + Math.exp((300 - i) / 100)),
      );
      expect((third.toTypedArray() as Float32Array).every((v, i) => Math.abs(v - want[i]!) < 1e-6)).toBe(true);
    });
    it('an op may write over its operand', () => {
      const x = range(3000);
      const y = lw
        .exp(x.multiply(0).add(1).subtract(1))
        .add(x)
        .add(lw.zeros([1]));
      expect((y.toTypedArray() as Float32Array)[2999]).toBe(3000);
    });
  });

  describe('failures', () => {
    it('of a command buffer are thrown when a value is read; the values are lost, and the next op works', () => {
      const x = range(64);
      const [y, z] = [x.add(1).eval(), x.add(2).eval()];
      const view = z.reshape([2, 32]).at(1);
      rig.set('command-error', 1);
      const e = thrown(() => y.toTypedArray());
      expect(e).toBeInstanceOf(lw.BackendError);
      expect(e.message).toMatch(/^\[metal\] the device must finish what it was given, got: .*lost$/);
      for (const lost of [
        () => z.toTypedArray(),
        () => z.at(1).item(),
        () => view.toTypedArray(),
        () => y.add(1).eval(),
      ])
        expect(thrown(lost).message).toMatch(/^\[metal\] a value must be computed before it is read, got one lost/);
      expect(lw.withDevice('wasm', () => thrown(() => z.add(1).eval()))).toBeInstanceOf(lw.BackendError);
      expect(x.add(3).at(0).item()).toBe(3);
      y.dispose();
      z.dispose();
      expect(x.add(4).at(0).item()).toBe(4);
    });
    it('a device that is lost is opened again', () => {
      const x = range(64).add(1).eval();
      rig.set('command-error', 11);
      expect(thrown(() => x.toTypedArray())).toBeInstanceOf(lw.BackendError);
      rig.set('command-error', 0);
      expect(range(64).add(2).at(63).item()).toBe(65);
    });
    it('data › rejects', async () => {
      const x = range(64).add(1).eval();
      rig.set('command-error', 1);
      await expect(x.data()).rejects.toThrow(lw.BackendError);
      expect(range(3).add(2).at(2).item()).toBe(4);
    });
    it('a kernel that is refused runs on WebAssembly, counted', () => {
      const before = fallbacks()['arccosh'] ?? 0;
      rig.set('refuse-pipeline', 1);
      const x = lw.arccosh(range(5, 1).astype('float16'));
      expect(x.dtype).toBe('float16');
      expect(x.at(0).item()).toBe(0);
      expect(fallbacks()['arccosh']).toBe(before + 1);
    });
    it('256 threads a threadgroup are enough, or WebAssembly serves', () => {
      rig.set('max-threads', 256);
      const x = range(10_000);
      expect(x.sum().item()).toBe(49_995_000);
      expect(
        lw
          .softmax(x.reshape([2, 5000]), [1])
          .sum()
          .item(),
      ).toBeCloseTo(2, 5);
      expect(
        lw
          .matmul(lw.ones([33, 40]), lw.ones([40, 35]))
          .sum()
          .item(),
      ).toBe(33 * 40 * 35);
    });
  });
});
