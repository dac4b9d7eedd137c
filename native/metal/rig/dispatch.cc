// The scheduler: threadgroups one after another, lanes of a group until each waits, then whoever met goes on.
#include "dispatch.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace rig {

thread_local Dispatch* Dispatch::current = nullptr;

namespace {
constexpr size_t kThreadgroupLimit = 32768;
uint32_t volume(msl_u3 v) { return v.x * v.y * v.z; }
/** Fibers without a lane. Each waits in `laneMain`, for whatever dispatch of its thread comes next. */
thread_local std::vector<Fiber*> idle;
thread_local std::vector<std::unique_ptr<Fiber>> spare;
}  // namespace

Dispatch::Dispatch(const Launch& launch, const Options& options, std::vector<std::string>& found)
    : launch_(launch), options_(options), found_(found), random_(options.seed) {}

/** Checks what Metal's validation layer checks, and notes which memory the kernel may touch. */
bool Dispatch::bind() {
  const std::string name = launch_.kernel->name;
  if (!volume(launch_.threads) || uint64_t{launch_.threads.x} * launch_.threads.y * launch_.threads.z > 1024)
    found_.push_back("api: kernel " + name + ": a threadgroup has 1 to 1024 threads");
  Serial serial = nextSerial();
  serial_ = serial.number;
  for (const msl_parameter* p = launch_.kernel->parameters; p->kind != MSL_END; p++) {
    std::string slot = "buffer(" + std::to_string(p->index) + ")";
    if (p->kind == MSL_THREADGROUP) {
      size_t bytes = launch_.threadgroupBytes[p->index];
      if (!bytes) found_.push_back("api: kernel " + name + ": threadgroup(" + std::to_string(p->index) + ") has no length");
      continue;
    }
    const Binding& b = launch_.buffers[p->index];
    if (!b.data) found_.push_back("api: kernel " + name + ": " + slot + " is not bound");
    else if (p->kind == MSL_REFERENCE && b.bytes < p->bytes)
      found_.push_back("api: kernel " + name + ": " + slot + " has " + std::to_string(b.bytes) + " bytes, what it refers to " +
                       std::to_string(p->bytes));
    arguments_.buffer[p->index] = b.data;
    Cell* cells = options_.check && b.shadow ? b.shadow->cells(serial.era) + b.shadowOffset : nullptr;
    regions_.push_back({b.data, b.bytes, cells, false, p->readOnly != 0, slot});
  }
  bufferRegions_ = regions_.size();
  return found_.empty();
}

void Dispatch::run() {
  if (!bind()) return;
  Dispatch* outer = current;
  current = this;
  msl_u3 groups = launch_.groups;
  uint32_t index = 0;
  for (uint32_t z = 0; z < groups.z; z++)
    for (uint32_t y = 0; y < groups.y; y++)
      for (uint32_t x = 0; x < groups.x && !stopped_; x++) {
        startGroup({x, y, z}, groups, index++);
        if (!stopped_) runGroup();
      }
  current = outer;
  if (stopped_) {  // some fibers wait inside of the kernel for good
    idle.clear();
    spare.clear();
  } else {
    std::move(fibers_.begin(), fibers_.end(), std::back_inserter(spare));
  }
}

void Dispatch::startGroup(msl_u3 at, msl_u3 groups, uint32_t index) {
  msl_u3 t = launch_.threads;
  uint32_t n = volume(t), simds = (n + 31) / 32;
  group_ = index + 1;
  started_ = 0;
  deviceEpoch_ = groupEpoch_ = 1;
  simdDeviceEpoch_.assign(simds, 0);
  simdGroupEpoch_.assign(simds, 0);
  lanes_.resize(n);
  order_.resize(n);
  for (uint32_t i = 0; i < n; i++) {
    Lane& l = lanes_[i];
    l.state = LaneState::Fresh;
    l.fiber = nullptr;
    msl_u3 in = {i % t.x, (i / t.x) % t.y, i / (t.x * t.y)};
    l.info = {{at.x * t.x + in.x, at.y * t.y + in.y, at.z * t.z + in.z},
              at,
              in,
              t,
              {groups.x * t.x, groups.y * t.y, groups.z * t.z},
              groups,
              t,
              {i, 0, 0},
              {i % 32, 0, 0},
              {i / 32, 0, 0},
              {32, 0, 0},
              {simds, 0, 0}};
    order_[i] = options_.order == Order::Reverse ? n - 1 - i : i;
  }
  if (options_.order == Order::Shuffled) std::shuffle(order_.begin(), order_.end(), random_);
  simdOrder_.assign(simds, {});
  for (uint32_t i : order_) simdOrder_[i / 32].push_back(i);

  regions_.resize(bufferRegions_);
  last_ = nullptr;
  threadgroupBytes_ = 0;
  for (auto& v : variables_)
    if (v) v->live = false;
  lane_ = &lanes_[0];
  for (const msl_parameter* p = launch_.kernel->parameters; p->kind != MSL_END; p++) {
    if (p->kind != MSL_THREADGROUP) continue;
    arguments_.threadgroup[p->index] =
        threadgroupMemory(arguments2_, p->index, launch_.threadgroupBytes[p->index],
                          "threadgroup(" + std::to_string(p->index) + ")", reinterpret_cast<void*>(launch_.kernel->entry))
            .data.data();
  }
}

