#include "planning.h"

namespace lanewise {

/** { outer, n, inner, reverse, inclusive }: of [outer, n, inner] along n */
bool planScan(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kMaxWidth = 32, kMaxThreads = 256;
  if (!wants(k, w, 5, f)) return false;
  uint32_t outer = w[0], n = w[1], inner = w[2];
  uint64_t bytes = bytesOf({outer, n, inner}, k.sizes[0]);
  p.needs = {{"a", bytes}, {"output", bytes, true}};
  p.empty = bytes == 0;
  uint32_t width = 1;
  while (width < kMaxWidth && width < inner) width *= 2;
  // a thread takes twice of what rowThreads reckons with
  p.threads.x = std::min(rowThreads(uint64_t{n} * width / 2, maxThreads), kMaxThreads);
  p.groups = {groupsFor(inner, width), 1, outer};
  return true;
}

}  // namespace lanewise
