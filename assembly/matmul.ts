// Matrix products by dtype; the work is in matmul-panels (packed blocks) and matmul-vector (few rows).
import { gemm } from './matmul-panels';
import { arrange, dotRows, sumRows } from './matmul-vector';

// C = A B, or C += A B; a second dtype is that of B
export function gemm_f32(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<f32, f32, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_f16(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<i16, i16, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_bf16(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<u16, u16, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_f64(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<f64, f64, f64>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_f32_f16(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<f32, i16, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_f16_f32(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<i16, f32, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_f32_bf16(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<f32, u16, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}
export function gemm_bf16_f32(M: i32, N: i32, K: i32, a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, ldc: usize, w: usize, add: bool): void {
  gemm<u16, f32, f32>(M, N, K, a, ars, acs, b, brs, bcs, c, ldc, w, add);
}

// y[M,N] = x[M,K] W[N,K]^T, rows of y `ly` bytes apart; `s`: room for M * K f32
export function gemv_rows_f32(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize, s: usize): void {
  dotRows<f32>(M, N, K, arrange<f32>(M, K, x, s), w, ld, y, ly);
}
export function gemv_rows_f16(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize, s: usize): void {
  dotRows<i16>(M, N, K, arrange<i16>(M, K, x, s), w, ld, y, ly);
}
export function gemv_rows_bf16(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize, s: usize): void {
  dotRows<u16>(M, N, K, arrange<u16>(M, K, x, s), w, ld, y, ly);
}

// @ts-ignore: decorator
@inline
function columns<T>(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize): void {
  for (let m = 0; m < M; m++) memory.fill(y + <usize>m * ly, 0, <usize>N << 2);
  sumRows<T>(M, N, K, x, <usize>K << 2, w, ld, y, ly);
}
// y[M,N] = x[M,K] W[K,N], rows of y `ly` bytes apart
export function gemv_columns_f32(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize): void {
  columns<f32>(M, N, K, x, w, ld, y, ly);
}
export function gemv_columns_f16(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize): void {
  columns<i16>(M, N, K, x, w, ld, y, ly);
}
export function gemv_columns_bf16(M: i32, N: i32, K: i32, x: usize, w: usize, ld: usize, y: usize, ly: usize): void {
  columns<u16>(M, N, K, x, w, ld, y, ly);
}

/** Complex values from three real products: (x - y, z). */
export function complex_join(n: i32, x: usize, y: usize, z: usize, o: usize): void {
  for (; n > 0; n--) {
    store<f32>(o, load<f32>(x) - load<f32>(y));
    store<f32>(o, load<f32>(z), 4);
    x += 4;
    y += 4;
    z += 4;
    o += 8;
  }
}
