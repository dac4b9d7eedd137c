// The kernel files as text: kernels/common.metal, which all begin with, and one for each family.
#pragma once

namespace lanewise {
struct Source {
  const char* family;
  const char* text;
};
/** ends with a null */
extern const Source kSources[];
}  // namespace lanewise
