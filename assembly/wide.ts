// What the build `revectorised` adds to `relaxed`: the f32 matrix products on the wide tile. Their names are those of index.ts, and
// so are their results.
export { gemm_f32, gemm_f16, gemm_bf16, gemm_f32_f16, gemm_f16_f32, gemm_f32_bf16, gemm_bf16_f32 } from './matmul';
export { conv_gemm_f32, conv_gemm_f16, conv_gemm_bf16, conv_prepare_f32, conv_winograd_f32 } from './conv';