ThreadgroupMemory& Dispatch::threadgroupMemory(std::vector<std::unique_ptr<ThreadgroupMemory>>& all, size_t id,
                                               size_t bytes, const std::string& name, const void* site) {
  if (all.size() <= id) all.resize(id + 1);
  if (!all[id]) all[id] = std::make_unique<ThreadgroupMemory>();
  ThreadgroupMemory& m = *all[id];
  m.live = true;
  m.data.assign(bytes, '\xff');  // a NaN, whatever the type
  m.cells.resize(options_.check ? bytes : 0);
  threadgroupBytes_ += bytes;
  if (threadgroupBytes_ > kThreadgroupLimit)
    report("threadgroup-memory",
           std::to_string(threadgroupBytes_) + " bytes of threadgroup memory, the limit is " +
               std::to_string(kThreadgroupLimit),
           site);
  regions_.push_back({m.data.data(), bytes, options_.check ? m.cells.data() : nullptr, true, false, name});
  last_ = nullptr;
  return m;
}

void* Dispatch::threadgroupVariable(int id, size_t bytes, const char* name) {
  if (static_cast<size_t>(id) < variables_.size() && variables_[id] && variables_[id]->live)
    return variables_[id]->data.data();
  return threadgroupMemory(variables_, id, bytes, name, __builtin_return_address(0)).data.data();
}

// ---- lanes

/** Runs lanes that have not started, one after another, until one of them has to wait: then it keeps this fiber. */
void Dispatch::laneMain() {
  for (;;) {
    Dispatch& d = *current;  // another one than before, if the fiber was spare
    if (d.started_ < d.lanes_.size()) {
      Lane& l = d.lanes_[d.order_[d.started_++]];
      l.state = LaneState::Ready;
      l.fiber = d.fiber_;
      d.lane_ = &l;
      d.launch_.kernel->entry(&d.arguments_, &l.info);
      d.lane_->state = LaneState::Done;
      d.lane_->fiber = nullptr;
    } else {
      idle.push_back(d.fiber_);
      d.leave();
    }
  }
}

Fiber* Dispatch::freshFiber() {
  if (idle.empty()) {
    fibers_.push_back(std::make_unique<Fiber>(&Dispatch::laneMain));
    return fibers_.back().get();
  }
  Fiber* f = idle.back();
  idle.pop_back();
  return f;
}
void Dispatch::enter(Fiber* f) {
  fiber_ = f;
  f->enter(&home_);
}
void Dispatch::stop() {
  stopped_ = true;
  leave();
  __builtin_unreachable();
}

bool Dispatch::startLanes() {
  bool ran = false;
  while (started_ < lanes_.size() && !stopped_) {
    enter(freshFiber());
    ran = true;
  }
  return ran;
}

bool Dispatch::runSimdGroup(uint32_t simd) {
  bool ran = false;
  for (uint32_t i : simdOrder_[simd]) {
    Lane& l = lanes_[i];
    if (l.state != LaneState::Ready || !l.fiber) continue;
    lane_ = &l;
    ran = true;
    enter(l.fiber);
    if (stopped_) return true;
  }
  return ran;
}

/**
 * Lets the lanes of a simd group go on that wait at one call. While lanes that could still come are on their way the group waits for
 * them; `partial`, when nobody else can move, takes those that are there as the active ones.
 */
