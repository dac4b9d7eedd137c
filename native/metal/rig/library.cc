// From MSL text to a shared object with the kernels in it: expand macros, translate, check address spaces, compile, load.
#include "runner.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>

#include "dispatch.h"
#include "translate.h"

namespace rig {
namespace {

namespace fs = std::filesystem;
using std::string;

struct Segment {
  const char *from, *end;
};
constexpr int kSegments = 1 << 16;
Segment segments[kSegments];
std::atomic<int> segmentCount{0};

/** The folder of this library: headers and the cache lie beside it. */
string home() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void*>(&home), &info) || !info.dli_fname) return ".";
  return fs::path(info.dli_fname).parent_path().string();
}
string readFile(const fs::path& p) {
  std::ifstream in(p, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void writeFile(const fs::path& p, const string& text) { std::ofstream(p, std::ios::binary) << text; }

/** FNV-1a, twice with different starts: names a cached file. */
string digest(const string& s) {
  char out[40];
  uint64_t a = 0xcbf29ce484222325, b = 0x84222325cbf29ce4;
  for (unsigned char c : s) {
    a = (a ^ c) * 0x100000001b3;
    b = (b ^ c) * 0x100000001b3 + 1;
  }
  snprintf(out, sizeof out, "%016llx%016llx", static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  return out;
}

const char* kCommon =
    " -x c++ -std=gnu++17 -nostdinc++ -Wall -Wno-unknown-attributes -Wno-ignored-attributes -Wno-unused"
    " -Xclang -cl-single-precision-constant -Xclang -ffloat16-excess-precision=none -ffp-contract=off -fno-exceptions -fno-rtti"
    " -fvisibility=hidden -ferror-limit=8";

/** Runs a command whose messages go to a file. @returns them, or nothing when it succeeded */
string failureOf(const string& command, const string& log) {
  if (system((command + " >'" + log + "' 2>&1").c_str()) == 0) return "";
  string text = readFile(log);
  return text.empty() ? "failed: " + command : text;
}

string build(const string& source, const string& file, bool check, const string& out, const string& work) {
  string root = home(), cxx = getenv("MSL_CXX") ? getenv("MSL_CXX") : "clang++-19";
  string include = " -I '" + root + "/include'";
  auto quoted = [](const string& s) { return "'" + s + "'"; };
  writeFile(work + ".metal", "#line 1 \"" + file + "\"\n" + source);
  string error = failureOf(cxx + " -E -x c++ -std=gnu++17 -undef -nostdinc -DMSL_EXPAND_ONLY -D__METAL_VERSION__=300" + include + " " +
                               quoted(work + ".metal") + " -o " + quoted(work + ".ii"),
                           work + ".log");
  if (!error.empty()) return error;
  try {
    string expanded = readFile(work + ".ii");
    writeFile(work + ".as.cpp", translate(expanded, file, Pass::AddressSpaces));
    writeFile(work + ".cpp", translate(expanded, file, Pass::Run));
  } catch (const TranslateError& e) {
    return e.what();
  }
  error = failureOf(cxx + kCommon + include + " -DMSL_ADDRESS_SPACES -std=gnu++14 -Werror=c++17-extensions -fsyntax-only " + quoted(work + ".as.cpp"), work + ".log");
  if (!error.empty()) return error;
  // -nostdlib: what a kernel calls, the runner has loaded; naming the libraries again would take half of the linker's time
  const char* mode = check ? " -O1 -g -fsanitize=thread -fno-omit-frame-pointer" : " -O2";
  return failureOf(cxx + kCommon + include + mode + " -fPIC -shared -nostdlib " + quoted(work + ".cpp") + " -o " + quoted(out) + " -L" +
                       quoted(root) + " -lmetal-rig -Wl,-rpath," + quoted(root),
                   work + ".log");
}

/** Notes where the static data of the kernels lies, for `inKernelImage`. */
int noteSegments(dl_phdr_info* info, size_t, void* path) {
  if (!info->dlpi_name || strcmp(info->dlpi_name, static_cast<const char*>(path)) != 0) return 0;
  for (int k = 0; k < info->dlpi_phnum; k++) {
    if (info->dlpi_phdr[k].p_type != PT_LOAD || segmentCount >= kSegments) continue;
    const char* from = reinterpret_cast<const char*>(info->dlpi_addr + info->dlpi_phdr[k].p_vaddr);
    segments[segmentCount] = {from, from + info->dlpi_phdr[k].p_memsz};
    segmentCount++;
  }
  return 1;
}

}  // namespace

bool inKernelImage(const void* p) {
  for (int i = 0, n = segmentCount; i < n; i++)
    if (p >= segments[i].from && p < segments[i].end) return true;
  return false;
}

string placeOf(const void* site) {
  Dl_info info;
  if (!dladdr(site, &info) || !info.dli_fname) return "?";
  char command[1024];
  snprintf(command, sizeof command, "llvm-symbolizer-19 --obj='%s' --functions=none --inlines 0x%zx 2>/dev/null", info.dli_fname,
           static_cast<size_t>(static_cast<const char*>(site) - static_cast<const char*>(info.dli_fbase)) - 1);
  FILE* pipe = popen(command, "r");
  if (!pipe) return "?";
  string place = "?";
  char line[1024];
  while (place == "?" && fgets(line, sizeof line, pipe)) {  // innermost first: the first one in a kernel file
    string s = line;
    size_t end = s.find(".metal:");
    if (end == string::npos) continue;
    size_t from = s.rfind('/', end), column = s.rfind(':');
    place = s.substr(from == string::npos ? 0 : from + 1, column - (from == string::npos ? 0 : from + 1));
  }
  pclose(pipe);
  return place;
}

const msl_kernel* Library::find(const string& name) const {
  for (const msl_kernel* k = kernels; k && k->name; k++)
    if (name == k->name) return k;
  return nullptr;
}

Library compile(const string& source, const string& file, bool check) {
  static std::mutex lock;
  static std::map<string, Library> loaded;
  static const string headers = [] {
    string all = readFile(home() + "/libmetal-rig.stamp");
    return all;
  }();
  string key = digest(headers + (check ? "check" : "fast") + file + "\n" + source);
  std::lock_guard<std::mutex> one(lock);
  auto hit = loaded.find(key);
  if (hit != loaded.end()) return hit->second;
  Library l;
  std::error_code ignored;
  string cache = home() + "/kernels";
  fs::create_directories(cache, ignored);
  string path = cache + "/" + key + ".so";
  if (!fs::exists(path)) {
    string work = path + "." + std::to_string(getpid());
    l.error = build(source, file, check, work, work);
    if (l.error.empty()) fs::rename(work, path, ignored);  // other processes see a whole file or none
    for (const char* end : {".metal", ".ii", ".as.cpp", ".cpp", ".log"}) fs::remove(work + end, ignored);
    if (!l.error.empty()) return l;
  }
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    l.error = dlerror();
    return l;
  }
  dl_iterate_phdr(noteSegments, const_cast<char*>(path.c_str()));
  l.kernels = static_cast<const msl_kernel*>(dlsym(handle, "msl_kernels"));
  return loaded[key] = l;
}

}  // namespace rig
