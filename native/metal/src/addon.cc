// What JavaScript calls (index.d.ts). Arguments are checked here, and failures become errors with a `code`; Metal is session.mm's.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS  // a worker that is terminated takes no more of them
#include <napi.h>

#include <functional>
#include <map>
#include <memory>
#include <regex>

#include "plan.h"
#include "session.h"
#include "sources.h"

namespace lanewise {
namespace {

using std::string;

[[noreturn]] void raise(Napi::Env env, const Failure& f) {
  Napi::Error e = Napi::Error::New(env, f.text);
  e.Set("code", Napi::String::New(env, f.code));
  throw e;
}
[[noreturn]] void raise(Napi::Env env, const char* code, const string& text) {
  Failure f;
  f.set(code, text);
  raise(env, f);
}

struct Bytes {
  void* data;
  size_t count, bytes;
  bool detached() const { return !data && !count; }
};
/**
 * A view's memory, by napi_get_typedarray_info alone: on Node 20 napi_get_arraybuffer_info, and with it ArrayBuffer().Data(), refuses
 * shared memory. A view whose buffer is detached has no data, and status ok.
 */
Bytes bytesOf(Napi::Env env, Napi::Value v, napi_typedarray_type wanted, const char* what) {
  napi_typedarray_type type;
  size_t count;
  void* data;
  if (!v.IsTypedArray() || napi_get_typedarray_info(env, v, &type, &count, &data, nullptr, nullptr) != napi_ok || type != wanted)
    raise(env, code::kArgument, string("[metal] expected ") + what);
  return {data, count, count * (wanted == napi_uint32_array ? 4 : 1)};
}

/** A kernel that JavaScript asked for. Its pipeline belongs to one opening of the device. */
struct Kernel {
  KernelName name;
  const Family* family;
  string library;
  uint32_t opening = 0, pipeline = 0, maxThreads = 0;
};

/** The WebAssembly memory that holds all tensors: the Memory itself, since growing replaces its buffer. */
struct Heap {
  Napi::ObjectReference memory, buffer;
  void* base = nullptr;
  size_t bytes = 0;
  bool copying = false, attached = false;
};

/** Waits on a thread of the pool, then tells the promise. */
class Wait : public Napi::AsyncWorker {
 public:
  /** @param failure what is known to have failed already */
  Wait(Napi::Env env, Works works, Failure failure, std::weak_ptr<Session> session, std::function<void(const Failure&)> lost)
      : AsyncWorker(env, "lanewise.metal.wait"),
        promise(Napi::Promise::Deferred::New(env)),
        works_(std::move(works)),
        session_(std::move(session)),
        lost_(std::move(lost)),
        failure_(std::move(failure)) {}
  void Execute() override {
    for (const auto& w : works_) w->wait(failure_);
  }
  void OnOK() override {
    if (auto s = session_.lock()) s->settle(works_);
    if (!failure_) return promise.Resolve(Env().Undefined());
    lost_(failure_);
    Napi::Error e = Napi::Error::New(Env(), "[metal] " + failure_.text);
    e.Set("code", Napi::String::New(Env(), failure_.code));
    promise.Reject(e.Value());
  }
  const Napi::Promise::Deferred promise;

 private:
  Works works_;
  std::weak_ptr<Session> session_;
  std::function<void(const Failure&)> lost_;
  Failure failure_;
};

class Metal : public Napi::Addon<Metal> {
 public:
  Metal(Napi::Env, Napi::Object exports) {
    DefineAddon(exports, {
                             InstanceMethod("open", &Metal::Open),
                             InstanceMethod("close", &Metal::Close),
                             InstanceMethod("info", &Metal::Info),
                             InstanceMethod("attach", &Metal::Attach),
                             InstanceMethod("define", &Metal::Define),
                             InstanceMethod("kernel", &Metal::GetKernel),
                             InstanceMethod("encode", &Metal::Encode),
                             InstanceMethod("wait", &Metal::WaitNow),
                             InstanceMethod("waitAsync", &Metal::WaitLater),
                         });
  }

 private:
  std::shared_ptr<Session> session_;
  /** counts openings: pipelines of an earlier one are gone */
  uint32_t opening_ = 0;
  Heap heap_;
  std::vector<Kernel> kernels_;
  std::map<string, uint32_t> ids_;
  /** sources that JavaScript defined, by family */
  std::map<string, string> defined_;
  /** families of this opening: compiled, or why not */
  std::map<string, Failure> families_;
  /** of work that went with a device, until somebody waits for it */
  Failure lost_;

  void open(Napi::Env env) {
    if (session_) return;
    Failure f;
    session_ = Session::open(f);
    if (!session_) raise(env, code::kUnavailable, "[metal] " + f.text);
    opening_++;
    families_.clear();
    heap_.attached = false;
  }
  /** A device that is gone is opened again by the next call. */
  void noteLost(const Failure& f) {
    if (f.code != string(code::kLost)) return;
    if (session_ && !session_->idle()) lost_ = f;  // what was encoded since is lost with it, and its waiter has to hear that
    session_.reset();
  }
  void takeLost(Failure& f) {
    if (lost_) f = lost_;
    lost_ = {};
  }
  void fail(Napi::Env env, Failure f) {
    noteLost(f);
    if (f.text.empty() || f.text[0] != '[') f.text = "[metal] " + f.text;
    raise(env, f);
  }

