#include "plan-attend.h"

#include "planning.h"

namespace lanewise {

using std::string;

/**
 * { batches, key heads, query heads of each, queries, keys, depth of q and k, width of v, scale, causal, mask: 0 none, 1 bool, 2 added,
 * parts of the keys, and for q, k, v and mask: start, strides of batch, head, row and column }. The output is row-major; that of
 * sdpa_split has for each row and part the width sums, the largest score and the sum of weights.
 */
bool planAttention(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kTile = 32, kWide = 128, kThreads = 128, kDecodeThreads = 256, kDecodeWidth = 256, kHead = 11, kWalk = 5;
  if (!wants(k, w, kHead + 4 * kWalk, f)) return false;
  const uint32_t batches = w[0], heads = w[1], group = w[2], queries = w[3], keys = w[4], depth = w[5], width = w[6];
  const uint32_t size = k.sizes[0], mask = w[9], parts = w[10];
  const bool split = k.whole.rfind("sdpa_split", 0) == 0, decode = split || k.whole.rfind("sdpa_decode", 0) == 0;
  const uint64_t rows = uint64_t{group} * queries, results = rows * batches * heads;
  if (mask > 2) return f.set(code::kArgument, "[" + k.whole + "] the mask is 0, 1 or 2, got " + std::to_string(mask));
  if (parts == 0 || (parts > 1 && !split))
    return f.set(code::kArgument, "[" + k.whole + "] keys are in one part, or in more for sdpa_split, got " + std::to_string(parts));
  if (decode && (depth > kDecodeWidth || width > kDecodeWidth))
    return f.set(code::kArgument, "[" + k.whole + "] takes heads of up to 256, got " + std::to_string(depth) + " and " + std::to_string(width));
  p.empty = results * width == 0;
  const struct {
    const char* name;
    uint32_t heads, rows, columns, size;
  } operands[] = {{"q", heads * group, queries, depth, size},
                  {"k", heads, keys, depth, size},
                  {"v", heads, keys, width, size},
                  {"mask", heads * group, queries, keys, mask == 1 ? 1 : size}};
  for (int i = 0; i < 4; i++) {
    const auto& x = operands[i];
    const size_t at = kHead + i * kWalk;
    const uint32_t dims[] = {batches, x.heads, x.rows, x.columns};
    const int32_t strides[] = {w.signedAt(at + 1), w.signedAt(at + 2), w.signedAt(at + 3), w.signedAt(at + 4)};
    if (i == 3 && mask == 0) p.needs.push_back({x.name, x.size});
    else if (p.empty || x.rows == 0 || x.columns == 0) p.needs.push_back({x.name, 0});
    else if (!needWalk(k, x.name, dims, strides, 4, w[at], x.size, p, f)) return false;
  }
  p.needs.push_back({"output", split ? results * parts * (uint64_t{width} + 2) * sizeof(float) : results * width * size, true});
  if (!decode && maxThreads < kThreads)
    return f.set(code::kPipeline, "[" + k.whole + "] needs 128 threads, the pipeline has " + std::to_string(maxThreads));
  p.threads = {decode ? std::min(floorPower(maxThreads), kDecodeThreads) : kThreads, 1, 1};
  p.groups = {decode ? static_cast<uint32_t>(rows) : groupsFor(rows, kTile), decode ? parts : groupsFor(width, kWide), batches * heads};
  return true;
}

/** { rows, parts, width } */
bool planMerge(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 3, f)) return false;
  const uint64_t rows = w[0], parts = w[1], width = w[2];
  p.needs = {{"parts", rows * parts * (width + 2) * sizeof(float)}, {"output", rows * width * k.sizes[0], true}};
  p.empty = rows * width == 0;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(rows * width, p.threads.x);
  return true;
}

/**
 * { heads, length, features, dims, traditional, has freqs, heads to an entry of offsets or 0, offset, scale / (2 pi) as two floats whose
 * sum counts, base^(-2 / dims) likewise, rank of the axes that make the heads, axes[6], start, strides[8] of those axes, of the length and
 * of the features }. The output is row-major.
 */
bool planRope(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kAxes = 6, kHeads = 4, kRank = 12, kStart = kRank + 1 + kAxes;
  if (!wants(k, w, kStart + 1 + kAxes + 2, f)) return false;
  const uint32_t heads = w[0], length = w[1], features = w[2], dims = w[3], perOffset = w[6], rank = w[kRank], size = k.sizes[0];
  if (rank > kAxes) return f.set(code::kArgument, "[" + k.whole + "] takes up to 6 axes of heads, got " + std::to_string(rank));
  if (dims % 2 || dims > features)
    return f.set(code::kArgument, "[" + k.whole + "] turns an even number of up to " + std::to_string(features) + " features, got " +
                                      std::to_string(dims));
  uint32_t all[kAxes + 2];
  int32_t strides[kAxes + 2];
  uint64_t product = 1;
  for (uint32_t i = 0; i < rank; i++) product *= all[i] = w[kRank + 1 + i];
  if (product != heads)
    return f.set(code::kArgument, "[" + k.whole + "] " + std::to_string(heads) + " heads, but the axes make " + std::to_string(product));
  all[rank] = length;
  all[rank + 1] = features;
  for (uint32_t i = 0; i < rank + 2; i++) strides[i] = w.signedAt(kStart + 1 + i);
  const uint64_t n = product * length * features;
  p.empty = n == 0;
  if (p.empty) p.needs.push_back({"a", 0});
  else if (!needWalk(k, "a", all, strides, rank + 2, w[kStart], size, p, f)) return false;
  p.needs.push_back({"freqs", (w[5] ? dims / 2 : 1) * sizeof(float)});
  p.needs.push_back({"offsets", (perOffset ? groupsFor(heads, perOffset) : 1) * sizeof(int32_t)});
  p.needs.push_back({"output", n * size, true});
  const uint32_t items = features - dims / 2;
  p.threads.x = std::min(rowThreads(uint64_t{items} * 4, maxThreads), 256u);
  p.groups = {groupsFor(items, p.threads.x), length, groupsFor(heads, kHeads)};
  return true;
}

}  // namespace lanewise
