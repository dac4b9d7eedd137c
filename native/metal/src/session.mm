// The only file that talks to Metal. It compiles with Apple's clang (-fno-objc-arc) and, for the rig, with clang on gcc's Objective-C
// runtime. Its rules:
//   1. Every way in goes through `enter`: a pool outside and @try inside of it, because an exception does not pop a pool that it
//      passes, and Node's threads have no pool of their own.
//   2. No C++ try or catch: on gcc's runtime they are dead code in an Objective-C++ file.
//   3. Texts of errors become std::string before the pool closes.
#import <Metal/Metal.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "owned.h"
#include "session.h"

#ifdef LANEWISE_METAL_NO_POOL  // proves that the test for leaks can fail
#define LANEWISE_POOL
#else
#define LANEWISE_POOL @autoreleasepool
#endif

@protocol LanewiseBoundLength  // only the software device answers this: what a kernel may touch of the heap
- (void)setBoundLength:(NSUInteger)length atIndex:(NSUInteger)index;
@end

namespace lanewise {
namespace {

using Buffer = Owned<id<MTLBuffer>>;

constexpr size_t kPage = 16384;
/** dispatches in a command buffer before it is committed, so that the GPU starts while more are encoded */
constexpr uint32_t kBatch = 64;
constexpr size_t kInFlight = 8;
constexpr size_t kScratchLimit = 64 << 20;

std::string textOf(NSString* s) {
  const char* c = [s UTF8String];
  return c ? c : "no description";
}
NSString* toNSString(const std::string& s) { return [NSString stringWithUTF8String:s.c_str()]; }
MTLSize toMTLSize(Size3 s) { return MTLSizeMake(s.x, s.y, s.z); }

template <class R, class F>
R enter(Failure& failure, R failed, F body) noexcept {
  LANEWISE_POOL {
    @try {
      return body();
    } @catch (NSException* e) {
      failure.set(code::kInternal, "Metal raised " + textOf([e name]) + ": " + textOf([e reason]));
      return failed;
    }
  }
}
template <class F>
void enter(F body) noexcept {
  Failure ignored;
  enter(ignored, 0, [&] {
    body();
    return 0;
  });
}

const char* codeOf(NSInteger error) {
  switch (error) {
    case MTLCommandBufferErrorTimeout: return code::kTimeout;
    case MTLCommandBufferErrorOutOfMemory: return code::kMemory;
    case MTLCommandBufferErrorDeviceRemoved: return code::kLost;
    default: return code::kCommand;
  }
}

/** Device buffers for copies, kept for reuse up to a limit. Sizes are powers of two. */
class Scratch {
 public:
  Buffer take(id<MTLDevice> device, size_t bytes) {
    size_t size = kPage;
    while (size < bytes) size *= 2;
    auto spare = spare_.find(size);
    if (spare != spare_.end() && !spare->second.empty()) {
      Buffer b = std::move(spare->second.back());
      spare->second.pop_back();
      held_ -= size;
      return b;
    }
    return Buffer::adopt([device newBufferWithLength:size options:MTLResourceStorageModeShared]);
  }
  void give(Buffer b) {
    size_t size = [b.get() length];
    if (held_ + size > kScratchLimit) return;
    held_ += size;
    spare_[size].push_back(std::move(b));
  }
  size_t held() const { return held_; }

 private:
  std::map<size_t, std::vector<Buffer>> spare_;
  size_t held_ = 0;
};

/** A range of the heap on the device, where the heap itself is not. */
struct Copy {
  uint64_t offset, bytes;
  Buffer buffer;
  bool written;
  bool covers(const Range& r) const { return r.offset >= offset && r.offset + r.bytes <= offset + bytes; }
  bool overlaps(const Range& r) const { return r.offset < offset + bytes && offset < r.offset + r.bytes; }
};

class CommittedWork : public Work {
 public:
  CommittedWork(Owned<id<MTLCommandBuffer>> commands, std::vector<Copy> copies)
      : commands_(std::move(commands)), copies(std::move(copies)) {}
  // Work in flight is never dropped: its memory may go right after this.
  ~CommittedWork() override {
    Failure ignored;
    if (!waited_) wait(ignored);
    enter([&] {
      copies.clear();
      commands_ = {};
    });
  }
  bool wait(Failure& failure) noexcept override {
    return enter(failure, false, [&] {
      [commands_.get() waitUntilCompleted];
      waited_ = true;
      if ([commands_.get() status] != MTLCommandBufferStatusError) return true;
      NSError* e = [commands_.get() error];
      return failure.set(codeOf([e code]), "the command buffer failed: " + textOf([e localizedDescription]));
    });
  }
  bool isWaitedFor() const { return waited_; }

