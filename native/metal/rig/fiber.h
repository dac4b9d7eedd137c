// Lanes as fibers: a stack each, switched by hand. x86-64, System V.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace rig {

class Fiber {
 public:
  explicit Fiber(void (*main)());
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  bool holds(const void* p) const { return p >= stack_ && p < stack_ + kStack; }
  /** Goes into the fiber; comes back when it calls `leave` */
  void enter(void** home);
  void leave(void* home);

 private:
  static constexpr size_t kStack = 256 * 1024;
  char* stack_;
  void* top_;
};

}  // namespace rig
