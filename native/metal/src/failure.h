// How errors travel: below addon.cc nothing throws.
#pragma once
#include <string>

namespace lanewise {

/** What went wrong, with the code that JavaScript sees as `error.code`. */
struct Failure {
  const char* code = nullptr;
  std::string text;

  explicit operator bool() const { return code != nullptr; }
  /** Notes the first failure of several. @returns false, so that a caller can `return failure.set(...)` */
  bool set(const char* newCode, const std::string& newText) {
    if (code) return false;
    code = newCode;
    text = newText;
    return false;
  }
};

namespace code {
inline constexpr const char* kUnavailable = "METAL_UNAVAILABLE";
inline constexpr const char* kArgument = "METAL_ARGUMENT";
inline constexpr const char* kBounds = "METAL_BOUNDS";
inline constexpr const char* kCompile = "METAL_COMPILE";
inline constexpr const char* kPipeline = "METAL_PIPELINE";
inline constexpr const char* kMemory = "METAL_MEMORY";
inline constexpr const char* kCommand = "METAL_COMMAND";
inline constexpr const char* kTimeout = "METAL_TIMEOUT";
inline constexpr const char* kLost = "METAL_LOST";
inline constexpr const char* kInternal = "METAL_INTERNAL";
}  // namespace code

}  // namespace lanewise
