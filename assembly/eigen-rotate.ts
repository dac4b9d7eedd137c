// Rotations of neighbouring rows, gathered from many sweeps and applied together: a panel of columns stays in the cache meanwhile.
import { madd64 } from './simd';

/**
 * A queue in memory: rows (address, bytes between them, doubles in one), then sweeps (first row, count, direction) and their
 * rotations (cosine, sine).
 */
@unmanaged
export class Queue {
  rows: usize;
  ld: usize;
  width: i32;
  sweeps: i32;
  /** rotations held */
  held: i32;
  /** rotations there is room for */
  room: i32;
  /** the sweeps' triples */
  list: usize;
  /** the rotations' pairs */
  pairs: usize;
}

/** Sweeps a queue holds. */
const SWEEPS = 64;
/** Bytes of a queue for n rows. */
// @ts-ignore: decorator
@inline
export function queueBytes(n: i32): i32 {
  return 64 + SWEEPS * 16 + (n << 8) + 4096;
}

export function openQueue(at: usize, n: i32, rows: usize, ld: usize, width: i32): Queue {
  const q = changetype<Queue>(at);
  q.rows = rows;
  q.ld = ld;
  q.width = width;
  q.sweeps = 0;
  q.held = 0;
  q.room = (n << 4) + 256;
  q.list = at + 64;
  q.pairs = at + 64 + SWEEPS * 16;
  return q;
}

/** Starts a sweep of at most `count` rotations: the k-th of rows first + k dir and first + (k + 1) dir. */
export function openSweep(q: Queue, first: i32, count: i32, dir: i32): void {
  if (q.sweeps == SWEEPS || q.held + count > q.room) flush(q);
  const p = q.list + (<usize>q.sweeps << 4);
  store<i32>(p, first);
  store<i32>(p, 0, 4);
  store<i32>(p, dir, 8);
  q.sweeps++;
}

/** The next rotation of the open sweep: rows (x, y) become (c x + s y, c y - s x). */
export function rotate(q: Queue, c: f64, s: f64): void {
  const p = q.pairs + (<usize>q.held << 4);
  store<f64>(p, c);
  store<f64>(p, s, 8);
  q.held++;
  const l = q.list + (<usize>(q.sweeps - 1) << 4);
  store<i32>(l, load<i32>(l, 4) + 1, 4);
}

/** Eight columns through one sweep. */
// @ts-ignore: decorator
@inline
function sweep(x: usize, step: usize, count: i32, r: usize): void {
  let a0 = v128.load(x);
  let a1 = v128.load(x, 16);
  let a2 = v128.load(x, 32);
  let a3 = v128.load(x, 48);
  for (; count > 0; count--) {
    const c = v128.load64_splat(r);
    const s = v128.load64_splat(r, 8);
    const y = x + step;
    const b0 = v128.load(y);
    const b1 = v128.load(y, 16);
    const b2 = v128.load(y, 32);
    const b3 = v128.load(y, 48);
    v128.store(x, madd64(s, b0, f64x2.mul(c, a0)));
    v128.store(x, madd64(s, b1, f64x2.mul(c, a1)), 16);
    v128.store(x, madd64(s, b2, f64x2.mul(c, a2)), 32);
    v128.store(x, madd64(s, b3, f64x2.mul(c, a3)), 48);
    a0 = f64x2.sub(f64x2.mul(c, b0), f64x2.mul(s, a0));
    a1 = f64x2.sub(f64x2.mul(c, b1), f64x2.mul(s, a1));
    a2 = f64x2.sub(f64x2.mul(c, b2), f64x2.mul(s, a2));
    a3 = f64x2.sub(f64x2.mul(c, b3), f64x2.mul(s, a3));
    x = y;
    r += 16;
  }
  v128.store(x, a0);
  v128.store(x, a1, 16);
  v128.store(x, a2, 32);
  v128.store(x, a3, 48);
}

/** Applies what the queue holds. */
export function flush(q: Queue): void {
  let column: usize = 0;
  for (let w = q.width; w > 0; w -= 8) {
    let r = q.pairs;
    for (let k = 0; k < q.sweeps; k++) {
      const p = q.list + (<usize>k << 4);
      const count = load<i32>(p, 4);
      sweep(q.rows + <usize>load<i32>(p) * q.ld + column, <usize>load<i32>(p, 8) * q.ld, count, r);
      r += <usize>count << 4;
    }
    column += 64;
  }
  q.sweeps = 0;
  q.held = 0;
}
