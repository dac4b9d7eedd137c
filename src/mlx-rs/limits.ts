/** Largest finite values. */
export const finfo = {
  float16: 65504,
  float32: 3.4028234663852886e38,
  bfloat16: 3.3895313892515355e38,
  complex64: 3.4028234663852886e38,
} as const;