bool Dispatch::meet(uint32_t simd, bool partial) {
  const void* site = nullptr;
  uint32_t active = 0;
  bool everyone = true, found = false;
  uint32_t first = simd * 32, end = std::min<uint32_t>(first + 32, lanes_.size());
  for (uint32_t i = first; i < end; i++) {
    Lane& l = lanes_[i];
    if (l.state == LaneState::Done) continue;
    bool waits = l.state == LaneState::AtExchange || l.state == LaneState::AtSimdBarrier;
    if (waits && !found) {
      site = l.site;
      found = true;
    }
    if (waits && l.site == site) active |= 1u << (i - first);
    else everyone = false;
  }
  if (!found || (!everyone && !partial)) return false;
  int flags = 0;
  static thread_local msl_exchange all;  // gathered once, then given to each
  for (uint32_t k = 0; k < 32; k++)
    if ((active >> k) & 1) memcpy(all.value[k], lanes_[first + k].value, sizeof all.value[k]);
  for (uint32_t i = first; i < end; i++) {
    Lane& l = lanes_[i];
    if (!((active >> (i - first)) & 1)) continue;
    lane_ = &l;
    if (l.state == LaneState::AtSimdBarrier) {
      flags |= l.flags;
    } else {
      if (l.whole && active != ~0u)
        report("simd-divergence", "a call that needs all 32 lanes of the simd group has the active lanes " + [&] {
          char hex[16];
          snprintf(hex, sizeof hex, "0x%08x", active);
          return std::string(hex);
        }(), site);
      memcpy(l.answer->value, all.value, sizeof all.value);
      l.answer->active = active;
      l.answer->me = i - first;
    }
  }
  for (uint32_t i = first; i < end; i++)
    if ((active >> (i - first)) & 1) lanes_[i].state = LaneState::Ready;
  if (flags & 1) simdDeviceEpoch_[simd]++;
  if (flags & 2) simdGroupEpoch_[simd]++;
  return true;
}

void Dispatch::runGroup() {
  uint32_t simds = simdOrder_.size();
  while (!stopped_) {
    bool moved = startLanes();
    for (uint32_t s = 0; s < simds && !stopped_; s++)
      for (bool again = true; again && !stopped_;) {
        again = runSimdGroup(s);
        again = (!stopped_ && meet(s, false)) || again;
        moved |= again;
      }
    if (stopped_ || moved) continue;
    for (uint32_t s = 0; s < simds; s++) moved |= meet(s, true);
    if (!moved && !passBarrier()) return;
  }
}

/** Everyone waits at the barrier or has returned. @returns false when the threadgroup is done */
bool Dispatch::passBarrier() {
  uint32_t waiting = 0, done = 0;
  int flags = ~0;
  bool same = true;
  Lane* first = nullptr;
  for (Lane& l : lanes_) {
    if (l.state == LaneState::Done) done++;
    if (l.state != LaneState::AtBarrier) continue;
    waiting++;
    if (!first) first = &l;
    same &= l.site == first->site;
    flags &= l.flags;
  }
  if (!waiting) return false;
  if (done || !same) {
    lane_ = first;
    report("barrier-divergence",
           std::to_string(waiting) + " of " + std::to_string(lanes_.size()) + " threads wait at a barrier, " +
               std::to_string(done) + " have returned" + (same ? "" : ", and not all at the same one"),
           first->site);
    stopped_ = true;
    return false;
  }
  if (flags & 1) deviceEpoch_++;
  if (flags & 2) groupEpoch_++;
  for (Lane& l : lanes_) l.state = LaneState::Ready;
  return true;
}

void Dispatch::barrier(int flags, const void* site) {
  lane_->flags = flags;
  park(LaneState::AtBarrier, site);
}
void Dispatch::simdBarrier(int flags, const void* site) {
  lane_->flags = flags;
  park(LaneState::AtSimdBarrier, site);
}
void Dispatch::exchange(const void* value, uint32_t bytes, bool whole, msl_exchange* answer, const void* site) {
  Lane& l = *lane_;
  memcpy(l.value, value, bytes);
  l.bytes = bytes;
  l.whole = whole;
  l.answer = answer;
  park(LaneState::AtExchange, site);
}

std::vector<std::string> run(const Launch& launch, const Options& options) {
  std::vector<std::string> found;
  Dispatch(launch, options, found).run();
  return found;
}

}  // namespace rig

#define KERNEL_CALL extern "C" RIG_API
KERNEL_CALL void msl_barrier(int flags) { rig::Dispatch::current->barrier(flags, __builtin_return_address(0)); }
KERNEL_CALL void msl_simd_barrier(int flags) { rig::Dispatch::current->simdBarrier(flags, __builtin_return_address(0)); }
KERNEL_CALL void msl_simd_exchange(const void* value, uint32_t bytes, int whole, msl_exchange* all) {
  rig::Dispatch::current->exchange(value, bytes, whole != 0, all, __builtin_return_address(0));
}
KERNEL_CALL void* msl_threadgroup_variable(int id, size_t bytes, const char* name) {
  return rig::Dispatch::current->threadgroupVariable(id, bytes, name);
}
KERNEL_CALL void msl_undefined_lane(const char* call, uint32_t lane) {
  rig::Dispatch::current->report("undefined-lane", std::string(call) + " reads lane " + std::to_string(lane) + ", which is not active",
                                 __builtin_return_address(0));
}
