// Compiles MSL for the CPU and runs it, one fiber a lane, under a checker.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "include/msl/abi.h"

#ifndef RIG_API
#define RIG_API __attribute__((visibility("default")))
#endif

namespace rig {

/** In which order the lanes of a threadgroup start and go on. A right kernel gives the same for all. */
enum class Order { Forward, Reverse, Shuffled };

struct Options {
  bool check = true;
  Order order = Order::Forward;
  uint32_t seed = 1;
};

/** Who touched a byte last: a writer and up to two readers, each as a tag (checker.cc). */
struct Cell {
  uint64_t writer, reader, reader2;
};
/** One `Cell` for each byte of a buffer; pages of it come into being when they are touched. */
class RIG_API Shadow {
 public:
  explicit Shadow(size_t bytes);
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;
  /** Tags name dispatches by a short number: forgets all when that number starts again. */
  Cell* cells(uint32_t era);

 private:
  Cell* cells_;
  size_t size_;
  uint32_t era_ = 0;
};

struct Binding {
  char* data = nullptr;
  size_t bytes = 0;
  Shadow* shadow = nullptr;
  /** where `data` lies in what the shadow covers */
  size_t shadowOffset = 0;
};

struct Launch {
  const msl_kernel* kernel = nullptr;
  Binding buffers[31];
  size_t threadgroupBytes[31] = {};
  msl_u3 groups{1, 1, 1}, threads{1, 1, 1};
};

/** Runs a kernel to its end or to the first fault that ends it. @returns what was found; empty is good */
RIG_API std::vector<std::string> run(const Launch& launch, const Options& options);

struct RIG_API Library {
  /** ends with a kernel without name; null when compiling failed, and then `error` says why */
  const msl_kernel* kernels = nullptr;
  std::string error;
  const msl_kernel* find(const std::string& name) const;
};
/** The same source and options give the same library: it is compiled once a machine and loaded once a process. */
RIG_API Library compile(const std::string& source, const std::string& file, bool check);

}  // namespace rig
