// What a kernel will touch and how it is launched, worked out from its constants before anything is encoded.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "failure.h"
#include "session.h"

namespace lanewise {

/** Bytes that a kernel needs of one buffer. */
struct Need {
  const char* name;
  uint64_t bytes;
  bool written = false;
};
struct Plan {
  std::vector<Need> needs;
  Size3 groups, threads;
  /** there is no element to compute */
  bool empty = false;
};

/** The constants of a call: 32-bit words, as the kernel's struct has them. */
class Words {
 public:
  Words(const uint32_t* words, size_t count) : words_(words), count_(count) {}
  uint32_t operator[](size_t i) const { return words_[i]; }
  int32_t signedAt(size_t i) const { return static_cast<int32_t>(words_[i]); }
  size_t count() const { return count_; }

 private:
  const uint32_t* words_;
  size_t count_;
};

/** A kernel as its name says it: `unary_exp_f32_strided`. */
struct KernelName {
  std::string whole;
  /** bytes of an element, for each dtype in the name */
  std::vector<uint32_t> sizes;
  bool strided = false;
};

/** @param maxThreads what the pipeline allows in a threadgroup */
using Planner = bool (*)(const KernelName& kernel, const Words& words, uint32_t maxThreads, Plan& plan, Failure& failure);

struct Family {
  /** the file in kernels/; null: JavaScript defines its source */
  const char* file;
  /** what names of its kernels begin with */
  const char* prefix;
  Planner planner;
  /** a pattern of the names that it has of that prefix; null: all */
  const char* only = nullptr;
};

/** The family of a kernel; null when the name belongs to none. */
const Family* familyOf(const std::string& kernel);
/** @returns false when the name has no dtype that Metal knows */
bool parse(const std::string& kernel, KernelName& out);
/** Plans the call and compares with the bytes that were given. */
bool plan(const Family& family, const KernelName& kernel, const Words& words, const std::vector<Range>& given, uint32_t maxThreads,
          Plan& out, Failure& failure);

}  // namespace lanewise
