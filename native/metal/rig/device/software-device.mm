// A software MTLDevice on the runner. Of what a driver may do it does the worst:
//   - what is not made by new* or Create* comes autoreleased, so that a missing pool leaks;
//   - a command buffer keeps its resources until it is deallocated;
//   - work runs in waitUntilCompleted and not before, so that a missing wait shows old values;
//   - a buffer that wraps memory wants whole 16 KiB pages of one mapping.
#import <Foundation/NSDebug.h>
#import <Metal/Metal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <mutex>
#include <string>
#include <vector>

#include "../runner.h"
#include "control.h"

#if __has_feature(objc_arc)
#error "manual retain and release only: build with -fno-objc-arc"
#endif

namespace {
const size_t kGuard = 4096, kApplePage = 16384;

struct {
  std::atomic<long> objects{0}, buffers{0}, bytes{0}, wrapped{0}, commands{0}, encoders{0};
} live;
std::mutex reportLock;
std::deque<std::string> reports;
void report(const std::string& s) {
  std::lock_guard<std::mutex> l(reportLock);
  reports.push_back(s);
}

std::mutex switchLock;
std::map<std::string, double> switches = {
    {"check", 1},          {"order", 0},           {"max-threads", 1024},  {"max-buffer", 4294967296.0}, {"no-device", 0},
    {"working-set", 8589934592.0},
    {"refuse-allocation", 0}, {"refuse-no-copy", 0}, {"refuse-pipeline", 0}, {"refuse-library", 0},        {"command-error", 0},
};
double valueOf(const char* name) {
  std::lock_guard<std::mutex> l(switchLock);
  return switches[name];
}
/** Uses up one of what is to be refused. */
bool refuses(const char* name) {
  std::lock_guard<std::mutex> l(switchLock);
  double& n = switches[name];
  if (n > 0) return n-- > 0;
  return n < 0;
}
bool checked() { return valueOf("check") != 0; }

NSError* errorOf(const char* domain, NSInteger code, const std::string& text) {
  NSString* s = [NSString stringWithUTF8String:text.c_str()];
  if (!s) s = @"(not UTF-8)";
  return [NSError errorWithDomain:[NSString stringWithUTF8String:domain]
                             code:code
                         userInfo:[NSDictionary dictionaryWithObject:s forKey:NSLocalizedDescriptionKey]];
}

/** Whether [p, p + n) lies in one private or shared mapping that can be read and written, and is not malloc's. */
bool isOneRegion(const char* p, size_t n) {
  FILE* f = fopen("/proc/self/maps", "r");
  if (!f) return false;
  char line[512];
  bool good = false;
  unsigned long at = (unsigned long)p;
  while (fgets(line, sizeof line, f)) {
    unsigned long from, end;
    char rights[5] = "";
    if (sscanf(line, "%lx-%lx %4s", &from, &end, rights) != 3 || at < from || at >= end) continue;
    good = rights[0] == 'r' && rights[1] == 'w' && !strstr(line, "[heap]") && at + n <= end;
    break;
  }
  fclose(f);
  return good;
}
bool countsAll() { return getenv("LANEWISE_RIG_COUNT_ALL") != nullptr; }
__attribute__((constructor)) void startCounting() {
  if (countsAll()) GSDebugAllocationActive(YES);
}
}  // namespace

bool RigTakeReport(char* out, size_t room) {
  std::lock_guard<std::mutex> l(reportLock);
  if (reports.empty()) return false;
  snprintf(out, room, "%s", reports.front().c_str());
  reports.pop_front();
  return true;
}
bool RigSet(const char* name, double value) {
  std::lock_guard<std::mutex> l(switchLock);
  auto it = switches.find(name);
  if (it == switches.end()) return false;
  it->second = value;
  return true;
}
RigCounts RigGetCounts() {
  RigCounts c = {live.objects, live.buffers, live.bytes, live.wrapped, live.commands, live.encoders, 0};
  if (countsAll())
    for (Class* k = GSDebugAllocationClassList(); k && *k; k++) c.foundation += GSDebugAllocationCount(*k);
  return c;
}

@interface RigObject : NSObject
@end
@implementation RigObject
- (id)init {
  if ((self = [super init])) live.objects++;
  return self;
}
- (void)dealloc {
  live.objects--;
  [super dealloc];
}
@end

@implementation MTLCompileOptions
@synthesize fastMathEnabled, languageVersion;
@end

// ---- buffers

