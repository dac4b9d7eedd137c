// The rig as a Node addon, for tests: run a kernel without Metal, look into the software device, make it fail.
#include <node_api.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "device/control.h"
#include "runner.h"

namespace {
using std::string;

napi_value text(napi_env env, const string& s) {
  napi_value v;
  napi_create_string_utf8(env, s.data(), s.size(), &v);
  return v;
}
string toText(napi_env env, napi_value v) {
  size_t n = 0;
  napi_get_value_string_utf8(env, v, nullptr, 0, &n);
  string s(n, 0);
  napi_get_value_string_utf8(env, v, &s[0], n + 1, &n);
  return s;
}
double number(napi_env env, napi_value v) {
  double d = 0;
  napi_get_value_double(env, v, &d);
  return d;
}
napi_value at(napi_env env, napi_value v, uint32_t i) {
  napi_value e;
  napi_get_element(env, v, i, &e);
  return e;
}
uint32_t length(napi_env env, napi_value v) {
  uint32_t n = 0;
  napi_get_array_length(env, v, &n);
  return n;
}
napi_value list(napi_env env, const std::vector<string>& lines) {
  napi_value a;
  napi_create_array(env, &a);
  for (uint32_t i = 0; i < lines.size(); i++) napi_set_element(env, a, i, text(env, lines[i]));
  return a;
}
msl_u3 size3(napi_env env, napi_value v) {
  uint32_t d[3] = {1, 1, 1};
  for (uint32_t i = 0, n = length(env, v); i < n && i < 3; i++) d[i] = static_cast<uint32_t>(number(env, at(env, v, i)));
  return {d[0], d[1], d[2]};
}
struct Arguments {
  napi_value v[8];
  size_t n = 8;
  Arguments(napi_env env, napi_callback_info info) { napi_get_cb_info(env, info, &n, v, nullptr, nullptr); }
};
rig::Library library(napi_env env, const Arguments& a, bool check) {
  rig::Library l = rig::compile(toText(env, a.v[0]), toText(env, a.v[1]), check);
  if (!l.kernels) napi_throw_error(env, "RIG_COMPILE", l.error.c_str());
  return l;
}

/** compile(source, file): names of the kernels */
napi_value Compile(napi_env env, napi_callback_info info) {
  Arguments a(env, info);
  rig::Library l = library(env, a, true);
  if (!l.kernels) return nullptr;
  std::vector<string> names;
  for (const msl_kernel* k = l.kernels; k->name; k++) names.push_back(k->name);
  return list(env, names);
}

/** run(source, file, kernel, typedArrays, groups, threads, {order, check, threadgroup}): what the checker found */
napi_value Run(napi_env env, napi_callback_info info) {
  Arguments a(env, info);
  napi_value order, check, group;
  napi_get_named_property(env, a.v[6], "order", &order);
  napi_get_named_property(env, a.v[6], "check", &check);
  napi_get_named_property(env, a.v[6], "threadgroup", &group);
  rig::Options o;
  o.order = static_cast<rig::Order>(static_cast<int>(number(env, order)));
  napi_get_value_bool(env, check, &o.check);
  rig::Library l = library(env, a, o.check);
  if (!l.kernels) return nullptr;
  rig::Launch launch;
  launch.kernel = l.find(toText(env, a.v[2]));
  if (!launch.kernel) {
    napi_throw_error(env, "RIG_KERNEL", "no such kernel");
    return nullptr;
  }
  std::vector<std::unique_ptr<rig::Shadow>> shadows;
  static const size_t width[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  for (uint32_t i = 0, n = length(env, a.v[3]); i < n && i < 31; i++) {
    napi_typedarray_type type;
    size_t count;
    void* data;
    if (napi_get_typedarray_info(env, at(env, a.v[3], i), &type, &count, &data, nullptr, nullptr) != napi_ok) continue;
    rig::Binding& b = launch.buffers[i];
    b.data = static_cast<char*>(data);
    b.bytes = count * width[type];
    if (o.check && b.bytes) {
      shadows.push_back(std::make_unique<rig::Shadow>(b.bytes));
      b.shadow = shadows.back().get();
    }
  }
  launch.groups = size3(env, a.v[4]);
  launch.threads = size3(env, a.v[5]);
  if (group) launch.threadgroupBytes[0] = static_cast<size_t>(number(env, group) > 0 ? number(env, group) : 0);
  return list(env, rig::run(launch, o));
}

/** set(switch, value): see device/control.h */
napi_value Set(napi_env env, napi_callback_info info) {
  Arguments a(env, info);
  if (!RigSet(toText(env, a.v[0]).c_str(), number(env, a.v[1]))) napi_throw_type_error(env, nullptr, "no such switch");
  return nullptr;
}
napi_value Counts(napi_env env, napi_callback_info) {
  RigCounts c = RigGetCounts();
  const std::pair<const char*, long> all[] = {{"objects", c.objects}, {"buffers", c.buffers},   {"bytes", c.bytes},
                                              {"wrapped", c.wrapped}, {"commands", c.commands}, {"encoders", c.encoders},
                                              {"foundation", c.foundation}};
  napi_value o, v;
  napi_create_object(env, &o);
  for (auto& [name, n] : all) {
    napi_create_double(env, static_cast<double>(n), &v);
    napi_set_named_property(env, o, name, v);
  }
  return o;
}
napi_value Reports(napi_env env, napi_callback_info) {
  std::vector<string> lines;
  for (char buffer[4096]; RigTakeReport(buffer, sizeof buffer);) lines.push_back(buffer);
  return list(env, lines);
}
}  // namespace

NAPI_MODULE_INIT() {
  const std::pair<const char*, napi_callback> all[] = {
      {"compile", Compile}, {"run", Run}, {"set", Set}, {"counts", Counts}, {"reports", Reports}};
  for (auto& [name, f] : all) {
    napi_value v;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, f, nullptr, &v);
    napi_set_named_property(env, exports, name, v);
  }
  return exports;
}
