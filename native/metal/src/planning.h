// What planners share: launches, and how far a walk reaches.
#pragma once
#include <algorithm>
#include <initializer_list>

#include "plan.h"

namespace lanewise {

/** axes that a strided walk has at most */
constexpr uint32_t kMaxRank = 8;
constexpr uint32_t kSimd = 32;
inline uint32_t groupsFor(uint64_t items, uint32_t per) { return static_cast<uint32_t>((items + per - 1) / per); }
inline uint32_t floorPower(uint32_t n) {
  uint32_t p = 1;
  while (p * 2 <= n) p *= 2;
  return p;
}
/** Threads for `n` items a row: whole simd groups, a power of two of them, up to what the pipeline allows. */
inline uint32_t rowThreads(uint64_t n, uint32_t maxThreads) {
  uint32_t most = floorPower(std::min(maxThreads, 1024u)), t = kSimd;
  while (t < most && uint64_t{t} * 4 < n) t *= 2;
  return t;
}
/** Bytes of that many elements; as many as a number can say where they are more. */
inline uint64_t bytesOf(std::initializer_list<uint64_t> dims, uint64_t size) {
  for (uint64_t d : dims)
    if (d == 0) return 0;
  uint64_t bytes = size;
  for (uint64_t d : dims)
    if (__builtin_mul_overflow(bytes, d, &bytes)) return UINT64_MAX;
  return bytes;
}
inline bool wants(const KernelName& k, const Words& w, size_t count, Failure& f) {
  if (w.count() == count) return true;
  return f.set(code::kArgument,
               "[" + k.whole + "] takes " + std::to_string(count) + " words of constants, got " + std::to_string(w.count()));
}

/**
 * Elements that a walk reaches: `start` and, for each axis, up to (dim - 1) * stride more, or less.
 * @returns the highest index + 1, or -1 where the walk leaves the buffer at its beginning
 */
inline int64_t reach(const uint32_t* dims, const int32_t* strides, uint32_t rank, uint32_t start) {
  int64_t low = start, high = start;
  for (uint32_t i = 0; i < rank; i++) {
    int64_t by = (static_cast<int64_t>(dims[i]) - 1) * strides[i];
    (by < 0 ? low : high) += by;
  }
  return low < 0 ? -1 : high + 1;
}
inline bool needWalk(const KernelName& k, const char* name, const uint32_t* dims, const int32_t* strides, uint32_t rank,
                     uint32_t start, uint32_t size, Plan& p, Failure& f) {
  int64_t elements = reach(dims, strides, rank, start);
  if (elements < 0) return f.set(code::kBounds, "[" + k.whole + "] the strides of " + name + " lead before its first element");
  p.needs.push_back({name, static_cast<uint64_t>(elements) * size});
  return true;
}

/** Rows of n, one threadgroup each. */
inline void planRows(uint32_t rows, uint32_t n, uint32_t maxThreads, Plan& p) {
  p.empty = rows == 0;
  p.groups.x = rows;
  p.threads.x = rowThreads(n, maxThreads);
}

// Planners that have files of their own.
bool planFold(const KernelName& kernel, const Words& words, uint32_t maxThreads, Plan& plan, Failure& failure);
bool planQuantized(const KernelName& kernel, const Words& words, uint32_t maxThreads, Plan& plan, Failure& failure);
bool planScan(const KernelName& kernel, const Words& words, uint32_t maxThreads, Plan& plan, Failure& failure);
bool planStep(const KernelName& kernel, const Words& words, uint32_t maxThreads, Plan& plan, Failure& failure);

}  // namespace lanewise
