#include "planning.h"

namespace lanewise {

/** { n, scalars }: the parameter, its gradient and its moments, then the new parameter and moments */
bool planStep(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  bool adam = k.whole.rfind("adam_", 0) == 0, lion = k.whole.rfind("lion_", 0) == 0;
  if (!wants(k, w, adam ? 9 : lion ? 7 : 6, f)) return false;
  uint64_t bytes = bytesOf({w[0]}, k.sizes[0]);
  p.needs = {{"the parameter", bytes}, {"the gradient", bytes}, {"the first moment", bytes}};
  if (adam) p.needs.push_back({"the second moment", bytes});
  p.needs.push_back({"the new parameter", bytes, true});
  p.needs.push_back({"the new first moment", bytes, true});
  if (adam) p.needs.push_back({"the new second moment", bytes, true});
  p.empty = w[0] == 0;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(w[0], p.threads.x);
  return true;
}

}  // namespace lanewise