 private:
  Owned<id<MTLCommandBuffer>> commands_;
  std::atomic<bool> waited_{false};

 public:
  std::vector<Copy> copies;
};

class MetalSession : public Session {
 public:
  bool start(Failure& failure) noexcept {
    return enter(failure, false, [&] {
      device_ = Owned<id<MTLDevice>>::adopt(MTLCreateSystemDefaultDevice());
      if (!device_) return failure.set(code::kUnavailable, "this machine has no Metal device");
      id<MTLDevice> d = device_.get();
      info_.name = textOf([d name]);
      info_.emulated = info_.name == "msl-emulated-cpu";
      info_.maxBufferLength = [d maxBufferLength];
      info_.workingSet = [d recommendedMaxWorkingSetSize];
      if (![d hasUnifiedMemory] || ![d supportsFamily:MTLGPUFamilyApple7])
        return failure.set(code::kUnavailable, info_.name + " is not a GPU of Apple silicon (M1 or later)");
      queue_ = Owned<id<MTLCommandQueue>>::adopt([d newCommandQueue]);
      if (!queue_) return failure.set(code::kUnavailable, info_.name + " gives no command queue");
      return true;
    });
  }
  ~MetalSession() override {
    Failure ignored;
    finish(ignored);
    enter([&] {
      inFlight_.clear();
      windows_.clear();
      scratch_ = {};
      pipelines_.clear();
      libraries_.clear();
      queue_ = {};
      device_ = {};
    });
  }

  const DeviceInfo& info() const noexcept override { return info_; }
  SessionCounts counts() const noexcept override {
    SessionCounts c = counts_;
    c.scratchBytes = scratch_.held();
    return c;
  }
  bool copies() const noexcept override { return copying_; }

  bool compile(const std::string& family, const std::string& source, Failure& failure) noexcept override {
    return enter(failure, false, [&] {
      auto options = Owned<MTLCompileOptions*>::adopt([[MTLCompileOptions alloc] init]);
      options.get().languageVersion = MTLLanguageVersion3_0;
      options.get().fastMathEnabled = NO;  // NaN and infinities are values here
      NSError* e = nil;
      auto library = Owned<id<MTLLibrary>>::adopt([device_.get() newLibraryWithSource:toNSString(source)
                                                                              options:options.get()
                                                                                error:&e]);
      if (!library) return failure.set(code::kCompile, "kernels of '" + family + "': " + textOf([e localizedDescription]));
      libraries_[family] = library;
      return true;
    });
  }

  bool pipeline(const std::string& family, const std::string& kernel, uint32_t& number, uint32_t& maxThreads,
                Failure& failure) noexcept override {
    return enter(failure, false, [&] {
      auto library = libraries_.find(family);
      if (library == libraries_.end()) return failure.set(code::kPipeline, "family '" + family + "' is not compiled");
      auto function = Owned<id<MTLFunction>>::adopt([library->second.get() newFunctionWithName:toNSString(kernel)]);
      if (!function) return failure.set(code::kPipeline, "family '" + family + "' has no kernel " + kernel);
      NSError* e = nil;
      auto made = Owned<id<MTLComputePipelineState>>::adopt(
          [device_.get() newComputePipelineStateWithFunction:function.get() error:&e]);
      if (!made) return failure.set(code::kPipeline, "kernel " + kernel + ": " + textOf([e localizedDescription]));
      if ([made.get() threadExecutionWidth] != 32)
        return failure.set(code::kPipeline, "kernel " + kernel + ": simd groups of this device do not have 32 threads");
      maxThreads = static_cast<uint32_t>([made.get() maxTotalThreadsPerThreadgroup]);
      number = static_cast<uint32_t>(pipelines_.size());
      pipelines_.push_back(std::move(made));
      return true;
    });
  }

  void attach(void* base, size_t bytes, bool copying) noexcept override {
    enter([&] {
      base_ = static_cast<char*>(base);
      bytes_ = bytes;
      copying_ = copying || refused_;
      windows_.clear();  // command buffers in flight keep theirs
    });
  }

  bool encode(const Dispatch& d, Failure& failure) noexcept override {
    bool done = enter(failure, false, [&] { return append(d, failure); });
    if (!done && open_ && failure.code == code::kInternal) {  // an exception: whatever the encoder holds is in doubt
      deferred_.set(failure.code, failure.text);
      enter([&] { [encoder_.get() endEncoding]; });
      closeOpen();
    }
    return done;
  }