@interface RigBuffer : RigObject <MTLBuffer> {
 @public
  char* data;
  size_t size, mapping;
  bool owned;
  rig::Shadow* shadow;
}
@end
@implementation RigBuffer
- (NSUInteger)length {
  return size;
}
- (void*)contents {
  return data;
}
- (rig::Shadow*)shadow {
  if (!shadow && checked()) shadow = new rig::Shadow(size);
  return shadow;
}
- (void)dealloc {
  live.buffers--;
  if (owned) {
    live.bytes -= size;
    munmap(data - kGuard, mapping);
  } else {
    live.wrapped -= size;
  }
  delete shadow;
  [super dealloc];
}
@end

// ---- library, function, pipeline

@interface RigFunction : RigObject <MTLFunction> {
 @public
  const msl_kernel* kernel;
}
@end
@implementation RigFunction
- (NSString*)name {
  return [NSString stringWithUTF8String:kernel->name];
}
@end
@interface RigLibrary : RigObject <MTLLibrary> {
 @public
  rig::Library library;
}
@end
@implementation RigLibrary
- (id<MTLFunction>)newFunctionWithName:(NSString*)functionName {
  const msl_kernel* k = library.find([functionName UTF8String]);
  if (!k) return nil;
  RigFunction* f = [[RigFunction alloc] init];
  f->kernel = k;
  return f;
}
@end
@interface RigPipeline : RigObject <MTLComputePipelineState> {
 @public
  RigFunction* function;
}
@end
@implementation RigPipeline
- (NSUInteger)maxTotalThreadsPerThreadgroup {
  return (NSUInteger)valueOf("max-threads");
}
- (NSUInteger)threadExecutionWidth {
  return 32;
}
- (void)dealloc {
  [function release];
  [super dealloc];
}
@end

// ---- commands

namespace {
struct Slot {
  RigBuffer* buffer = nil;
  size_t offset = 0, limit = 0;
  std::vector<char> bytes;
};
struct Command {
  RigPipeline* pipeline = nil;
  Slot slots[31];
  msl_u3 groups{}, threads{};
};
msl_u3 toU3(MTLSize s) { return {(uint32_t)s.width, (uint32_t)s.height, (uint32_t)s.depth}; }
}  // namespace

@class RigCommandBuffer;
@interface RigDevice : RigObject <MTLDevice> {
 @public
  std::atomic<bool> lost;
}
@end
@interface RigQueue : RigObject <MTLCommandQueue> {
 @public
  RigDevice* device;
  std::recursive_mutex lock;
  std::deque<RigCommandBuffer*> pending;
}
- (void)runThrough:(RigCommandBuffer*)last;
@end
@interface RigCommandBuffer : RigObject <MTLCommandBuffer> {
 @public
  std::vector<Command> commands;
  std::vector<id> kept;
  std::atomic<MTLCommandBufferStatus> state;
  bool encoderOpen;
  NSError* failure;
  RigQueue* queue;
}
- (void)execute;
@end
@interface RigEncoder : RigObject <MTLComputeCommandEncoder> {
 @public
  RigCommandBuffer* commands;
  Command next;
  bool ended;
}
@end

@implementation RigEncoder
- (void)dealloc {
  live.encoders--;
  if (!ended) report("api: an encoder was released without endEncoding");
  [commands release];
  [super dealloc];
}
- (void)setComputePipelineState:(id<MTLComputePipelineState>)state {
  next.pipeline = (RigPipeline*)state;
  commands->kept.push_back([(id)state retain]);
}
- (void)setBuffer:(id<MTLBuffer>)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index {
  if (index > 30) return report("api: a buffer index is 0 to 30");
  RigBuffer* b = (RigBuffer*)buffer;
  if (b && offset >= b->size)
    return report("api: setBuffer: offset " + std::to_string(offset) + " of a buffer of " + std::to_string(b->size));
  if (b) commands->kept.push_back([b retain]);
  next.slots[index] = {};
  next.slots[index].buffer = b;
  next.slots[index].offset = offset;
}
// Not Metal's: what the kernel may touch of a buffer that holds all tensors. session.mm asks whether it is there.
- (void)setBoundLength:(NSUInteger)length atIndex:(NSUInteger)index {
  if (index <= 30) next.slots[index].limit = length;
}
- (void)setBytes:(const void*)bytes length:(NSUInteger)length atIndex:(NSUInteger)index {
  if (length > 4096) report("api: setBytes takes up to 4096 bytes");
  if (index > 30) return report("api: a buffer index is 0 to 30");
  next.slots[index] = {};
  next.slots[index].bytes.assign((const char*)bytes, (const char*)bytes + length);
}
- (void)dispatchThreadgroups:(MTLSize)groups threadsPerThreadgroup:(MTLSize)threads {
  if (!next.pipeline) return report("api: a dispatch without pipeline state");
  if (ended) return report("api: a dispatch after endEncoding");
  if (threads.width * threads.height * threads.depth > [next.pipeline maxTotalThreadsPerThreadgroup])
    return report("api: more threads in a threadgroup than the pipeline takes");
  if (!groups.width || !groups.height || !groups.depth) return report("api: a dispatch of no threadgroups");
  next.groups = toU3(groups);
  next.threads = toU3(threads);
  commands->commands.push_back(next);
}
- (void)endEncoding {
  if (ended) report("api: endEncoding twice");
  ended = true;
  commands->encoderOpen = false;
}
@end

