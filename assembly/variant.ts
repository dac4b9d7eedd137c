/** Whether this build uses relaxed instructions. */
export function is_relaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}
