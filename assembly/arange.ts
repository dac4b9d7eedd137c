// arange_<code>(n, start, step, o): element i is start + i * step. Floats are rounded once; integers truncate start and
// start + step first, as MLX does, and wrap.
import { storeOne } from './lanes';

// @ts-ignore: decorator
@inline
function floats<S, W>(n: i32, start: f64, step: f64, o: usize): void {
  for (let i = 0; i < n; i++) {
    storeOne<S, W>(o, <W>(start + <f64>i * step));
    o += sizeof<S>();
  }
}

// @ts-ignore: decorator
@inline
function integers<T>(n: i32, start: f64, step: f64, o: usize): void {
  const first = start < 0 ? <u64>(<i64>start) : <u64>start;
  const next = start + step;
  const second = next < 0 ? <u64>(<i64>next) : <u64>next;
  let x = first;
  for (let i = 0; i < n; i++) {
    store<T>(o, <T>x);
    x += second - first;
    o += sizeof<T>();
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
  floats<f32, f32>(n, start, step, o);
}
export function arange_f64(n: i32, start: f64, step: f64, o: usize): void {
  floats<f64, f64>(n, start, step, o);
}
export function arange_f16(n: i32, start: f64, step: f64, o: usize): void {
  floats<i16, f32>(n, start, step, o);
}
export function arange_bf16(n: i32, start: f64, step: f64, o: usize): void {
  floats<u16, f32>(n, start, step, o);
}
export function arange_c64(n: i32, start: f64, step: f64, o: usize): void {
  for (let i = 0; i < n; i++) {
    store<f32>(o, <f32>(start + <f64>i * step));
    store<f32>(o, 0, 4);
    o += 8;
  }
}

export { arange_u8 as arange_i8, arange_u16 as arange_i16, arange_u32 as arange_i32, arange_u64 as arange_i64 };