  bool idle() const noexcept override { return !open_ && inFlight_.empty(); }

  Works commit(Failure& failure) noexcept override {
    enter(failure, false, [&] {
      commitOpen();
      return true;
    });
    if (deferred_) failure.set(deferred_.code, deferred_.text);
    deferred_ = {};
    return {inFlight_.begin(), inFlight_.end()};
  }

  void settle(const Works& works) noexcept override {
    enter([&] {
      for (const auto& w : works) {
        auto it = std::find(inFlight_.begin(), inFlight_.end(), w);
        if (it == inFlight_.end()) continue;  // another wait settled it
        bringBack(static_cast<CommittedWork&>(*w));
        inFlight_.erase(it);
      }
    });
  }

  bool finish(Failure& failure) noexcept override {
    Works works = commit(failure);
    counts_.waits++;
    for (const auto& w : works) w->wait(failure);
    settle(works);
    return !failure;
  }

 private:
  Owned<id<MTLDevice>> device_;
  Owned<id<MTLCommandQueue>> queue_;
  DeviceInfo info_;
  SessionCounts counts_;
  std::unordered_map<std::string, Owned<id<MTLLibrary>>> libraries_;
  std::vector<Owned<id<MTLComputePipelineState>>> pipelines_;

  char* base_ = nullptr;
  size_t bytes_ = 0;
  bool copying_ = false, refused_ = false;
  /** wrappers of the heap by their number; a heap that one buffer can hold has one */
  std::unordered_map<uint64_t, Buffer> windows_;
  Scratch scratch_;

  Owned<id<MTLCommandBuffer>> commands_;
  Owned<id<MTLComputeCommandEncoder>> encoder_;
  bool open_ = false;
  uint32_t batched_ = 0;
  /** buffers that the open command buffer names */
  std::set<id> resident_;
  uint64_t residentBytes_ = 0;
  std::vector<Copy> copied_;
  std::deque<std::shared_ptr<Work>> inFlight_;
  /** of work that was waited for to make room, told at the next `commit` */
  Failure deferred_;

  struct Place {
    Buffer buffer;
    uint64_t offset;
  };

  Buffer wrap(uint64_t from, uint64_t bytes) {
    counts_.wraps++;
    return Buffer::adopt([device_.get() newBufferWithBytesNoCopy:base_ + from
                                                          length:bytes
                                                         options:MTLResourceStorageModeShared
                                                     deallocator:nil]);
  }

  /**
   * A wrapper that holds the range: half-overlapping windows where the heap is larger than a buffer may be, or than what may be resident:
   * a command buffer makes all of the buffers resident that it names.
   */
  bool placeInWindow(const Range& r, Place& place, Failure& failure) {
    uint64_t limit = info_.maxBufferLength / kPage * kPage;
    bool whole = bytes_ <= limit && bytes_ <= residentLimit();
    uint64_t window = std::min(limit, std::max<uint64_t>(residentLimit() / 4 / kPage, 2) * kPage);
    uint64_t step = whole ? 0 : window / 2 / kPage * kPage;
    uint64_t index = step ? r.offset / step : 0, from = index * step;
    uint64_t end = std::min<uint64_t>(bytes_, step ? from + window : bytes_);
    bool own = r.offset + r.bytes > end;  // too long for the window it begins in
    if (own) {
      from = r.offset / kPage * kPage;
      end = (r.offset + r.bytes + kPage - 1) / kPage * kPage;
      if (end - from > limit)
        return failure.set(code::kMemory, "a tensor of " + std::to_string(r.bytes) + " bytes, a buffer of this device holds " +
                                              std::to_string(info_.maxBufferLength));
    }
    auto known = own ? windows_.end() : windows_.find(index);
    place.offset = r.offset - from;
    if (known != windows_.end()) {
      place.buffer = known->second;
      return true;
    }
    place.buffer = wrap(from, end - from);
    if (!place.buffer) return false;
    if (!own) windows_[index] = place.buffer;
    return true;
  }

  /** Where the range lies on the device, copied there if no copy of this batch has it. */
  bool placeInCopy(const Range& r, Place& place, Failure& failure) {
    for (Copy& c : copied_) {
      if (!c.covers(r)) continue;
      c.written |= r.written;
      place = {c.buffer, r.offset - c.offset};
      return true;
    }
    Buffer b = scratch_.take(device_.get(), r.bytes);
    if (!b) return failure.set(code::kMemory, "the device has no buffer of " + std::to_string(r.bytes) + " bytes");
    memcpy([b.get() contents], base_ + r.offset, r.bytes);
    counts_.copiedIn += r.bytes;
    copied_.push_back({r.offset, r.bytes, b, r.written});
    place = {b, 0};
    return true;
  }

