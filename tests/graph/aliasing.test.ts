import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { generator, thrown } from '../tensor/support.js';

/** A tensor of six small integers and what it must hold. */
interface Pair {
  t: lw.Tensor;
  want: number[];
}
const small = (n: number): number => n % 97;

/**
 * Random programs of ops, views, `set`, reading, evaluation, disposal, scopes and failures over tensors of six elements, beside
 * plain arrays. Whatever is shared, donated, reused or released must not show.
 */
function run(seed: number, steps: number): void {
  const rand = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rand() * list.length)]!;
  let pool: Pair[] = [0, 1].map((k) => {
    const want = Array.from({ length: 6 }, (_, i) => i + 10 * k);
    return { t: lw.array(want), want };
  });
  const check = (p: Pair, what: string): void => {
    expect(Array.from(p.t.toTypedArray() as Float32Array), `seed ${seed}, ${what}`).toEqual(p.want);
  };
  const derive = (): Pair => {
    const [p, q] = [pick(pool), pick(pool)];
    switch (Math.floor(rand() * 9)) {
      case 0:
        return { t: p.t.add(q.t).remainder(97), want: p.want.map((v, i) => small(v + q.want[i]!)) };
      case 1:
        return { t: p.t.mul(3).remainder(97), want: p.want.map((v) => small(3 * v)) };
      case 2:
        return { t: p.t.at('::-1'), want: [...p.want].reverse() };
      case 3:
        return { t: p.t.reshape([2, 3]).T.reshape([6]), want: [0, 3, 1, 4, 2, 5].map((i) => p.want[i]!) };
      case 4:
        return { t: lw.concatenate([p.t.at(':2'), q.t.at('2:')]), want: [...p.want.slice(0, 2), ...q.want.slice(2)] };
      case 5:
        return {
          t: p.t.sum(0, true).remainder(97).add(q.t.mul(0)),
          want: p.want.map(() => small(p.want.reduce((s, v) => s + v, 0))),
        };
      case 6:
        return { t: p.t.reshape([6]), want: [...p.want] };
      case 7:
        return {
          t: p.t.cumsum(0).remainder(97),
          want: p.want.map((_, i) => small(p.want.slice(0, i + 1).reduce((s, v) => s + v, 0))),
        };
      default:
        return { t: lw.where(p.t.less(q.t), p.t, q.t), want: p.want.map((v, i) => Math.min(v, q.want[i]!)) };
    }
  };
  const change = (p: Pair): void => {
    const q = pick(pool);
    const at = Math.floor(rand() * 5);
    const want = [...p.want];
    switch (Math.floor(rand() * 5)) {
      case 0:
        p.t.set(at, 50);
        want[at] = 50;
        break;
      case 1:
        p.t.set(`${at}:`, q.t.at(`${at}:`));
        want.splice(at, 6, ...q.want.slice(at));
        break;
      case 2:
        p.t.set([[at, at + 1]], q.t.at(':2').mul(2).remainder(97));
        want.splice(at, 2, small(2 * q.want[0]!), small(2 * q.want[1]!));
        break;
      case 3:
        p.t.set('::-1', q.t);
        want.splice(0, 6, ...[...q.want].reverse());
        break;
      default:
        p.t.set(lw.array([at], 'int32'), p.t.at(lw.slice(at + 1, at + 2)));
        want[at] = p.want[at + 1]!;
    }
    p.want = want;
  };
  for (let i = 0; i < steps; i++) {
    const kind = rand();
    if (kind < 0.35) pool.push(derive());
    else if (kind < 0.6) change(pick(pool));
    else if (kind < 0.7) check(pick(pool), `step ${i}`);
    else if (kind < 0.8) lw.eval([pick(pool).t, pick(pool).t]);
    else if (kind < 0.9) {
      const made = lw.tidy(() => {
        const p = derive();
        change(p);
        const other = derive();
        if (rand() < 0.5) change(pick(pool));
        if (rand() < 0.3) check(other, `tidy at step ${i}`);
        return rand() < 0.5 ? [p.t, p.want] : [p.t.add(0), p.want];
      }) as [lw.Tensor, number[]];
      pool.push({ t: made[0], want: made[1] });
    } else if (kind < 0.95) {
      const p = pick(pool);
      expect(thrown(() => lw.eval(pick(pool).t, p.t.take(lw.array([7], 'int32'), 0).add(pick(pool).t)))).toBeInstanceOf(
        lw.AxisError,
      );
    } else if (pool.length > 3) {
      // only what nothing pending depends on may go
      lw.eval(pool.map((p) => p.t));
      const p = pick(pool);
      pool = pool.filter((q) => q !== p);
      p.t.dispose();
    }
    if (pool.length > 12) pool.splice(0, 4);
  }
  for (const p of pool) check(p, 'end');
}

test.each(['wasm', 'reference'])('aliasing › random programs never see each other, %s', (device) => {
  lw.setDefaultDevice(device);
  for (let seed = 0; seed < 600; seed++) run(seed, 60);
});