  Napi::Value Open(const Napi::CallbackInfo& info) {
    open(info.Env());
    return Info(info);
  }
  Napi::Value Close(const Napi::CallbackInfo& info) {
    Failure f;
    if (session_) session_->finish(f);
    session_.reset();
    heap_ = {};
    if (f) fail(info.Env(), f);
    return info.Env().Undefined();
  }
  Napi::Value Info(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!session_) return env.Null();
    const DeviceInfo& d = session_->info();
    SessionCounts c = session_->counts();
    Napi::Object o = Napi::Object::New(env);
    o["device"] = Napi::String::New(env, d.name);
    o["executor"] = Napi::String::New(env, d.emulated ? "msl-emulated-cpu" : "apple-gpu");
    o["heap"] = heap_.attached ? Napi::Value(Napi::String::New(env, session_->copies() ? "copied" : "shared")) : env.Null();
    const std::pair<const char*, uint64_t> numbers[] = {
        {"maxBufferLength", d.maxBufferLength}, {"workingSet", d.workingSet}, {"dispatches", c.dispatches},
        {"commits", c.commits},                 {"waits", c.waits},           {"wraps", c.wraps},
        {"copiedIn", c.copiedIn},               {"copiedOut", c.copiedOut},   {"scratchBytes", c.scratchBytes}};
    for (auto& [name, n] : numbers) o[name] = Napi::Number::New(env, static_cast<double>(n));
    return o;
  }

  /** attach(memory, copy) */
  Napi::Value Attach(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!info[0].IsObject()) raise(env, code::kArgument, "[metal] attach takes a WebAssembly.Memory");
    open(env);
    Failure f;
    if (!session_->finish(f)) fail(env, f);
    Heap heap;
    heap.memory = Napi::Persistent(info[0].As<Napi::Object>());
    heap.copying = info[1].ToBoolean();
    std::swap(heap_, heap);
    syncHeap(env);
    return env.Undefined();
  }
  /** Wraps the heap again where growing replaced its buffer. One property and one comparison when nothing changed. */
  void syncHeap(Napi::Env env) {
    if (heap_.memory.IsEmpty()) raise(env, code::kArgument, "[metal] no memory is attached");
    Napi::Value buffer = heap_.memory.Get("buffer");
    if (heap_.attached && !heap_.buffer.IsEmpty() && buffer.StrictEquals(heap_.buffer.Value())) return;
    Napi::Value view = env.Global().Get("Uint8Array").As<Napi::Function>().New({buffer});
    Bytes now = bytesOf(env, view, napi_uint8_array, "a WebAssembly.Memory");
    if (!now.bytes) raise(env, code::kArgument, "[metal] the memory is empty or its buffer is detached");
    // a private memory may move when it grows, under a kernel that runs: its kernels work on copies
    bool shared = !buffer.IsArrayBuffer();
    session_->attach(now.data, now.bytes, heap_.copying || !shared);
    heap_.base = now.data;
    heap_.bytes = now.bytes;
    heap_.buffer = Napi::Persistent(buffer.As<Napi::Object>());
    heap_.attached = true;
  }

  /** define(family, source): a library of generated kernels, whose names begin with `fused_FAMILY_` */
  Napi::Value Define(const Napi::CallbackInfo& info) {
    if (!info[0].IsString() || !info[1].IsString()) raise(info.Env(), code::kArgument, "[metal] define takes a family and its source");
    string family = info[0].As<Napi::String>();
    defined_[family] = info[1].As<Napi::String>();
    families_.erase(family);
    for (Kernel& k : kernels_)
      if (k.library == family) k.opening = 0;  // their pipelines are those of the old source
    return info.Env().Undefined();
  }

  /** A file in kernels/, or what was defined in its place, with its name for messages, after the one it includes; empty where there is none. */
  string fileOf(const string& family) const {
    static const std::regex include("#include \"(\\w+)\\.metal\"");
    for (const Source* s = kSources; s->family; s++)
      if (family == s->family) {
        auto own = defined_.find(family);
        string text = own == defined_.end() ? s->text : own->second, before;
        std::smatch m;
        if (std::regex_search(text, m, include)) {
          before = fileOf(m[1]);
          text = m.prefix().str() + m.suffix().str();
        }
        return before + "#line 1 \"" + family + ".metal\"\n" + text;
      }
    return "";
  }
  /**
   * What is compiled for a family: what all have in common, then its file. A family that only JavaScript defined comes after the functions
   * of the elementwise families, without their kernels. Empty: no such family.
   */
  string sourceOf(const string& family) const {
    string file = fileOf(family);
    if (!file.empty()) return fileOf("common") + file;
    auto own = defined_.find(family);
    if (own == defined_.end()) return "";
    string text = fileOf("common") + "#undef KERNEL\n#define KERNEL(NAME, ...)\n";
    // those of integers are many, and few chains have any: not compiled for nothing
    static const std::regex integers("_[IU][0-9]+::of");
    for (const char* functions : {"unary", "binary"}) text += fileOf(functions);
    if (std::regex_search(own->second, integers)) text += fileOf("integer");
    return text + "#line 1 \"" + family + ".metal\"\n" + own->second;
  }
  /** The library of a family, compiled at its first kernel; a refusal is remembered, and holds for that family alone. */
  void compile(Napi::Env env, const string& family) {
    auto known = families_.find(family);
    if (known == families_.end()) {
      string text = sourceOf(family);
      Failure f;
      if (text.empty()) f.set(code::kCompile, "no family '" + family + "'");
      else session_->compile(family, text, f);
      known = families_.emplace(family, f).first;
    }
    if (known->second) fail(env, known->second);
  }
  void prepare(Napi::Env env, Kernel& k) {
    if (k.opening == opening_) return;
    compile(env, k.library);
    Failure f;
    if (!session_->pipeline(k.library, k.name.whole, k.pipeline, k.maxThreads, f)) fail(env, f);
    k.opening = opening_;
  }