  bool overlapsCopies(const std::vector<Range>& ranges) const {
    for (const Range& r : ranges)
      for (const Copy& c : copied_)
        if (c.overlaps(r) && !c.covers(r)) return true;
    return false;
  }

  bool place(const Dispatch& d, std::vector<Place>& places, Failure& failure) {
    places.assign(d.ranges.size(), {});
    for (size_t i = 0; i < places.size() && !copying_; i++) {
      if (placeInWindow(d.ranges[i], places[i], failure)) continue;
      if (failure) return false;
      refused_ = copying_ = true;  // from here on with copies; what is in flight works on the heap itself
      if (!finish(failure)) return false;
    }
    if (!copying_) return true;
    if ((!inFlight_.empty() || overlapsCopies(d.ranges)) && !finish(failure)) return false;
    // the widest first, so that ranges inside of it find it
    std::vector<size_t> order(places.size());
    for (size_t i = 0; i < order.size(); i++) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return d.ranges[a].bytes > d.ranges[b].bytes; });
    for (size_t i : order)
      if (!placeInCopy(d.ranges[i], places[i], failure)) return false;
    return true;
  }

  /** What the device recommends; some say nothing. */
  uint64_t residentLimit() const { return info_.workingSet ? info_.workingSet : UINT64_MAX; }
  /** Commits what is open where one more call would make more resident than the device recommends. */
  void limitResidency(const std::vector<Place>& places) {
    if (copying_) return;  // copies have a limit of their own
    auto add = [&] {
      for (const Place& p : places)
        if (resident_.insert(p.buffer.get()).second) residentBytes_ += [p.buffer.get() length];
    };
    add();
    if (residentBytes_ <= residentLimit() || !open_) return;
    commitOpen();
    add();
  }

  bool append(const Dispatch& d, Failure& failure) {
    // everything that can fail comes before the encoder: no early return leaves one half filled
    std::vector<Place> places;
    if (!place(d, places, failure)) return false;
    limitResidency(places);
    if (!open_) {
      commands_ = Owned<id<MTLCommandBuffer>>::retain([queue_.get() commandBuffer]);
      encoder_ = Owned<id<MTLComputeCommandEncoder>>::retain([commands_.get() computeCommandEncoder]);
      if (!encoder_) {
        commands_ = {};
        return failure.set(code::kMemory, "the device gives no command buffer");
      }
      open_ = true;
    }
    id<MTLComputeCommandEncoder> e = encoder_.get();
    [e setComputePipelineState:pipelines_[d.pipeline].get()];
    bool hints = [(id)e respondsToSelector:@selector(setBoundLength:atIndex:)];
    for (size_t i = 0; i < places.size(); i++) {
      [e setBuffer:places[i].buffer.get() offset:places[i].offset atIndex:i];
      if (hints) [(id)e setBoundLength:d.ranges[i].bytes atIndex:i];
    }
    if (d.constantBytes) [e setBytes:d.constants length:d.constantBytes atIndex:places.size()];
    [e dispatchThreadgroups:toMTLSize(d.groups) threadsPerThreadgroup:toMTLSize(d.threads)];
    counts_.dispatches++;
    if (++batched_ >= kBatch && !copying_) commitOpen();
    return true;
  }

  void closeOpen() {
    encoder_ = {};
    commands_ = {};
    copied_.clear();
    resident_.clear();
    residentBytes_ = 0;
    open_ = false;
    batched_ = 0;
  }

  void commitOpen() {
    if (!open_) return;
    [encoder_.get() endEncoding];
    [commands_.get() commit];
    counts_.commits++;
    inFlight_.push_back(std::make_shared<CommittedWork>(commands_, std::move(copied_)));
    closeOpen();
    if (inFlight_.size() <= kInFlight) return;
    inFlight_.front()->wait(deferred_);
    bringBack(static_cast<CommittedWork&>(*inFlight_.front()));
    inFlight_.pop_front();
  }

  void bringBack(CommittedWork& w) {
    for (Copy& c : w.copies) {
      if (c.written) {
        memcpy(base_ + c.offset, [c.buffer.get() contents], c.bytes);
        counts_.copiedOut += c.bytes;
      }
      scratch_.give(std::move(c.buffer));
    }
    w.copies.clear();
  }
};

}  // namespace

std::unique_ptr<Session> Session::open(Failure& failure) noexcept {
  auto s = std::make_unique<MetalSession>();
  if (!s->start(failure)) return nullptr;
  return s;
}

}  // namespace lanewise
