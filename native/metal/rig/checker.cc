// The checker. Kernels are compiled with -fsanitize=thread, but the hooks that clang then calls are these, and no TSan runtime is
// linked: a shadow keeps for each byte who wrote and who read it last, so what is found does not depend on who happened to come first.
#include "dispatch.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <new>

namespace rig {
namespace {

// A tag: dispatch 10 bits, threadgroup 20, thread 10, barriers 14, simd barriers 9, and 1 that says "someone".
constexpr uint32_t kSerials = 1022;
std::atomic<uint64_t> dispatches{0};

uint64_t serialOf(uint64_t t) { return t >> 54; }
uint32_t groupOf(uint64_t t) { return (t >> 34) & 0xfffff; }
uint32_t threadOf(uint64_t t) { return (t >> 24) & 0x3ff; }
uint32_t epochOf(uint64_t t) { return (t >> 10) & 0x3fff; }
uint32_t simdEpochOf(uint64_t t) { return (t >> 1) & 0x1ff; }

/** Whether nothing orders two accesses of one dispatch, at least one of them a write. */
bool unordered(uint64_t a, uint64_t b) {
  if (!a || serialOf(a) != serialOf(b)) return false;
  if (groupOf(a) != groupOf(b)) return true;
  if (threadOf(a) == threadOf(b) || epochOf(a) != epochOf(b)) return false;
  return threadOf(a) / 32 != threadOf(b) / 32 || simdEpochOf(a) == simdEpochOf(b);
}

}  // namespace

Serial nextSerial() {
  uint64_t n = dispatches++;
  return {static_cast<uint32_t>(n % kSerials + 1), static_cast<uint32_t>(n / kSerials)};
}

Shadow::Shadow(size_t bytes) : size_(bytes * sizeof(Cell)) {
  void* m = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) throw std::bad_alloc();
  cells_ = static_cast<Cell*>(m);
}
Shadow::~Shadow() { munmap(cells_, size_); }
Cell* Shadow::cells(uint32_t era) {
  if (era != era_) madvise(cells_, size_, MADV_DONTNEED);
  era_ = era;
  return cells_;
}

void Dispatch::report(const std::string& kind, const std::string& what, const void* site) {
  if (found_.size() >= 16 || !reported_.insert({kind, site}).second) return;
  char where[160];
  const msl_lane& l = lane_->info;
  snprintf(where, sizeof where, " [kernel %s, threadgroup (%u,%u,%u), thread %u, ", launch_.kernel->name,
           l.threadgroup_position_in_grid.x, l.threadgroup_position_in_grid.y, l.threadgroup_position_in_grid.z,
           l.thread_index_in_threadgroup.x);
  found_.push_back(kind + ": " + what + where + placeOf(site) + "]");
}

uint64_t Dispatch::tag(const Region& r) const {
  const msl_lane& l = lane_->info;
  uint32_t simd = l.simdgroup_index_in_threadgroup.x;
  uint32_t epoch = r.threadgroup ? groupEpoch_ : deviceEpoch_;
  uint32_t simdEpoch = r.threadgroup ? simdGroupEpoch_[simd] : simdDeviceEpoch_[simd];
  return uint64_t{serial_} << 54 | uint64_t{group_ & 0xfffff} << 34 | uint64_t{l.thread_index_in_threadgroup.x} << 24 |
         uint64_t{epoch & 0x3fff} << 10 | uint64_t{simdEpoch & 0x1ff} << 1 | 1;
}

/** A lane's own stack, what it was launched with, and constants of the kernel file: nothing to check there. */
bool Dispatch::known(const char* p) const {
  auto inside = [p](const void* base, size_t n) { return p >= base && p < static_cast<const char*>(base) + n; };
  return fiber_->holds(p) || inside(&lane_->info, sizeof lane_->info) || inside(&arguments_, sizeof arguments_) ||
         inKernelImage(p);
}

void Dispatch::outside(const char* p, size_t bytes, bool write, const void* site) {
  std::string what = std::string(write ? "write" : "read") + " of " + std::to_string(bytes) + " bytes";
  const Region* nearest = nullptr;
  size_t best = ~size_t{0};
  for (const Region& r : regions_) {
    size_t far = p < r.base ? r.base - p : p < r.base + r.bytes ? 0 : p - (r.base + r.bytes);
    if (far >= best) continue;
    best = far;
    nearest = &r;
  }
  if (nearest)
    what += " at offset " + std::to_string(static_cast<long>(p - nearest->base)) + " of " + nearest->name + ", which has " +
            std::to_string(nearest->bytes);
  report("out-of-bounds", what, site);
  stop();
}

