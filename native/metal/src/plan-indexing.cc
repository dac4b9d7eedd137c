#include "plan-attend.h"
#include "planning.h"

namespace lanewise {
namespace {

using std::string;

constexpr uint32_t kDims = 2 + kMaxRank, kWalk = 1 + kMaxRank;

/** Dims of a walk that begin with their count and the rank. */
bool readDims(const KernelName& k, const Words& w, uint32_t (&dims)[kMaxRank + 1], Failure& f) {
  const uint32_t rank = w[1];
  if (rank > kMaxRank) return f.set(code::kArgument, "[" + k.whole + "] walks up to 8 axes, got " + std::to_string(rank));
  uint64_t product = 1;
  for (uint32_t i = 0; i < rank; i++) product *= dims[i] = w[2 + i];
  if (product == w[0]) return true;
  return f.set(code::kArgument, "[" + k.whole + "] " + std::to_string(w[0]) + " elements, but the dims make " + std::to_string(product));
}
/** Needs what a walk reaches: its axes, then `times` steps of `next`, then `lowest` to `highest` elements from there. */
bool needSteps(const KernelName& k, const char* name, const uint32_t (&dims)[kMaxRank + 1], const Words& w, size_t at, uint32_t times,
               int32_t next, int64_t lowest, int64_t highest, uint32_t size, Plan& p, Failure& f) {
  const uint32_t rank = w[1];
  int64_t low = w[at] + lowest, high = w[at] + highest;
  for (uint32_t i = 0; i <= rank; i++) {
    int64_t by = (static_cast<int64_t>(i < rank ? dims[i] : times) - 1) * (i < rank ? w.signedAt(at + 1 + i) : next);
    (by < 0 ? low : high) += by;
  }
  if (low < 0) return f.set(code::kBounds, "[" + k.whole + "] " + name + " is walked to before its first element");
  p.needs.push_back({name, static_cast<uint64_t>(high + 1) * size});
  return true;
}

}  // namespace

/**
 * { n, rank, dims[8], start of a, strides[8], neighbours with one offset, offsets before they repeat, the lowest of them and the highest }.
 * The output is row-major.
 */
bool planGather(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kInner = kDims + kWalk;
  uint32_t dims[kMaxRank + 1];
  if (!wants(k, w, kInner + 4, f) || !readDims(k, w, dims, f)) return false;
  const uint32_t n = w[0], count = w[kInner + 1], size = k.sizes[0];
  p.empty = n == 0;
  if (!p.empty && (w[kInner] == 0 || count == 0))
    return f.set(code::kArgument, "[" + k.whole + "] elements need offsets, got " + std::to_string(count) + " for " + std::to_string(w[kInner]));
  if (p.empty) p.needs.push_back({"a", 0});
  else if (!needSteps(k, "a", dims, w, kDims, 1, 0, w.signedAt(kInner + 2), w.signedAt(kInner + 3), size, p, f)) return false;
  p.needs.push_back({"offsets", uint64_t{count} * sizeof(uint32_t)});
  p.needs.push_back({"output", uint64_t{n} * size, true});
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(n, p.threads.x);
  return true;
}

/**
 * { lines, rank, dims[8], for the output, what is scattered and the offsets: start, strides[8]; elements of a line, step between them, step
 * between their offsets, threads to a line, the lowest offset and the highest }. What is not scattered to stays.
 */
bool planScatter(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kCount = kDims + 3 * kWalk;
  uint32_t dims[kMaxRank + 1];
  if (!wants(k, w, kCount + 6, f) || !readDims(k, w, dims, f)) return false;
  const uint32_t lines = w[0], count = w[kCount], parts = w[kCount + 3], size = k.sizes[0];
  if (parts == 0) return f.set(code::kArgument, "[" + k.whole + "] a line needs a thread, got 0");
  p.empty = lines == 0 || count == 0;
  if (p.empty) {
    p.needs = {{"b", 0}, {"offsets", 0}, {"output", 0, true}};
    return true;
  }
  if (!needSteps(k, "b", dims, w, kDims + kWalk, count, w.signedAt(kCount + 1), 0, 0, size, p, f)) return false;
  if (!needSteps(k, "offsets", dims, w, kDims + 2 * kWalk, count, w.signedAt(kCount + 2), 0, 0, sizeof(uint32_t), p, f)) return false;
  if (!needSteps(k, "output", dims, w, kDims, 1, 0, w.signedAt(kCount + 4), w.signedAt(kCount + 5), size, p, f)) return false;
  p.needs.back().written = true;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(uint64_t{lines} * parts, p.threads.x);
  return true;
}

}  // namespace lanewise