@implementation RigCommandBuffer
- (id<MTLComputeCommandEncoder>)computeCommandEncoder {
  if (encoderOpen) report("api: two encoders are open on one command buffer");
  RigEncoder* e = [[RigEncoder alloc] init];
  live.encoders++;
  e->commands = [self retain];
  encoderOpen = true;
  return [e autorelease];
}
/** What several dispatches make resident together has to fit; one that is too large alone cannot be cut. */
- (void)checkResidency {
  std::set<RigBuffer*> named;
  size_t bytes = 0;
  for (const Command& c : commands)
    for (const auto& s : c.slots)
      if (s.buffer && named.insert(s.buffer).second) bytes += s.buffer->size;
  if (commands.size() > 1 && bytes > valueOf("working-set"))
    report("api: a command buffer names " + std::to_string(bytes) + " bytes of buffers, more than the working set");
}
- (void)commit {
  if (encoderOpen) report("api: commit with an open encoder");
  [self checkResidency];
  if (state >= MTLCommandBufferStatusCommitted) return report("api: commit twice");
  state = MTLCommandBufferStatusCommitted;
  std::lock_guard<std::recursive_mutex> l(queue->lock);
  queue->pending.push_back([self retain]);
}
- (void)waitUntilCompleted {
  if (state < MTLCommandBufferStatusCommitted) return report("api: waitUntilCompleted before commit waits for ever");
  [queue runThrough:self];
}
- (void)failWith:(NSInteger)code text:(const std::string&)text {
  failure = [errorOf("MTLCommandBufferErrorDomain", code, text) retain];
  state = MTLCommandBufferStatusError;
}
- (void)execute {
  double code = 0;
  {
    std::lock_guard<std::mutex> l(switchLock);
    std::swap(code, switches["command-error"]);
  }
  if (code == MTLCommandBufferErrorDeviceRemoved) queue->device->lost = true;
  if (queue->device->lost) return [self failWith:MTLCommandBufferErrorDeviceRemoved text:"the device is gone"];
  if (code) return [self failWith:(NSInteger)code text:"made to fail"];
  for (Command& c : commands) {
    rig::Launch launch;
    launch.kernel = c.pipeline->function->kernel;
    launch.groups = c.groups;
    launch.threads = c.threads;
    for (int i = 0; i < 31; i++) {
      Slot& s = c.slots[i];
      rig::Binding& b = launch.buffers[i];
      if (!s.bytes.empty()) {
        b.data = s.bytes.data();
        b.bytes = s.bytes.size();
      } else if (s.buffer) {
        size_t room = s.buffer->size - s.offset;
        b.data = s.buffer->data + s.offset;
        b.bytes = s.limit && s.limit < room ? s.limit : room;
        b.shadow = [s.buffer shadow];
        b.shadowOffset = s.offset;
      }
    }
    rig::Options options;
    options.check = checked();
    options.order = (rig::Order)(int)valueOf("order");
    std::vector<std::string> found = rig::run(launch, options);
    for (const std::string& s : found) report(s);
    if (!found.empty()) return [self failWith:MTLCommandBufferErrorInternal text:found[0]];
  }
  state = MTLCommandBufferStatusCompleted;
}
- (MTLCommandBufferStatus)status {
  return state;
}
- (NSError*)error {
  return failure;
}
- (void)dealloc {
  live.commands--;
  for (id x : kept) [x release];
  [failure release];
  [queue release];
  [super dealloc];
}
@end

@implementation RigQueue
- (id<MTLCommandBuffer>)commandBuffer {
  RigCommandBuffer* c = [[RigCommandBuffer alloc] init];
  live.commands++;
  c->queue = [self retain];
  return [c autorelease];
}
// In the order of commits, like a Metal queue. What is committed and never waited for stays and shows in the counts.
- (void)runThrough:(RigCommandBuffer*)last {
  std::lock_guard<std::recursive_mutex> l(lock);
  while (last->state == MTLCommandBufferStatusCommitted && !pending.empty()) {
    RigCommandBuffer* c = pending.front();
    pending.pop_front();
    [c execute];
    [c release];
  }
}
- (void)dealloc {
  [device release];
  [super dealloc];
}
@end

