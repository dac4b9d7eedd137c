// MSL text to C++ text that clang accepts with the stand-in `metal_stdlib` of include/.
#pragma once
#include <stdexcept>
#include <string>

namespace rig {

/** What Apple's compiler would refuse, or what the rig does not know; `what()` starts with file and line. */
struct TranslateError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Pass {
  /** pointers keep their address spaces, nothing is launched: clang is only asked whether they agree */
  AddressSpaces,
  /** address spaces are erased, and every kernel gets an entry that the runner can call */
  Run,
};

/** @param text a kernel file whose macros are expanded and whose line markers are kept (`clang -E`) */
std::string translate(const std::string& text, const std::string& file, Pass pass);

}  // namespace rig
