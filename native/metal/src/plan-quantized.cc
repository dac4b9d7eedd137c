#include "planning.h"

namespace lanewise {
namespace {

using std::string;

struct Format {
  const char* name;
  /** of a block; affine codes: of a 32-bit word */
  uint32_t elements, bytes;
  bool affine;
};
const Format kFormats[] = {{"affine2", 16, 4, true},    {"affine4", 8, 4, true},     {"affine8", 4, 4, true},     {"q4_0", 32, 18, false},
                           {"q4_1", 32, 20, false},     {"q5_0", 32, 22, false},     {"q5_1", 32, 24, false},     {"q8_0", 32, 34, false},
                           {"q4_k", 256, 144, false},   {"q5_k", 256, 176, false},   {"q6_k", 256, 210, false}};

const Format* formatOf(const string& kernel) {
  for (const Format& f : kFormats)
    if (kernel.find(string("_") + f.name + "_") != string::npos) return &f;
  return nullptr;
}

constexpr uint32_t kStripe = 16, kPiece = 8;

/** One thread for each of `n` items. */
void planItems(uint64_t n, uint32_t maxThreads, Plan& p) {
  p.empty = n == 0;
  p.threads.x = std::min(maxThreads, 256u);
  p.groups.x = groupsFor(n, p.threads.x);
}
bool takesGroups(const KernelName& k, uint32_t group, Failure& f) {
  if (group == 32 || group == 64 || group == 128) return true;
  return f.set(code::kArgument, "[" + k.whole + "] takes groups of 32, 64 or 128, got " + std::to_string(group));
}
/** All elements of a matrix: { pieces of eight }, of affine codes with their group. */
bool planDecode(const KernelName& k, const Format& format, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, format.affine ? 2 : 1, f)) return false;
  if (format.affine && !takesGroups(k, w[1], f)) return false;
  uint64_t elements = uint64_t{w[0]} * kPiece;
  uint32_t whole = format.affine ? w[1] : format.elements, size = k.sizes[0];
  if (elements % whole != 0)
    return f.set(code::kArgument, "[" + k.whole + "] takes a multiple of " + std::to_string(whole) + " elements, got " + std::to_string(elements));
  p.needs = {{"w", elements / format.elements * format.bytes}};
  if (format.affine)
    for (const char* name : {"scales", "biases"}) p.needs.push_back({name, elements / whole * size});
  p.needs.push_back({"output", elements * size, true});
  planItems(w[0], maxThreads, p);
  return true;
}
/** { rows, blocks of a row, rows of the matrix } */
bool planUnstripe(const KernelName& k, const Format& format, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  if (!wants(k, w, 3, f)) return false;
  uint64_t stripes = (uint64_t{w[2]} + kStripe - 1) / kStripe;
  p.needs = {{"w", bytesOf({stripes, kStripe, w[1]}, format.bytes)},
             {"rows", uint64_t{w[0]} * 4},
             {"output", bytesOf({w[0], w[1]}, format.bytes), true}};
  planItems(uint64_t{w[0]} * w[1] * format.bytes / 2, maxThreads, p);
  return true;
}

}  // namespace

/** x (m, k) times a matrix (n, k) transposed: { m, n, k }, of affine codes with their group. Stripes are of sixteen rows, the last filled up. */
bool planQuantized(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f) {
  constexpr uint32_t kTile = 32, kThreads = 128, kRowsPerSimd = 4;
  const Format* format = formatOf(k.whole);
  if (!format) return f.set(code::kPipeline, "[" + k.whole + "] is of no format that Metal knows");
  if (k.whole.rfind("quantized_decode_", 0) == 0) return planDecode(k, *format, w, maxThreads, p, f);
  if (k.whole.rfind("quantized_unstripe_", 0) == 0) return planUnstripe(k, *format, w, maxThreads, p, f);
  if (!wants(k, w, format->affine ? 4 : 3, f)) return false;
  uint32_t m = w[0], n = w[1], depth = w[2], size = k.sizes[0];
  uint32_t group = format->affine ? w[3] : format->elements;
  if (format->affine && !takesGroups(k, group, f)) return false;
  if (depth % group != 0)
    return f.set(code::kArgument, "[" + k.whole + "] takes rows of a multiple of " + std::to_string(group) + " elements, got " +
                                      std::to_string(depth));
  bool stripes = k.whole.find("_stripes_") != string::npos;
  uint64_t rows = stripes ? (uint64_t{n} + kStripe - 1) / kStripe * kStripe : n;
  p.empty = m == 0 || n == 0;
  p.needs = {{"x", bytesOf({m, depth}, size)}, {"w", bytesOf({rows, depth / format->elements}, format->bytes)}};
  if (format->affine)
    for (const char* name : {"scales", "biases"}) p.needs.push_back({name, bytesOf({n, depth / group}, size)});
  p.needs.push_back({"output", bytesOf({m, n}, size), true});
  if (k.whole.rfind("quantized_matvec_", 0) == 0) {
    p.threads.x = std::min(floorPower(maxThreads), 2 * kSimd);
    p.groups = {groupsFor(n, kRowsPerSimd * p.threads.x / kSimd), m, 1};
    return true;
  }
  if (maxThreads < kThreads) return f.set(code::kPipeline, "[" + k.whole + "] needs 128 threads, the pipeline has " + std::to_string(maxThreads));
  p.threads.x = kThreads;
  p.groups = {groupsFor(n, kTile), groupsFor(m, kTile), 1};
  return true;
}

}  // namespace lanewise
