#include "plan-attend.h"

#include "planning.h"

namespace lanewise {

using std::string;

namespace {

constexpr uint32_t kTile = 32, kWide = 128, kThreads = 128, kHead = 11, kWalk = 5;

/** What attention and its gradients begin with. */
struct Sizes {
  explicit Sizes(const Words& w)
      : batches(w[0]), heads(w[1]), group(w[2]), queries(w[3]), keys(w[4]), depth(w[5]), width(w[6]), mask(w[9]) {}
  uint32_t batches, heads, group, queries, keys, depth, width, mask;
  /** query rows of a key head, and of all */
  uint64_t rows() const { return uint64_t{group} * queries; }
  uint64_t allRows() const { return rows() * batches * heads; }
};
/** The walks of q, k, v and mask, and of the cotangents where there are five. */
bool needOperands(const KernelName& k, const Words& w, const Sizes& s, size_t count, Plan& p, Failure& f) {
  if (s.mask > 2) return f.set(code::kArgument, "[" + k.whole + "] the mask is 0, 1 or 2, got " + std::to_string(s.mask));
  const uint32_t size = k.sizes[0];
  const struct {
    const char* name;
    uint32_t heads, rows, columns, size;
  } operands[] = {{"q", s.heads * s.group, s.queries, s.depth, size},
                  {"k", s.heads, s.keys, s.depth, size},
                  {"v", s.heads, s.keys, s.width, size},
                  {"mask", s.heads * s.group, s.queries, s.keys, s.mask == 1 ? 1 : size},
                  {"g", s.heads * s.group, s.queries, s.width, size}};
  for (size_t i = 0; i < count; i++) {
    const auto& x = operands[i];
    const size_t at = kHead + i * kWalk;
    const uint32_t dims[] = {s.batches, x.heads, x.rows, x.columns};
    const int32_t strides[] = {w.signedAt(at + 1), w.signedAt(at + 2), w.signedAt(at + 3), w.signedAt(at + 4)};
    if (i == 3 && s.mask == 0) p.needs.push_back({x.name, x.size});
    else if (p.empty || x.rows == 0 || x.columns == 0) p.needs.push_back({x.name, 0});
    else if (!needWalk(k, x.name, dims, strides, 4, w[at], x.size, p, f)) return false;
  }
  return true;
}
bool hasThreads(const KernelName& k, uint32_t maxThreads, Failure& f) {
  if (maxThreads >= kThreads) return true;
  return f.set(code::kPipeline, "[" + k.whole + "] needs 128 threads, the pipeline has " + std::to_string(maxThreads));
}

}  // namespace

/**
 * { batches, key heads, query heads of each, queries, keys, depth of q and k, width of v, scale, causal, mask: 0 none, 1 bool, 2 added,
 * parts of the keys, and for q, k, v and mask: start, strides of batch, head, row and column }. The output is row-major; that of
 * sdpa_split has for each row and part the width sums, the largest score and the sum of weights.
 */
bool planAttention(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kDecodeThreads = 256, kDecodeWidth = 256;
  if (!wants(k, w, kHead + 4 * kWalk, f)) return false;
  const Sizes s(w);
  const uint32_t parts = w[10];
  const bool split = k.whole.rfind("sdpa_split", 0) == 0, decode = split || k.whole.rfind("sdpa_decode", 0) == 0;
  if (parts == 0 || (parts > 1 && !split))
    return f.set(code::kArgument, "[" + k.whole + "] keys are in one part, or in more for sdpa_split, got " + std::to_string(parts));
  if (decode && (s.depth > kDecodeWidth || s.width > kDecodeWidth))
    return f.set(code::kArgument, "[" + k.whole + "] takes heads of up to 256, got " + std::to_string(s.depth) + " and " + std::to_string(s.width));
  p.empty = s.allRows() * s.width == 0;
  if (!needOperands(k, w, s, 4, p, f)) return false;
  p.needs.push_back({"output", split ? s.allRows() * parts * (uint64_t{s.width} + 2) * sizeof(float) : s.allRows() * s.width * k.sizes[0], true});
  if (!decode && !hasThreads(k, maxThreads, f)) return false;
  p.threads = {decode ? std::min(floorPower(maxThreads), kDecodeThreads) : kThreads, 1, 1};
  p.groups = {decode ? static_cast<uint32_t>(s.rows()) : groupsFor(s.rows(), kTile), decode ? parts : groupsFor(s.width, kWide),
              s.batches * s.heads};
  return true;
}

/**
 * As attention, whose parts are 1, then of the cotangents start and strides. sdpa_grad_rows leaves three numbers a row, which the others
 * take; the output of these is float32: the gradients of queries, of keys and of values, row-major, one after the other.
 */
bool planAttentionGradient(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kFigures = 3;
  if (!wants(k, w, kHead + 5 * kWalk, f)) return false;
  const Sizes s(w);
  const bool rows = k.whole.rfind("sdpa_grad_rows", 0) == 0, queries = k.whole.rfind("sdpa_grad_queries", 0) == 0;
  const uint64_t heads = uint64_t{s.batches} * s.heads, lines = rows || queries ? s.rows() : s.keys;
  const uint32_t columns = rows ? kFigures : k.whole.rfind("sdpa_grad_values", 0) == 0 ? s.width : s.depth;
  const uint64_t figures = s.allRows() * kFigures;
  const uint64_t all = s.allRows() * s.depth + heads * s.keys * (uint64_t{s.depth} + s.width);
  p.empty = heads * lines * columns == 0;
  if (!needOperands(k, w, s, 5, p, f)) return false;
  p.needs.push_back({"figures", figures * sizeof(float), rows});
  if (!rows) p.needs.push_back({"output", all * sizeof(float), true});
  if (!hasThreads(k, maxThreads, f)) return false;
  p.threads = {kThreads, 1, 1};
  p.groups = {groupsFor(lines, kTile), groupsFor(columns, kWide), s.batches * s.heads};
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
