// arange_<code>(n, start, step, o): element i is start + i * step. Floats are rounded once; integers truncate start and
// start + step first, as MLX does, and wrap.
import { joinHalves, storeLanes, storeSome } from './lanes';

/** Float types of at most 32 bits. */
// @ts-ignore: decorator
@inline
function floats<S>(n: i32, start: f64, step: f64, o: usize): void {
  const first = f64x2.splat(start);
  const by = f64x2.splat(step);
  let low = f64x2(0, 1);
  let high = f64x2(2, 3);
  const four = f64x2.splat(4);
  for (; n > 0; n -= 4) {
    const v = joinHalves(f64x2.add(first, f64x2.mul(low, by)), f64x2.add(first, f64x2.mul(high, by)));
    if (n >= 4) storeLanes<S, f32>(o, v);
    else storeSome<S, f32>(o, v, n);
    low = f64x2.add(low, four);
    high = f64x2.add(high, four);
    o += 4 * sizeof<S>();
  }
}

// @ts-ignore: decorator
@inline
function integers<T>(n: i32, start: f64, step: f64, o: usize): void {
  const next = start + step;
  const first = start < 0 ? <u64>(<i64>start) : <u64>start;
  const by = (next < 0 ? <u64>(<i64>next) : <u64>next) - first;
  const lanes = <i32>(16 / sizeof<T>());
  for (let i = 0; i < min<i32>(n, lanes); i++) store<T>(o + <usize>i * sizeof<T>(), <T>(first + <u64>i * by));
  let v = v128.load(o);
  const all = v128.splat<T>(<T>((<u64>lanes) * by));
  for (n -= lanes; n > 0; n -= lanes) {
    o += 16;
    v = v128.add<T>(v, all);
    if (n >= lanes) v128.store(o, v);
    else storeSome<T, T>(o, v, n);
  }
}

export function arange_u8(n: i32, start: f64, step: f64, o: usize): void {
  integers<u8>(n, start, step, o);
}
export function arange_u16(n: i32, start: f64, step: f64, o: usize): void {
  integers<u16>(n, start, step, o);
}
export function arange_u32(n: i32, start: f64, step: f64, o: usize): void {
  integers<u32>(n, start, step, o);
}
export function arange_u64(n: i32, start: f64, step: f64, o: usize): void {
  integers<u64>(n, start, step, o);
}
export function arange_f32(n: i32, start: f64, step: f64, o: usize): void {
  floats<f32>(n, start, step, o);
}
export function arange_f64(n: i32, start: f64, step: f64, o: usize): void {
  for (let i = 0; i < n; i++) store<f64>(o + (<usize>i << 3), start + <f64>i * step);
}
export function arange_f16(n: i32, start: f64, step: f64, o: usize): void {
  floats<i16>(n, start, step, o);
}
export function arange_bf16(n: i32, start: f64, step: f64, o: usize): void {
  floats<u16>(n, start, step, o);
}
export function arange_c64(n: i32, start: f64, step: f64, o: usize): void {
  for (let i = 0; i < n; i++) {
    store<f32>(o, <f32>(start + <f64>i * step));
    store<f32>(o, 0, 4);
    o += 8;
  }
}

export { arange_u8 as arange_i8, arange_u16 as arange_i16, arange_u32 as arange_i32, arange_u64 as arange_i64 };
