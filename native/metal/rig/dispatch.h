// One dispatch as scheduler (dispatch.cc) and checker (checker.cc) share it.
#pragma once
#include <memory>
#include <random>
#include <set>

#include "fiber.h"
#include "runner.h"

namespace rig {

enum class LaneState { Fresh, Ready, AtBarrier, AtExchange, AtSimdBarrier, Done };

struct Lane {
  msl_lane info;
  LaneState state;
  Fiber* fiber;
  /** where in the kernel it waits, and on what */
  const void* site;
  int flags;
  uint32_t bytes;
  bool whole;
  alignas(16) char value[16];
  msl_exchange* answer;
};

/** Memory that a kernel may touch. */
struct Region {
  char* base;
  size_t bytes;
  Cell* cells;
  bool threadgroup, readOnly;
  std::string name;
  bool holds(const char* p, size_t n) const { return p >= base && p + n <= base + bytes; }
};

struct ThreadgroupMemory {
  std::vector<char> data;
  std::vector<Cell> cells;
  bool live = false;
};

class Dispatch {
 public:
  Dispatch(const Launch& launch, const Options& options, std::vector<std::string>& found);
  void run();

  // called on a lane's fiber
  void barrier(int flags, const void* site);
  void simdBarrier(int flags, const void* site);
  void exchange(const void* value, uint32_t bytes, bool whole, msl_exchange* answer, const void* site);
  void* threadgroupVariable(int id, size_t bytes, const char* name);
  void access(char* p, size_t bytes, bool write, bool atomic, bool aligned, const void* site);
  void report(const std::string& kind, const std::string& what, const void* site);
  /** Ends the dispatch from a lane that cannot go on. */
  [[noreturn]] void stop();

  static thread_local Dispatch* current;

 private:
  const Launch& launch_;
  const Options options_;
  std::vector<std::string>& found_;
  std::set<std::pair<std::string, const void*>> reported_;
  std::mt19937 random_;
  msl_arguments arguments_{};
  std::vector<Lane> lanes_;
  std::vector<uint32_t> order_;
  std::vector<std::vector<uint32_t>> simdOrder_;
  uint32_t started_ = 0;
  Lane* lane_ = nullptr;
  Fiber* fiber_ = nullptr;
  void* home_ = nullptr;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  bool stopped_ = false;

  std::vector<Region> regions_;
  size_t bufferRegions_ = 0;
  Region* last_ = nullptr;
  std::vector<std::unique_ptr<ThreadgroupMemory>> variables_, arguments2_;
  size_t threadgroupBytes_ = 0;
  uint32_t serial_ = 0, group_ = 0;
  /** barriers passed, for device and threadgroup memory, by the group and by each simd group */
  uint32_t deviceEpoch_ = 0, groupEpoch_ = 0;
  std::vector<uint32_t> simdDeviceEpoch_, simdGroupEpoch_;

  bool bind();
  void startGroup(msl_u3 at, msl_u3 groups, uint32_t index);
  void runGroup();
  bool startLanes();
  bool runSimdGroup(uint32_t simd);
  bool meet(uint32_t simd, bool partial);
  bool passBarrier();
  Fiber* freshFiber();
  void enter(Fiber* f);
  void leave() { fiber_->leave(home_); }
  void park(LaneState state, const void* site) {
    lane_->state = state;
    lane_->site = site;
    leave();
  }
  static void laneMain();
  ThreadgroupMemory& threadgroupMemory(std::vector<std::unique_ptr<ThreadgroupMemory>>& all, size_t id, size_t bytes,
                                       const std::string& name, const void* site);
  bool known(const char* p) const;
  [[noreturn]] void outside(const char* p, size_t bytes, bool write, const void* site);
  uint64_t tag(const Region& r) const;
};

/** Serial numbers of dispatches; `era` counts how often they started again. */
struct Serial {
  uint32_t number, era;
};
Serial nextSerial();
/** Source place of a call in a compiled kernel, "file.metal:12". */
std::string placeOf(const void* site);
/** Whether `p` lies in the static data of a compiled kernel. */
bool inKernelImage(const void* p);

}  // namespace rig
