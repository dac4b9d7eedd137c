#include "planning.h"

namespace lanewise {

/** { outer, n, inner, parts }: [outer, n, inner] to [outer, parts, inner]; ..Among: of a and [outer, parts, inner] places to [outer, inner] */
bool planFold(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kMaxWidth = 32, kMaxThreads = 256;
  if (!wants(k, w, 4, f)) return false;
  uint32_t outer = w[0], n = w[1], inner = w[2], parts = w[3];
  if (parts == 0) return f.set(code::kArgument, "[" + k.whole + "] takes at least 1 part, got 0");
  bool among = k.whole.find("Among_") != std::string::npos;
  uint64_t folded = bytesOf({outer, parts, inner}, k.sizes.back());
  p.empty = outer == 0 || inner == 0;
  p.needs.push_back({"a", bytesOf({outer, n, inner}, k.sizes[0])});
  if (among) {
    p.needs.push_back({"places", folded});
    p.needs.push_back({"output", bytesOf({outer, inner}, k.sizes.back()), true});
    p.threads.x = std::min(floorPower(maxThreads), kMaxThreads);
    p.groups.x = groupsFor(uint64_t{outer} * inner, p.threads.x);
    return true;
  }
  p.needs.push_back({"output", folded, true});
  uint32_t width = 1;
  while (width < kMaxWidth && width < inner) width *= 2;
  uint64_t rows = (uint64_t{n} + parts - 1) / parts;
  p.threads.x = std::min(rowThreads(rows * width, maxThreads), kMaxThreads);
  p.groups = {groupsFor(inner, width), parts, outer};
  return true;
}

}  // namespace lanewise
