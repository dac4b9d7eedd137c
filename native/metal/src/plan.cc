#include <regex>

#include "plan-attend.h"
#include "planning.h"

namespace lanewise {
namespace {

using std::string;

/** elements that a thread of a contiguous elementwise kernel computes */
constexpr uint64_t kPerThread = 4;

const char* operandName(uint32_t i) {
  static const char* names[] = {"a", "b", "c"};
  return i < 3 ? names[i] : "an operand";
}
/**
 * Contiguous: { n, and for each operand 1 or 0: it is walked, or one element for all }. Strided: { n, rank, dims[8], and for each
 * operand start, strides[8] }. The output is row-major.
 */
bool planElementwise(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f, uint32_t operands) {
  if (!wants(k, w, k.strided ? 2 + kMaxRank + operands * (1 + kMaxRank) : 1 + operands, f)) return false;
  uint64_t n = w[0];
  static const char* tests[] = {"isnan", "isinf", "isposinf", "isneginf", "logicalNot", "equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"};
  uint32_t out = k.sizes.back();
  for (const char* test : tests)  // these leave bool
    if (k.whole.find(string("_") + test + "_") != string::npos) out = 1;
  auto sizeOfOperand = [&](uint32_t i) { return k.sizes[std::min<size_t>(i, k.sizes.size() - 1)]; };
  if (!k.strided) {
    for (uint32_t i = 0; i < operands; i++) p.needs.push_back({operandName(i), (w[1 + i] ? n : 1) * sizeOfOperand(i)});
  } else {
    uint32_t rank = w[1], dims[kMaxRank];
    if (rank > kMaxRank) return f.set(code::kArgument, "[" + k.whole + "] walks up to 8 axes, got " + std::to_string(rank));
    uint64_t product = 1;
    for (uint32_t i = 0; i < rank; i++) product *= dims[i] = w[2 + i];
    if (product != n)
      return f.set(code::kArgument, "[" + k.whole + "] " + std::to_string(n) + " elements, but the dims make " + std::to_string(product));
    for (uint32_t i = 0; i < operands; i++) {
      if (n == 0) {
        p.needs.push_back({operandName(i), 0});
        continue;
      }
      size_t at = 2 + kMaxRank + i * (1 + kMaxRank);
      int32_t strides[kMaxRank];
      for (uint32_t j = 0; j < rank; j++) strides[j] = w.signedAt(at + 1 + j);
      if (!needWalk(k, operandName(i), dims, strides, rank, w[at], sizeOfOperand(i), p, f)) return false;
    }
  }
  p.empty = n == 0;
  p.needs.push_back({"output", n * out, true});
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(k.strided ? n : (n + kPerThread - 1) / kPerThread, p.threads.x);
  return true;
}
/** As a strided binary kernel, but its second walk is that of the output, of which the rest stays. */
bool planPlace(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  KernelName strided = k;
  strided.strided = true;
  if (!planElementwise(strided, w, maxThreads, p, f, 2)) return false;
  p.needs.pop_back();
  p.needs.back().name = "output";
  p.needs.back().written = true;
  return true;
}
/** Generated: `fused_NAME_f32_f16_f32` has the dtypes of its operands and of its output in the name. */
bool planFused(const KernelName& k, const Words& w, uint32_t m, Plan& p, Failure& f) {
  return planElementwise(k, w, m, p, f, static_cast<uint32_t>(k.sizes.size()) - 1);
}
bool planUnary(const KernelName& k, const Words& w, uint32_t m, Plan& p, Failure& f) { return planElementwise(k, w, m, p, f, 1); }
bool planBinary(const KernelName& k, const Words& w, uint32_t m, Plan& p, Failure& f) { return planElementwise(k, w, m, p, f, 2); }
/** The condition is of bytes, whatever is chosen between. */
bool planSelect(const KernelName& k, const Words& w, uint32_t m, Plan& p, Failure& f) {
  KernelName all = k;
  all.sizes = {1, k.sizes[0], k.sizes[0], k.sizes[0]};
  return planElementwise(all, w, m, p, f, 3);
}

/** { rows, n } */
bool planReduce(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 2, f)) return false;
  uint32_t out = k.whole.rfind("reduce_arg", 0) == 0 ? 4 : k.sizes.back();
  p.needs = {{"a", uint64_t{w[0]} * w[1] * k.sizes[0]}, {"output", uint64_t{w[0]} * out, true}};
  planRows(w[0], w[1], maxThreads, p);
  return true;
}
/** { rows, n } */
bool planSoftmax(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 2, f)) return false;
  uint64_t bytes = uint64_t{w[0]} * w[1] * k.sizes[0];
  bool one = k.whole.rfind("logsumexp", 0) == 0;
  p.needs = {{"a", bytes}, {"output", one ? uint64_t{w[0]} * k.sizes[0] : bytes, true}};
  planRows(w[0], w[1], maxThreads, p);
  p.empty |= w[1] == 0 && !one;
  return true;
}
/** { rows, n, smoothing }: a class below n for each row, which the host has looked at */
bool planCrossEntropy(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 3, f)) return false;
  bool grad = k.whole.rfind("cross_entropy_grad_", 0) == 0;
  uint64_t each = bytesOf({w[0]}, k.sizes[0]), all = bytesOf({w[0], w[1]}, k.sizes[0]);
  p.needs = {{"a", all}, {"classes", bytesOf({w[0]}, 4)}};
  if (grad) p.needs.push_back({"g", each});
  p.needs.push_back({"output", grad ? all : each, true});
  planRows(w[0], w[1], maxThreads, p);
  p.empty |= w[1] == 0;
  return true;
}
/** { rows, n, eps, has weight, has bias }; rms_norm has no bias. What is absent is bound to one element of anything. */
bool planNorm(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  bool layer = k.whole.rfind("layer_norm", 0) == 0;
  if (!wants(k, w, layer ? 5 : 4, f)) return false;
  uint64_t row = uint64_t{w[1]} * k.sizes[0], bytes = row * w[0];
  p.needs = {{"a", bytes}, {"weight", w[3] ? row : k.sizes[0]}};
  if (layer) p.needs.push_back({"bias", w[4] ? row : k.sizes[0]});
  p.needs.push_back({"output", bytes, true});
  planRows(w[0], w[1], maxThreads, p);
  p.empty |= w[1] == 0;
  return true;
}
/**
 * { m, n, k, batch rank, batch dims[4], and for a and b: start, row stride, column stride, batch strides[4] }. The output is row-major.
 */
