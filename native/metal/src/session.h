// The plain C++ face of session.mm, the only file that talks to Metal. Nothing here throws.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"

namespace lanewise {

struct Size3 {
  uint32_t x = 1, y = 1, z = 1;
};
/** Bytes of the heap that a kernel touches. */
struct Range {
  uint64_t offset = 0, bytes = 0;
  bool written = false;
};
struct Dispatch {
  uint32_t pipeline = 0;
  /** bound to 0, 1, 2, ...; the constants come after the last */
  std::vector<Range> ranges;
  const void* constants = nullptr;
  size_t constantBytes = 0;
  Size3 groups, threads;
};
struct DeviceInfo {
  std::string name;
  /** the rig's software device, not a GPU */
  bool emulated = false;
  uint64_t maxBufferLength = 0, workingSet = 0;
};
struct SessionCounts {
  uint64_t dispatches = 0, commits = 0, waits = 0, wraps = 0, copiedIn = 0, copiedOut = 0, scratchBytes = 0;
};

/** Command buffers that were committed. */
class Work {
 public:
  virtual ~Work() = default;
  /** From any thread, also more than once. */
  virtual bool wait(Failure& failure) noexcept = 0;
};
using Works = std::vector<std::shared_ptr<Work>>;

/** One for each JavaScript environment, used on its thread. */
class Session {
 public:
  /** Waits for all that is in flight. */
  virtual ~Session() = default;
  static std::unique_ptr<Session> open(Failure& failure) noexcept;

  virtual const DeviceInfo& info() const noexcept = 0;
  virtual SessionCounts counts() const noexcept = 0;
  /** Compiles the library of a family; a second call for the same family replaces it. */
  virtual bool compile(const std::string& family, const std::string& source, Failure& failure) noexcept = 0;
  virtual bool pipeline(const std::string& family, const std::string& kernel, uint32_t& number, uint32_t& maxThreads,
                        Failure& failure) noexcept = 0;
  /**
   * The heap from now on. `copying`: kernels work on copies of the ranges they name, which are brought back by `settle`; else the heap
   * is wrapped, and copied only where the device refuses that.
   */
  virtual void attach(void* base, size_t bytes, bool copying) noexcept = 0;
  virtual bool copies() const noexcept = 0;
  /** Appends to the open command buffer. Nothing waits, but for copies that overlap what is in flight. */
  virtual bool encode(const Dispatch& dispatch, Failure& failure) noexcept = 0;
  /** Whether nothing is encoded or in flight. */
  virtual bool idle() const noexcept = 0;
  /** Commits what is open; `failure` is of work that was waited for to make room. @returns all that is in flight, the oldest first */
  virtual Works commit(Failure& failure) noexcept = 0;
  /** Brings back what `works` wrote, once they were waited for, and forgets them. */
  virtual void settle(const Works& works) noexcept = 0;
  /** Commits, waits for everything, settles. @returns false with the first failure since the last call */
  virtual bool finish(Failure& failure) noexcept = 0;
};

}  // namespace lanewise