void Dispatch::access(char* p, size_t bytes, bool write, bool atomic, bool aligned, const void* site) {
  Region* r = last_;
  if (!r || !r->holds(p, bytes)) {
    if (fiber_->holds(p)) return;
    r = nullptr;
    for (Region& q : regions_)
      if (q.holds(p, bytes)) {
        r = &q;
        break;
      }
    if (!r) {
      if (known(p)) return;
      outside(p, bytes, write, site);
    }
    last_ = r;
  }
  long at = p - r->base;
  if (aligned && (reinterpret_cast<uintptr_t>(p) & (bytes - 1))) {
    report("misaligned", std::to_string(bytes) + " bytes at offset " + std::to_string(at) + " of " + r->name, site);
    stop();
  }
  if (write && r->readOnly) {
    // a call may write over an operand: then the same bytes are bound to be written as well
    auto bound = std::find_if(regions_.begin(), regions_.end(), [&](const Region& q) { return !q.readOnly && q.holds(p, bytes); });
    if (bound == regions_.end()) report("write-to-constant", r->name, site);
  }
  if (!r->cells || atomic) return;
  uint64_t me = tag(*r);
  auto others = [&](uint64_t t) {
    if (r->threadgroup && groupOf(t) != groupOf(me)) return false;  // left by another group in the same memory
    return unordered(t, me);
  };
  auto race = [&](const char* kind, long byte, uint64_t t) {
    report("data-race",
           std::string(kind) + " at byte " + std::to_string(byte) + " of " + r->name + ", with thread " +
               std::to_string(threadOf(t)) + " of " + (groupOf(t) == groupOf(me) ? "the same" : "another") + " threadgroup",
           site);
  };
  for (size_t i = 0; i < bytes; i++) {
    Cell& c = r->cells[at + i];
    if (others(c.writer)) race(write ? "write after write" : "read after write", at + i, c.writer);
    if (write) {
      if (others(c.reader)) race("write after read", at + i, c.reader);
      else if (others(c.reader2)) race("write after read", at + i, c.reader2);
      c.writer = me;
    } else {
      bool written = serialOf(c.writer) == serialOf(me) && groupOf(c.writer) == groupOf(me);
      if (r->threadgroup && !written)
        report("uninitialised", "read of byte " + std::to_string(at + i) + " of " + r->name + ", which nobody wrote", site);
      // a reader of this moment is kept beside one of another thread, so that a write by either of the two is seen
      if (threadOf(c.reader) == threadOf(me) && groupOf(c.reader) == groupOf(me)) c.reader = me;
      else if (others(c.reader)) c.reader2 = me;
      else c.reader = me;
    }
  }
}

}  // namespace rig

// ---- the hooks of -fsanitize=thread

namespace {
inline void touch(const volatile void* p, size_t n, bool write, const void* site, bool aligned = true, bool atomic = false) {
  if (rig::Dispatch* d = rig::Dispatch::current)
    d->access(static_cast<char*>(const_cast<void*>(p)), n, write, atomic, aligned, site);
}
}  // namespace

#define HOOK extern "C" RIG_API
#define SITE __builtin_return_address(0)
HOOK void __tsan_init() {}
HOOK void __tsan_func_entry(void*) {}
HOOK void __tsan_func_exit() {}
#define ACCESS(n)                                                                        \
  HOOK void __tsan_read##n(void* p) { touch(p, n, false, SITE); }                        \
  HOOK void __tsan_write##n(void* p) { touch(p, n, true, SITE); }                        \
  HOOK void __tsan_unaligned_read##n(void* p) { touch(p, n, false, SITE, false); }       \
  HOOK void __tsan_unaligned_write##n(void* p) { touch(p, n, true, SITE, false); }       \
  HOOK void __tsan_read_write##n(void* p) {                                              \
    touch(p, n, false, SITE);                                                            \
    touch(p, n, true, SITE);                                                             \
  }                                                                                      \
  HOOK void __tsan_unaligned_read_write##n(void* p) {                                    \
    touch(p, n, false, SITE, false);                                                     \
    touch(p, n, true, SITE, false);                                                      \
  }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
HOOK void* __tsan_memcpy(void* to, const void* from, size_t n) {
  if (n) {
    touch(from, n, false, SITE, false);
    touch(to, n, true, SITE, false);
  }
  return memcpy(to, from, n);
}
HOOK void* __tsan_memmove(void* to, const void* from, size_t n) {
  if (n) {
    touch(from, n, false, SITE, false);
    touch(to, n, true, SITE, false);
  }
  return memmove(to, from, n);
}
HOOK void* __tsan_memset(void* to, int v, size_t n) {
  if (n) touch(to, n, true, SITE, false);
  return memset(to, v, n);
}
HOOK void __tsan_read_range(void* p, size_t n) {
  if (n) touch(p, n, false, SITE, false);
}
HOOK void __tsan_write_range(void* p, size_t n) {
  if (n) touch(p, n, true, SITE, false);
}
#define ATOMIC(name, value)                                                              \
  HOOK uint32_t __tsan_atomic32_##name(volatile uint32_t* p, uint32_t v, int) {          \
    touch(p, 4, true, SITE, true, true);                                                 \
    uint32_t x = *p;                                                                     \
    *p = (value);                                                                        \
    return x;                                                                            \
  }
ATOMIC(fetch_add, x + v)
ATOMIC(fetch_sub, x - v)
ATOMIC(fetch_and, x& v)
ATOMIC(fetch_or, x | v)
ATOMIC(fetch_xor, x ^ v)
ATOMIC(exchange, v)
HOOK uint32_t __tsan_atomic32_load(const volatile uint32_t* p, int) {
  touch(p, 4, false, SITE, true, true);
  return *p;
}
HOOK void __tsan_atomic32_store(volatile uint32_t* p, uint32_t v, int) {
  touch(p, 4, true, SITE, true, true);
  *p = v;
}
HOOK uint32_t __tsan_atomic32_compare_exchange_val(volatile uint32_t* p, uint32_t expected, uint32_t v, int, int) {
  touch(p, 4, true, SITE, true, true);
  uint32_t x = *p;
  if (x == expected) *p = v;
  return x;
}