bool planMatmul(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kTile = 32, kThreads = 128, kBatchRank = 4;
  if (!wants(k, w, 4 + kBatchRank + 2 * (3 + kBatchRank), f)) return false;
  uint64_t m = w[0], n = w[1], depth = w[2], batches = 1;
  uint32_t rank = w[3], size = k.sizes[0];
  if (rank > kBatchRank) return f.set(code::kArgument, "[" + k.whole + "] takes up to 4 axes of batches, got " + std::to_string(rank));
  uint32_t dims[kBatchRank + 2];
  for (uint32_t i = 0; i < rank; i++) batches *= dims[i] = w[4 + i];
  p.empty = m * n * batches == 0;
  for (int operand = 0; operand < 2; operand++) {
    size_t at = 4 + kBatchRank + operand * (3 + kBatchRank);
    int32_t strides[kBatchRank + 2];
    for (uint32_t i = 0; i < rank; i++) strides[i] = w.signedAt(at + 3 + i);
    strides[rank] = w.signedAt(at + 1);
    strides[rank + 1] = w.signedAt(at + 2);
    dims[rank] = operand ? static_cast<uint32_t>(depth) : static_cast<uint32_t>(m);
    dims[rank + 1] = operand ? static_cast<uint32_t>(n) : static_cast<uint32_t>(depth);
    const char* name = operand ? "b" : "a";
    if (p.empty || depth == 0) p.needs.push_back({name, 0});
    else if (!needWalk(k, name, dims, strides, rank + 2, w[at], size, p, f)) return false;
  }
  p.needs.push_back({"output", batches * m * n * size, true});
  if (maxThreads < kThreads) return f.set(code::kPipeline, "[" + k.whole + "] needs 128 threads, the pipeline has " + std::to_string(maxThreads));
  p.threads = {kThreads, 1, 1};
  p.groups = {groupsFor(n, kTile), groupsFor(m, kTile), static_cast<uint32_t>(batches)};
  return true;
}

/** { rows, n, row stride, column stride } */
bool planMatvec(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 4, f)) return false;
  uint64_t rows = w[0], n = w[1], size = k.sizes[0];
  uint64_t elements = rows && n ? (rows - 1) * w[2] + (n - 1) * w[3] + 1 : 0;
  p.needs = {{"a", elements * size}, {"x", n * size}, {"output", rows * size, true}};
  p.empty = rows == 0;
  p.threads.x = std::min(floorPower(maxThreads), 4 * kSimd);  // four rows a threadgroup
  p.groups.x = groupsFor(rows, p.threads.x / kSimd);
  return true;
}

