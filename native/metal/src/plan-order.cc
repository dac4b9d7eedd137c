#include "plan-attend.h"
#include "planning.h"

namespace lanewise {

/** { bytes, where the first of the two words of the key is, the step from it to the second } */
bool planRandom(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 3, f)) return false;
  const uint32_t dims[] = {2};
  const int32_t strides[] = {w.signedAt(2)};
  if (!needWalk(k, "key", dims, strides, 1, w[1], sizeof(uint32_t), p, f)) return false;
  p.needs.push_back({"output", w[0], true});
  p.empty = w[0] == 0;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor((uint64_t{w[0]} + 7) / 8, p.threads.x);  // a thread makes two words
  return true;
}

/** { rows, n } */
bool planSortRuns(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kBlock = 2048;
  if (!wants(k, w, 2, f)) return false;
  const uint64_t n = uint64_t{w[0]} * w[1];
  p.needs = {{"a", n * k.sizes[0]}, {"output", n * sizeof(uint32_t), true}};
  p.empty = n == 0;
  p.threads.x = rowThreads(uint64_t{std::min(w[1], kBlock)} * 2, maxThreads);  // a thread for each pair
  p.groups = {groupsFor(w[1], kBlock), w[0], 1};
  return true;
}

/** { rows, n, length of the runs that are sorted } */
bool planMergeRuns(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 3, f)) return false;
  if (w[2] == 0) return f.set(code::kArgument, "[" + k.whole + "] runs have elements, got 0");
  const uint64_t n = uint64_t{w[0]} * w[1], bytes = n * sizeof(uint32_t);
  p.needs = {{"a", n * k.sizes[0]}, {"order", bytes}, {"output", bytes, true}};
  p.empty = n == 0;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(n, p.threads.x);
  return true;
}

}  // namespace lanewise