  /** kernel(name): a number for `encode` */
  Napi::Value GetKernel(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!info[0].IsString()) raise(env, code::kArgument, "[metal] kernel takes a name");
    string name = info[0].As<Napi::String>();
    open(env);
    auto known = ids_.find(name);
    if (known == ids_.end()) {
      Kernel k;
      k.family = familyOf(name);
      if (!k.family || !parse(name, k.name)) raise(env, code::kPipeline, "[metal] no kernel " + name);
      if (k.family->file) {
        k.library = k.family->file;
      } else {
        size_t from = string(k.family->prefix).size();
        k.library = name.substr(from, name.find('_', from) - from);
      }
      prepare(env, k);
      kernels_.push_back(k);
      known = ids_.emplace(name, static_cast<uint32_t>(kernels_.size() - 1)).first;
    }
    prepare(env, kernels_[known->second]);
    return Napi::Number::New(env, known->second);
  }

  /** encode(kernel, ranges, words): whether there was anything to do */
  Napi::Value Encode(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t id = info[0].IsNumber() ? info[0].As<Napi::Number>().Uint32Value() : ~0u;
    if (id >= kernels_.size()) raise(env, code::kArgument, "[metal] no kernel of that number");
    Bytes ranges = bytesOf(env, info[1], napi_uint32_array, "ranges as Uint32Array");
    Bytes words = bytesOf(env, info[2], napi_uint32_array, "constants as Uint32Array");
    if (words.bytes > 4096) raise(env, code::kArgument, "[metal] constants take up to 4096 bytes");
    open(env);
    syncHeap(env);
    Kernel& k = kernels_[id];
    prepare(env, k);

    Dispatch d;
    const uint32_t* r = static_cast<const uint32_t*>(ranges.data);
    for (size_t i = 0; i + 1 < ranges.count; i += 2) {
      if (uint64_t{r[i]} + r[i + 1] > heap_.bytes)
        raise(env, code::kBounds, "[" + k.name.whole + "] buffer " + std::to_string(i / 2) + " is " + std::to_string(r[i + 1]) +
                                      " bytes at " + std::to_string(r[i]) + " of a heap of " + std::to_string(heap_.bytes));
      d.ranges.push_back({r[i], r[i + 1], false});
    }
    Failure f;
    Plan p;
    Words w(static_cast<const uint32_t*>(words.data), words.count);
    if (!plan(*k.family, k.name, w, d.ranges, k.maxThreads, p, f)) fail(env, f);
    if (p.empty) return Napi::Boolean::New(env, false);
    for (size_t i = 0; i < d.ranges.size(); i++) {
      d.ranges[i].written = p.needs[i].written;
      d.ranges[i].bytes = p.needs[i].bytes;  // the checker sees what the call needs, not what the block has
      if (!d.ranges[i].bytes) d.ranges[i].bytes = 4;  // nothing of it is read, but a binding is never empty
    }
    d.pipeline = k.pipeline;
    d.constants = words.data;
    d.constantBytes = words.bytes;
    d.groups = p.groups;
    d.threads = p.threads;
    if (!session_->encode(d, f)) fail(env, f);
    return Napi::Boolean::New(env, true);
  }

  Napi::Value WaitNow(const Napi::CallbackInfo& info) {
    Failure f;
    takeLost(f);
    if (session_) {
      if (heap_.attached) syncHeap(info.Env());
      session_->finish(f);
    }
    if (f) fail(info.Env(), f);
    return info.Env().Undefined();
  }
  Napi::Value WaitLater(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    Failure f;
    Works works;
    if (session_) works = session_->commit(f);
    takeLost(f);
    auto* job = new Wait(env, std::move(works), f, session_, [this](const Failure& lost) { noteLost(lost); });
    Napi::Promise promise = job->promise.Promise();
    job->Queue();
    return promise;
  }
};

}  // namespace
using MetalAddon = Metal;
}  // namespace lanewise

using LanewiseMetal = lanewise::MetalAddon;
NODE_API_ADDON(LanewiseMetal)