/** The dtype follows the function: unary_abs_i32, unary_abs_i32_strided. */
const char kInteger[] = "^[a-z]+_[a-zA-Z0-9]+_[iu][0-9]+(_|$)";
/** Of two dtypes, one an integer of 8, 16 or 64 bits. */
const char kCast[] = "^copy_(?!([a-z0-9]+)_\\1(_|$)).*[iu](8|16|64)(_|$)";

const Family kFamilies[] = {
    {"integer", "unary_", planUnary, kInteger}, {"integer", "binary_", planBinary, kInteger}, {"cast", "copy_", planFused, kCast}, {"select", "select_", planSelect},
    {"fold", "fold_", planFold},            {"scan", "scan_", planScan},           {"quantized", "quantized_", planQuantized},
    {"optimizer", "adam_step_", planStep}, {"optimizer", "lion_step_", planStep}, {"optimizer", "sgd_step_", planStep},
    {"unary", "unary_", planUnary},       {"binary", "binary_", planBinary},   {"copy", "copy_", planFused},
    {"copy", "place_", planPlace},
    {"reduce", "reduce_", planReduce},    {"softmax", "softmax_", planSoftmax}, {"softmax", "log_softmax_", planSoftmax},
    {"softmax", "logsumexp_", planSoftmax}, {"softmax", "cross_entropy_", planCrossEntropy}, {"norm", "rms_norm_", planNorm},    {"norm", "layer_norm_", planNorm},
    {"matmul", "matmul_", planMatmul},       {"matvec", "matvec_", planMatvec},
    {nullptr, "fused_", planFused},
    {"attention_grad", "sdpa_grad_", planAttentionGradient},
    {"attention", "sdpa_merge_", planMerge}, {"attention", "sdpa_", planAttention},
    {"rope", "rope_", planRope},         {"indexing", "gather_", planGather},   {"indexing", "scatter_", planScatter},
    {"random", "random_bits_", planRandom}, {"sort", "argsort_runs_", planSortRuns}, {"sort", "argsort_merge_", planMergeRuns},
};

uint32_t sizeOf(const string& code) {
  static const std::pair<const char*, uint32_t> sizes[] = {{"b8", 1},  {"u8", 1},  {"i8", 1},  {"u16", 2}, {"i16", 2}, {"f16", 2},
                                                           {"bf16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4}, {"u64", 8}, {"i64", 8}};
  for (auto& [name, size] : sizes)
    if (code == name) return size;
  return 0;
}

}  // namespace

const Family* familyOf(const string& kernel) {
  for (const Family& f : kFamilies)
    if (kernel.rfind(f.prefix, 0) == 0 && (!f.only || std::regex_search(kernel, std::regex(f.only)))) return &f;
  return nullptr;
}

bool parse(const string& kernel, KernelName& out) {
  out = {};
  out.whole = kernel;
  for (size_t from = 0; from <= kernel.size();) {
    size_t end = std::min(kernel.find('_', from), kernel.size());
    string part = kernel.substr(from, end - from);
    if (uint32_t size = sizeOf(part)) out.sizes.push_back(size);
    out.strided |= part == "strided";
    from = end + 1;
  }
  return !out.sizes.empty();
}

bool plan(const Family& family, const KernelName& kernel, const Words& words, const std::vector<Range>& given, uint32_t maxThreads,
          Plan& out, Failure& failure) {
  if (!family.planner(kernel, words, maxThreads, out, failure)) return false;
  if (given.size() != out.needs.size())
    return failure.set(code::kArgument, "[" + kernel.whole + "] takes " + std::to_string(out.needs.size()) + " buffers, got " +
                                            std::to_string(given.size()));
  if (out.empty) return true;
  for (size_t i = 0; i < given.size(); i++) {
    const Need& need = out.needs[i];
    if (need.bytes > given[i].bytes)
      return failure.set(code::kBounds, "[" + kernel.whole + "] needs " + std::to_string(need.bytes) + " bytes of " + need.name +
                                            " (buffer " + std::to_string(i) + "), got " + std::to_string(given[i].bytes));
  }
  return true;
}

}  // namespace lanewise