// ---- device

@implementation RigDevice
- (NSString*)name {
  return @"msl-emulated-cpu";
}
- (BOOL)hasUnifiedMemory {
  return YES;
}
- (NSUInteger)maxBufferLength {
  return (NSUInteger)valueOf("max-buffer");
}
- (NSUInteger)recommendedMaxWorkingSetSize {
  return (NSUInteger)valueOf("working-set");
}
- (NSUInteger)currentAllocatedSize {
  return (NSUInteger)(live.bytes + live.wrapped);
}
- (BOOL)supportsFamily:(MTLGPUFamily)gpuFamily {
  return gpuFamily == MTLGPUFamilyApple7 || gpuFamily == MTLGPUFamilyMetal3;
}
- (id<MTLCommandQueue>)newCommandQueue {
  RigQueue* q = [[RigQueue alloc] init];
  q->device = [self retain];
  return q;
}
- (id<MTLBuffer>)newBufferWithLength:(NSUInteger)length options:(MTLResourceOptions)options {
  if (!length || length > [self maxBufferLength] || refuses("refuse-allocation")) return nil;
  size_t mapping = (length + kGuard - 1) / kGuard * kGuard + 2 * kGuard;  // a page that faults on either side
  void* m = mmap(nullptr, mapping, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) return nil;
  mprotect(m, kGuard, PROT_NONE);
  mprotect((char*)m + mapping - kGuard, kGuard, PROT_NONE);
  RigBuffer* b = [[RigBuffer alloc] init];
  b->data = (char*)m + kGuard;
  b->size = length;
  b->mapping = mapping;
  b->owned = true;
  live.buffers++;
  live.bytes += length;
  return b;
}
- (id<MTLBuffer>)newBufferWithBytesNoCopy:(void*)pointer
                                   length:(NSUInteger)length
                                  options:(MTLResourceOptions)options
                              deallocator:(MTLBufferDeallocator)deallocator {
  if (refuses("refuse-no-copy")) return nil;
  const char* wrong = nullptr;
  if (!pointer || !length || length > [self maxBufferLength]) wrong = "bad pointer or length";
  else if ((uintptr_t)pointer % kApplePage || length % kApplePage) wrong = "pointer and length are multiples of 16384";
  else if (!isOneRegion((char*)pointer, length)) wrong = "not one region that can be read and written";
  else if (deallocator) wrong = "a deallocator, which the rig does not know";
  if (wrong) {
    report(std::string("api: newBufferWithBytesNoCopy: ") + wrong);
    return nil;
  }
  RigBuffer* b = [[RigBuffer alloc] init];
  b->data = (char*)pointer;
  b->size = length;
  live.buffers++;
  live.wrapped += length;
  return b;
}
- (id<MTLLibrary>)newLibraryWithSource:(NSString*)source options:(MTLCompileOptions*)options error:(NSError**)error {
  if (refuses("refuse-library")) {
    if (error) *error = errorOf("MTLLibraryErrorDomain", 3, "made to fail");
    return nil;
  }
  if (!options || options.languageVersion != MTLLanguageVersion3_0 || options.fastMathEnabled)
    report("api: kernels are compiled as MSL 3.0 without fast math");
  rig::Library l = rig::compile([source UTF8String], "program.metal", checked());
  if (!l.kernels) {
    if (error) *error = errorOf("MTLLibraryErrorDomain", 3, l.error);
    return nil;
  }
  RigLibrary* library = [[RigLibrary alloc] init];
  library->library = l;
  return library;
}
- (id<MTLComputePipelineState>)newComputePipelineStateWithFunction:(id<MTLFunction>)function error:(NSError**)error {
  if (!function) [NSException raise:NSInvalidArgumentException format:@"function must not be nil"];
  if (refuses("refuse-pipeline")) {
    if (error) *error = errorOf("MTLLibraryErrorDomain", 2, "made to fail");
    return nil;
  }
  RigPipeline* p = [[RigPipeline alloc] init];
  p->function = [(RigFunction*)function retain];
  return p;
}
@end

extern "C" RIG_API id<MTLDevice> MTLCreateSystemDefaultDevice(void) {
  return valueOf("no-device") ? nil : [[RigDevice alloc] init];
}
